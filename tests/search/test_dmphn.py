"""DMPHN: its wiring against one written out by hand, its start, stacks, shared pairs; bad grids and sizes."""

import json
import math

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.inference.restore import restore
from course_lib.search.dmphn import (
    GRIDS_1_2_4,
    GRIDS_1_2_4_8,
    GRIDS_1_3_9,
    GRIDS_1_4_16,
    DMPHNRecipe,
    dmphn,
    every_stage,
)
from course_lib.search.hierarchy import multiple_for
from course_lib.serial import from_json, to_json
from course_lib.training.seeding import seed_weights

WIDTHS = (2, 3)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).random(shape).astype("float32")


def filled(recipe):
    """A network whose every weight is drawn, biases too."""
    model = dmphn(recipe)
    model.set_weights([0.4 * drawn(*w.shape, seed=i) - 0.2 for i, w in enumerate(model.get_weights())])
    return model


def run(layer, x):
    return ops.convert_to_numpy(layer(ops.convert_to_tensor(x)))


@pytest.fixture(scope="module")
def small():
    return filled(DMPHNRecipe(grids=GRIDS_1_2_4, widths=WIDTHS))


def test_the_levels_are_wired_as_written_out_by_hand(small):
    x = drawn(1, 8, 12, 3)
    e1, d1, e2, d2, e3, d3 = (
        small.get_layer(f"{kind}_lv{level}") for level in (1, 2, 3) for kind in ("encoder", "decoder")
    )
    p = x - 0.5
    top, bottom = p[:, :4], p[:, 4:]
    f3 = [
        np.concatenate([run(e3, half[:, :, :6]), run(e3, half[:, :, 6:])], axis=2) for half in (top, bottom)
    ]
    f2 = [run(e2, half + run(d3, f)) + f for half, f in zip((top, bottom), f3, strict=True)]
    joined = np.concatenate(f2, axis=1)
    f1 = run(e1, p + run(d2, joined)) + joined
    np.testing.assert_allclose(run(small, x), run(d1, f1) + 0.5, atol=1e-5)


def test_a_stage_sees_the_picture_the_features_and_the_first_picture():
    model = filled(DMPHNRecipe(grids=((1, 1), (2, 1)), widths=WIDTHS, stages=3))
    x = drawn(1, 4, 6, 3)
    picture, before, first = x - 0.5, (0, 0), 0
    for stage, ours in enumerate(every_stage(model)(x), start=1):
        e1, d1, e2, d2 = (
            model.get_layer(f"{kind}_s{stage}_lv{level}")
            for level in (1, 2)
            for kind in ("encoder", "decoder")
        )
        f2 = np.concatenate([run(e2, picture[:, :2]), run(e2, picture[:, 2:])], axis=1) + before[1]
        f1 = run(e1, picture + run(d2, f2) + first) + f2 + before[0]
        picture, before = run(d1, f1), (f1, f2)
        first = picture if stage == 1 else first
        np.testing.assert_allclose(ops.convert_to_numpy(ours), picture + 0.5, atol=1e-5)
    np.testing.assert_allclose(run(model, x), picture + 0.5, atol=1e-5)


@pytest.mark.parametrize("grids", [((1, 1),), GRIDS_1_2_4_8, GRIDS_1_3_9, GRIDS_1_4_16], ids=len)
def test_any_grids_that_nest_restore_a_rectangle(grids):
    rows, columns = multiple_for(grids, WIDTHS)
    x = drawn(2, rows, 2 * columns, 3)
    assert run(dmphn(DMPHNRecipe(grids=grids, widths=WIDTHS)), x).shape == x.shape


def test_one_pair_that_serves_all_levels_has_the_weights_of_one():
    alone = dmphn(DMPHNRecipe(grids=((1, 1),), widths=WIDTHS))
    shared = dmphn(DMPHNRecipe(grids=GRIDS_1_2_4, widths=WIDTHS, shared=True))
    assert shared.count_params() == alone.count_params()
    assert len(shared.weights) == len(alone.weights)


