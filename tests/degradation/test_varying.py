"""Space-variant blur: known answers, rolling and zooming cameras, wrong inputs. Adjoint: test_adjoints.py."""

import numpy as np
import pytest

from course_lib.degradation import blur, kernels, varying

BOX = np.full((3, 3), 1 / 9)


@pytest.fixture
def sharp():
    return np.random.default_rng(0).random((12, 17, 3))


def _rings(side):
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return 0.5 + 0.5 * np.cos(np.hypot(x, y) / 2), 0.5 + 0.5 * np.cos(12 * np.arctan2(y, x))


@pytest.mark.parametrize("border", blur.BORDERS)
def test_one_map_of_ones_is_an_ordinary_convolution(sharp, border):
    operator = varying.VaryingBlur([kernels.line(5, 30)], np.ones((1, 12, 17)), border)
    expected = blur.convolve(sharp, kernels.line(5, 30), border)
    np.testing.assert_allclose(operator.apply(sharp), expected, atol=1e-12)


def test_maps_choose_the_kernel_at_each_pixel_of_the_photograph(sharp):
    left = np.zeros((12, 17))
    left[:, :8] = 1
    operator = varying.VaryingBlur([kernels.delta(3), BOX], np.stack([left, 1 - left]))
    photograph = operator.apply(sharp)
    np.testing.assert_allclose(photograph[:, :8], sharp[:, :8], atol=1e-12)
    np.testing.assert_allclose(photograph[:, 8:], blur.convolve(sharp, BOX)[:, 8:], atol=1e-12)


def test_mixing_follows_the_blur_and_does_not_precede_it():
    # A point just inside the blurred half: pixels of the sharp half do not receive its light.
    left = np.zeros((5, 6))
    left[:, :3] = 1
    point = np.zeros((5, 6))
    point[2, 3] = 1
    operator = varying.VaryingBlur([kernels.delta(1), BOX], np.stack([left, 1 - left]))
    photograph = operator.apply(point)
    np.testing.assert_array_equal(photograph[:, :3], 0)
    np.testing.assert_allclose(photograph[2, 3:5], 1 / 9, atol=1e-12)


@pytest.mark.parametrize("maker, amount", [(varying.rotation_blur, 20), (varying.zoom_blur, 0.35)])
@pytest.mark.parametrize("shape", [(31, 31), (20, 33, 3)])
def test_a_rolling_or_zooming_camera_is_sharp_in_the_middle_only(maker, amount, shape):
    picture = np.random.default_rng(1).random(shape)
    change = np.abs(maker(shape, amount, count=5).apply(picture) - picture)
    middle = change[shape[0] // 2, shape[1] // 2].mean()
    assert middle < 0.05
    assert change[:3].mean() > 0.1


def test_a_rolling_camera_keeps_rings_and_a_zooming_one_keeps_spokes():
    rings, spokes = _rings(63)
    outer = np.s_[8:55, 8:55]

    def loss(operator, picture):
        return np.abs(operator.apply(picture) - picture)[outer].mean()

    roll, zoom = varying.rotation_blur((63, 63), 15, count=9), varying.zoom_blur((63, 63), 0.25, count=9)
    assert loss(roll, rings) < 0.3 * loss(zoom, rings)
    assert loss(zoom, spokes) < 0.3 * loss(roll, spokes)


def test_local_lines_are_as_long_as_the_motion_there():
    degrees, shape = 10, (41, 61)
    corner = varying.rotation_blur(shape, degrees, count=3).kernels[0]
    motion = np.hypot(20, 30) * np.radians(degrees)  # 6.3 pixels
    assert corner.shape == (7, 7)
    # Tangential: the corner is up and left of the middle, so its motion is down-left or up-right.
    rows, columns = np.mgrid[-3:4, -3:4]
    assert (corner * rows * columns).sum() < -0.05 * motion**2 / 12
    assert (corner * (rows**2 + columns**2)).sum() == pytest.approx(motion**2 / 12, rel=0.1)


HALVES = np.full((2, 6, 6), 0.5)
TWO = [kernels.delta(3), BOX]
GOOD = varying.VaryingBlur(TWO, HALVES)
WRONG = {
    "sum 2": (lambda: varying.VaryingBlur(TWO, 2 * HALVES), ValueError, "sums in .2, 2.. Divide"),
    "negative map": (
        lambda: varying.VaryingBlur(TWO, HALVES + np.array([1, -1])[:, None, None]),
        ValueError,
        "weights from -0.5",
    ),
    "NaN map": (lambda: varying.VaryingBlur(TWO, HALVES * np.nan), ValueError, "NaN or infinite"),
    "flat maps": (lambda: varying.VaryingBlur(TWO, HALVES[0]), ValueError, "received .6, 6"),
    "one kernel": (lambda: varying.VaryingBlur(TWO[:1], HALVES), ValueError, "received 1 kernels and 2 maps"),
    "even kernel": (lambda: varying.VaryingBlur([BOX[:2] * 1.5, BOX], HALVES), ValueError, "odd sides"),
    "dark kernel": (lambda: varying.VaryingBlur([BOX, BOX / 2], HALVES), ValueError, "sum 0.5"),
    "border": (lambda: varying.VaryingBlur(TWO, HALVES, "relfect"), ValueError, "Did you mean 'reflect'"),
    "other size": (
        lambda: GOOD.apply(np.zeros((6, 7))),
        ValueError,
        "made for pictures of 6 x 6; received 6 x 7",
    ),
    "other size back": (lambda: GOOD.adjoint(np.zeros((5, 6))), ValueError, "received 5 x 6"),
    "uint8": (lambda: GOOD.apply(np.zeros((6, 6), "uint8")), ValueError, "received uint8"),
    "no roll": (lambda: varying.rotation_blur((9, 9), 0), ValueError, "degrees above 0; received 0"),
    "whole turn": (lambda: varying.rotation_blur((9, 9), 360), ValueError, "degrees in .0, 90."),
    "zoom away": (lambda: varying.zoom_blur((9, 9), 3), ValueError, "share in .0, 1.; received 3"),
    "one place": (lambda: varying.zoom_blur((9, 9), 0.1, 1), ValueError, "count of at least 3; received 1"),
    "no middle place": (lambda: varying.zoom_blur((9, 9), 0.1, 4), ValueError, "odd count.*received 4"),
    "no picture": (lambda: varying.rotation_blur((0, 9), 5), ValueError, "at least 2; received 0"),
}


@pytest.mark.parametrize("call, error, message", WRONG.values(), ids=WRONG.keys())
def test_varying_blur_refuses_and_says_why(call, error, message):
    with pytest.raises(error, match=message):
        call()
