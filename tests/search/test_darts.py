"""DARTS' networks at toy size: inputs and outputs, saving, seeds, gradients, recipes that are refused."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import serial
from course_lib.backend.updates import compile_update
from course_lib.search import darts as rooms
from course_lib.search.darts import DARTS_V1, DARTS_V2, DARTSRecipe, DARTSSearchRecipe, RestoringSearchRecipe
from course_lib.search.genotype import Genotype
from course_lib.training import seeding
from course_lib.weights import load_official, official_state

SEARCH = DARTSSearchRecipe(classes=3, width=2, cells=3, nodes=1)
RESTORING = RestoringSearchRecipe(channels=1, width=2, cells=2, nodes=1, space="hinas")
SMALL_V1 = DARTSRecipe(genotype=DARTS_V1, classes=3, width=2, cells=3)
PICTURES = np.random.default_rng(0).random((2, 32, 32, 3)).astype("float32")


def even(edges, operators):
    return np.full((edges, operators), 1 / operators, "float32")


CASES = {
    "darts_supernet": (lambda: rooms.darts_supernet(SEARCH), [PICTURES[:, :8, :12], even(2, 8), even(2, 8)]),
    "restoring_supernet": (
        lambda: rooms.restoring_supernet(RESTORING),
        [PICTURES[:, :7, :9, :1], even(2, 7)],
    ),
    "darts": (lambda: rooms.darts(SMALL_V1), [PICTURES[:, :8, :12]]),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    build, inputs = CASES[request.param]
    return build, build(), inputs


def fed(inputs):
    return inputs if len(inputs) > 1 else inputs[0]


@pytest.mark.parametrize("case", ["restoring_supernet", "darts"], indirect=True)
def test_a_network_saved_whole_comes_back_bit_equal(case, tmp_path):
    _, model, inputs = case
    model.save(tmp_path / "whole.keras")
    again = keras.saving.load_model(tmp_path / "whole.keras")
    before, after = (ops.convert_to_numpy(one(fed(inputs), training=False)) for one in (model, again))
    np.testing.assert_array_equal(before, after)


def test_a_seed_decides_every_weight(case):
    build, _, _ = case
    models = [build(), build()]
    for one in models:
        seeding.seed_weights(one, 5)
    for weight, other in zip(*(one.get_weights() for one in models), strict=True):
        np.testing.assert_array_equal(weight, other)


def test_every_weight_receives_a_gradient(case):
    _, model, inputs = case
    twin = keras.models.clone_model(model)
    rng = np.random.default_rng(1)
    twin.set_weights([w + 0.05 * rng.random(w.shape) for w in model.get_weights()])
    before = [ops.convert_to_numpy(weight).copy() for weight in twin.trainable_weights]

    def loss_fn(*inputs):
        made = twin(fed(list(inputs)), training=True)
        return ops.sum(ops.square(made - ops.cast(ops.arange(made.shape[-1]), made.dtype))), {}

    compile_update(loss_fn, [twin], [], keras.optimizers.SGD(1.0))(*map(ops.convert_to_tensor, inputs))
    still = [w.path for w, old in zip(twin.trainable_weights, before, strict=True)
             if np.array_equal(ops.convert_to_numpy(w), old)]  # fmt: skip
    assert not still


def test_a_classifier_answers_for_every_class_and_a_restorer_for_every_pixel(case):
    _, model, inputs = case
    wanted = {"darts_supernet": (2, 3), "restoring_supernet": (2, 7, 9, 1), "darts": (2, 3)}
    assert tuple(model(fed(inputs)).shape) == wanted[model.name]


def test_the_auxiliary_classifier_reads_pictures_of_32_pixels_and_every_part_has_an_official_name():
    model = rooms.darts(dataclasses.replace(SMALL_V1, auxiliary=True))
    assert [tuple(made.shape) for made in model(PICTURES)] == [(2, 3), (2, 3)]
    state = official_state(model)
    assert "auxiliary_head.features.5.weight" in state and "cells.1.preprocess0.op.1.weight" in state
    load_official(model, state)


def test_the_stem_for_imagenet_halves_three_times():
    recipe = dataclasses.replace(SMALL_V1, stem="imagenet", width=4)
    model = rooms.darts(recipe)
    assert tuple(model.get_layer("cell_0").output.shape) == (None, None, None, 16)
    assert tuple(model(PICTURES).shape) == (2, 3)
    with pytest.raises(ValueError, match="divisible by 32; received 40 x 32"):
        model(np.zeros((1, 40, 32, 3), "float32"))


def test_the_supernets_inputs_are_what_an_architecture_gives():
    for recipe, build in ((SEARCH, rooms.darts_supernet), (RESTORING, rooms.restoring_supernet)):
        found = rooms.architecture_of(recipe, seed=1).softmax()
        assert [tuple(x.shape) for x in build(recipe).inputs[1:]] == [tuple(m.shape) for m in found.values()]


def test_what_is_derived_or_drawn_is_a_genotype_of_the_space():
    found = rooms.derive(SEARCH, rooms.architecture_of(SEARCH).values())
    assert found.space == "darts" and len(found.cells) == 2
    drawn = rooms.draw(RESTORING, np.random.default_rng(0))
    assert drawn.space == "hinas" and len(drawn.cells) == 1
    assert drawn == rooms.draw(RESTORING, np.random.default_rng(0))


def test_a_recipe_with_its_genotype_survives_json():
    assert serial.from_json(DARTSRecipe, serial.to_json(SMALL_V1)) == SMALL_V1
    assert DARTS_V1 != DARTS_V2


@pytest.mark.parametrize(
    "recipe, settings, error, words",
    [
        (SEARCH, {"cells": 2}, ValueError, "cells of at least 3"),
        (SEARCH, {"width": 0}, ValueError, "width of at least 1"),
        (SMALL_V1, {"genotype": None}, TypeError, "needs a Genotype"),
        (
            SMALL_V1,
            {"genotype": Genotype(space="darts", cells=DARTS_V1.cells[:1])},
            ValueError,
            "received 'darts' with 1",
        ),
        (SMALL_V1, {"stem": "large"}, ValueError, "stems"),
        (SMALL_V1, {"stem": "imagenet", "auxiliary": True}, ValueError, "only with stem='small'"),
        (SMALL_V1, {"drop_path": 1.0}, ValueError, "drop_path"),
        (RESTORING, {"side": 2}, ValueError, "odd side"),
        (RESTORING, {"space": "none"}, ValueError, "spaces"),
    ],
)
def test_recipes_without_sense_are_refused(recipe, settings, error, words):
    with pytest.raises(error, match=words):
        dataclasses.replace(recipe, **settings)
