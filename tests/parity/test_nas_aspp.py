"""HiNAS' pyramid: stored tensors of the official code in, stored tensors out."""

import json

import keras
import numpy as np
import pytest

from course_lib.layers.aspp import ASPP
from course_lib.weights import load_official, read_npz
from tests.parity.fixtures_folder import fixture_files
from tests.parity.hashed_weights import state_of


@pytest.mark.parametrize("path", fixture_files("nas_aspp*.npz"), ids=lambda path: path.stem)
def test_the_pyramid_gives_their_features(path):
    stored = read_npz(path)
    meta = json.loads(str(stored["meta"]))
    x = stored["x"].transpose(0, 2, 3, 1)
    cases = {name: case for name, case in meta["cases"].items() if "gap" in case}
    assert cases
    for name, case in cases.items():
        activation = "leaky_relu" if case["act"] == "Leaky" else "relu"
        layer = ASPP(case["out"], case["rates"], pooling=case["gap"], activation=activation)
        layer.build(x.shape)
        load_official(layer, state_of(meta["manifests"][name]))
        for way in ("eval", "train"):
            ours = keras.ops.convert_to_numpy(layer(x, training=way == "train"))
            np.testing.assert_allclose(ours.transpose(0, 3, 1, 2), stored[f"{name}/{way}"], atol=2e-5)
