"""A picture from labels: any size, and no picture where labels are expected."""

import keras
import numpy as np
import pytest

from course_lib.data import labels
from course_lib.inference.paint import demand_one_hot, paint
from course_lib.layers.borders import SizeGuard

MAP = np.array([[0, 0, 2], [1, 2, 2]])
OBJECTS = np.array([[0, 0, 7], [3, 8, 8]])


@pytest.fixture(scope="module")
def first_three():
    """A network that shows the first three channels, for sizes that 4 divides."""
    condition = keras.Input((None, None, 4))
    x = SizeGuard("first_three", multiple=4, name="size")(condition)
    return keras.Model(condition, 2 * x[..., :3] - 0.5, name="first_three")


def test_a_map_of_any_size_is_painted_and_clipped(first_three):
    condition = labels.condition(MAP, OBJECTS, 3)
    painted = paint(first_three, condition, 3)
    np.testing.assert_array_equal(painted, condition[..., :3])
    assert painted.dtype == np.float32


def test_labels_of_another_number_are_refused(first_three):
    with pytest.raises(
        ValueError, match=r"paint\(\) needs one condition \(h, w, 4\) for first_three; received \(2, 3, 3\)"
    ):
        paint(first_three, labels.condition(MAP, None, 3), 3)


def test_a_picture_is_refused(first_three):
    with pytest.raises(ValueError, match=r"paint\(\) needs one-hot labels.*A picture\?"):
        paint(first_three, np.full((4, 4, 3), 0.3, "float32"), 3)


@pytest.mark.parametrize(
    "condition, classes",
    [
        (labels.condition(MAP, OBJECTS, 3), 3),
        (labels.condition(MAP, None, 3)[None], 3),
        (labels.condition(MAP, OBJECTS, 2, unlabelled=2), 3),
        # Of two classes and one that got no channel, and with looks behind.
        (labels.condition(MAP, None, 3)[..., :2], 2),
        (np.concatenate([labels.condition(MAP, OBJECTS, 3), np.full((2, 3, 4), 7.5)], axis=-1), 3),
    ],
)
def test_one_hot_labels_are_welcome_whatever_follows_them(condition, classes):
    demand_one_hot("asapnet", condition, classes)


@pytest.mark.parametrize(
    "condition, error, words",
    [
        (np.full((4, 5, 3), 0.5, "float32"), ValueError, r"float32 \(4, 5, 3\) in \[0.5, 0.5\]. A picture\?"),
        (np.zeros((1, 4, 5, 3), "float32"), ValueError, r"\(1, 4, 5, 3\) in \[0, 0\]. A picture\?"),
        (np.full((4, 5, 3), 200, "uint8"), ValueError, r"uint8 \(4, 5, 3\) in \[200, 200\]. A picture\?"),
        (
            MAP,
            ValueError,
            r"int64 \(2, 3\) in \[0, 2\]. A label map\? Make them of a map of ids: .*condition\(",
        ),
        (np.full((4, 5, 11), 0.25), ValueError, "first 10 channels are 0 or 1"),
        (np.ones((4, 5, 11)), ValueError, "at most one of them 1 at a pixel"),
        (np.zeros((4, 5, 10), int), ValueError, "floats whose first 10"),
        (np.full((4, 5, 11), np.nan), ValueError, r"in \[nan, nan\]"),
        (np.zeros((0, 5, 11)), ValueError, r"float64 \(0, 5, 11\)"),
        ([[0.0] * 11], TypeError, "condition as a NumPy array; received list"),
    ],
)
def test_a_picture_where_labels_are_expected_is_refused_with_the_way_out(condition, error, words):
    with pytest.raises(error, match=f"asapnet needs .*{words}"):
        demand_one_hot("asapnet", condition, 10)
