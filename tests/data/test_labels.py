"""Label maps: one-hot channels, borders, what a network is shown, files of ids, and everything refused."""

import numpy as np
import PIL.Image
import pytest

from course_lib.data import labels

MAP = np.array([[0, 0, 2], [1, 2, 2]])
OBJECTS = np.array([[0, 0, 7], [3, 8, 8]])


def test_every_pixel_has_a_one_in_the_channel_of_its_class():
    hot = labels.one_hot(MAP, 4)
    assert (hot.shape, hot.dtype) == ((2, 3, 4), np.float32)
    np.testing.assert_array_equal(hot.argmax(axis=-1), MAP)
    np.testing.assert_array_equal(hot.sum(axis=-1), 1)


def test_unlabelled_pixels_have_a_last_channel_of_their_own():
    hot = labels.one_hot(np.array([[0, 255]], "uint8"), 2, unlabelled=255)
    np.testing.assert_array_equal(hot, [[[1, 0, 0], [0, 0, 1]]])


@pytest.mark.parametrize("kind", ["uint8", "int16", "uint16", "int64"])
def test_ids_of_any_integer_type_are_taken(kind):
    np.testing.assert_array_equal(labels.one_hot(MAP.astype(kind), 3), labels.one_hot(MAP, 3))


def test_both_sides_of_a_border_are_marked():
    two = np.zeros((4, 5), int)
    two[:, 3:] = 1
    expected = np.zeros((4, 5))
    expected[:, 2:4] = 1
    np.testing.assert_array_equal(labels.edges(two), expected)


def test_a_lone_pixel_marks_its_four_neighbours_and_itself_but_no_corner():
    lone = np.zeros((5, 5), int)
    lone[2, 2] = 9
    expected = np.zeros((5, 5))
    expected[[1, 2, 2, 2, 3], [2, 1, 2, 3, 2]] = 1
    np.testing.assert_array_equal(labels.edges(lone), expected)


def test_one_object_and_the_frame_of_the_picture_have_no_border():
    np.testing.assert_array_equal(labels.edges(np.full((3, 4), 5)), 0)


def test_maps_in_a_batch_do_not_see_one_another():
    pair = np.stack([OBJECTS, OBJECTS * 0 + 1])
    np.testing.assert_array_equal(labels.edges(pair)[0], labels.edges(OBJECTS))
    np.testing.assert_array_equal(labels.edges(pair)[1], 0)


def test_a_network_is_shown_classes_and_as_last_channel_borders():
    shown = labels.condition(MAP, OBJECTS, 3)
    np.testing.assert_array_equal(shown[..., :3], labels.one_hot(MAP, 3))
    np.testing.assert_array_equal(shown[..., 3], labels.edges(OBJECTS))
    assert labels.condition(MAP, None, 3).shape == (2, 3, 3)
    assert labels.condition(MAP, OBJECTS, 2, unlabelled=2).shape == (2, 3, 4)


def test_a_label_map_is_shown_in_its_colours():
    colours = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    np.testing.assert_array_equal(labels.paint(MAP, colours)[1], [[0, 1, 0], [0, 0, 1], [0, 0, 1]])


def test_a_condition_is_shown_with_its_borders_in_black_or_without_any():
    colours = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], "float32")
    bare = labels.condition(MAP, None, 3)
    np.testing.assert_array_equal(labels.paint_condition(bare, colours, edges=False), colours[MAP])
    outlined = labels.paint_condition(labels.condition(MAP, OBJECTS, 3), colours)
    border = labels.edges(OBJECTS) == 1
    assert not outlined[border].any()
    np.testing.assert_array_equal(outlined[~border], colours[MAP][~border])


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_ids_are_read_as_they_were_stored(tmp_path, kind):
    ids = (np.arange(12).reshape(3, 4) * np.iinfo(kind).max // 11).astype(kind)
    PIL.Image.fromarray(ids).save(tmp_path / "ids.png")
    found = labels.read_ids(tmp_path / "ids.png")
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, ids)


