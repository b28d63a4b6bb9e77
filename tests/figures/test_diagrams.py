import io

import numpy as np
import pytest
from PIL import Image

from course_lib.figures import diagrams

ALT = "A test of boxes, arrows and tables."


def pixels_of(figure):
    with Image.open(io.BytesIO(figure.png)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_a_journey_has_a_box_for_every_thing():
    page = pixels_of(diagrams.chain(["S\nscene", "B\nphotograph", "R\nestimate"], ["blur", "network"], ALT))
    soft = (page == (238, 242, 246)).all(axis=-1)
    columns = soft.sum(axis=0) > 10
    assert np.count_nonzero(np.diff(columns.astype(int)) == 1) == 3


def test_a_picture_in_a_box_is_shown_pixel_by_pixel():
    rng = np.random.default_rng(0)
    picture = rng.integers(1, 255, (100, 90, 3)).astype("float32") / 255
    page = pixels_of(diagrams.chain(["S", "B"], [""], ALT, pictures=[picture, None]))
    first = np.round(picture * 255).astype(int)
    spots = np.argwhere((page == first[0, 0]).all(axis=-1))
    assert any(np.array_equal(page[y : y + 100, x : x + 90], first) for y, x in spots)


def test_a_skip_is_drawn_above_the_boxes():
    plain = diagrams.chain(["in", "block", "out"], ["", ""], ALT)
    arched = diagrams.chain(["in", "block", "out"], ["", ""], ALT, skips=[(0, 2, "input")])
    assert arched.height > plain.height


@pytest.mark.parametrize(("boxes", "arrows"), [(["S"], []), (["S", "B"], []), (["S"] * 8, [""] * 7)])
def test_boxes_and_arrows_that_do_not_fit_are_refused(boxes, arrows):
    with pytest.raises(ValueError, match="2 to 7 boxes"):
        diagrams.chain(boxes, arrows, ALT)


def test_texts_too_wide_for_the_page_are_refused():
    with pytest.raises(ValueError, match="960 pixels"):
        diagrams.chain(["a very long name of a thing" * 2] * 3, ["", ""], ALT)


def test_a_picture_too_few_is_refused():
    with pytest.raises(ValueError, match="received 1 for 2"):
        diagrams.chain(["S", "B"], [""], ALT, pictures=[np.zeros((4, 4), "float32")])


def test_a_table_has_a_cell_for_every_number():
    small = diagrams.numbers([np.ones((2, 3))], ["A"], ALT)
    large = diagrams.numbers([np.ones((4, 6))], ["A"], ALT)
    assert (large.width - small.width, large.height - small.height) == (3 * 42, 2 * 42)


def test_a_box_marks_the_cells_it_names():
    page = pixels_of(diagrams.numbers([np.zeros((4, 4))], ["A"], ALT, boxes=[(1, 2, 2, 1)]))
    rows, columns = np.nonzero(np.abs(page - (213, 94, 0)).max(axis=-1) < 8)
    height, width = rows.max() - rows.min(), columns.max() - columns.min()
    assert abs(height - 2 * 42) <= 4 and abs(width - 42) <= 4


def test_tables_too_large_to_read_are_refused():
    with pytest.raises(ValueError, match="up to 12 x 12"):
        diagrams.numbers([np.zeros((13, 3))], ["A"], ALT)


def test_a_stack_of_three_by_three_layers_sees_two_pixels_more_each():
    page = pixels_of(diagrams.reach([3, 3], ALT))
    blue = (page == (0, 114, 178)).all(axis=-1)
    counts = []
    for level in range(3):
        row = blue[24 + 46 * level].astype(int)
        counts.append(np.count_nonzero(np.diff(np.concatenate([[0], row])) == 1))
    assert counts == [1, 3, 5]


def test_an_even_side_is_refused():
    with pytest.raises(ValueError, match="odd sides"):
        diagrams.reach([4], ALT)
