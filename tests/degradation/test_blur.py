"""Convolution and blur: known answers, agreement with SciPy, wrong inputs."""

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal

from course_lib.degradation import blur

SCIPY_MODES = {"reflect": "mirror", "zero": "constant", "replicate": "nearest", "circular": "wrap"}


def _kernel(rows, columns):
    kernel = np.random.default_rng(0).random((rows, columns))
    return kernel / kernel.sum()


def _delta(rows, columns, down=0, right=0):
    kernel = np.zeros((rows, columns), "float32")
    kernel[rows // 2 + down, columns // 2 + right] = 1
    return kernel


@pytest.fixture
def sharp():
    return np.random.default_rng(1).random((14, 19, 3)).astype("float32")


@pytest.mark.parametrize("border", blur.BORDERS)
@pytest.mark.parametrize("method", blur.METHODS)
def test_a_delta_kernel_returns_the_sharp_image(sharp, border, method):
    for size in ((1, 1), (5, 5), (3, 9)):
        np.testing.assert_allclose(blur.convolve(sharp, _delta(*size), border, method), sharp, atol=1e-6)
    np.testing.assert_allclose(blur.blur(sharp, _delta(5, 5), border=border), sharp, atol=1e-7)


@pytest.mark.parametrize("method", ["fft", "direct"])
def test_a_weight_below_and_right_of_the_middle_moves_the_image_down_and_right(sharp, method):
    moved = blur.convolve(sharp, _delta(5, 7, down=2, right=3), "circular", method)
    np.testing.assert_allclose(moved, np.roll(sharp, (2, 3), axis=(0, 1)), atol=1e-6)
    back = blur.convolve_adjoint(moved, _delta(5, 7, down=2, right=3), "circular", method)
    np.testing.assert_allclose(back, sharp, atol=1e-6)


def test_each_border_fills_the_gap_of_a_shift_in_its_own_way():
    line = np.array([[0.1, 0.2, 0.3, 0.4]])
    expected = {
        "reflect": [0.3, 0.2, 0.1, 0.2],
        "zero": [0, 0, 0.1, 0.2],
        "replicate": [0.1, 0.1, 0.1, 0.2],
        "circular": [0.3, 0.4, 0.1, 0.2],
    }
    for border, answer in expected.items():
        for method in ("fft", "direct"):
            moved = blur.convolve(line, _delta(1, 5, right=2), border, method)
            np.testing.assert_allclose(moved, [answer], atol=1e-12, err_msg=f"{border} {method}")


@pytest.mark.parametrize("border", blur.BORDERS)
@pytest.mark.parametrize("method", blur.METHODS)
@pytest.mark.parametrize("shape", [(16, 16), (13, 20), (15, 9)])
@pytest.mark.parametrize("sides", [(1, 1), (3, 3), (5, 9), (13, 13)])
def test_convolve_agrees_with_scipy(border, method, shape, sides):
    picture, kernel = np.random.default_rng(2).normal(size=shape), _kernel(*sides)
    expected = scipy.ndimage.convolve(picture, kernel, mode=SCIPY_MODES[border])
    np.testing.assert_allclose(blur.convolve(picture, kernel, border, method), expected, atol=1e-12)
    if border == "zero":
        np.testing.assert_allclose(scipy.signal.convolve2d(picture, kernel, "same"), expected, atol=1e-12)


@pytest.mark.parametrize("border", blur.BORDERS)
def test_fft_and_direct_agree_in_float32_on_colour(sharp, border):
    for function in (blur.convolve, blur.convolve_adjoint):
        by_fft, by_hand = (function(sharp, _kernel(9, 11), border, m) for m in ("fft", "direct"))
        assert by_fft.dtype == by_hand.dtype == np.float32
        np.testing.assert_allclose(by_fft, by_hand, atol=2e-6)


def test_channels_do_not_mix(sharp):
    blurred = blur.convolve(sharp, _kernel(7, 7))
    for channel in range(3):
        alone = blur.convolve(sharp[..., channel], _kernel(7, 7))
        np.testing.assert_allclose(blurred[..., channel], alone, atol=2e-6)


def test_convolve_does_not_clip_and_blur_does(sharp):
    loud = 5 * sharp - 2
    assert blur.convolve(loud, _kernel(3, 3)).max() > 1
    noisy = blur.blur(sharp, _kernel(3, 3), 0.5, np.random.default_rng(0))
    assert (noisy.min(), noisy.max(), noisy.dtype) == (0, 1, np.float32)


def test_blur_is_convolution_plus_noise_of_the_wanted_strength():
    gray = np.full((200, 200), 0.5)
    noise = blur.blur(gray, _kernel(5, 5), 0.02, np.random.default_rng(3)) - gray
    assert abs(noise.mean()) < 0.0005
    assert abs(noise.std() - 0.02) < 0.0005


def test_a_grey_border_is_what_zeros_are_in_a_program_that_works_from_minus_1_to_1(sharp):
    kernel = _kernel(5, 7)
    signed = 2 * sharp.astype("float64") - 1
    expected = np.stack(
        [scipy.ndimage.convolve(signed[..., c], kernel, mode="constant", cval=0) for c in range(3)], axis=-1
    )
    np.testing.assert_allclose(blur.blur(sharp, kernel, border="grey"), (expected + 1) / 2, atol=1e-6)
    assert blur.blur(sharp, kernel, border="grey").dtype == np.float32


def test_a_grey_border_fills_the_gap_of_a_shift_with_one_half():
    line = np.array([[0.1, 0.2, 0.3, 0.4]])
    np.testing.assert_allclose(
        blur.blur(line, _delta(1, 5, right=2), border="grey"), [[0.5, 0.5, 0.1, 0.2]], atol=1e-12
    )


def test_a_grey_border_is_not_linear_and_no_border_of_convolve():
    black, kernel = np.zeros((6, 6)), _kernel(3, 3)
    # A linear map leaves nothing of nothing.
    assert blur.blur(black, kernel, border="grey").max() > 0
    assert "grey" not in blur.BORDERS
    for function in (blur.convolve, blur.convolve_adjoint):
        with pytest.raises(ValueError, match="knows border 'reflect', 'zero'.*received 'grey'"):
            function(black, kernel, border="grey")


def test_the_same_generator_state_gives_the_same_photograph(sharp):
    first, second = (blur.blur(sharp, _kernel(5, 5), 0.1, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("border", ["zero", "replicate", "circular"])
def test_a_kernel_larger_than_the_picture_is_welcome_where_the_border_has_no_mirror(border):
    picture, kernel = np.random.default_rng(4).random((3, 4)), _kernel(11, 15)
    expected = scipy.ndimage.convolve(picture, kernel, mode=SCIPY_MODES[border])
    for method in ("fft", "direct"):
        np.testing.assert_allclose(blur.convolve(picture, kernel, border, method), expected, atol=1e-12)


def test_a_mirror_reaches_as_far_as_the_picture_and_no_further():
    picture = np.random.default_rng(5).random((4, 20))
    assert blur.convolve(picture, _kernel(7, 7)).shape == (4, 20)
    for function in (blur.convolve, blur.convolve_adjoint, blur.blur):
        with pytest.raises(ValueError, match="mirror at most 3 pixels of a side of 4.*reaches 4.*replicate"):
            function(picture, _kernel(9, 9))


GOOD = np.full((8, 8), 0.5, "float32")
BOX = np.full((3, 3), 1 / 9)
WRONG = {
    "uint8": (dict(sharp=np.full((8, 8), 128, "uint8")), ValueError, "received uint8 in .128, 128.*to_unit"),
    "too bright": (dict(sharp=GOOD * 3), ValueError, "in .0, 1.; received float32 in .1.5, 1.5"),
    "negative": (dict(sharp=-GOOD), ValueError, "in .0, 1."),
    "NaN": (dict(sharp=GOOD * np.nan), ValueError, "received 64 NaN or infinite of 64"),
    "empty": (dict(sharp=GOOD[:0]), ValueError, "at least one pixel; received shape .0, 8"),
    "a list": (dict(sharp=[[0.5]]), TypeError, "received list"),
    "a batch": (dict(sharp=GOOD[None, ..., None]), ValueError, "received .1, 8, 8, 1"),
    "even kernel": (dict(kernel=np.full((4, 4), 1 / 16)), ValueError, "odd sides.*received 4 x 4"),
    "one even side": (dict(kernel=np.full((3, 2), 1 / 6)), ValueError, "odd sides.*received 3 x 2"),
    "negative weight": (dict(kernel=np.array([[-0.5, 1, 0.5]])), ValueError, "0 or more; received -0.5"),
    "dark kernel": (dict(kernel=BOX / 2), ValueError, "sums to 1.*received sum 0.5"),
    "NaN kernel": (dict(kernel=BOX * np.nan), ValueError, "finite weights"),
    "empty kernel": (dict(kernel=BOX[:0]), ValueError, "received .0, 3"),
    "kernel of one axis": (dict(kernel=BOX[0] * 3), ValueError, "received .3,"),
    "kernel as list": (dict(kernel=[[1.0]]), TypeError, "received list"),
    "noise without rng": (dict(sigma=0.1), ValueError, "rng because sigma > 0.*default_rng"),
    "legacy rng": (dict(sigma=0.1, rng=np.random.RandomState(0)), TypeError, "received RandomState"),
    "negative sigma": (dict(sigma=-0.1), ValueError, "sigma in .0, 1.; received -0.1"),
    "sigma of bytes": (dict(sigma=25), ValueError, "sigma in .0, 1.; received 25"),
    "misspelt border": (dict(border="reflct"), ValueError, "Did you mean 'reflect'"),
}


@pytest.mark.parametrize("change, error, message", WRONG.values(), ids=WRONG.keys())
def test_blur_refuses_and_says_why(change, error, message):
    arguments = {"sharp": GOOD, "kernel": BOX, **change}
    with pytest.raises(error, match=f"blur.. needs .*{message}|blur.. knows .*{message}"):
        blur.blur(**arguments)


@pytest.mark.parametrize("function", [blur.convolve, blur.convolve_adjoint])
def test_convolve_and_its_adjoint_refuse_what_blur_refuses(function):
    for case in ("uint8", "NaN", "empty", "even kernel", "negative weight", "dark kernel", "misspelt border"):
        change, error, message = WRONG[case]
        arguments = {"picture": GOOD, "kernel": BOX, **change}
        arguments["picture"] = arguments.pop("sharp", GOOD)
        with pytest.raises(error, match=message):
            function(**arguments)
    with pytest.raises(ValueError, match="Did you mean 'direct'"):
        function(GOOD, BOX, method="dirct")


def test_border_positions_are_written_out():
    assert blur.border_positions(4, 3, "reflect").tolist() == [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]
    assert blur.border_positions(3, 2, "replicate").tolist() == [0, 0, 0, 1, 2, 2, 2]
    assert blur.border_positions(3, 4, "circular").tolist() == [2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
    with pytest.raises(ValueError, match="knows border 'reflect', 'replicate', 'circular'; received 'zero'"):
        blur.border_positions(3, 1, "zero")
