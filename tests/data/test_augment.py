"""Views: windows inside the picture, the eight ways to see one, the same for both halves of a pair."""

import numpy as np
import pytest

from course_lib.data.augment import View, draw_view, see, sides

# Every pixel tells where it stood: row, column.
PLACES = np.stack(np.meshgrid(np.arange(9), np.arange(11), indexing="ij"), axis=-1)


def drawn(seed, patch=4, shape=(9, 11, 2)):
    return draw_view(shape, patch, np.random.default_rng(seed))


def test_a_window_is_cut_where_the_view_says():
    np.testing.assert_array_equal(see(PLACES, View(top=2, left=5, height=3, width=4)), PLACES[2:5, 5:9])


@pytest.mark.parametrize(
    "mirror, turns, expected",
    [
        (False, 0, [[1, 2], [3, 4]]),
        (False, 1, [[2, 4], [1, 3]]),
        (False, 2, [[4, 3], [2, 1]]),
        (False, 3, [[3, 1], [4, 2]]),
        (True, 0, [[2, 1], [4, 3]]),
        (True, 1, [[1, 3], [2, 4]]),
        (True, 2, [[3, 4], [1, 2]]),
        (True, 3, [[4, 2], [3, 1]]),
    ],
)
def test_a_window_is_mirrored_first_and_then_turned_counter_clockwise(mirror, turns, expected):
    window = np.array([[1, 2], [3, 4]])
    view = View(top=0, left=0, height=2, width=2, mirror=mirror, turns=turns)
    np.testing.assert_array_equal(see(window, view), expected)
    np.testing.assert_array_equal(see(window[..., None], view)[..., 0], expected)


def test_the_same_view_shows_the_same_places_in_both_halves():
    blurred = PLACES + 100
    for seed in range(20):
        view = drawn(seed)
        np.testing.assert_array_equal(see(blurred, view) - 100, see(PLACES, view))


def test_all_eight_ways_to_see_are_drawn():
    ways = {(view.mirror, view.turns) for view in map(drawn, range(200))}
    assert ways == {(mirror, turns) for mirror in (False, True) for turns in range(4)}


def test_every_window_inside_the_picture_is_drawn_and_none_beyond():
    places = {(view.top, view.left) for view in map(drawn, range(1000))}
    assert places == {(top, left) for top in range(6) for left in range(8)}


def test_a_window_as_large_as_the_picture_has_one_place():
    view = draw_view((5, 5), 5, np.random.default_rng(0))
    assert (view.top, view.left, view.height, view.width) == (0, 0, 5, 5)


def test_a_view_depends_on_the_generator_alone():
    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)


def test_a_window_that_is_not_square_keeps_its_sides_in_four_ways():
    views = [drawn(seed, patch=(3, 6)) for seed in range(100)]
    assert {(view.mirror, view.turns) for view in views} == {(m, t) for m in (False, True) for t in (0, 2)}
    assert {see(PLACES, view).shape for view in views} == {(3, 6, 2)}
    assert {(view.top, view.left) for view in views} <= {(top, left) for top in range(7) for left in range(6)}


@pytest.mark.parametrize("patch", [4, (3, 6)])
def test_an_upright_window_is_mirrored_and_never_turned(patch):
    views = [draw_view((9, 11), patch, np.random.default_rng(seed), upright=True) for seed in range(60)]
    assert {(view.mirror, view.turns) for view in views} == {(False, 0), (True, 0)}
    assert len({(view.top, view.left) for view in views}) > 10


def test_two_equal_sides_are_the_same_window_as_one():
    assert drawn(3, patch=(4, 4)) == drawn(3, patch=4)


@pytest.mark.parametrize(
    "patch, error, words",
    [
        (0, ValueError, "patch of at least 1; received 0"),
        ((4, -1), ValueError, "patch of at least 1; received -1"),
        ((4, 4, 3), ValueError, r"patch as a side or as \(height, width\); received \(4, 4, 3\)"),
        ("4", TypeError, "patch as a number; received str"),
        ((4, None), TypeError, "patch as a number; received NoneType"),
    ],
)
def test_a_window_without_sense_is_refused(patch, error, words):
    with pytest.raises(error, match=rf"draw_view\(\) needs {words}"):
        drawn(0, patch=patch)
    with pytest.raises(error, match=f"who needs {words}".replace("patch", "size")):
        sides("who", patch, "size")


@pytest.mark.parametrize("shape, received", [((3, 11, 3), "3 x 11"), ((9, 2), "9 x 2")])
def test_a_picture_smaller_than_the_window_is_refused(shape, received):
    words = f"at least 4 x 4; received {received}. Take a smaller patch, or leave the picture out"
    with pytest.raises(ValueError, match=words):
        drawn(0, shape=shape)


def test_each_side_of_the_window_must_fit_into_its_own_side_of_the_picture():
    assert drawn(0, patch=(9, 11)).turns in (0, 2)
    with pytest.raises(ValueError, match="at least 10 x 3; received 9 x 11"):
        drawn(0, patch=(10, 3))


def test_a_view_without_chance_is_refused():
    with pytest.raises(ValueError, match=r"draw_view\(\) needs rng because the window is drawn by chance"):
        draw_view((9, 9), 4, None)


@pytest.mark.parametrize(
    "top, left, rows", [(7, 0, "rows 7 to 10"), (0, 9, "columns 9 to 12"), (-1, 0, "rows -1")]
)
def test_a_view_beyond_the_picture_is_refused(top, left, rows):
    with pytest.raises(ValueError, match=rf"see\(\) needs a window inside the picture of 9 x 11; .*{rows}"):
        see(PLACES, View(top=top, left=left, height=3, width=3))
