"""Kernels with a formula: sums, known answers, symmetry, wrong inputs."""

import math

import numpy as np
import pytest
import scipy.ndimage

from course_lib.degradation import kernels

MADE = {
    "delta 1": kernels.delta(1),
    "delta 7": kernels.delta(7),
    "gaussian 0.01": kernels.gaussian(0.01),
    "gaussian 1.6": kernels.gaussian(1.6),
    "gaussian 3 cut to 5": kernels.gaussian(3, 5),
    "disk 0.01": kernels.disk(0.01),
    "disk 0.5": kernels.disk(0.5, 5),
    "disk 3.2": kernels.disk(3.2),
    "disk 6.5 in 13": kernels.disk(6.5, 13),
    **{f"line {n} at {a}": kernels.line(n, a) for n in (0.2, 1, 4, 7.3, 13) for a in (0, 30, 45, 90, -120)},
    "line 13 in 13": kernels.line(13, 77, 13),
    **{f"ramp {k} at {a}": kernels.ramp(k, a, 0.4) for k in (1, 3, 9) for a in (0, 30, 45, 90, -163)},
    "splat": kernels.splat([0.3 - 1.2j, 2 + 2j, -2 - 2j], 5),
}


@pytest.mark.parametrize("kernel", MADE.values(), ids=MADE.keys())
def test_a_kernel_is_float32_with_odd_sides_no_negative_weight_and_sum_1(kernel):
    assert kernel.dtype == np.float32
    assert kernel.shape[0] == kernel.shape[1] and kernel.shape[0] % 2 == 1
    assert kernel.min() >= 0
    assert abs(float(kernel.astype("float64").sum()) - 1) < 1e-6


@pytest.mark.parametrize("name", [name for name in MADE if name.split()[0] not in ("splat", "ramp")])
def test_a_kernel_with_a_formula_is_symmetric_about_its_middle(name):
    np.testing.assert_allclose(MADE[name], MADE[name][::-1, ::-1], atol=1e-7)


def test_a_delta_holds_one_in_the_middle():
    assert kernels.delta(3).tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_a_gaussian_has_the_weights_of_its_formula_and_of_scipy():
    sigma = 1.3
    middle_to_next = kernels.gaussian(sigma)[4, 4] / kernels.gaussian(sigma)[4, 5]
    assert middle_to_next == pytest.approx(math.exp(0.5 / sigma**2), rel=1e-5)
    impulse = np.zeros((13, 13))
    impulse[6, 6] = 1
    expected = scipy.ndimage.gaussian_filter(impulse, sigma, radius=6)
    np.testing.assert_allclose(kernels.gaussian(sigma, 13), expected, atol=1e-7)
    assert kernels.gaussian(2).shape == (13, 13)


def test_a_disk_covers_pi_r_squared_pixels_evenly():
    kernel = kernels.disk(4.3)
    assert kernel.shape == (9, 9)
    assert 1 / kernel.max() == pytest.approx(math.pi * 4.3**2, rel=2e-3)
    assert (kernel[2:7, 2:7] == kernel.max()).all()
    np.testing.assert_allclose(kernel, kernel.T, atol=0)


def test_a_disk_within_one_pixel_is_a_delta():
    np.testing.assert_array_equal(kernels.disk(0.5, 3), kernels.delta(3))


def test_a_lying_line_of_three_pixels_is_a_third_three_times():
    np.testing.assert_allclose(kernels.line(3, 0)[1], [1 / 3] * 3, atol=1e-7)
    np.testing.assert_allclose(kernels.line(4, 0)[2], [1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8], atol=1e-7)
    np.testing.assert_allclose(kernels.line(3, 90)[:, 1], [1 / 3] * 3, atol=1e-7)
    np.testing.assert_allclose(kernels.line(1, 33), [[1]], atol=1e-7)