def test_weights_start_as_the_paper_draws_them():
    model = dmphn(DMPHNRecipe(grids=((1, 1),), widths=(24, 48)))
    seed_weights(model, 0)
    deviations = {}
    for part in model.layers:
        for layer in getattr(part, "layers", ()):
            for conv in (layer.first, layer.second) if hasattr(layer, "second") else (layer,):
                if not hasattr(conv, "kernel"):
                    continue
                kernel = ops.convert_to_numpy(conv.kernel)
                expected = 0.5 * math.sqrt(2 / (conv.kernel_size[0] ** 2 * conv.filters))
                deviations[f"{part.name} {layer.name} {conv.name}"] = kernel.std() / expected
                assert abs(kernel.std() / expected - 1) < 5 / math.sqrt(2 * kernel.size), conv.name
                np.testing.assert_array_equal(ops.convert_to_numpy(conv.bias), 0)
    assert len(deviations) == 2 + 8 + 8 + 2  # two ways down, sixteen in blocks, two ways back
    kernels = [w for w in model.get_weights() if w.shape == (3, 3, 24, 24)]
    assert len({kernel.tobytes() for kernel in kernels}) == len(kernels) == 8


def test_a_picture_of_any_size_is_padded_by_its_own_multiple_on_each_side():
    model = filled(DMPHNRecipe(grids=GRIDS_1_3_9, widths=WIDTHS, shared=True))
    picture = drawn(13, 17, 3)
    padded = np.pad(picture, [(0, 5), (0, 1), (0, 0)], mode="symmetric")
    expected = np.clip(run(model, padded[None])[0, :13, :17], 0, 1)
    np.testing.assert_allclose(restore(model, picture), expected, atol=1e-6)


@pytest.mark.parametrize("height, width", [(24, 24), (16, 20)])
def test_a_size_that_the_grids_do_not_divide_is_refused_with_the_padding(height, width):
    model = dmphn(DMPHNRecipe(widths=(1, 1, 1), shared=True))
    words = (
        rf"dmphn needs a height divisible by 16 and a width by 8; received {height} x {width}. "
        r"Pad first: .*pad_to_multiple\(image, \(16, 8\)\)"
    )
    with pytest.raises(ValueError, match=words):
        model(drawn(1, height, width, 3))


def test_a_recipe_comes_back_from_json():
    recipe = DMPHNRecipe(grids=GRIDS_1_3_9, stages=2)
    assert from_json(DMPHNRecipe, to_json(recipe)) == recipe
    assert json.loads(to_json(recipe))["grids"] == [[1, 1], [3, 1], [3, 3]]


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"grids": ()}, r"grids that begin with the whole picture, \(1, 1\); received \(\)"),
        ({"grids": ((2, 1),)}, r"begin with the whole picture"),
        (
            {"grids": ((1, 1), (2, 1), (3, 2))},
            r"\(3, 2\) does not cut \(2, 1\). Take multiples, such as \(4, 1\)",
        ),
        ({"grids": ((1, 1), (2, 1), (1, 2))}, r"\(1, 2\) does not cut \(2, 1\)"),
        ({"grids": ((1, 1), (2, 0))}, r"\(2, 0\) does not cut \(1, 1\)"),
        ({"widths": ()}, "number of widths of at least 1; received 0"),
        ({"widths": (4, 0)}, "widths of at least 1; received 0"),
        ({"stages": 0}, "stages of at least 1; received 0"),
    ],
)
def test_a_recipe_without_sense_is_refused(settings, words):
    with pytest.raises(ValueError, match=f"DMPHNRecipe needs .*{words}"):
        DMPHNRecipe(**settings)


def test_the_finer_grid_in_a_picture_is_finer_than_its_shrunk_map():
    assert multiple_for(GRIDS_1_3_9, (32, 64, 128)) == (12, 12)
    assert multiple_for(GRIDS_1_2_4_8, (32, 64, 128)) == (16, 8)
    assert multiple_for(GRIDS_1_2_4, (32, 64, 128)) == (8, 8)
    assert multiple_for(GRIDS_1_4_16, (32, 64, 128)) == (16, 16)


def test_a_stack_of_one_stage_shows_one_picture(small):
    x = drawn(1, 4, 4, 3)
    (alone,) = keras.tree.flatten(every_stage(small)(x))
    np.testing.assert_allclose(ops.convert_to_numpy(alone), run(small, x), atol=1e-6)


def test_a_pyramid_without_cuts_has_the_weights_of_one_with_them():
    whole, cut = (dmphn(DMPHNRecipe(grids=g, widths=(4,))) for g in (((1, 1), (1, 1)), ((1, 1), (2, 1))))
    assert [w.shape for w in whole.get_weights()] == [w.shape for w in cut.get_weights()]
    whole.set_weights(cut.get_weights())
    picture = np.full((1, 8, 8, 3), 0.7, "float32")
    assert not np.allclose(whole.predict_on_batch(picture), cut.predict_on_batch(picture))
