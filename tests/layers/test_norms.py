"""Instance norm: by hand in double precision, per picture and channel, affine or not."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.layers.norms import InstanceNorm

X = np.random.default_rng(0).normal(3, 2, (2, 9, 14, 5)).astype("float32")


def run(layer, x):
    return ops.convert_to_numpy(layer(x))


def by_hand(x):
    x = x.astype("float64")
    mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5)


def test_every_channel_of_every_picture_is_normalised_by_itself():
    np.testing.assert_allclose(run(InstanceNorm(), X), by_hand(X), atol=1e-5)


def test_epsilon_stands_inside_the_root():
    # The variance is about epsilon, so that another epsilon, or one outside the root, would show.
    faint = X * np.float32(np.sqrt(1e-5) / 2)
    np.testing.assert_allclose(run(InstanceNorm(), faint), by_hand(faint), atol=1e-4)


def test_a_constant_picture_becomes_zero():
    np.testing.assert_allclose(run(InstanceNorm(), np.full((1, 4, 4, 2), 7, "float32")), 0, atol=1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_training_makes_no_difference(training):
    layer = InstanceNorm()
    y = ops.convert_to_numpy(layer(X, training=training))
    np.testing.assert_array_equal(y, run(layer, X))


def test_an_affine_norm_scales_and_shifts_each_channel():
    layer = InstanceNorm(affine=True)
    layer.build(X.shape)
    np.testing.assert_array_equal(run(layer, X), run(InstanceNorm(), X))  # it starts as the plain one
    scale, shift = np.arange(1, 6, dtype="float32"), np.linspace(-1, 1, 5, dtype="float32")
    layer.set_weights([scale, shift])
    np.testing.assert_allclose(run(layer, X), by_hand(X) * scale + shift, atol=5e-5)


@pytest.mark.parametrize("affine, weights", [(False, 0), (True, 10)])
def test_only_an_affine_norm_has_weights(affine, weights):
    layer = InstanceNorm(affine)
    layer.build((None, None, None, 5))
    assert layer.count_params() == weights


def test_a_norm_survives_its_config():
    layer = InstanceNorm(affine=True, name="own")
    layer.build(X.shape)
    twin = keras.layers.deserialize(keras.layers.serialize(layer))
    assert (twin.name, twin.epsilon, twin.center, twin.scale) == ("own", 1e-5, True, True)


def test_the_second_derivative_agrees_with_small_differences():
    # Moments that hold the mean fixed pass every test of first derivatives, and fail here.
    weight = ops.convert_to_tensor(np.random.default_rng(1).normal(size=(1, 4, 5, 2)).astype("float32"))
    direction = np.random.default_rng(2).normal(size=(1, 4, 5, 2)).astype("float32")
    towards = ops.convert_to_tensor(direction)

    def slope(x):
        return input_gradient(lambda y: ops.sum(ops.tanh(InstanceNorm()(y)) * weight), x)

    x = X[:1, :4, :5, :2]
    along = input_gradient(lambda y: slope(y) * towards, ops.convert_to_tensor(x))
    step = np.float32(1e-2)
    up, down = (ops.convert_to_numpy(slope(ops.convert_to_tensor(x + s * step * direction))) for s in (1, -1))
    np.testing.assert_allclose(ops.convert_to_numpy(along), (up - down) / (2 * step), atol=2e-3)
