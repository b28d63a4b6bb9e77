"""The search of PyNAS: its supernet along one path, what is derived, rounds, stopping early."""

import dataclasses
import itertools

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.search.binarised import fixed_paths
from course_lib.search.pynas import PyNASArchitecture, PyNASRecipe, pynas
from course_lib.search.pynas_search import (
    PyNASSearch,
    PyNASSearchRecipe,
    StopWhenSettled,
    derive_pynas,
    draw_pynas,
    matrices,
    pynas_supernet,
)

WIDTHS, NAMES = (2, 3), ("conv3", "dil3", "conv5", "skip")
TWO = PyNASSearchRecipe(grids=((1, 1), (2, 1)), widths=WIDTHS, operators=NAMES)
SHARED = PyNASSearchRecipe(grids=((1, 1), (2, 1)), widths=WIDTHS, operators=NAMES, shared=True)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).random(shape).astype("float32")


def one_path(recipe, found):
    """Inputs of the supernet under which it runs what was found."""
    cells = [[recipe.operators.index(name) for name in cell] for cell in found.operators]
    links = [0 if link else 1 for link in found.links]
    sizes = [columns for _, columns in matrices(recipe).values()]
    chosen = zip([*cells, links], sizes, strict=True)
    return [tensor for numbers, count in chosen for tensor in fixed_paths(numbers, count)]


def chosen_weights(supernet, recipe, found, derived):
    """Copy the weights of the operators that were found into the derived network."""
    for level, cell in enumerate(found.operators, start=1):
        for kind in ("encoder", "decoder"):
            source = supernet.get_layer(kind if recipe.shared else f"{kind}_level_{level}")
            target = derived.get_layer(kind if recipe.shared else f"{kind}_lv{level}")
            for layer in target.layers:
                theirs = source.get_layer(layer.name)
                if layer.name.startswith("block"):
                    number = recipe.operators.index(cell[int(layer.name.split("_")[1])])
                    theirs = theirs.operators[number]
                layer.set_weights(theirs.get_weights())


@pytest.mark.parametrize("recipe", [TWO, SHARED], ids=["own", "shared"])
def test_along_one_path_the_supernet_is_the_derived_network(recipe):
    recipe = dataclasses.replace(recipe, widths=(2,))  # engines compile each choice for itself here
    supernet = pynas_supernet(recipe)
    supernet.set_weights([0.4 * drawn(*w.shape, seed=i) - 0.2 for i, w in enumerate(supernet.get_weights())])
    x = drawn(2, 8, 6, 3)
    for seed, link in enumerate((True, False)):
        found = dataclasses.replace(draw_pynas(recipe, np.random.default_rng(seed)), links=(link,))
        derived = pynas(PyNASRecipe(genotype=found, widths=recipe.widths))
        chosen_weights(supernet, recipe, found, derived)
        ours = ops.convert_to_numpy(supernet([x, *one_path(recipe, found)]))
        np.testing.assert_allclose(ours, ops.convert_to_numpy(derived(x)), atol=1e-6)


def test_every_choice_has_a_row():
    assert matrices(TWO) == {"level_1": (8, 4), "level_2": (8, 4), "links": (1, 2)}
    assert matrices(SHARED) == {"cell": (8, 4), "links": (1, 2)}
    assert matrices(PyNASSearchRecipe(grids=((1, 1),))) == {"level_1": (12, 6)}


def test_the_strongest_candidate_of_each_row_is_derived():
    weights = {name: drawn(*shape, seed=i) for i, (name, shape) in enumerate(matrices(TWO).items())}
    found = derive_pynas(TWO, weights)
    for name, cell in zip(("level_1", "level_2"), found.operators, strict=True):
        for row, operator in zip(weights[name], cell, strict=True):
            assert row[NAMES.index(operator)] == row.max()
    assert found.links == (bool(weights["links"][0, 0] > weights["links"][0, 1]),)
    assert not found.shared and found.grids == TWO.grids


def test_weights_that_cannot_be_derived_are_named():
    weights = {name: drawn(*shape) for name, shape in matrices(TWO).items()}
    weights["level_2"][3, 1] = np.nan
    with pytest.raises(ValueError, match="needs finite weights; 'level_2' holds NaN"):
        derive_pynas(TWO, weights)
    with pytest.raises(ValueError, match=r"needs 'level_1' of shape \(8, 4\); received \(8, 3\)"):
        derive_pynas(TWO, {**weights, "level_1": drawn(8, 3)})
    with pytest.raises(ValueError, match="needs 'links' of shape .* received .*'level_1', 'level_2'"):
        derive_pynas(TWO, {"level_1": drawn(8, 4), "level_2": drawn(8, 4)})


