import io

import numpy as np
import pytest
from PIL import Image

from course_lib.figures import sheets

ALT = "Random pixels, only to test the page."


def pixels_of(figure):
    with Image.open(io.BytesIO(figure.png)) as picture:
        return np.asarray(picture.convert("RGB"))


def find(page, tile):
    """Return the upper left corner of the only place where a tile stands on a page."""
    spots = np.argwhere((page == tile[0, 0]).all(axis=-1))
    height, width = tile.shape[:2]
    hits = [(y, x) for y, x in spots if np.array_equal(page[y : y + height, x : x + width], tile)]
    if len(hits) != 1:
        raise LookupError(f"the tile stands {len(hits)} times on the page")
    return hits[0]


def picture(seed, *shape):
    return np.random.default_rng(seed).integers(1, 255, shape).astype("float32") / 255


def bytes_of(unit):
    return np.round(unit * 255).astype("uint8")


def test_pictures_of_middling_size_are_shown_pixel_by_pixel_in_order():
    left, right = picture(0, 160, 170, 1), picture(1, 160, 170, 1)
    page = pixels_of(sheets.sheet([left, right], ["Left", "Right"], ALT))
    y0, x0 = find(page, bytes_of(left).repeat(3, axis=2))
    y1, x1 = find(page, bytes_of(right).repeat(3, axis=2))
    assert y0 == y1
    assert x1 - x0 >= 170


def test_small_pictures_are_enlarged_by_repeating_pixels():
    small = picture(0, 8, 8, 3)
    page = pixels_of(sheets.sheet([small], ["Small"], ALT))
    enlarged = bytes_of(small).repeat(19, axis=0).repeat(19, axis=1)  # 19 · 8 is the first multiple above 150
    find(page, enlarged)


def test_a_chosen_scale_is_kept():
    small = picture(0, 8, 8)
    page = pixels_of(sheets.sheet([small], ["Small"], ALT, scale=3))
    find(page, np.repeat(bytes_of(small)[..., None], 3, axis=2).repeat(3, axis=0).repeat(3, axis=1))


def test_a_constant_picture_stays_constant_when_it_shrinks():
    page = pixels_of(sheets.sheet([np.full((700, 1400, 3), 0.4, "float32")], [""], ALT))
    assert page.shape[1] <= 900
    assert (page[page.shape[0] // 2, 20:-20] == 102).all()


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (4, 4), (5, 3), (8, 4), (9, 3)])
def test_rows_have_nearly_equal_length(count, columns):
    page = pixels_of(sheets.sheet([np.zeros((150, 150), "float32")] * count, [""] * count, ALT))
    middle = page[10 + 75]
    assert (middle == 0).all(axis=-1).sum() == columns * 150


def test_four_photographs_make_a_file_that_a_notebook_can_carry():
    rng = np.random.default_rng(0)
    smooth = np.cumsum(np.cumsum(rng.normal(size=(512, 768, 3)), axis=0), axis=1)
    smooth = ((smooth - smooth.min()) / (smooth.max() - smooth.min())).astype("float32")
    figure = sheets.sheet([smooth] * 4, list("abcd"), ALT)
    assert figure.width <= 910
    assert len(figure.png) < 200_000


def test_zoom_frames_the_window_and_repeats_its_pixels_below():
    whole = picture(0, 160, 160, 3)
    page = pixels_of(sheets.zoom([whole], ["Whole"], (40, 60, 10, 20), ALT))
    top, left = find(page, bytes_of(whole)[:30])
    orange = np.array([213, 94, 0])
    assert (page[top + 39, left + 59 : left + 81] == orange).all()
    assert (page[top + 50, left + 59 : left + 81] == orange).all()
    assert (page[top + 39 : top + 51, left + 59] == orange).all()
    assert np.array_equal(page[top + 40 : top + 50, left + 60 : left + 80], bytes_of(whole)[40:50, 60:80])
    crop = bytes_of(whole)[40:50, 60:80].repeat(8, axis=0).repeat(8, axis=1)
    below, _ = find(page, crop)
    assert below >= top + 160


@pytest.mark.parametrize("box", [(0, 0, 8, 8), (152, 152, 8, 8)])
def test_a_window_in_a_corner_keeps_its_frame_inside_the_picture(box):
    page = pixels_of(sheets.zoom([np.zeros((160, 160), "float32")], [""], box, ALT))
    orange = (page == (213, 94, 0)).all(axis=-1)[10:170, 30:190]
    assert orange.any()


