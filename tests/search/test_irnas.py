"""The supernet of IR-NAS and HiNAS: its choices, its counts, what it derives, and that all of it learns."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import serial
from course_lib.backend.updates import compile_update
from course_lib.search.genotype import derive_cell
from course_lib.search.irnas import (
    HINAS,
    IRNAS,
    IRNAS_DERAIN,
    IRNASRecipe,
    architecture_of,
    derive,
    draw_genotype,
    matrices_of,
    supernet,
)
from course_lib.search.operations import SPACES
from course_lib.search.supercell import CompactCell, Fusion, SuperCell

TOY = IRNASRecipe(filters=2, ratios=(1, 2), layers=2, nodes=2, stem=4, rate=2)
PICTURE = np.random.default_rng(0).random((2, 7, 5, 1)).astype("float32")


@pytest.fixture(scope="module")
def toy():
    return supernet(TOY)


@pytest.fixture(scope="module")
def mixing():
    return list(architecture_of(TOY).values().values())


def test_hinas_supernet_has_the_weights_of_the_official_one():
    trainable = supernet(HINAS).trainable_weights
    assert sum(int(np.prod(weight.shape)) for weight in trainable) == 1_475_357


def test_choices_have_the_papers_sizes():
    assert matrices_of(HINAS) == {
        "cells_0": (14, 7),
        "cells_1": (14, 7),
        "cells_2": (14, 7),
        "widths": (6, 3),
    }
    assert matrices_of(IRNAS) == {"cells": (20, 6), "widths": (9, 3)}
    assert matrices_of(IRNAS_DERAIN) == {"cells": (14, 6), "widths": (6, 3)}


def test_a_search_starts_undecided_and_within_the_widths():
    values = architecture_of(HINAS).values()
    np.testing.assert_allclose(values["cells_1"], 1 / 7, atol=1e-6)
    thirds, low, high = [1 / 3] * 3, [0, 0.5, 0.5], [0.5, 0.5, 0]
    np.testing.assert_allclose(values["widths"], [low, low, thirds, low, thirds, high], atol=1e-6)


@pytest.mark.parametrize("rows, columns", [(1, 1), (4, 9)])
def test_it_takes_pictures_of_any_size(toy, mixing, rows, columns):
    picture = np.ones((1, rows, columns, 1), "float32")
    made = ops.convert_to_numpy(toy([picture, *mixing], training=False))
    assert made.shape == picture.shape
    assert 0 <= made.min() and made.max() <= 1


def test_without_sigmoid_and_residual_it_says_what_the_end_part_paints(toy, mixing):
    plain = supernet(dataclasses.replace(TOY, end="none", residual=False))
    plain.set_weights(toy.get_weights())
    painted = ops.convert_to_numpy(plain([PICTURE, *mixing], training=False))
    made = ops.convert_to_numpy(toy([PICTURE, *mixing], training=False))
    np.testing.assert_allclose(made, 1 / (1 + np.exp(painted - PICTURE)), atol=1e-5)


def test_a_supernet_saved_whole_comes_back_bit_equal(toy, mixing, tmp_path):
    toy.save(tmp_path / "whole.keras")
    again = keras.saving.load_model(tmp_path / "whole.keras")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(toy([PICTURE, *mixing])), ops.convert_to_numpy(again([PICTURE, *mixing]))
    )


def test_every_weight_and_every_open_choice_receives_a_gradient():
    recipe = dataclasses.replace(TOY, nodes=1)
    net, architecture = supernet(recipe), architecture_of(recipe)
    rng = np.random.default_rng(1)
    net.set_weights([w + 0.05 * rng.standard_normal(w.shape).astype("float32") for w in net.get_weights()])
    before = net.get_weights(), {n: ops.convert_to_numpy(v) for n, v in architecture.logits.items()}

    def loss_fn(picture):
        made = net([picture, *architecture.softmax().values()], training=True)
        return 1e3 * ops.mean(ops.square(made - 0.3)), {}

    compile_update(loss_fn, [net, architecture], [], keras.optimizers.SGD(1.0))(
        ops.convert_to_tensor(PICTURE)
    )
    still = [
        weight.path
        for weight, old in zip(net.weights, before[0], strict=True)
        if weight.trainable and np.array_equal(old, ops.convert_to_numpy(weight))
    ]
    # A bias before a batch norm has no effect, since the norm takes the mean away.
    assert not [path for path in still if not path.endswith("conv/bias")]
    moved = {n: ops.convert_to_numpy(v) != before[1][n] for n, v in architecture.logits.items()}
    assert moved["cells"].all()
    assert moved["widths"][before[1]["widths"] > 0].all()


def test_in_half_precision_the_picture_stays_float32(mixing):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        net = supernet(TOY)
    finally:
        keras.config.set_dtype_policy("float32")
    made = net([PICTURE, *mixing], training=True)
    assert keras.backend.standardize_dtype(made.dtype) == "float32"
    assert np.isfinite(ops.convert_to_numpy(made)).all()


def one_hot_cell(nodes, space):
    """Weights of a supercell in which only the edges of a compact cell sound, each by one operator."""
    rows = []
    for i, pairs in enumerate(nodes):
        chosen = {source: name for name, source in pairs}
        rows += [SPACES[space].index(chosen.get(source, "none")) for source in range(2 + i)]
    return np.eye(len(SPACES[space]), dtype="float32")[rows]


def test_a_supercell_that_has_decided_is_its_compact_cell():
    nodes = ((("skip", 0), ("conv3", 1)), (("dil3", 0), ("sep5", 2)))
    weights = one_hot_cell(nodes, "hinas")
    assert derive_cell(weights, "hinas").nodes == nodes
    whole = SuperCell(2, 3, "hinas", affine=True, activation="leaky_relu")
    compact = CompactCell(nodes, 3, "leaky_relu")
    states = list(np.random.default_rng(2).standard_normal((2, 1, 6, 5, 3)).astype("float32"))
    whole.build([states[0].shape, states[1].shape, weights.shape])
    compact.build([states[0].shape, states[1].shape])
    edges = [(0, "skip"), (1, "conv3"), (2, "dil3"), (4, "sep5")]  # edge 2 + s of node 1 hears source s
    for operator, (edge, name) in zip(compact.operators, edges, strict=True):
        twin = whole.edges[edge].operators[SPACES["hinas"].index(name)]
        operator.set_weights(twin.get_weights())
    for training in (False, True):
        np.testing.assert_allclose(
            ops.convert_to_numpy(compact(states, training=training)),
            ops.convert_to_numpy(whole([*states, weights], training=training)),
            atol=1e-5,
        )


def test_fusion_weighs_each_arrival_by_its_place():
    shares = np.arange(6, dtype="float32").reshape(2, 3)
    one, two = np.full((1, 2, 2, 1), 1, "float32"), np.full((1, 2, 2, 1), 10, "float32")
    mixed = Fusion(((0, 2), (1, 1)))([shares, one, two])
    np.testing.assert_allclose(ops.convert_to_numpy(mixed), 2 * 1 + 4 * 10)


def decided(recipe, columns, moves):
    """Softmaxed matrices: every edge has decided for a column, every width for a move."""
    values = {}
    for name, (rows, count) in matrices_of(recipe).items():
        chosen = moves if name == "widths" else [columns] * rows
        values[name] = np.eye(count)[chosen]
    return values


def test_a_decided_search_derives_its_decision():
    recipe = IRNASRecipe(layers=3, nodes=2)
    # Rows: layer 1 from width 0; layer 2 from 0, 1; layer 3 from 0, 1, 2. First wider, then wider, then back.
    genotype = derive(recipe, decided(recipe, 3, [2, 1, 2, 1, 1, 0]))
    assert genotype.path == (1, 2, 1)
    assert [cell.nodes for cell in genotype.cells] == [((("def3", 0), ("def3", 1)),) * 2]
    untied = dataclasses.replace(recipe, tied=False)
    assert len(derive(untied, decided(untied, 3, [2, 1, 2, 1, 1, 0])).cells) == 3


def test_values_of_another_supernet_or_nan_are_refused():
    values = decided(TOY, 0, [1, 1, 1])
    with pytest.raises(ValueError, match="derive\\(\\) needs matrices"):
        derive(dataclasses.replace(TOY, tied=False), values)
    with pytest.raises(ValueError, match="NaN"):
        derive(TOY, {**values, "cells": np.full_like(values["cells"], np.nan)})


def test_genotypes_drawn_at_random_are_possible_and_differ():
    rng = np.random.default_rng(0)
    drawn = [draw_genotype(HINAS, rng) for _ in range(20)]
    assert len(set(drawn)) == 20
    assert {path for path in (genotype.path for genotype in drawn)} >= {(0, 0, 0), (1, 2, 2)}
    assert all(len(genotype.cells) == 3 for genotype in drawn)
    assert draw_genotype(IRNAS, np.random.default_rng(5)) == draw_genotype(IRNAS, np.random.default_rng(5))
    with pytest.raises(ValueError, match="rng"):
        draw_genotype(IRNAS, None)


def test_recipes_travel_as_json():
    for recipe in (IRNAS, IRNAS_DERAIN, HINAS):
        assert serial.from_json(IRNASRecipe, serial.to_json(recipe)) == recipe


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"layers": 0}, "layers of at least 1"),
        ({"ratios": (2, 1)}, r"narrow to wide; \(2, 1\) of 10 filters are \(20, 10\)"),
        ({"ratios": ()}, "narrow to wide"),
        ({"filters": 10, "ratios": (1, 1.5, 2)}, r"even widths for 'def3'.*\(10, 15, 20\)"),
        ({"space": "hinass"}, "Did you mean 'hinas'"),
        ({"end": "tanh"}, "ends"),
        ({"activation": "gelu"}, "activations"),
    ],
)
def test_recipes_without_sense_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        IRNASRecipe(**settings)
