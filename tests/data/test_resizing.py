"""Resizing: a cubic that widens where it shrinks, ids taken from the centre, nothing without sense."""

import numpy as np
import pytest

from course_lib.data.resizing import bicubic, demand_shape, halve, nearest

# Far enough from black and white that no overshoot is clipped.
PICTURE = np.random.default_rng(0).integers(77, 178, (12, 20, 3)).astype("float32") / np.float32(255)
IDS = np.arange(24 * 40, dtype="int32").reshape(24, 40) * 50


def cubic(x):
    """Keys' cubic with a = -1/2."""
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def along(length, wanted):
    """The matrix (wanted, length) of a resize along one axis: weights that sum to 1 also at the border."""
    scale = length / wanted
    centres = (np.arange(wanted)[:, None] + 0.5) * scale
    weights = cubic((np.arange(length) + 0.5 - centres) / max(scale, 1))
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("height, width", [(6, 10), (4, 5), (24, 40), (12, 10)])
def test_a_picture_is_resized_with_a_cubic_that_widens_where_it_shrinks(height, width):
    expected = (along(12, height) @ PICTURE.transpose(2, 0, 1) @ along(20, width).T).transpose(1, 2, 0)
    # Rounded to bytes, and once more between the two axes.
    np.testing.assert_allclose(bicubic(PICTURE, height, width), expected, atol=1.5 / 255)


def test_a_gray_picture_stays_gray():
    np.testing.assert_array_equal(bicubic(PICTURE[..., 0], 6, 10), bicubic(PICTURE, 6, 10)[..., 0])


def test_a_picture_of_that_size_already_is_not_rounded():
    fine = np.full((3, 4, 3), 1 / 3, "float32")
    np.testing.assert_array_equal(bicubic(fine, 3, 4), fine)


@pytest.mark.parametrize("sides, halves", [((720, 1280), (360, 640)), ((7, 10), (3, 5))])
def test_half_of_a_picture_has_half_its_sides_rounded_down(sides, halves):
    assert halve(np.zeros((*sides, 3), "float32")).shape == (*halves, 3)


@pytest.mark.parametrize("height, width", [(12, 20), (24, 20), (48, 80), (8, 40)])
def test_an_id_is_taken_from_the_centre_of_its_pixel(height, width):
    rows = np.floor((np.arange(height) + 0.5) * 24 / height).astype(int)
    columns = np.floor((np.arange(width) + 0.5) * 40 / width).astype(int)
    np.testing.assert_array_equal(nearest(IDS, height, width), IDS[np.ix_(rows, columns)])


@pytest.mark.parametrize("kind", ["uint8", "uint16", "int32"])
def test_ids_are_never_mixed(kind):
    top = {"uint8": 255, "uint16": 65535, "int32": 2**31 - 1}[kind]
    ids = np.array([[0, top], [top, 0]], kind)
    found = nearest(ids, 5, 7)
    assert found.dtype == np.int32
    assert set(np.unique(found)) == {0, top}


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: bicubic(PICTURE, 0, 4), ValueError, "bicubic.. needs height of at least 1; received 0"),
        (lambda: bicubic(PICTURE, 4, "4"), TypeError, "bicubic.. needs width as a number; received str"),
        (lambda: bicubic(PICTURE * 4, 4, 4), ValueError, r"bicubic.. needs picture in \[0, 1\]"),
        (lambda: bicubic(IDS, 4, 4), ValueError, "needs picture as float32"),
        (lambda: halve(PICTURE[:1]), ValueError, "needs height of at least 1; received 0"),
        (lambda: nearest(IDS, 4, 0), ValueError, "nearest.. needs width of at least 1; received 0"),
        (lambda: nearest(IDS.astype("int64"), 4, 4), ValueError, "up to 32 bits; received int64"),
        (lambda: nearest(PICTURE, 4, 4), ValueError, r"received float32 \(12, 20, 3\)"),
    ],
)
def test_what_cannot_be_resized_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("size", [(512, 1024), (10, 20), (7, 15), (8, 15), (1024, 2048)])
def test_a_size_that_keeps_the_shape_to_a_pixel_is_welcome(size):
    demand_shape("who()", "frame", (1024, 2048, 3), size)


@pytest.mark.parametrize(
    "size, way_out", [((256, 256), (128, 256)), ((6, 15), (8, 15)), ((1024, 512), (256, 512))]
)
def test_a_size_of_another_shape_is_refused_with_one_that_fits(size, way_out):
    (height, width), (rows, columns) = size, way_out
    words = f"who.. would distort frame: 1024 x 2048 to {height} x {width}. Take size=.{rows}, {columns}."
    with pytest.raises(ValueError, match=words):
        demand_shape("who()", "frame", (1024, 2048, 3), size)
