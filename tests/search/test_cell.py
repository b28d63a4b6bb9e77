"""DARTS' cells: sizes, drop path, and that a derived cell is the relaxed one at one-hot weights."""

import numpy as np
import pytest
from keras import ops

from course_lib.search.cell import DerivedCell, SearchCell
from course_lib.search.operations import SPACES

RNG = np.random.default_rng(0)
S0, S1 = (RNG.standard_normal((2, 6, 8, 3)).astype("float32") for _ in range(2))
NODES = ((("conv3", 1), ("skip", 0)),)


def run(layer, inputs, training=False):
    return ops.convert_to_numpy(layer(inputs, training=training))


def test_a_relaxed_cell_at_one_hot_weights_is_the_derived_cell():
    names = SPACES["irnas"]
    relaxed = SearchCell(4, nodes=1, space="irnas", affine=True)
    relaxed.build([S0.shape, S1.shape, (2, len(names))])
    derived = DerivedCell(NODES, 4)
    derived.build([S0.shape, S1.shape])
    conv = relaxed.edges[1].operators[names.index("conv3")]
    derived.operators[0].set_weights(conv.get_weights())
    for ours, theirs in zip(derived.projections, relaxed.projections, strict=True):
        ours.set_weights(theirs.get_weights())
    weights = np.zeros((2, len(names)), "float32")
    weights[0, names.index("skip")] = weights[1, names.index("conv3")] = 1
    np.testing.assert_allclose(run(derived, [S0, S1]), run(relaxed, [S0, S1, weights]), atol=1e-5)


def test_a_reducing_cell_behind_another_halves_the_older_input_twice():
    cell = SearchCell(4, nodes=2, reduction=True, reduced_before=True)
    older = RNG.standard_normal((2, 12, 16, 3)).astype("float32")
    assert run(cell, [older, S1, np.full((5, 8), 1 / 8, "float32")]).shape == (2, 3, 4, 8)


def test_edges_are_dropped_for_whole_pictures_while_training_and_never_the_identity():
    plain = DerivedCell(NODES, 4)
    dropping = DerivedCell(NODES, 4, drop_path=0.5, seed=3)
    one = np.repeat(S0[:1], 40, axis=0), np.repeat(S1[:1], 40, axis=0)
    for cell in (plain, dropping):
        cell.build([x.shape for x in one])
    dropping.set_weights(plain.get_weights())
    np.testing.assert_array_equal(run(dropping, one), run(plain, one))
    # All pictures are the same, so that batch norms see the same statistics with and without dropping.
    skip = run(plain.projections[0], one[0], training=True)
    kept = run(plain, one, training=True) - skip
    left = run(dropping, one, training=True) - skip
    shares = [round(float((picture * whole).sum() / (whole**2).sum()), 3)
              for picture, whole in zip(left, kept, strict=True)]  # fmt: skip
    assert set(shares) == {0.0, 2.0} and 8 <= shares.count(0.0) <= 32
    np.testing.assert_allclose(left, np.array(shares)[:, None, None, None] * kept, atol=1e-4)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: SearchCell(0), "SearchCell needs width"),
        (lambda: SearchCell(4, nodes=0), "number of nodes"),
        (lambda: SearchCell(4, space="dart"), "Did you mean 'darts'"),
        (lambda: SearchCell(4, space="irnas", reduction=True), "strides 1"),
        (lambda: SearchCell(3, reduced_before=True), "even width"),
        (lambda: DerivedCell(((("skip", 2),),), 4), "node 0.*reads 2"),
        (lambda: DerivedCell(NODES, 4, drop_path=1.0), "drop_path"),
    ],
)
def test_cells_without_sense_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
