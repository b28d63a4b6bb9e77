"""Auto-DeepLab's cell: hashed weights in, the re-implementation's answer to each arrival out."""

import json

import numpy as np
import pytest
from keras import ops

from course_lib.search.autodeeplab import SCALES, LevelCell
from course_lib.weights import load_official, read_npz
from tests.parity.fixtures_folder import fixture_files
from tests.parity.hashed_weights import state_of


@pytest.mark.parametrize("path", fixture_files("nas_autodeeplab_cell*.npz"), ids=lambda path: path.stem)
def test_the_cell_answers_every_arrival_as_theirs_does(path):
    stored = read_npz(path)
    meta = json.loads(str(stored["meta"]))
    assert "affine=False" in meta["bn"]
    names = ("s_two_back", *(f"s_{name}" for name in SCALES))
    maps = [stored[name].transpose(0, 2, 3, 1) for name in names]
    cell = LevelCell(meta["steps"], meta["filter_multiplier"], outputs=meta["block_multiplier"])
    cell.build([*(x.shape for x in maps), stored["alpha"].shape, (len(SCALES),)])
    state = state_of(meta["manifest"])
    inputs = [*map(ops.convert_to_tensor, maps), ops.softmax(ops.convert_to_tensor(stored["alpha"]))]
    for i, name in enumerate(SCALES):
        for mode, training in (("eval", False), ("train", True)):
            load_official(cell, state)
            made = cell([*inputs, ops.convert_to_tensor(np.eye(3, dtype="float32")[i])], training=training)
            theirs = stored[f"{mode}/from_{name}"].transpose(0, 2, 3, 1)
            np.testing.assert_allclose(
                ops.convert_to_numpy(made), theirs, atol=2e-5 * max(1, np.abs(theirs).max()), rtol=0
            )