def test_a_line_at_45_degrees_rises_to_the_right():
    kernel = kernels.line(3 * math.sqrt(2) - 1e-9, 45, 5)
    expected = np.zeros((5, 5))
    expected[[1, 2, 3], [3, 2, 1]] = 1 / 3
    np.testing.assert_allclose(kernel, expected, atol=1e-6)
    np.testing.assert_allclose(kernels.line(5, 225), kernels.line(5, 45), atol=1e-7)
    np.testing.assert_allclose(kernels.line(5, 135), kernels.line(5, 45)[:, ::-1], atol=1e-7)


@pytest.mark.parametrize("angle", [0, 17, 60, 90, 171])
def test_a_lines_spread_is_that_of_a_segment(angle):
    kernel, length = kernels.line(21, angle).astype("float64"), 21
    offsets = np.arange(21) - 10
    along = (
        math.cos(math.radians(angle)) * offsets[None, :] - math.sin(math.radians(angle)) * offsets[:, None]
    )
    # A segment of length L has variance L^2 / 12; rounding places to pixels changes it by less than 1 %.
    assert (kernel * along**2).sum() == pytest.approx(length**2 / 12, rel=0.01)
    across = (
        math.sin(math.radians(angle)) * offsets[None, :] + math.cos(math.radians(angle)) * offsets[:, None]
    )
    assert (kernel * across**2).sum() < 0.2


def test_a_lying_ramp_is_flipped_for_a_convolution():
    # kornia lays 1, 2/3, 1/3, 0 and so on over the picture; a convolution flips them back.
    np.testing.assert_allclose(kernels.ramp(3, 0, 1)[1], [0, 1 / 3, 2 / 3], atol=1e-7)
    np.testing.assert_allclose(kernels.ramp(5, 0, -0.5)[2], [0.3, 0.25, 0.2, 0.15, 0.1], atol=1e-7)
    np.testing.assert_allclose(kernels.ramp(5, 0, 0)[2], [0.2] * 5, atol=1e-7)
    assert np.count_nonzero(kernels.ramp(5, 0, 0)) == 5


def test_a_slanting_ramp_is_turned_by_hand():
    # Counter-clockwise by 45 degrees the left end goes down. One to the side and one up comes from 1.41 along
    # the row, nearest to 1; two to the side and two up comes from 2.83, beyond the row's end.
    expected = np.zeros((5, 5))
    expected[[1, 2, 3], [3, 2, 1]] = np.array([0.25, 0.5, 0.75]) / 1.5
    # Flipped both ways, the large end is up.
    np.testing.assert_allclose(kernels.ramp(5, 45, 1), expected[::-1, ::-1], atol=1e-7)
    small = np.zeros((3, 3))
    small[[0, 1, 2], [2, 1, 0]] = [0, 0.5, 1]
    np.testing.assert_allclose(kernels.ramp(3, 45, 1), small[::-1, ::-1] / 1.5, atol=1e-7)


def test_the_ramp_of_the_fixed_test_blur_is_a_column_of_eight():
    kernel = kernels.ramp(9, 90, 1)
    np.testing.assert_allclose(kernel[:, 4], np.arange(8, -1, -1) / 36, atol=1e-7)
    assert np.count_nonzero(kernel) == np.count_nonzero(kernel[:, 4]) == 8


