"""Borders: padding to a multiple, reflection, the guard that refuses sizes; small arrays, bad sizes."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.layers.borders import ReflectPad, SizeGuard, multiple_of, pad_to_multiple


def test_the_border_is_mirrored_below_and_to_the_right():
    picture = np.array([[1, 2, 3], [4, 5, 6]], "float32")[..., None]
    expected = [[1, 2, 3, 3], [4, 5, 6, 6], [4, 5, 6, 6], [1, 2, 3, 3]]
    np.testing.assert_array_equal(pad_to_multiple(picture, 4)[..., 0], expected)


def test_a_single_row_is_repeated():
    row = np.array([[1, 2, 3, 4, 5]], "float32")[..., None]
    expected = [[1, 2, 3, 4, 5, 5, 4, 3]] * 4
    np.testing.assert_array_equal(pad_to_multiple(row, 4)[..., 0], expected)


def test_a_single_pixel_fills_the_whole_block():
    np.testing.assert_array_equal(pad_to_multiple(np.full((1, 1, 3), 0.3), 8), np.full((8, 8, 3), 0.3))


@pytest.mark.parametrize("by", [1, 2, 4, 16])
@pytest.mark.parametrize("height, width", [(1, 1), (1, 7), (5, 9), (16, 17), (4, 8), (31, 2)])
@pytest.mark.parametrize("batch", [(), (2,)], ids=["picture", "batch"])
def test_the_smallest_multiple_is_reached_and_the_picture_is_found_in_its_corner(batch, height, width, by):
    picture = np.random.default_rng(0).random((*batch, height, width, 3)).astype("float32")
    padded = pad_to_multiple(picture, by)
    assert padded.shape[-3] % by == padded.shape[-2] % by == 0
    assert padded.shape[-3] < height + by and padded.shape[-2] < width + by
    assert padded.dtype == picture.dtype
    np.testing.assert_array_equal(padded[..., :height, :width, :], picture)


@pytest.mark.parametrize(
    "shape, by, words",
    [
        ((4, 4, 3), 0, "by of at least 1; received 0"),
        ((4, 4), 2, r"needs \(h, w, c\) or \(b, h, w, c\); received \(4, 4\)"),
    ],
)
def test_an_argument_without_sense_is_refused(shape, by, words):
    with pytest.raises(ValueError, match=words):
        pad_to_multiple(np.zeros(shape), by)


def run(layer, x):
    return ops.convert_to_numpy(layer(np.asarray(x, "float32")))


def test_a_reflection_does_not_repeat_the_border_sample():
    x = np.arange(12).reshape(1, 3, 4, 1)
    # Rows in the order 2 1 0 1 2 1 0, columns 2 1 0 1 2 3 2 1: written out, not computed by a pad.
    expected = x[0, :, :, 0][np.ix_([2, 1, 0, 1, 2, 1, 0], [2, 1, 0, 1, 2, 3, 2, 1])]
    np.testing.assert_array_equal(run(ReflectPad(2), x)[0, :, :, 0], expected)


def test_a_reflected_network_of_free_size_knows_its_channels():
    assert ReflectPad(3)(keras.Input((None, 8, 5))).shape == (None, None, 14, 5)


@pytest.mark.parametrize("shape", [(1, 3, 9, 1), (1, 9, 2, 1)])
def test_a_picture_with_too_few_pixels_to_mirror_is_refused(shape):
    words = f"mirror mirrors 3 pixels and needs at least 4 each way; received {shape[1]} x {shape[2]}"
    with pytest.raises(ValueError, match=words):
        ReflectPad(3, name="mirror")(np.zeros(shape, "float32"))
    with pytest.raises(ValueError, match=words):
        ReflectPad(3, name="mirror")(keras.Input(shape[1:]))


@pytest.mark.parametrize("pad, error", [(0, ValueError), ("1", TypeError)])
def test_a_pad_without_sense_is_refused(pad, error):
    with pytest.raises(error, match="ReflectPad needs pad"):
        ReflectPad(pad)


def test_a_guard_lets_a_fitting_picture_pass_untouched():
    x = np.random.default_rng(0).random((1, 8, 12, 3)).astype("float32")
    np.testing.assert_array_equal(run(SizeGuard("net", multiple=4, smallest=8), x), x)


def test_a_guard_keeps_full_precision_under_mixed_precision():
    x = np.full((1, 4, 4, 1), 1 / 3, "float32")
    np.testing.assert_array_equal(run(SizeGuard("net", dtype="mixed_bfloat16"), x), x)


@pytest.mark.parametrize("shape", [(1, 10, 8, 3), (1, 8, 11, 3)])
def test_a_guard_names_the_multiple_and_the_function_that_pads(shape):
    words = (
        rf"net needs .* divisible by 4; received {shape[1]} x {shape[2]}. Pad .*pad_to_multiple\(image, 4\)"
    )
    with pytest.raises(ValueError, match=words):
        SizeGuard("net", multiple=4)(np.zeros(shape, "float32"))
    with pytest.raises(ValueError, match=words):
        SizeGuard("net", multiple=4)(keras.Input(shape[1:]))


@pytest.mark.parametrize("shape", [(1, 5, 8, 3), (1, 8, 5, 3)])
def test_a_guard_names_the_smallest_size(shape):
    words = (
        f"net needs pictures of at least 6 x 6 pixels; received {shape[1]} x {shape[2]}. Take a larger crop"
    )
    with pytest.raises(ValueError, match=words):
        SizeGuard("net", smallest=6)(np.zeros(shape, "float32"))


def test_a_guard_judges_the_known_side_of_a_picture_of_free_size():
    assert SizeGuard("net", multiple=3)(keras.Input((None, 6, 1))).shape == (None, None, 6, 1)
    with pytest.raises(ValueError, match="received 3 x 7"):
        SizeGuard("net", multiple=3)(keras.Input((None, 7, 1)))


@pytest.mark.parametrize("settings", [{"multiple": 0}, {"smallest": 0}])
def test_a_guard_without_sense_is_refused(settings):
    with pytest.raises(ValueError, match=f"SizeGuard needs {next(iter(settings))} of at least 1; received 0"):
        SizeGuard("net", **settings)


def test_each_side_can_have_its_own_multiple():
    picture = np.random.default_rng(0).random((13, 17, 3)).astype("float32")
    assert pad_to_multiple(picture, (16, 6)).shape == (16, 18, 3)
    guard = SizeGuard("net", multiple=(16, 6))
    assert guard(keras.Input((16, 18, 3))).shape == (None, 16, 18, 3)
    words = r"net needs a height divisible by 16 and a width by 6; received {}. Pad .*image, \(16, 6\)\)"
    for shape in [(18, 18, 3), (None, 16, 3)]:
        received = " x ".join(str(side or 16) for side in shape[:2])
        with pytest.raises(ValueError, match=words.format(received)):
            guard(keras.Input(shape))
    assert SizeGuard.from_config(guard.get_config()).multiple == (16, 6)


def test_a_network_tells_the_multiple_of_each_side():
    given = keras.Input((None, None, 3))
    both = SizeGuard("first", multiple=(16, 4))(SizeGuard("second", multiple=8)(given))
    assert multiple_of(keras.Model(given, both)) == (16, 8)
    alike = keras.Model(given, SizeGuard("first", multiple=(4, 4))(given))
    assert multiple_of(alike) == 4


def test_more_than_two_multiples_are_refused():
    with pytest.raises(ValueError, match=r"one number or \(rows, columns\); received \(2, 2, 2\)"):
        SizeGuard("net", multiple=(2, 2, 2))
