"""Luminance is that of Rec. 601, regions tile the picture, and what is truly dark is not falsely black."""

import numpy as np
import pytest

from course_lib.metrics import darkness


def flat(colour, height=4, width=4):
    return np.broadcast_to(np.array(colour, "float32"), (height, width, 3)).copy()


@pytest.mark.parametrize(
    "colour, expected", [((1, 0, 0), 0.299), ((0, 1, 0), 0.587), ((0, 0, 1), 0.114), ((1, 1, 1), 1.0)]
)
def test_pure_colours_have_the_weights_of_rec_601(colour, expected):
    assert darkness.luminance(flat(colour)) == pytest.approx(expected, abs=1e-6)


def test_luminance_is_the_mean_of_all_pixels():
    picture = flat((0, 0, 0))
    picture[:1] = 0.8
    assert darkness.luminance(picture) == pytest.approx(0.2, abs=1e-6)


def test_each_region_has_the_luminance_of_its_own_pixels():
    picture = flat((0.5, 0.5, 0.5), 16, 24)
    picture[14:16, 0:3] = 0.0  # the bottom left region of 8 x 8
    found = darkness.cell_luminance(picture)
    expected = np.full((8, 8), 0.5)
    expected[7, 0] = 0.0
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_where_sides_do_not_divide_the_first_regions_are_longer():
    picture = flat((0, 0, 0), 5, 4)
    picture[2] = 0.6  # the last of the three rows of the upper regions
    np.testing.assert_allclose(darkness.cell_luminance(picture, 2), [[0.2, 0.2], [0.0, 0.0]], atol=1e-6)


def test_one_region_is_the_whole_picture():
    picture = np.random.default_rng(0).random((7, 9, 3)).astype("float32")
    found = darkness.cell_luminance(picture, 1)
    assert found.shape == (1, 1) and found[0, 0] == pytest.approx(darkness.luminance(picture))


def test_black_is_false_only_where_the_truth_shows_something():
    true, restored = flat((0.5, 0.02, 0.03), 2, 2), flat((0.3, 0.0, 0.0), 2, 2)
    # Of 12 values the 4 blue ones are false, the 4 green ones truly dark, the 4 red ones not black.
    assert darkness.falsely_black(true, restored) == pytest.approx(4 / 12)
    restored[0, 0, 2] = 0.006
    assert darkness.falsely_black(true, restored) == pytest.approx(3 / 12)


def test_a_picture_is_not_falsely_black_to_itself():
    picture = np.random.default_rng(1).random((8, 8, 3)).astype("float32") * 0.04
    assert darkness.falsely_black(picture, picture) == 0


@pytest.mark.parametrize(
    "wrong, error, word",
    [
        (flat((0.5, 0.5, 0.5)) * 255, ValueError, r"in \[0, 1\]"),
        ((flat((0.5, 0.5, 0.5)) * 255).astype("uint8"), ValueError, "to_unit"),
        (np.zeros((4, 4), "float32"), ValueError, r"\(h, w, c\)"),
        (np.zeros((4, 4, 1), "float32"), ValueError, "3 channels"),
        (np.zeros((0, 4, 3), "float32"), ValueError, "at least one pixel"),
        (flat((np.nan, 0, 0)), ValueError, "finite"),
        ([[[0.0, 0.0, 0.0]]], TypeError, "NumPy array"),
    ],
)
def test_what_is_no_picture_is_refused_by_all(wrong, error, word):
    for ask in (
        darkness.luminance,
        lambda picture: darkness.cell_luminance(picture, 1),
        lambda picture: darkness.falsely_black(picture, flat((0, 0, 0))),
        lambda picture: darkness.falsely_black(flat((0, 0, 0)), picture),
    ):
        with pytest.raises(error, match=word):
            ask(wrong)


def test_more_regions_than_pixels_are_refused():
    with pytest.raises(ValueError, match=r"cells in \[1, 4\]; received 8"):
        darkness.cell_luminance(flat((0, 0, 0)))


def test_pictures_of_two_shapes_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        darkness.falsely_black(flat((0, 0, 0), 4, 4), flat((0, 0, 0), 4, 5))
