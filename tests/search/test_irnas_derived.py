"""Final networks of IR-NAS and HiNAS: sizes, skips, half precision, and the paper's two changes."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import serial
from course_lib.search.genotype import Cell, Genotype
from course_lib.search.irnas import HINAS, draw_genotype
from course_lib.search.irnas_derived import DerivedRecipe, all_deformable, derived, rewired
from course_lib.search.supercell import CompactCell

PICTURE = np.random.default_rng(0).random((2, 7, 5, 1)).astype("float32")
CELL = Cell(nodes=((("conv3", 1), ("skip", 0)), (("dil3", 2), ("sep3", 0)), (("skip", 3), ("def3", 1))))


def genotype_of(*path, cell=CELL, space="irnas"):
    return Genotype(space=space, cells=(cell,), path=path)


def toy(*path, **settings):
    small = {"filters": 2, "ratios": (1, 2, 4), "stem": 4, "end": 4, "low": 2, "rates": (1, 2)}
    return DerivedRecipe(genotype=genotype_of(*path), **{**small, **settings})


def all_of(operator, *path):
    """Four nodes, all of whose edges have one operator."""
    nodes = tuple(((operator, i), (operator, i + 1)) for i in range(4))
    return genotype_of(*path, cell=Cell(nodes=nodes), space="hinas")


@pytest.mark.parametrize(
    "operator, path, millions",
    [
        ("skip", (0, 0, 0), 0.15),
        ("conv3", (0, 1, 2), 0.38),
        ("conv3", (1, 2, 2), 0.47),
        ("dil5", (1, 2, 2), 1.0),
    ],
)
def test_sizes_are_those_measured_on_the_official_network(operator, path, millions):
    settings = {"filters": 20, "ratios": HINAS.ratios, "activation": "leaky_relu", "pyramid": False}
    net = derived(DerivedRecipe(genotype=all_of(operator, *path), **settings))
    count = sum(int(np.prod(weight.shape)) for weight in net.trainable_weights)
    if path == (0, 1, 2):  # the original has a projection of the stem that it does not use here
        count += 9 * 64 * 20 * 4
    assert round(count / 1e6, 2) == millions


@pytest.mark.parametrize(
    "path, source",
    [
        ((0, 0, 1), "cell_2"),
        ((0, 1, 0, 1), "cell_3"),
        ((0, 1, 2), "cell_1"),
        ((1, 2, 2), "low_level_norm"),
        ((1, 1, 0), "low_level_norm"),
        ((0,), "low_level_norm"),
    ],
)
def test_the_end_hears_the_last_narrow_cell_or_else_the_stem(path, source):
    net = derived(toy(*path))
    assert net.get_layer("low_conv").input is net.get_layer(source).output


def test_widths_follow_the_path():
    net = derived(toy(1, 2, 1))
    assert [net.get_layer(f"cell_{i}").output.shape[-1] for i in (1, 2, 3)] == [4 * 3, 8 * 3, 4 * 3]


@pytest.mark.parametrize("rows, columns", [(1, 1), (4, 9)])
def test_a_network_whose_end_paints_nothing_returns_the_picture(rows, columns):
    net = derived(toy(0, 1))
    paint = net.get_layer("paint")
    paint.set_weights([np.zeros_like(weight) for weight in paint.get_weights()])
    picture = np.random.default_rng(1).random((1, rows, columns, 1)).astype("float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(net(picture, training=False)), picture)


def test_without_residual_it_says_what_is_painted():
    net, plain = derived(toy(0, 1)), derived(toy(0, 1, residual=False))
    plain.set_weights(net.get_weights())
    made, painted = (ops.convert_to_numpy(one(PICTURE, training=False)) for one in (net, plain))
    np.testing.assert_allclose(made, PICTURE - painted, atol=1e-6)


def test_in_half_precision_it_restores_the_same_picture_roughly():
    net = derived(toy(0, 1, pyramid=False))
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = derived(toy(0, 1, pyramid=False))
    finally:
        keras.config.set_dtype_policy("float32")
    half.set_weights(net.get_weights())
    made, wanted = half(PICTURE, training=False), net(PICTURE, training=False)
    assert keras.backend.standardize_dtype(made.dtype) == "float32"
    np.testing.assert_allclose(ops.convert_to_numpy(made), ops.convert_to_numpy(wanted), atol=0.05)


def test_all_convolutions_become_deformable_and_nothing_else_changes():
    changed = all_deformable(genotype_of(0, 1))
    assert changed.path == (0, 1)
    assert changed.cells[0].nodes == (
        (("def3", 1), ("skip", 0)),
        (("def3", 2), ("def3", 0)),
        (("skip", 3), ("def3", 1)),
    )
    some = all_deformable(genotype_of(0, 1), operators=("conv3",))
    assert [name for pairs in some.cells[0].nodes for name, _ in pairs].count("def3") == 2
    with pytest.raises(ValueError, match="def3"):
        all_deformable(all_of("conv3", 0, 1))


def test_rewiring_keeps_operators_and_path_and_obeys_its_seed():
    before = draw_genotype(dataclasses.replace(HINAS, nodes=6), np.random.default_rng(0))
    after = rewired(before, seed=1)
    assert after.path == before.path and after != before
    assert after == rewired(before, seed=1) != rewired(before, seed=2)
    for old, new in zip(before.cells, after.cells, strict=True):
        names = [[[name for name, _ in pairs] for pairs in cell.nodes] for cell in (old, new)]
        assert names[0] == names[1]


def test_recipes_travel_as_json_with_their_genotype():
    recipe = toy(0, 1, 2)
    assert serial.from_json(DerivedRecipe, serial.to_json(recipe)) == recipe
    empty = DerivedRecipe()
    assert serial.from_json(DerivedRecipe, serial.to_json(empty)) == empty


def test_a_network_without_genotype_cannot_be_built():
    with pytest.raises(ValueError, match="derived\\(\\) needs a genotype"):
        derived(DerivedRecipe())


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"genotype": genotype_of(0, 1, 2), "ratios": (1, 2)}, r"has 2 ratios; .*\(0, 1, 2\) needs 3"),
        ({"genotype": genotype_of()}, "path of widths"),
        ({"genotype": genotype_of(0, 1), "ratios": (1, 1.5)}, r"layer 1, needs even widths for 'def3'"),
        ({"filters": 0}, "filters"),
        ({"activation": "gelu"}, "activations"),
        ({"ratios": (1, 1)}, "narrow to wide"),
    ],
)
def test_recipes_without_sense_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        DerivedRecipe(**settings)


def test_what_is_no_genotype_is_refused():
    with pytest.raises(TypeError, match="needs a Genotype; received tuple"):
        DerivedRecipe(genotype=(0, 1))


@pytest.mark.parametrize(
    "nodes, words",
    [((), "number of nodes"), (((),), "pairs at node 0"), (((("skip", 2),),), "sources of node 0")],
)
def test_compact_cells_without_sense_are_refused(nodes, words):
    with pytest.raises(ValueError, match=words):
        CompactCell(nodes, 2)
