"""Auto-DeepLab's way: cells that run once an arrival, resizing between levels, and its decoding."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.search.autodeeplab import (
    LevelCell,
    level_shares,
    resized,
    strongest_edges,
    three_evaluations,
)
from course_lib.search.irnas import IRNASRecipe, architecture_of, matrices_of, supernet

TOY = IRNASRecipe(filters=2, ratios=(1, 2), layers=2, nodes=2, space="hinas", stem=4, rate=2)
PICTURE = np.random.default_rng(0).random((2, 7, 5, 1)).astype("float32")


def hidden_of(net):
    """A network to what is said at width 0 after the last cell, mixed or not."""
    names = [layer.name for layer in net.layers]
    last = net.get_layer("mixed_2_0" if "mixed_2_0" in names else "cell_2_0")
    return keras.Model(net.inputs, last.output)


@pytest.fixture(scope="module")
def both():
    once, often = supernet(TOY), three_evaluations(TOY)
    for layer in often.layers:
        if layer.weights:
            layer.set_weights(once.get_layer(layer.name).get_weights())
    return once, often


def run(net, mixing):
    return ops.convert_to_numpy(net([PICTURE, *mixing], training=False))


def test_both_supernets_have_the_same_weights(both):
    shapes = [
        {layer.name: [w.shape for w in layer.weights] for layer in net.layers if layer.weights}
        for net in both
    ]
    assert shapes[0] == shapes[1]


def test_where_one_width_alone_arrives_both_say_the_same_and_else_not(both):
    values = architecture_of(TOY).values()
    stay = np.eye(3, dtype="float32")[[1] * matrices_of(TOY)["widths"][0]]
    decided = [hidden_of(net) for net in both]
    np.testing.assert_allclose(*(run(net, [values["cells"], stay]) for net in decided), atol=1e-5)
    mixed = [run(net, values.values()) for net in decided]
    assert np.abs(mixed[0] - mixed[1]).max() > 1e-3


RAMP = np.arange(9, dtype="float32")


@pytest.mark.parametrize(
    "side, scale, wanted",
    [
        (9, 1, RAMP),
        (9, 0.5, RAMP[::2]),
        (5, 2, np.arange(9) / 2),
        (4, 2, np.arange(8) * 3 / 7),
        (4, 0.5, [0, 3]),
        (1, 2, [0]),
        (2, 0.5, [0]),
    ],
)
def test_resizing_keeps_corners_and_slopes(side, scale, wanted):
    ramp = np.broadcast_to(RAMP[:side, None, None], (1, side, 3, 1))
    tall = ops.convert_to_numpy(resized(ops.convert_to_tensor(ramp), scale))
    np.testing.assert_allclose(tall[0, :, 0, 0], wanted, atol=1e-5)
    wide = ops.convert_to_numpy(resized(ops.convert_to_tensor(ramp.transpose(0, 2, 1, 3)), scale))
    np.testing.assert_allclose(wide, tall.transpose(0, 2, 1, 3), atol=1e-5)


SHAPES = [(1, 5, 9, 2), (1, 9, 17, 2), (1, 5, 9, 2), (1, 3, 5, 2)]


@pytest.fixture(scope="module")
def level():
    rng = np.random.default_rng(1)
    maps = [rng.standard_normal(shape).astype("float32") for shape in SHAPES]
    cell = LevelCell(2, 2, outputs=1)
    weights = np.full((5, 8), 1 / 8, "float32")
    cell.build([*SHAPES, weights.shape, (3,)])
    return cell, maps, weights


def test_a_cells_answers_are_mixed_by_their_shares(level):
    cell, maps, weights = level
    answers = [ops.convert_to_numpy(cell([*maps, weights, row])) for row in np.eye(3, dtype="float32")]
    assert answers[0].shape == (1, 5, 9, 2)
    shares = np.array([0.5, 0.2, 0.3], "float32")
    mixed = ops.convert_to_numpy(cell([*maps, weights, shares]))
    np.testing.assert_allclose(mixed, np.tensordot(shares, answers, 1), atol=1e-5)


def test_a_cell_learns_the_sizes_when_it_runs(level):
    cell, maps, weights = level
    shares = np.array([0.5, 0.2, 0.3], "float32")
    pictures = [keras.Input((None, None, 2)) for _ in maps]
    matrices = [keras.Input(batch_shape=(5, 8)), keras.Input(batch_shape=(3,))]
    net = keras.Model([*pictures, *matrices], cell([*pictures, *matrices]))
    made = ops.convert_to_numpy(net.predict_on_batch([*maps, weights, shares]))
    np.testing.assert_allclose(made, ops.convert_to_numpy(cell([*maps, weights, shares])), atol=1e-5)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"nodes": 0}, "nodes"),
        ({"nodes": 2, "outputs": 3}, "outputs"),
        ({"nodes": 2, "arrivals": ()}, "number of arrivals"),
        ({"nodes": 2, "arrivals": ("finest",)}, "Did you mean 'finer'"),
    ],
)
def test_cells_without_sense_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        LevelCell(width=2, **settings)


def test_undecided_levels_share_alike_and_border_levels_two_thirds():
    shares = level_shares(np.zeros((3, 3, 3)))
    third = np.full(3, 1 / 3)
    np.testing.assert_allclose(shares[0], [[0, 1 / 3, 1 / 3], [0] * 3, [0] * 3])
    np.testing.assert_allclose(shares[1], [[0, 1 / 3, 1 / 3], third, [0] * 3])
    np.testing.assert_allclose(shares[2], [[0, 1 / 3, 1 / 3], third, [1 / 3, 1 / 3, 0]])


@pytest.mark.parametrize("logits", [np.zeros((2, 3)), np.zeros((2, 1, 3)), np.full((2, 3, 3), np.nan)])
def test_logits_that_are_none_are_refused(logits):
    with pytest.raises(ValueError, match="level_shares\\(\\) needs finite logits"):
        level_shares(logits)


def test_a_strong_edge_may_decode_to_no_connection():
    weights = np.full((5, 8), 0.1)
    weights[0, 0] = 0.9  # "none" is the strongest, although edges are not compared by it
    weights[4, 6] = weights[3, 5] = 0.5
    assert strongest_edges(weights, 2) == [(0, 0), (1, 0), (3, 5), (4, 6)]
    with pytest.raises(ValueError, match="needs 9 edges for 3 nodes; received 5"):
        strongest_edges(weights, 3)
