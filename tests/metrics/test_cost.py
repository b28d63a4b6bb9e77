"""Cost: counts worked out by hand, layers inside layers, refusals."""

import time

import keras
import numpy as np
import pytest
from keras import layers, ops

from course_lib.metrics import cost


def _network(*stack, channels=3):
    picture = x = keras.Input((None, None, channels))
    for layer in stack:
        x = layer(x)
    return keras.Model(picture, x)


class Brick(layers.Layer):
    """Convolutions inside a layer that also declares its output's shape, so that Keras need not look in."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.lift = layers.Conv2D(width, 3, padding="same")
        self.steps = [layers.Conv2D(width, 1), layers.Conv2D(width, 1)]

    def build(self, shape):
        self.lift.build(shape)
        for step in self.steps:
            step.build((*shape[:-1], self.lift.filters))

    def call(self, x):
        x = self.lift(x)
        for step in self.steps:
            x = step(x) + x
        return x

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.lift.filters)


class PixelMatrix(layers.Layer):
    """A layer that multiplies by itself and says so."""

    def build(self, shape):
        self.matrix = self.add_weight(shape=(shape[-1], 5), name="matrix")

    def call(self, x):
        return ops.matmul(x, self.matrix)

    def own_multiply_adds(self, input_shape, output_shape):
        batch, height, width, channels = input_shape
        return batch * height * width * channels * output_shape[-1]


# On a picture of 12 x 20 pixels with 3 channels.
BY_HAND = {
    "same": (layers.Conv2D(8, 3, padding="same"), 12 * 20 * 9 * 3 * 8),
    "valid": (layers.Conv2D(8, 3, padding="valid"), 10 * 18 * 9 * 3 * 8),
    "stride": (layers.Conv2D(8, 3, strides=2, padding="same"), 6 * 10 * 9 * 3 * 8),
    "dilated": (layers.Conv2D(8, 3, dilation_rate=2, padding="same"), 12 * 20 * 9 * 3 * 8),
    "rectangular kernel": (layers.Conv2D(8, (1, 5), padding="same"), 12 * 20 * 5 * 3 * 8),
    "groups": (layers.Conv2D(6, 3, groups=3, padding="same"), 12 * 20 * 9 * 1 * 6),
    "depthwise": (layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), 12 * 20 * 9 * 3 * 2),
    "separable": (layers.SeparableConv2D(8, 3, padding="same"), 12 * 20 * (9 * 3 + 3 * 8)),
    "transposed": (layers.Conv2DTranspose(8, 4, strides=2, padding="same"), 12 * 20 * 16 * 3 * 8),
    "dense": (layers.Dense(7), 12 * 20 * 3 * 7),
    "children": (Brick(4), 12 * 20 * (9 * 3 * 4 + 4 * 4 + 4 * 4)),
    "own": (PixelMatrix(), 12 * 20 * 3 * 5),
    "nothing": (layers.LayerNormalization(), 0),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_layer_costs_what_is_worked_out_by_hand(name):
    layer, expected = BY_HAND[name]
    assert cost.multiply_adds(_network(layer), 12, 20) == expected


def test_a_layer_used_twice_is_paid_twice():
    shared = layers.Conv2D(3, 3, padding="same")
    assert cost.multiply_adds(_network(shared, layers.ReLU(), shared), 10, 10) == 2 * 100 * 9 * 3 * 3


def test_models_inside_models_are_counted():
    inner = _network(layers.Conv2D(3, 3, padding="same"), Brick(3))
    outer = _network(inner, layers.AveragePooling2D(2), inner)
    at_full_size = 16 * 8 * (9 * 3 * 3 * 2 + 9 + 9)
    assert cost.multiply_adds(outer, 16, 8) == at_full_size + at_full_size // 4


def test_after_global_pooling_one_position_is_left():
    network = _network(layers.GlobalAveragePooling2D(keepdims=True), layers.Conv2D(5, 1))
    assert cost.multiply_adds(network, 64, 48) == 3 * 5


def test_two_pictures_may_come_in():
    first, second = keras.Input((None, None, 3)), keras.Input((None, None, 2))
    joined = layers.Concatenate()([first, second])
    network = keras.Model([first, second], layers.Conv2D(4, 1)(joined))
    assert cost.multiply_adds(network, 6, 7) == 6 * 7 * 5 * 4


def test_counting_computes_nothing_and_leaves_the_network_as_it_was():
    network = _network(Brick(4), layers.Conv2D(3, 3, padding="same"))
    picture = np.random.default_rng(0).random((1, 9, 8, 3)).astype("float32")
    before = ops.convert_to_numpy(network(picture))
    # 20 000 x 20 000 pixels would need tens of gigabytes.
    expected = 20_000**2 * (9 * 3 * 4 + 4 * 4 * 2 + 9 * 4 * 3)
    assert cost.multiply_adds(network, 20_000, 20_000) == expected
    np.testing.assert_array_equal(ops.convert_to_numpy(network(picture)), before)
    assert all("call" not in vars(layer) for layer in network._flatten_layers())


def test_a_network_that_refuses_the_size_is_left_as_it_was():
    network = _network(layers.Conv2D(3, 5, padding="valid"), layers.Conv2D(3, 5, padding="valid"))
    with pytest.raises((ValueError, RuntimeError)):  # torch says RuntimeError
        cost.multiply_adds(network, 6, 6)
    assert all("call" not in vars(layer) for layer in network._flatten_layers())


def test_parameters_are_counted_by_hand():
    network = _network(layers.Conv2D(8, 3), layers.BatchNormalization(), layers.Dense(2, use_bias=False))
    convolution, norm, moving, dense = 9 * 3 * 8 + 8, 2 * 8, 2 * 8, 8 * 2
    assert cost.parameters(network) == convolution + norm + moving + dense
    assert cost.parameters(network, trainable_only=True) == convolution + norm + dense
    network.layers[1].trainable = False
    assert cost.parameters(network, trainable_only=True) == norm + dense
    assert cost.parameters(network) == convolution + norm + moving + dense


def test_shared_weights_are_counted_once():
    shared = layers.Conv2D(3, 3, padding="same")
    assert cost.parameters(_network(shared, shared)) == 9 * 3 * 3 + 3


def test_seconds_is_a_median_after_one_uncounted_call():
    naps = iter([0.5, 0.01, 0.2, 0.01])
    assert 0.01 <= cost.seconds(lambda: time.sleep(next(naps)), repeats=3) < 0.15


def test_an_array_of_200_megabytes_is_seen_in_the_peak():
    try:
        peak = cost.peak_bytes(lambda: float(np.ones(200 * 10**6, "uint8")[::4096].sum()))
    except RuntimeError as reason:
        pytest.skip(str(reason))
    assert peak == pytest.approx(200 * 10**6, rel=0.2)


@pytest.mark.parametrize(
    "ask, error, words",
    [
        (lambda: cost.parameters("nafnet"), TypeError, "keras model or layer; received str"),
        (lambda: cost.parameters(keras.Sequential([layers.Dense(2)])), ValueError, "built model"),
        (
            lambda: cost.multiply_adds(layers.Conv2D(3, 3), 8, 8),
            TypeError,
            "received Conv2D",
        ),
        (lambda: cost.multiply_adds(_network(), 0, 8), ValueError, "height of at least 1; received 0"),
        (lambda: cost.multiply_adds(_network(), 8, "8"), TypeError, "width as a number"),
        (lambda: cost.seconds(print, repeats=0), ValueError, "repeats of at least 1"),
    ],
)
def test_what_cannot_be_counted_is_refused(ask, error, words):
    with pytest.raises(error, match=words):
        ask()


def test_a_network_of_fixed_size_is_refused_at_another_one():
    picture = keras.Input((32, 32, 3), name="picture")
    network = keras.Model(picture, layers.Conv2D(3, 1)(picture))
    assert cost.multiply_adds(network, 32, 32) == 32 * 32 * 9
    with pytest.raises(ValueError, match="open size for 32 x 48; .* picture is fixed to 32 x 32"):
        cost.multiply_adds(network, 32, 48)


def test_an_input_that_is_no_picture_is_refused():
    vector = keras.Input((7,), name="vector")
    with pytest.raises(ValueError, match=r"\(b, h, w, c\) with c known; received vector \(None, 7\)"):
        cost.multiply_adds(keras.Model(vector, layers.Dense(2)(vector)), 8, 8)
