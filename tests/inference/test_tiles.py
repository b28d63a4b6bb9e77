"""Windows: they cover the picture, share what they should, and blend back to what was cut."""

import numpy as np
import pytest

from course_lib.inference import tiles

LENGTHS = [(1, 4, 1), (4, 4, 1), (5, 4, 1), (9, 4, 3), (10, 4, 0), (17, 8, 7), (23, 8, 3), (100, 13, 5)]
SIZES = [(1, 1), (1, 30), (5, 9), (8, 8), (9, 8), (16, 24), (23, 31), (8, 40)]


@pytest.mark.parametrize("length, window, overlap", LENGTHS)
def test_windows_cover_a_side_and_overlap_enough(length, window, overlap):
    places = tiles.origins(length, window, overlap)
    assert places[0] == 0
    assert places[-1] == max(0, length - window)
    steps = np.diff(places)
    assert (steps > 0).all()
    assert (steps <= window - overlap).all()


@pytest.mark.parametrize(
    "length, window, overlap, expected",
    [(8, 4, 0, [0, 4]), (10, 4, 2, [0, 2, 4, 6]), (10, 6, 2, [0, 4]), (7, 9, 3, [0]), (11, 6, 2, [0, 2, 5])],
)
def test_windows_stand_where_counting_by_hand_puts_them(length, window, overlap, expected):
    assert tiles.origins(length, window, overlap) == expected


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((0, 4, 1), "length of at least 1; received 0"),
        ((9, 4, -1), "overlap of at least 0; received -1"),
        ((9, 4, 4), "window above 4; received 4"),
        ((9, 0, 0), "window above 0; received 0"),
    ],
)
def test_windows_without_sense_are_refused(arguments, words):
    with pytest.raises(ValueError, match=rf"origins\(\) needs {words}"):
        tiles.origins(*arguments)


def drawn(height, width):
    return np.random.default_rng(height).random((height, width, 3)).astype("float32")


def test_windows_are_cut_rows_first():
    picture = drawn(6, 9)
    windows, places = tiles.cut(picture, 5, 1)
    assert places == [(0, 0), (0, 4), (1, 0), (1, 4)]
    assert windows.shape == (4, 5, 5, 3)
    np.testing.assert_array_equal(windows[3], picture[1:6, 4:9])


def test_a_picture_smaller_than_a_window_gives_one_of_its_own_size():
    windows, places = tiles.cut(drawn(3, 12), 5, 2)
    assert windows.shape == (4, 3, 5, 3)
    assert [top for top, _ in places] == [0] * 4


@pytest.mark.parametrize("window, overlap", [(8, 0), (8, 3), (8, 7), (13, 5)])
@pytest.mark.parametrize("height, width", SIZES)
def test_blending_what_was_cut_is_the_identity(height, width, window, overlap):
    picture = drawn(height, width)
    windows, places = tiles.cut(picture, window, overlap)
    blended = tiles.blend(windows, places, (height, width), overlap)
    assert blended.dtype == np.float32
    np.testing.assert_allclose(blended, picture, atol=1e-6)


def test_two_windows_fade_into_each_other_in_a_straight_line():
    windows = np.stack([np.zeros((1, 5, 1)), np.ones((1, 5, 1))])
    blended = tiles.blend(windows, [(0, 0), (0, 2)], (1, 7), overlap=3)
    np.testing.assert_allclose(blended[0, :, 0], [0, 0, 0.25, 0.5, 0.75, 1, 1], atol=1e-12)


def test_without_overlap_windows_stand_side_by_side():
    windows = np.stack([np.full((2, 2, 1), 3.0), np.full((2, 2, 1), 5.0)])
    blended = tiles.blend(windows, [(0, 0), (0, 2)], (2, 4), overlap=0)
    np.testing.assert_array_equal(blended[..., 0], [[3, 3, 5, 5]] * 2)


def test_a_constant_is_kept_whatever_the_windows():
    windows, places = tiles.cut(np.full((19, 27, 3), 0.7), 8, 5)
    np.testing.assert_allclose(tiles.blend(windows, places, (19, 27), 5), 0.7, rtol=1e-12)


def test_a_pixel_without_a_window_is_refused():
    with pytest.raises(ValueError, match=r"blend\(\) needs windows that cover 4 x 9; some pixels have none"):
        tiles.blend(np.ones((1, 4, 4, 3)), [(0, 0)], (4, 9), 1)


def test_a_window_without_a_place_is_refused():
    with pytest.raises(ValueError, match="a place for each window; received 2 and 1"):
        tiles.blend(np.ones((2, 4, 4, 3)), [(0, 0)], (4, 4), 1)


@pytest.mark.parametrize(
    "length, window, step, expected",
    [(10, 4, 3, [0, 3, 6]), (11, 4, 3, [0, 3, 6, 7]), (4, 4, 4, [0]), (3, 8, 2, [0]), (9, 4, 4, [0, 4, 5])],
)
def test_windows_a_step_apart_end_with_one_that_is_pushed_back(length, window, step, expected):
    assert tiles.strided(length, window, step) == expected


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((0, 4, 2), "length of at least 1; received 0"),
        ((9, 4, 5), r"step in \[1, 4\]; received 5"),
        ((9, 4, 0), r"step in \[1, 4\]; received 0"),
    ],
)
def test_steps_that_leave_pixels_out_are_refused(arguments, words):
    with pytest.raises(ValueError, match=rf"strided\(\) needs {words}"):
        tiles.strided(*arguments)


def test_without_a_fade_overlaps_are_averaged_with_equal_weight():
    windows = np.array([[[[0.0], [0.0]]], [[[1.0], [1.0]]]])  # (2, 1, 2, 1)
    blended = tiles.blend(windows, [(0, 0), (0, 1)], (1, 3), overlap=0)
    np.testing.assert_array_equal(blended[0, :, 0], [0, 0.5, 1])