@pytest.mark.parametrize("box", [(-1, 0, 8, 8), (0, 155, 8, 8), (0, 0, 0, 8), (0, 0, 161, 8)])
def test_a_window_outside_the_picture_is_refused(box):
    with pytest.raises(ValueError, match="inside the picture of 160 x 160"):
        sheets.zoom([np.zeros((160, 160), "float32")], [""], box, ALT)


def test_a_window_of_two_numbers_is_refused():
    with pytest.raises(ValueError, match="top, left, height, width"):
        sheets.zoom([np.zeros((160, 160), "float32")], [""], (3, 4), ALT)


def test_zoom_refuses_pictures_of_two_sizes():
    with pytest.raises(ValueError, match="one size"):
        sheets.zoom(
            [np.zeros((20, 20), "float32"), np.zeros((20, 21), "float32")], ["", ""], (0, 0, 2, 2), ALT
        )


def test_signed_shows_zero_white_and_the_signs_in_blue_and_orange():
    values = np.zeros((30, 30), "float32")
    values[:10], values[20:] = 0.2, -0.2
    page = pixels_of(sheets.signed([values], ["Difference"], ALT)).astype(int)
    column = page[:, page.shape[1] // 2]
    whites = (column == 255).all(axis=-1)
    red, blue = column[:, 0], column[:, 2]
    orange_rows, blue_rows = np.flatnonzero(red - blue > 60), np.flatnonzero(blue - red > 60)
    assert 40 < orange_rows[:50].min() + 20 and orange_rows.min() < blue_rows.min()
    assert whites[(orange_rows[:50].max() + blue_rows.min()) // 2]


def test_signed_scales_all_pictures_alike():
    strong, weak = np.full((40, 40), 1.0, "float32"), np.full((40, 40), 0.5, "float32")
    page = pixels_of(sheets.signed([strong, weak], ["", ""], ALT, limit=1.0)).astype(int)
    row = page[60]
    colours = row[(row[:, 0] - row[:, 2]) > 20]
    assert len(np.unique(colours, axis=0)) == 2


def test_signed_of_equal_pictures_is_white_and_does_not_divide_by_zero():
    page = pixels_of(sheets.signed([np.zeros((40, 40), "float32")], ["Zero"], ALT))
    assert (page[60, 40:-40] == 255).all()


def test_the_words_of_a_scale_fit_a_page_with_one_small_picture():
    values = np.zeros((40, 40), "float32")
    values[0, 0] = 9  # one value beyond the scale, which its words then say
    page = pixels_of(sheets.signed([values], ["One"], ALT, limit=0.12))
    assert (page[:, :5] == 255).all() and (page[:, -5:] == 255).all()


def test_signed_refuses_colour_and_names_the_way_out():
    with pytest.raises(ValueError, match=r"mean\(axis=-1\)"):
        sheets.signed([np.zeros((4, 4, 3), "float32")], [""], ALT)


def test_signed_refuses_a_limit_of_zero():
    with pytest.raises(ValueError, match="limit above 0"):
        sheets.signed([np.zeros((4, 4), "float32")], [""], ALT, limit=0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (np.zeros((4, 4, 3), "uint8"), "to_unit"),
        (np.full((4, 4), 1.5, "float32"), r"\[0, 1\]"),
        (np.full((4, 4), -0.1, "float32"), r"\[0, 1\]"),
        (np.full((4, 4), np.nan, "float32"), "finite"),
        (np.zeros((4, 4, 2), "float32"), "1 or 3 channels"),
        (np.zeros((1, 4, 4, 3), "float32"), "shape"),
        (np.zeros((0, 4), "float32"), "at least one pixel"),
    ],
)
def test_pictures_that_would_be_clipped_or_guessed_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        sheets.sheet([wrong], [""], ALT)


def test_a_list_is_asked_for_when_one_array_comes():
    with pytest.raises(TypeError, match=r"\[picture\]"):
        sheets.sheet(np.zeros((4, 4), "float32"), ["One"], ALT)


@pytest.mark.parametrize(("count", "titles"), [(0, []), (2, ["One"])])
def test_a_title_a_picture_is_asked_for(count, titles):
    with pytest.raises(ValueError, match="one title a picture"):
        sheets.sheet([np.zeros((4, 4), "float32")] * count, titles, ALT)


def test_a_page_without_words_is_refused():
    with pytest.raises(ValueError, match="at least 15 characters"):
        sheets.sheet([np.zeros((4, 4), "float32")], [""], "short")
