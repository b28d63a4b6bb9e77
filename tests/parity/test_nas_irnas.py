"""IR-NAS' supercell with deformable convolutions: hashed weights in, stored sums and gradients out."""

import json

import numpy as np
import pytest
from keras import ops

from course_lib.search.genotype import derive_cell
from course_lib.search.operations import SPACES
from course_lib.search.supercell import SuperCell
from course_lib.weights import load_official, read_npz
from tests.parity.cells import (
    cell_of,
    close_gradient,
    close_pictures,
    gradients,
    last,
    renamed,
    softmaxed,
)
from tests.parity.fixtures_folder import fixture_files
from tests.parity.hashed_weights import state_of

OURS = {"conv": "conv3", "sep": "sep3", "dil": "dil3", "def": "def3", "skip": "skip", "none": "none"}


def stored_as_pytorch_does(norm, before, shape):
    """After one training pass, count the batch's variance n / (n - 1) times."""
    count = shape[0] * shape[1] * shape[2]
    batch = (ops.convert_to_numpy(norm.moving_variance) - 0.9 * before) * count / (count - 1)
    norm.moving_variance.assign(0.9 * before + batch)


@pytest.mark.parametrize("path", fixture_files("nas_irnas_cell*.npz"), ids=lambda path: path.stem)
def test_a_supercell_with_deformable_operators_gives_their_sums_and_gradients(path):
    stored = read_npz(path)
    meta = json.loads(str(stored["meta"]))
    assert tuple(OURS[name] for name in meta["primitives"]) == SPACES["irnas"]
    cell = SuperCell(meta["blocks"], meta["C"], "irnas", affine=meta["affine"], activation="relu")
    two_back, previous = last(stored["s1"]), last(stored["s0"])
    cell.build([two_back.shape, previous.shape, stored["alpha"].shape])
    state = renamed(state_of(meta["manifest"]))
    load_official(cell, state)
    weights = softmaxed(stored["alpha"])
    close_pictures(cell([two_back, previous, weights], training=False), stored["eval_out"])
    close_pictures(cell([two_back, previous, weights], training=True), stored["train_out"])
    deformable = cell.edges[0].operators[SPACES["irnas"].index("def3")]
    stored_as_pytorch_does(deformable.norm, state["_ops.0._ops.3.bn.running_var"], two_back.shape)
    close_pictures(deformable(two_back, training=False), stored["first_def_eval_of_s1"])
    upstream = last(stored["upstream"])

    def loss_of(at):
        made = cell([two_back, previous, ops.softmax(at["alpha"])], training=True)
        return ops.sum(made * upstream)

    found = gradients({"alpha": stored["alpha"]}, loss_of, cell)
    close_gradient(found["alpha"], stored["grad_alpha"])
    pairs = [(OURS[name], source) for name, source in meta["genotype"]]
    assert derive_cell(np.array(softmaxed(stored["alpha"])), "irnas") == cell_of(pairs, meta["blocks"])
