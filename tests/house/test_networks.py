"""Every network and layer: config, save and load bit-equal, rectangular sizes, a gradient for each weight."""

import importlib
import pathlib
import re

import keras
import numpy as np
import pytest
from keras import ops

import course_lib
from course_lib.backend.updates import compile_update
from course_lib.training import seeding
from tests.house.networks import LAYERS, NETWORKS, WITHOUT_EFFECT, draw

ROOT = pathlib.Path(course_lib.__file__).parent


def registered_layers():
    for path in sorted((ROOT).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] in ("layers", "baseline", "adversarial", "pixelwise", "search", "reversible"):
            importlib.import_module(".".join(("course_lib", *parts)))
    ours = [c for key, c in keras.saving.get_custom_objects().items() if key.startswith("course_lib>")]
    return {c for c in ours if isinstance(c, type) and issubclass(c, keras.Layer)}


@pytest.fixture(scope="module", params=NETWORKS, ids=str)
def network(request):
    build, multiple = NETWORKS[request.param]
    return build(), multiple


def test_every_registered_layer_is_entered_in_the_list():
    assert registered_layers() == set(LAYERS)


@pytest.mark.parametrize("build, shape", LAYERS.values(), ids=[cls.__name__ for cls in LAYERS])
def test_a_layer_survives_its_config(build, shape):
    layer = build()
    twin = type(layer).from_config(layer.get_config())
    x = draw(shape)
    layer.build(shape)
    twin.build(shape)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(x)), ops.convert_to_numpy(twin(x)))
    assert layer.get_config() == twin.get_config()


@pytest.mark.parametrize("build, shape", LAYERS.values(), ids=[cls.__name__ for cls in LAYERS])
def test_a_layer_says_its_output_shape_without_running(build, shape):
    layer = build()
    assert tuple(layer.compute_output_shape(shape)) == tuple(layer(draw(shape)).shape)


def test_a_network_saved_whole_comes_back_bit_equal(network, tmp_path):
    model, multiple = network
    x = draw((1, 2 * multiple, 3 * multiple, model.input_shape[-1]))
    model.save(tmp_path / "whole.keras")
    again = keras.saving.load_model(tmp_path / "whole.keras")
    np.testing.assert_array_equal(model.predict_on_batch(x), again.predict_on_batch(x))


def test_a_networks_weights_come_back_bit_equal(network, tmp_path):
    model, multiple = network
    model.save_weights(tmp_path / "only.weights.h5")
    again = keras.models.clone_model(model)
    again.load_weights(tmp_path / "only.weights.h5")
    for before, after in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("rows, columns", [(4, 4), (4, 8), (12, 4)])
def test_a_network_runs_at_any_rectangle_of_its_multiple(network, rows, columns):
    model, multiple = network
    x = draw((2, rows * multiple, columns * multiple, model.input_shape[-1]))
    assert model.predict_on_batch(x).shape[:3] == x.shape[:3]


def test_every_weight_receives_a_gradient(network):
    model, multiple = network
    twin = keras.models.clone_model(model)
    twin.set_weights([w + 0.05 * draw(w.shape, seed=i) for i, w in enumerate(model.get_weights())])
    before = twin.get_weights()
    x = draw((1, 4 * multiple, 4 * multiple, model.input_shape[-1]))

    def loss_fn(x):
        loss = ops.mean(ops.square(twin(x, training=True) - 0.3))
        return loss, {}

    compile_update(loss_fn, [twin], [], keras.optimizers.SGD(1.0))(ops.convert_to_tensor(x))
    still = [
        weight.path
        for weight, old, new in zip(twin.weights, before, twin.get_weights(), strict=True)
        if weight.trainable and np.array_equal(old, new)
    ]
    still = [path for path in still if not re.fullmatch(WITHOUT_EFFECT.get(model.name, ""), path)]
    assert not still, f"no gradient reached {still}"


@pytest.mark.parametrize("name", NETWORKS)
def test_a_seed_decides_every_weight(name):
    build, _ = NETWORKS[name]
    models = [build(), build()]
    for model in models:
        seeding.seed_weights(model, 5)
    for weight, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(weight, other)
