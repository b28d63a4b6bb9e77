"""Shaking hands: laws of the official walk and of the correct mode, wrong inputs."""

import numpy as np
import pytest

from course_lib.degradation import kernels, trajectory

SEEDS = range(12)


def _centre_of_mass(kernel):
    offsets = np.arange(len(kernel)) - len(kernel) // 2
    return (kernel * offsets).sum(), (kernel * offsets[:, None]).sum()


@pytest.mark.parametrize("shake", [0, 0.003, 0.01, None])
def test_the_official_walk_has_its_length_and_a_constant_speed(shake):
    path = trajectory.trajectory(np.random.default_rng(1), canvas=64, steps=300, length=30.0, shake=shake)
    assert path.shape == (300,)
    np.testing.assert_allclose(np.abs(np.diff(path)), 30 / 299, rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_official_walk_lies_in_the_middle_of_its_canvas(seed):
    path = trajectory.trajectory(np.random.default_rng(seed), canvas=64, steps=500)
    for line in (path.real, path.imag):
        assert abs((line.min() + line.max()) / 2 - 32) <= 1.5
    assert path[0] == np.round(path[0])


def test_without_shake_the_walk_is_straight():
    path = trajectory.trajectory(np.random.default_rng(3), steps=100, length=20.0, shake=0)
    assert abs(path[-1] - path[0]) == pytest.approx(20)


def test_numpys_legacy_generator_is_welcome_and_repeats_itself():
    first, second = (trajectory.trajectory(np.random.RandomState(5), steps=200) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("seed", SEEDS)
def test_official_exposures_grow_and_sum_to_their_fractions(seed):
    path = trajectory.trajectory(np.random.default_rng(seed), length=30.0)
    exposures = trajectory.psfs(path, 64)
    assert exposures.min() >= 0
    np.testing.assert_allclose(exposures.sum((1, 2)), [0.01, 0.1, 0.5, 0.9995], atol=1e-12)
    assert (np.diff(exposures, axis=0) >= 0).all()


def test_official_exposures_of_a_resting_hand_are_counted_by_hand():
    # Sample 0 never counts; samples 1 and 2 lie in the first half of the time, sample 3 in the second.
    exposures = trajectory.psfs(np.full(4, 5 + 3j), 8, (0.5, 1.0))
    expected = np.zeros((2, 8, 8))
    expected[:, 3, 5] = [2 / 4, 3 / 4]
    np.testing.assert_allclose(exposures, expected, atol=1e-15)


@pytest.mark.parametrize("place", [63 + 30j, 30 + 63j, 63.5 + 10j, -1 + 5j, 5 - 0.5j])
def test_a_track_that_touches_the_border_of_the_canvas_is_refused(place):
    path = np.array([30 + 30j, place])
    with pytest.raises(
        ValueError, match="track inside a canvas of 64; received columns .* Take a larger canvas"
    ):
        trajectory.psfs(path, 64)


def test_a_walk_too_long_for_its_canvas_is_refused_when_exposed():
    path = trajectory.trajectory(np.random.default_rng(0), canvas=16, steps=200, length=60.0, shake=0)
    with pytest.raises(ValueError, match="track inside a canvas of 16"):
        trajectory.psfs(path, 16)


def test_the_official_blur_fills_the_range_whatever_the_scale_of_the_psf():
    picture = np.random.default_rng(1).integers(40, 200, (20, 26, 3), dtype="uint8")
    psf = np.random.default_rng(2).random((6, 6))
    blurred = trajectory.official_blur(picture, psf)
    assert (blurred.dtype, blurred.shape, blurred.min(), blurred.max()) == ("float32", (20, 26, 3), 0, 1)
    np.testing.assert_allclose(trajectory.official_blur(picture, 0.01 * psf), blurred, atol=1e-6)


def test_the_official_blur_by_a_delta_is_a_stretched_picture():
    picture = np.random.default_rng(1).integers(40, 200, (20, 20, 3), dtype="uint8")
    psf = np.zeros((8, 8))
    psf[3, 3] = 1
    stretched = (picture.astype(float) - picture.min()) / (int(picture.max()) - int(picture.min()))
    np.testing.assert_allclose(trajectory.official_blur(picture, psf), stretched, atol=1e-6)


@pytest.mark.parametrize("size", [1, 3, 5, 13, 31, 101])
def test_a_trajectory_kernel_sums_to_1_has_no_negative_weight_and_is_centred(size):
    for seed in SEEDS:
        kernel = trajectory.trajectory_kernel(size, np.random.default_rng(seed))
        assert (kernel.shape, kernel.dtype) == ((size, size), np.float32)
        assert kernel.min() >= 0
        assert abs(float(kernel.astype("float64").sum()) - 1) < 1e-6
        np.testing.assert_allclose(_centre_of_mass(kernel), 0, atol=1e-4)


@pytest.mark.parametrize("size", [3, 13, 31])
@pytest.mark.parametrize("length", [0.0, 2.0, 40.0, 1000.0])
def test_a_path_is_never_cut_off_and_never_longer_than_wanted(size, length):
    for seed in SEEDS:
        path = trajectory.centred_path(size, np.random.default_rng(seed), length)
        assert max(np.abs(path.real).max(), np.abs(path.imag).max()) <= size // 2 + 1e-9
        walked = np.abs(np.diff(path)).sum()
        assert walked <= length + 1e-9
        if length <= size // 2:
            assert walked == pytest.approx(length)
        assert abs(path.mean()) < 1e-9


def test_a_kernel_is_its_path_exposed():
    path = trajectory.centred_path(13, np.random.default_rng(2))
    expected = kernels.splat(path, 13)
    np.testing.assert_array_equal(trajectory.trajectory_kernel(13, np.random.default_rng(2)), expected)


def test_kernels_range_from_almost_a_delta_to_long_paths():
    rng = np.random.default_rng(0)
    drawn = np.stack([trajectory.trajectory_kernel(13, rng) for _ in range(200)])
    peaks, touched = drawn.max((1, 2)), (drawn > 0).sum((1, 2))
    assert peaks.max() > 0.9 and peaks.min() < 0.1
    assert touched.min() <= 9 and touched.max() >= 50
    # None is thrown away by the frame: some reach it.
    assert (drawn[:, [0, -1]].sum((1, 2)) > 0).any()


def test_a_path_of_no_length_is_a_delta():
    kernel = trajectory.trajectory_kernel(7, np.random.default_rng(0), length=0)
    np.testing.assert_allclose(kernel, kernels.delta(7), atol=1e-7)


def test_the_walk_of_the_correct_mode_spreads_like_the_official_one():
    def extent(path):
        return max(np.ptp(path.real), np.ptp(path.imag))

    rng = np.random.default_rng(4)
    official = [extent(trajectory.trajectory(rng, shake=0.005)) for _ in range(40)]
    ours = [extent(trajectory.centred_path(201, rng, 60.0, 0.005)) for _ in range(200)]
    assert np.median(ours) == pytest.approx(np.median(official), rel=0.3)


RNG = np.random.default_rng(0)
PICTURE = np.arange(192, dtype="uint8").reshape(8, 8, 3)
PSF = np.full((3, 3), 1 / 9)
WRONG = {
    "kernel of even size": (lambda: trajectory.trajectory_kernel(4, RNG), ValueError, "odd size.*received 4"),
    "kernel without rng": (lambda: trajectory.trajectory_kernel(5, None), ValueError, "rng because the walk"),
    "kernel with a seed": (lambda: trajectory.trajectory_kernel(5, 7), TypeError, "Generator; received int"),
    "negative length": (lambda: trajectory.trajectory_kernel(5, RNG, -1), ValueError, "length of at least 0"),
    "NaN shake": (
        lambda: trajectory.centred_path(5, RNG, 1, float("nan")),
        ValueError,
        "shake of at least 0",
    ),
    "walk without rng": (lambda: trajectory.trajectory(None), TypeError, "uniform.*received NoneType"),
    "walk of one sample": (lambda: trajectory.trajectory(RNG, steps=1), ValueError, "steps of at least 2"),
    "walk of no length": (lambda: trajectory.trajectory(RNG, length=0), ValueError, "length above 0"),
    "empty track": (lambda: trajectory.psfs([], 8), ValueError, "n at least 1; received .0,"),
    "NaN track": (lambda: trajectory.psfs([complex("nan")], 8), ValueError, "finite"),
    "falling fractions": (lambda: trajectory.psfs([3 + 3j], 8, (0.5, 0.2)), ValueError, "growing fractions"),
    "no fractions": (lambda: trajectory.psfs([3 + 3j], 8, ()), ValueError, "growing fractions"),
    "fraction above 1": (lambda: trajectory.psfs([3 + 3j], 8, (0.5, 2)), ValueError, "in .0, 1.; received"),
    "float picture": (
        lambda: trajectory.official_blur(PICTURE / 255, PSF),
        ValueError,
        "uint8; received.*float64",
    ),
    "gray picture": (
        lambda: trajectory.official_blur(PICTURE[..., 0], PSF),
        ValueError,
        "received .8, 8. uint8",
    ),
    "list": (lambda: trajectory.official_blur([1], PSF), TypeError, "received list"),
    "psf as list": (lambda: trajectory.official_blur(PICTURE, [[1.0]]), TypeError, "received list"),
    "constant picture": (lambda: trajectory.official_blur(PICTURE * 0, PSF), ValueError, "constant picture"),
    "psf too large": (
        lambda: trajectory.official_blur(PICTURE, np.ones((9, 9))),
        ValueError,
        "received .9, 9",
    ),
}


@pytest.mark.parametrize("call, error, message", WRONG.values(), ids=WRONG.keys())
def test_trajectories_refuse_and_say_why(call, error, message):
    with pytest.raises(error, match=message):
        call()
