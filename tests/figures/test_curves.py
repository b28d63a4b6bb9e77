import io

import numpy as np
import pytest
from PIL import Image

from course_lib.figures import agreement, curves, style

ALT = "A test of lines, bars and points."


def pixels_of(figure):
    with Image.open(io.BytesIO(figure.png)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def where(page, colour):
    """Return (rows, columns) of the pixels of one palette colour."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return np.nonzero(np.abs(page - wanted).max(axis=-1) <= 6)


def test_a_rising_line_rises_on_the_page():
    page = pixels_of(curves.lines(np.arange(50), {"y": np.arange(50) ** 2.0}, "x", "y", ALT))
    rows, columns = where(page, style.PALETTE[0])
    assert rows[columns == columns.min()].mean() > 200 > rows[columns == columns.max()].mean()


def test_a_power_law_is_straight_on_two_logarithmic_axes():
    x = np.geomspace(1, 1000, 40)
    page = pixels_of(curves.lines(x, {"y": x**3}, "x", "y", ALT, logx=True, logy=True))
    rows, columns = where(page, style.PALETTE[0])
    line = np.polyfit(columns, rows, 1)
    assert np.abs(np.polyval(line, columns) - rows).max() < 4


def test_names_of_lines_that_end_together_do_not_overlap():
    series = {name: np.full(30, 1.0) for name in ("one", "two", "three")}
    page = pixels_of(curves.lines(np.arange(30), series, "x", "y", ALT))
    spans = []
    for colour in style.PALETTE[:3]:
        rows, columns = where(page, colour)
        rows = rows[columns > 544]
        spans.append((rows.min(), rows.max()))
    spans.sort()
    assert all(above[1] < below[0] for above, below in zip(spans[:-1], spans[1:], strict=True))


def test_a_line_ends_where_its_values_end_and_keeps_its_name_there():
    series = {"a": [1.0, 2.0, None, None], "b": [4.0, 4.0, 4.0, 4.0]}
    page = pixels_of(curves.lines([0, 1, 2, 3], series, "x", "y", ALT))
    rows, columns = where(page, style.PALETTE[0])
    line, name = columns < 540, columns > 544
    # The panel begins at 58 and is 480 wide, with a margin of a twentieth of the data on either side.
    assert columns[line].max() == pytest.approx(58 + 480 * (0.05 + 1 / 3) / 1.1, abs=20)
    assert abs(rows[name].mean() - rows[line].min()) < 10


def test_the_longer_bar_has_the_larger_value():
    page = pixels_of(curves.bars(["a", "b"], [1.0, 3.0], "dB", ALT))
    rows, columns = where(page, style.PALETTE[0])
    middle = (rows.min() + rows.max()) / 2
    first, second = columns[rows < middle], columns[rows >= middle]
    ratio = (second.max() - second.min() + 1) / (first.max() - first.min() + 1)
    assert ratio == pytest.approx(3, rel=0.05)


def test_a_bar_below_zero_points_the_other_way():
    page = pixels_of(curves.bars(["a", "b"], [-1.0, 1.0], "dB", ALT))
    rows, columns = where(page, style.PALETTE[0])
    middle = (rows.min() + rows.max()) / 2
    assert columns[rows < middle].max() <= columns[rows >= middle].min() + 1


def test_points_are_drawn_where_their_numbers_say():
    page = pixels_of(curves.points([0, 10], [0, 10], ["low", "high"], "x", "y", ALT))
    rows, columns = where(page, style.PALETTE[0])
    low, high = columns < columns.mean(), columns >= columns.mean()
    assert rows[low].mean() > rows[high].mean()


def test_each_unit_gets_a_panel_of_its_own():
    one = agreement.agreement({"dB": [("a", 1, 1, 2)]}, ALT)
    two = agreement.agreement({"dB": [("a", 1, 1, 2)], "pixels": [("b", 3, 5, 4)]}, ALT)
    assert two.height > 1.8 * one.height


def test_a_guess_too_low_stands_left_of_one_too_high():
    page = pixels_of(agreement.agreement({"dB": [("low", 1, 1, 3), ("high", 5, 5, 3)]}, ALT))
    rows, columns = where(page, style.PALETTE[0])
    middle = (rows.min() + rows.max()) / 2
    assert columns[rows < middle].mean() < columns[rows > middle].mean() - 100


def test_a_range_that_holds_is_green_and_a_miss_is_blue():
    page = pixels_of(agreement.agreement({"dB": [("hit", 1, 3, 2), ("miss", 5, 6, 9)]}, ALT))
    green_line = agreement.agreement({"dB": [("a", 5, 6, 9), ("b", 5, 6, 9)]}, ALT)
    assert len(where(page, style.PALETTE[0])[0]) > 20
    assert len(where(page, style.PALETTE[2])[0]) > len(where(pixels_of(green_line), style.PALETTE[2])[0]) + 20


def test_the_same_numbers_give_the_same_bytes():
    made = [curves.lines([1, 2, 3], {"a": [1, 2, 4], "b": [3, 2, 1]}, "x", "y", ALT).png for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ({}, "1 to 7 series"),
        ({"a": [1, 2]}, "as long as x"),
        ({"a": [1, 2, np.nan]}, "1 NaN or infinite of 3"),
        ({"a": [1, 2, np.inf]}, "Leave them out"),
        ({"a": ["1", "2", "3"]}, "list of numbers"),
        ({"a": [None, None, None]}, "list of numbers"),
        ({"a": [1, None, np.nan]}, "1 NaN"),
    ],
)
def test_series_that_cannot_be_drawn_honestly_are_refused(series, words):
    with pytest.raises(ValueError, match=words):
        curves.lines([1, 2, 3], series, "x", "y", ALT)


def test_series_of_another_type_are_refused():
    with pytest.raises(TypeError, match="dict"):
        curves.lines([1, 2, 3], [1, 2, 3], "x", "y", ALT)


def test_zero_on_a_logarithmic_axis_is_refused():
    with pytest.raises(ValueError, match="logarithmic"):
        curves.lines([0, 1], {"a": [1, 2]}, "x", "y", ALT, logx=True)
    with pytest.raises(ValueError, match="logarithmic"):
        curves.lines([1, 2], {"a": [0, 2]}, "x", "y", ALT, logy=True)


def test_bars_and_points_want_a_name_each():
    with pytest.raises(ValueError, match="one value a name"):
        curves.bars(["a"], [1, 2], "dB", ALT)
    with pytest.raises(ValueError, match="one name a point"):
        curves.points([1, 2], [1, 2], ["a"], "x", "y", ALT)


def test_an_empty_agreement_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        agreement.agreement({}, ALT)
