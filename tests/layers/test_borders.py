"""pad_to_multiple: mirrored, never smaller than needed, cut back exactly."""

import numpy as np
import pytest

from course_lib.layers.borders import pad_to_multiple


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