def test_every_operator_is_drawn_about_as_often():
    rng = np.random.default_rng(0)
    names = [n for _ in range(60) for cell in draw_pynas(TWO, rng).operators for n in cell]
    for name in NAMES:
        assert abs(names.count(name) / len(names) - 1 / 4) < 5 * np.sqrt(0.25 * 0.75 / len(names))
    with pytest.raises(ValueError, match="needs rng because an architecture is drawn"):
        draw_pynas(TWO, None)


def squared(true, made):
    return ops.mean(ops.square(true - made))


def batches(start=0):
    for i in itertools.count(start):
        x = drawn(2, 2, 4, 4, 3, seed=(7, i))
        yield x[0], 0 * x[0] + 0.9, x[1], 0 * x[1] + 0.9


def test_a_search_moves_weights_first_gates_later_and_the_loss_falls():
    tiny = dataclasses.replace(SHARED, widths=(2,))
    search = PyNASSearch(tiny, squared, rates=(1e-2, 1e-2), architecture_from=2, weight_steps=2)
    feed, losses = batches(), []
    before = {name: value.copy() for name, value in search.architecture.values().items()}
    for _ in range(2):
        assert set(logs := search.round(feed)) == {"loss"}
        losses.append(float(logs["loss"]))
    for name, value in search.architecture.values().items():
        np.testing.assert_array_equal(value, before[name])
    assert set(search.round(feed)) == {"loss", "architecture_loss"}
    moved = search.architecture.values()
    for name, value in moved.items():
        # A pair of candidates a row was compared; the others keep their probability.
        assert ((np.abs(value - before[name]) > 1e-5).sum(axis=1) == 2).all()
        np.testing.assert_allclose(value.sum(axis=1), 1, atol=1e-6)
    for _ in range(16):
        losses.append(float(search.round(feed)["loss"]))
    # One path differs much from another.
    assert np.mean(losses[-8:]) < 0.6 * np.mean(losses[:2])
    assert search.found() == derive_pynas(tiny, search.architecture.values())


def test_a_seed_decides_the_weights_and_logits_of_a_search():
    searches = [PyNASSearch(SHARED, squared, seed=seed) for seed in (0, 0, 1)]
    values = [[ops.convert_to_numpy(v) for v in s._variables().values()] for s in searches]
    for first, second in zip(values[0], values[1], strict=True):
        np.testing.assert_array_equal(first, second)
    kernels = [i for i, value in enumerate(values[0]) if value.ndim == 4 and value.any()]
    assert kernels and all(not np.array_equal(values[0][i], values[2][i]) for i in kernels)


class Told:
    """A search that finds what it is told."""

    def __init__(self, architectures):
        self.architectures = iter(architectures)

    def found(self):
        return next(self.architectures)


def cell(skips):
    operators = (skips * ("skip",) + (8 - skips) * ("conv3",),)
    return PyNASArchitecture(grids=((1, 1),), operators=operators, links=())


def looked(skips, **settings):
    """Let a callback look at architectures with so many skips of 8, and count its looks."""
    stop = StopWhenSettled(Told(map(cell, skips)), **settings)
    stop.set_model(keras.Model(x := keras.Input((1,)), x))
    stop.model.stop_training = False
    for epoch in range(len(skips)):
        stop.on_epoch_end(epoch, logs := {})
        assert logs["skips"] == skips[epoch] / 8
        if stop.model.stop_training:
            return stop, epoch + 1
    return stop, None


def test_a_search_that_no_longer_changes_ends():
    stop, looks = looked([1, 2, 2, 2, 2, 2], patience=3)
    assert looks == 5 and stop.kept == cell(2)
    assert stop.reason == "the architecture has not changed for 3 intervals, until 5"


def test_a_search_that_changes_goes_on():
    stop, looks = looked([1, 2, 1, 2, 1, 2], patience=2)
    assert looks is None and not stop.reason


def test_a_search_ends_before_skips_take_over_and_keeps_what_it_had():
    stop, looks = looked([3, 4, 5, 2])
    assert looks == 3 and stop.kept == cell(4)
    assert stop.reason == "62% of the slots would be skips, more than 50%, at interval 3"


@pytest.mark.parametrize(
    "build, words",
    [
        (lambda: StopWhenSettled(None, patience=0), "StopWhenSettled needs patience"),
        (lambda: StopWhenSettled(None, most_skips=2), "StopWhenSettled needs most_skips"),
        (lambda: PyNASSearchRecipe(operators=("conv3", "conv3")), "operators of at least 2; received 1"),
        (lambda: PyNASSearchRecipe(operators=("conv3", "sep3")), "knows operators .*; received 'sep3'"),
        (lambda: PyNASSearchRecipe(grids=((2, 2),)), "begin with the whole picture"),
        (lambda: PyNASSearch(TWO, squared, rates=(0, 1)), "PyNASSearch needs rates above 0"),
    ],
)
def test_settings_without_sense_are_refused(build, words):
    with pytest.raises(ValueError, match=words):
        build()
