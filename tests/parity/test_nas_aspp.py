"""Pyramids: stored tensors of HiNAS and of a re-implementation of Auto-DeepLab in, stored tensors out."""

import json

import pytest
from keras import ops

from course_lib.layers.aspp import ASPP, DeepLabASPP
from course_lib.weights import load_official, read_npz
from tests.parity.fixtures_folder import fixture_files
from tests.parity.hashed_weights import state_of
from tests.parity.test_asap_stages import close, last

FINAL_RATES = (6, 12, 18)  # of the final network of Auto-DeepLab


def pyramid_of(name, case, state):
    if "gap" in case:
        activation = "leaky_relu" if case["act"] == "Leaky" else "relu"
        return ASPP(case["out"], case["rates"], pooling=case["gap"], activation=activation)
    if "final_conv.weight" in state:
        classes, width = state["final_conv.weight"].shape[:2]
        return DeepLabASPP(width, (case["dilation"],), classes=classes, epsilon=case["concate_bn_eps"])
    return DeepLabASPP(len(state["conv2.weight"]), case.get("rates", FINAL_RATES))


@pytest.mark.parametrize("path", fixture_files("nas_aspp*.npz"), ids=lambda path: path.stem)
def test_a_pyramid_gives_their_features(path):
    stored = read_npz(path)
    meta = json.loads(str(stored["meta"]))
    x = ops.convert_to_tensor(last(stored["x"]))
    assert meta["cases"]
    for name, case in meta["cases"].items():
        state = state_of(meta["manifests"][name])
        layer = pyramid_of(name, case, state)
        layer.build(x.shape)
        load_official(layer, state)
        # Statistics first: training moves them.
        close(layer(x, training=False), last(stored[f"{name}/eval"]), atol=2e-5)
        close(layer(x, training=True), last(stored[f"{name}/train"]), atol=2e-5)
