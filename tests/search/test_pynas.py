"""PyNAS: architectures that are refused, the derived network by hand, our reading of the published ones."""

import dataclasses
import json
import math

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.inference.restore import restore
from course_lib.metrics.cost import multiply_adds, parameters
from course_lib.search.dmphn import GRIDS_1_2_4, DMPHNRecipe, dmphn
from course_lib.search.pynas import PYNAS_D, PYNAS_S, PyNASArchitecture, PyNASRecipe, pynas
from course_lib.serial import from_json, to_json

CELL = ("conv3", "dil3", "skip", "conv5", "skip", "conv7", "dil5", "conv3")  # for two widths
TWO = PyNASArchitecture(grids=((1, 1), (2, 1)), operators=(CELL, CELL[::-1]), links=(True,))
WIDTHS = (2, 3)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).random(shape).astype("float32")


def filled(model):
    model.set_weights([0.4 * drawn(*w.shape, seed=i) - 0.2 for i, w in enumerate(model.get_weights())])
    return model


def run(layer, x):
    return ops.convert_to_numpy(layer(ops.convert_to_tensor(x)))


@pytest.fixture
def nothing_allocated():
    """Build networks whose weights have shapes but no values, and forget them afterwards."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    keras.utils.clear_session()


def test_an_architecture_of_plain_blocks_is_dmphn():
    found = PyNASArchitecture(grids=GRIDS_1_2_4, operators=3 * (8 * ("conv3",),), links=(True, True))
    ours = pynas(PyNASRecipe(genotype=found, widths=WIDTHS))
    theirs = dmphn(DMPHNRecipe(grids=GRIDS_1_2_4, widths=WIDTHS))
    for name in [layer.name for layer in theirs.layers if "coder" in layer.name]:
        part = filled(theirs.get_layer(name))
        ours.get_layer(name).set_weights(part.get_weights())
    x = drawn(2, 8, 12, 3)
    np.testing.assert_allclose(run(ours, x), run(theirs, x), atol=1e-6)


@pytest.mark.parametrize("link", [True, False])
def test_a_link_that_is_cut_leaves_the_finer_features_out(link):
    model = filled(pynas(PyNASRecipe(genotype=dataclasses.replace(TWO, links=(link,)), widths=WIDTHS)))
    x = drawn(1, 8, 6, 3)
    e1, d1, e2, d2 = (model.get_layer(f"{kind}_lv{i}") for i in (1, 2) for kind in ("encoder", "decoder"))
    p = x - 0.5
    f2 = np.concatenate([run(e2, p[:, :4]), run(e2, p[:, 4:])], axis=1)
    f1 = run(e1, p + run(d2, f2)) + (f2 if link else 0)
    np.testing.assert_allclose(run(model, x), run(d1, f1) + 0.5, atol=1e-5)


def test_each_slot_has_the_block_that_the_architecture_names():
    model = pynas(PyNASRecipe(genotype=TWO, widths=WIDTHS))
    named = {"conv3": (3, 1), "conv5": (5, 1), "conv7": (7, 1), "dil3": (3, 2), "dil5": (5, 2)}
    for level, cell in ((1, CELL), (2, CELL[::-1])):
        parts = [model.get_layer(f"{kind}_lv{level}") for kind in ("encoder", "decoder")]
        found = {
            layer.name: (layer.kernel_size, layer.dilation)
            for part in parts
            for layer in part.layers
            if layer.name.startswith("block")
        }
        assert found == {f"block_{i}": named[name] for i, name in enumerate(cell) if name != "skip"}


def test_our_reading_of_pynas_s_is_a_third_of_dmphn(nothing_allocated):
    model = pynas(PyNASRecipe(genotype=PYNAS_S))
    weights = sum(math.prod(weight.shape) for weight in model.weights)
    # One pair, in which the kernels of two blocks, one of them 128 wide, have 25 taps instead of 9.
    assert weights == 868_288 + 939_843 + 2 * 16 * (128**2 + 64**2) == 2_463_491
    assert weights / 7_232_524 < 0.35


def test_our_reading_of_pynas_d_costs_half_of_dmphn(nothing_allocated):
    ours = multiply_adds(pynas(PyNASRecipe(genotype=PYNAS_D)), 720, 1284)
    blocks = 5 * 18_432 + 25 * 18_432 // 9  # for each pixel and level: five of nine taps, one of 25
    assert ours == 3 * (248_512 - 12 * 18_432 + blocks) * 720 * 1284
    assert 0.5 < ours / (4 * 248_512 * 720 * 1284) < 0.52


def test_pynas_s_has_the_weights_of_one_level_and_four_levels_of_patches():
    small = dataclasses.replace(PYNAS_S, operators=(CELL,))
    alone = PyNASArchitecture(grids=((1, 1),), operators=(CELL,), links=())
    sizes = [parameters(pynas(PyNASRecipe(genotype=found, widths=WIDTHS))) for found in (small, alone)]
    assert sizes[0] == sizes[1]


def test_a_picture_of_any_size_is_restored():
    found = dataclasses.replace(PYNAS_D, operators=(CELL, CELL, CELL))
    picture = drawn(13, 17, 3)
    assert restore(pynas(PyNASRecipe(genotype=found, widths=WIDTHS)), picture).shape == (13, 17, 3)
    with pytest.raises(ValueError, match="pynas needs height and width divisible by 6; received 13 x 17"):
        pynas(PyNASRecipe(genotype=found, widths=WIDTHS))(picture[None])


@pytest.mark.parametrize("found", [PYNAS_S, PYNAS_D, TWO], ids=["s", "d", "two"])
def test_an_architecture_comes_back_from_json(found):
    assert from_json(PyNASArchitecture, to_json(found)) == found
    recipe = PyNASRecipe(genotype=found, widths=(2, 3) if found is TWO else (4, 8, 16))
    assert from_json(PyNASRecipe, to_json(recipe)) == recipe


def test_the_share_of_skips_is_counted():
    assert TWO.skips == 4 / 16
    assert PYNAS_D.skips == 0.5
    assert PYNAS_S.skips == 0


@pytest.mark.parametrize(
    "changes, words",
    [
        (
            {"operators": (CELL, ("conv9", *CELL[1:]))},
            r"level 2, slot 0, knows operators .* received 'conv9'",
        ),
        ({"operators": (CELL,)}, "a tuple of operators for each of 2 levels; received 1"),
        ({"operators": (CELL, CELL[:4])}, "level 2 has 4, the first 8"),
        ({"operators": (CELL[:5], CELL[:5])}, "level 1 has 5, the first 5"),
        ({"operators": ((), ())}, "level 1 has 0"),
        ({"shared": True}, "one tuple of operators, which all levels share; received 2"),
        ({"links": ()}, "a link for each level but the finest, 1 in all; received 0"),
        ({"grids": ((1, 1), (2, 1), (3, 1))}, r"\(3, 1\) does not cut \(2, 1\)"),
    ],
)
def test_an_architecture_without_sense_is_refused_in_a_file_too(changes, words):
    with pytest.raises(ValueError, match=words):
        dataclasses.replace(TWO, **changes)
    text = json.dumps({**json.loads(to_json(TWO)), **changes})
    with pytest.raises(ValueError, match=words):
        from_json(PyNASArchitecture, text)


def test_a_link_that_is_no_yes_or_no_is_refused():
    with pytest.raises(TypeError, match="links of True or False; received 0.5"):
        dataclasses.replace(TWO, links=(0.5,))


def test_slots_that_do_not_fit_the_widths_are_refused():
    with pytest.raises(ValueError, match="needs 12 slots a level for 3 widths; its genotype has 8"):
        PyNASRecipe(genotype=TWO)


def test_a_recipe_without_genotype_builds_no_network():
    with pytest.raises(ValueError, match=r"pynas\(\) needs a recipe with a genotype"):
        pynas(PyNASRecipe(genotype=None))
    with pytest.raises(TypeError, match="needs a PyNASArchitecture as genotype; received str"):
        PyNASRecipe(genotype="pynas_d")