def test_the_indices_of_a_palette_are_ids_whatever_their_colours(tmp_path):
    image = PIL.Image.fromarray(MAP.astype("uint8"))
    image.putpalette([200, 10, 10, 200, 10, 10, 5, 5, 5])
    image.save(tmp_path / "ids.png")
    assert PIL.Image.open(tmp_path / "ids.png").mode == "P"
    np.testing.assert_array_equal(labels.read_ids(tmp_path / "ids.png"), MAP)


@pytest.mark.parametrize(
    "array, classes, settings, error, words",
    [
        (MAP, 2, {}, ValueError, "label ids from 0 to 1; received 2. Is it"),
        (np.array([[-1, 0, 300]]), 35, {}, ValueError, "from 0 to 34; received -1, 300"),
        (np.arange(20)[None], 2, {}, ValueError, r"received 2, 3, 4, 5, 6, 7, 8, 9 \.\.\."),
        (np.array([[0, 254]]), 2, {"unlabelled": 255}, ValueError, "received 254.*pass unlabelled="),
        (MAP.astype("float32"), 3, {}, ValueError, "whole numbers in labels; received float32"),
        (MAP[None], 3, {}, ValueError, r"shape \(h, w\), not empty; received \(1, 2, 3\)"),
        (MAP[:0], 3, {}, ValueError, "not empty"),
        (MAP.tolist(), 3, {}, TypeError, "labels as a NumPy array; received list"),
        (MAP, 0, {}, ValueError, "classes of at least 1"),
    ],
)
def test_a_map_that_does_not_fit_the_table_is_refused(array, classes, settings, error, words):
    with pytest.raises(error, match=words):
        labels.one_hot(array, classes, **settings)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: labels.condition(None, OBJECTS, 3), "needs labels; received an instance map alone"),
        (
            lambda: labels.condition(MAP, OBJECTS[:, :2], 3),
            "labels and instances of one size; received 2 x 3 and 2 x 2",
        ),
        (lambda: labels.condition(MAP, OBJECTS / 2, 3), "whole numbers in instances"),
        (lambda: labels.edges(OBJECTS / 1.0), "whole numbers in instances; received float64"),
        (lambda: labels.edges(np.zeros(4, int)), r"shape \(h, w\) or \(b, h, w\)"),
        (lambda: labels.paint(MAP, np.eye(3)[:2]), "from 0 to 1, one a colour; received 0 to 2"),
    ],
)
def test_maps_that_do_not_belong_together_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    "parts, words",
    [
        (
            {"instances": OBJECTS[:1]},
            "street_7 needs labels and instances of one size; received 2 x 3 and 1 x 3",
        ),
        (
            {"picture": np.zeros((2, 4, 3), "float32")},
            "labels and picture of one size; received 2 x 3 and 2 x 4",
        ),
        ({"picture": np.zeros((2, 3, 3), "uint8")}, "picture as float32"),
        ({"instances": OBJECTS.astype("float32")}, "whole numbers in instances"),
    ],
)
def test_a_labelled_picture_holds_maps_of_one_size(parts, words):
    with pytest.raises(ValueError, match=words):
        labels.Labelled(name="street_7", labels=MAP, **parts)


def test_files_that_hold_no_ids_are_refused(tmp_path):
    colours = PIL.Image.fromarray(np.zeros((20, 20, 3), "uint8"))
    colours.save(tmp_path / "colours.png")
    colours.convert("L").save(tmp_path / "lossy.jpg")
    (tmp_path / "broken.png").write_bytes((tmp_path / "colours.png").read_bytes()[:40])
    for name, words in (
        ("colours.png", "colours.png stores pixels as RGB, colours instead of ids.*labelIds"),
        ("lossy.jpg", "lossy.jpg is a JPEG, which changes ids"),
        ("broken.png", "broken.png is no map of ids that can be read"),
    ):
        with pytest.raises(ValueError, match=words):
            labels.read_ids(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="found no file .*absent.png"):
        labels.read_ids(tmp_path / "absent.png")
