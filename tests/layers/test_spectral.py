"""SpectralConv2D: against singular values by NumPy, one iteration a training call, nothing else moves."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.updates import compile_update
from course_lib.layers.spectral import SpectralConv2D
from course_lib.weights import load_official, official_state

X = np.random.default_rng(0).standard_normal((2, 9, 11, 3)).astype("float32")


def run(layer, training=False):
    return ops.convert_to_numpy(layer(X, training=training))


def rows_of(layer):
    """The kernel as the papers' code flattens it: (filters, c * k * k)."""
    return official_state(layer)["weight_orig"].reshape(layer.filters, -1)


@pytest.fixture
def layer():
    layer = SpectralConv2D(5, 3, strides=2, name="judge")
    layer.build(X.shape)
    load_official(
        layer,
        {
            "weight_orig": np.random.default_rng(1).standard_normal((5, 3, 3, 3)),
            "bias": np.linspace(-1, 1, 5),
            "weight_u": np.eye(5)[0],
            "weight_v": np.eye(27)[0],
        },
    )
    return layer


def plain(layer, factor):
    """An ordinary convolution with the kernel divided by `factor`."""
    conv = keras.layers.Conv2D(5, 3, strides=2)
    conv.build(X.shape)
    conv.set_weights([ops.convert_to_numpy(layer.kernel) / factor, ops.convert_to_numpy(layer.bias)])
    return ops.convert_to_numpy(conv(X))


def test_after_many_training_calls_the_largest_singular_value_is_one(layer):
    largest = np.linalg.svd(rows_of(layer).astype("float64"), compute_uv=False)[0]
    for _ in range(200):
        layer(X[:1, :3, :3], training=True)
    np.testing.assert_allclose(run(layer), plain(layer, largest), atol=1e-4)


def test_a_training_call_makes_one_power_iteration(layer):
    rows = rows_of(layer).astype("float64")
    v = rows.T @ np.eye(5)[0]
    v /= np.linalg.norm(v)
    u = rows @ v
    u /= np.linalg.norm(u)
    y = run(layer, training=True)
    np.testing.assert_allclose(layer.u, u, atol=1e-6)
    np.testing.assert_allclose(layer.v, v, atol=1e-6)
    np.testing.assert_allclose(y, plain(layer, u @ rows @ v), atol=1e-5)


def test_at_test_time_the_stored_directions_are_used_as_they_are(layer):
    before = layer.get_weights()
    # u and v are the first axes, so that the stretch is one entry of the kernel.
    np.testing.assert_allclose(run(layer), plain(layer, rows_of(layer)[0, 0]), rtol=1e-4, atol=1e-4)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_training_call_leaves_the_kernel_alone(layer):
    before = ops.convert_to_numpy(layer.kernel)
    run(layer, training=True)
    np.testing.assert_array_equal(layer.kernel, before)


def test_the_directions_start_with_length_one():
    layer = SpectralConv2D(5, 3)
    layer.build(X.shape)
    assert [np.linalg.norm(w) for w in (layer.u, layer.v)] == pytest.approx([1, 1], rel=1e-5)


def test_only_kernel_and_bias_are_trained(layer):
    assert [w.name for w in layer.trainable_weights] == ["kernel", "bias"]
    assert [w.name for w in layer.non_trainable_weights] == ["u", "v"]


def test_an_optimiser_step_moves_the_kernel_and_keeps_the_new_directions(layer):
    rows = rows_of(layer).astype("float64")
    # u and v count as constants: the gradient of (rows / s)[0, 0] with s = u rows v.
    v = rows.T @ np.eye(5)[0] / np.linalg.norm(rows.T @ np.eye(5)[0])
    u = rows @ v / np.linalg.norm(rows @ v)
    s = u @ rows @ v
    expected = -rows[0, 0] / s**2 * np.outer(u, v)
    expected[0, 0] += 1 / s
    spot = np.zeros((1, 3, 3, 3), "float32")
    spot[0, 0, 0, 0] = 1  # reads the first entry of every row

    def loss_fn(x):
        return layer(x, training=True)[0, 0, 0, 0], {}

    compile_update(loss_fn, [layer], [], keras.optimizers.SGD(1.0))(spot)
    np.testing.assert_allclose(rows - rows_of(layer), expected, atol=1e-5)
    np.testing.assert_allclose(layer.u, u, atol=1e-6)


def test_a_layer_survives_its_config():
    layer = SpectralConv2D(5, 4, strides=2, use_bias=False, name="judge")
    twin = keras.layers.deserialize(keras.layers.serialize(layer))
    assert type(twin) is SpectralConv2D
    assert (twin.filters, twin.kernel_size, twin.strides, twin.use_bias) == (5, (4, 4), (2, 2), False)


def test_the_directions_are_saved_with_the_weights(layer, tmp_path):
    picture = keras.Input((None, None, 3))
    model = keras.Model(picture, layer(picture))
    before = model.get_weights()
    model.save_weights(tmp_path / "judge.weights.h5")
    model.set_weights([np.zeros_like(weight) for weight in before])
    model.load_weights(tmp_path / "judge.weights.h5")
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