@pytest.mark.parametrize("size", [3, 5, 9, 13])
def test_ramps_agree_with_scipys_rotation(size):
    for direction in (-1, -0.2, 1):
        lying = np.zeros((size, size))
        lying[size // 2] = np.linspace((direction + 1) / 2, (1 - direction) / 2, size)
        # Multiples of 15 and 45 degrees hold places between two samples, which rounding decides.
        for angle in (a for a in range(-179, 181, 7) if a % 15):
            turned = scipy.ndimage.rotate(lying, angle, reshape=False, order=0, mode="grid-constant")
            expected = (turned / turned.sum())[::-1, ::-1]
            np.testing.assert_allclose(kernels.ramp(size, angle, direction), expected, atol=1e-7)


def test_a_ramp_keeps_its_sum_at_every_angle():
    for size in (3, 7, 13):
        for angle in range(-180, 181):
            kernel = kernels.ramp(size, angle, 1)
            assert float(kernel.astype("float64").sum()) == pytest.approx(1, abs=1e-6)
            assert kernel[size // 2, size // 2] > 0


def test_half_a_turn_is_the_other_direction():
    for angle in (10, 45, 101):
        np.testing.assert_allclose(kernels.ramp(9, angle, 0.6), kernels.ramp(9, angle - 180, -0.6), atol=1e-7)


def test_splat_shares_a_sample_among_its_four_neighbours():
    kernel = kernels.splat([0.25 + 0.5j], 3)
    np.testing.assert_allclose(kernel, [[0, 0, 0], [0, 0.375, 0.125], [0, 0.375, 0.125]], atol=1e-7)


def test_splat_keeps_the_centre_of_mass_of_any_path():
    rng = np.random.default_rng(0)
    for size in (1, 3, 9):
        path = rng.uniform(-1, 1, 50) + 1j * rng.uniform(-1, 1, 50)
        path *= size // 2
        kernel, offsets = kernels.splat(path, size), np.arange(size) - size // 2
        centre = complex((kernel * offsets).sum(), (kernel * offsets[:, None]).sum())
        assert abs(centre - path.mean()) < 1e-6


WRONG = {
    "even delta": (lambda: kernels.delta(4), ValueError, "delta.* odd size.*received 4"),
    "delta of nothing": (lambda: kernels.delta(0), ValueError, "at least 1; received 0"),
    "delta of a word": (lambda: kernels.delta("5"), TypeError, "received str"),
    "flat gaussian": (lambda: kernels.gaussian(0), ValueError, "sigma above 0; received 0"),
    "NaN gaussian": (lambda: kernels.gaussian(float("nan"), 5), ValueError, "sigma above 0; received nan"),
    "even gaussian": (lambda: kernels.gaussian(1, 6), ValueError, "odd size.*received 6"),
    "negative disk": (lambda: kernels.disk(-1), ValueError, "radius above 0; received -1"),
    "disk in too little": (lambda: kernels.disk(3, 5), ValueError, "size of at least 7; received 5"),
    "line of nothing": (lambda: kernels.line(0, 0), ValueError, "length above 0; received 0"),
    "line in too little": (lambda: kernels.line(9, 0, 7), ValueError, "size of at least 9; received 7"),
    "even line": (lambda: kernels.line(3, 0, 4), ValueError, "odd size.*received 4"),
    "line in radians gone wild": (lambda: kernels.line(3, 1e6), ValueError, "angle in .-360, 360"),
    "even ramp": (lambda: kernels.ramp(4, 0, 0), ValueError, "ramp.* odd size.*received 4"),
    "ramp in radians gone wild": (lambda: kernels.ramp(3, 1e6, 0), ValueError, "angle in .-360, 360"),
    "ramp beyond its end": (
        lambda: kernels.ramp(3, 0, 1.5),
        ValueError,
        "direction in .-1, 1.; received 1.5",
    ),
    "ramp without direction": (lambda: kernels.ramp(3, 0, None), TypeError, "received NoneType"),
    "path outside": (
        lambda: kernels.splat([2 + 0j], 3),
        ValueError,
        "within 1 pixels.*reaches 2.*take size 5",
    ),
    "no path": (lambda: kernels.splat([], 3), ValueError, "n at least 1; received .0,"),
    "NaN path": (lambda: kernels.splat([complex("nan")], 3), ValueError, "finite samples"),
    "even splat": (lambda: kernels.splat([0j], 2), ValueError, "odd size.*received 2"),
}


@pytest.mark.parametrize("call, error, message", WRONG.values(), ids=WRONG.keys())
def test_kernels_refuse_and_say_why(call, error, message):
    with pytest.raises(error, match=message):
        call()
