"""Patches: the grid cut into a batch and joined again, by hand and by law; sides that do not divide."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.layers.patches import CutPatches, JoinPatches

GRIDS = [(1, 1), (2, 1), (1, 2), (2, 3), (3, 3)]


def run(layer, x):
    return ops.convert_to_numpy(layer(np.asarray(x, "float32")))


def test_the_patches_lie_in_the_batch_row_after_row():
    x = np.arange(24).reshape(1, 4, 6, 1)
    ours = run(CutPatches(2, 3), x)[..., 0]
    assert ours.shape == (6, 2, 2)
    np.testing.assert_array_equal(ours[0], [[0, 1], [6, 7]])
    np.testing.assert_array_equal(ours[2], [[4, 5], [10, 11]])
    np.testing.assert_array_equal(ours[3], [[12, 13], [18, 19]])


@pytest.mark.parametrize("rows, columns", GRIDS)
def test_a_patch_is_a_slice_of_its_picture(rows, columns):
    x = np.random.default_rng(0).random((2, 6, 12, 3)).astype("float32")
    ours = run(CutPatches(rows, columns), x)
    h, w = 6 // rows, 12 // columns
    expected = [
        picture[r * h : (r + 1) * h, c * w : (c + 1) * w]
        for picture in x
        for r in range(rows)
        for c in range(columns)
    ]
    np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("rows, columns", GRIDS)
def test_joining_what_was_cut_gives_the_picture_back(rows, columns):
    x = np.random.default_rng(0).random((2, 6, 12, 3)).astype("float32")
    np.testing.assert_array_equal(run(JoinPatches(rows, columns), run(CutPatches(rows, columns), x)), x)


def test_a_second_cut_cuts_every_patch():
    x = np.random.default_rng(0).random((2, 8, 8, 1)).astype("float32")
    once = run(CutPatches(2, 2), x)
    twice = run(CutPatches(2, 1), once)
    np.testing.assert_array_equal(twice, np.concatenate([run(CutPatches(2, 1), p[None]) for p in once]))


@pytest.mark.parametrize("rows, columns", [(2, 1), (2, 3)])
def test_a_network_of_free_size_cuts_and_joins(rows, columns):
    given = keras.Input((None, None, 2))
    patches = CutPatches(rows, columns)(given)
    assert patches.shape == (None, None, None, 2)
    model = keras.Model(given, JoinPatches(rows, columns)(patches))
    x = np.random.default_rng(0).random((2, 4, 6, 2)).astype("float32")
    np.testing.assert_array_equal(model.predict_on_batch(x), x)


@pytest.mark.parametrize("shape", [(1, 5, 6, 3), (1, 4, 7, 3)])
def test_a_side_that_the_grid_does_not_divide_is_refused_with_the_padding(shape):
    words = (
        rf"cut needs a height divisible by 2 and a width by 3; received {shape[1]} x {shape[2]}. "
        r"Pad first: .*pad_to_multiple\(image, \(2, 3\)\)"
    )
    with pytest.raises(ValueError, match=words):
        CutPatches(2, 3, name="cut")(np.zeros(shape, "float32"))
    with pytest.raises(ValueError, match=words):
        CutPatches(2, 3, name="cut")(keras.Input(shape[1:]))


def test_a_batch_that_is_no_whole_number_of_grids_is_refused():
    with pytest.raises(ValueError, match=r"join joins grids of 2 x 3; received 8 patches. Cut first"):
        JoinPatches(2, 3, name="join")(np.zeros((8, 2, 2, 1), "float32"))


@pytest.mark.parametrize("cls", [CutPatches, JoinPatches])
@pytest.mark.parametrize("rows, columns, name", [(0, 1, "rows"), (1, 0, "columns")])
def test_a_grid_without_patches_is_refused(cls, rows, columns, name):
    with pytest.raises(ValueError, match=f"{cls.__name__} needs {name} of at least 1; received 0"):
        cls(rows, columns)
