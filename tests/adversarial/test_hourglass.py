"""The shared shape: blocks by hand, stages of the right size, official names in the right order."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.adversarial.hourglass import (
    NormedResidualBlock,
    grow,
    hourglass,
    lift,
    official_names,
    paint,
    quiet,
    shrink,
)

X = np.random.default_rng(0).standard_normal((2, 6, 8, 4)).astype("float32")


def run(layer, training=False):
    return ops.convert_to_numpy(layer(X, training=training))


def built(**settings):
    block = NormedResidualBlock(4, **settings)
    block.build(X.shape)
    return block


def by_hand(layers, relu_last):
    """The block made of these convolutions and instance norms, with dropout off, in NumPy."""
    y = X.astype("float64")
    for number, layer in enumerate(layers):
        y = np.maximum(y, 0) if number else y
        kernel, bias = (w.astype("float64") for w in layer.get_weights())
        padded = np.pad(y, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
        y = bias + sum(padded[:, i : i + 6, j : j + 8] @ kernel[i, j] for i in range(3) for j in range(3))
        mean, variance = y.mean((1, 2), keepdims=True), y.var((1, 2), keepdims=True)
        y = (y - mean) / np.sqrt(variance + 1e-5)
    return X + (np.maximum(y, 0) if relu_last else y)


def test_a_block_adds_two_normalised_convolutions_without_a_last_relu():
    block = built()
    np.testing.assert_allclose(run(block), by_hand([block.first, block.second], relu_last=False), atol=1e-4)


@pytest.mark.parametrize("dropout, relu", [(0.0, False), (0.5, True)])
def test_a_block_of_one_convolution_is_rectified_only_beside_dropout(dropout, relu):
    block = built(convolutions=1, dropout=dropout)
    np.testing.assert_allclose(run(block), by_hand([block.first], relu), atol=1e-4)


@pytest.mark.parametrize("training", [False, True])
def test_a_block_with_batch_norm_scales_and_shifts_and_has_no_biases(training):
    block = built(norm="batch")
    rng = np.random.default_rng(1)
    block.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in block.get_weights()])
    layers = (block.first, block.first_norm), (block.second, block.second_norm)
    y = X.astype("float64")
    for number, (conv, norm) in enumerate(layers):
        y = np.maximum(y, 0) if number else y
        (kernel,) = conv.get_weights()
        padded = np.pad(y, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
        y = sum(padded[:, i : i + 6, j : j + 8] @ kernel[i, j] for i in range(3) for j in range(3))
        scale, shift, mean, variance = norm.get_weights()
        if training:
            mean, variance = y.mean((0, 1, 2)), y.var((0, 1, 2))
        y = scale * (y - mean) / np.sqrt(variance + 1e-5) + shift
    expected = X + y
    np.testing.assert_allclose(run(block, training), expected, rtol=1e-4, atol=1e-4)


def test_dropout_works_only_while_training_and_moves_on():
    block = built(dropout=0.5)
    np.testing.assert_array_equal(run(block), run(block))
    assert np.abs(run(block, training=True) - run(block)).max() > 0.1
    assert np.abs(run(block, training=True) - run(block, training=True)).max() > 0.1


def test_one_seed_gives_one_dropout():
    blocks = [built(dropout=0.5, seed=seed) for seed in (3, 3, 4)]
    for block in blocks[1:]:
        block.set_weights(blocks[0].get_weights())
    first, second, other = (run(block, training=True) for block in blocks)
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - other).max() > 0.1


@pytest.mark.parametrize("settings, count", [({}, 2 * (9 * 16 + 4)), ({"convolutions": 1}, 9 * 16 + 4)])
def test_a_block_has_only_convolutions_with_bias(settings, count):
    assert built(**settings).count_params() == count


def test_a_block_with_batch_norm_survives_its_config():
    block = built(norm="batch", dropout=0.2, convolutions=1, seed=3)
    twin = type(block).from_config(block.get_config())
    twin.build(X.shape)
    twin.set_weights(block.get_weights())
    np.testing.assert_array_equal(run(twin), run(block))
    assert [w.path.split("/", 1)[1] for w in twin.trainable_weights] == [
        "first/kernel",
        "first_norm/gamma",
        "first_norm/beta",
    ]


@pytest.mark.parametrize(
    "settings, names",
    [
        ({}, {"first": "conv_block.1", "second": "conv_block.5"}),
        ({"dropout": 0.5}, {"first": "conv_block.1", "second": "conv_block.6"}),
        ({"convolutions": 1}, {"first": "conv_block.1"}),
        (
            {"norm": "batch", "dropout": 0.5},
            {
                "first": "conv_block.1",
                "first_norm": "conv_block.2",
                "second": "conv_block.6",
                "second_norm": "conv_block.7",
            },
        ),
        ({"norm": "batch", "convolutions": 1}, {"first": "conv_block.1", "first_norm": "conv_block.2"}),
    ],
)
def test_the_dropout_counts_in_the_official_names(settings, names):
    assert dict(NormedResidualBlock(4, **settings).official) == names


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"width": 0}, "width of at least 1"),
        ({"width": 4, "dropout": 1.0}, r"dropout in \[0, 0.99\]"),
        ({"width": 4, "convolutions": 3}, "knows convolutions 1, 2; received 3"),
        (
            {"width": 4, "norm": "bath"},
            "knows norms 'instance', 'batch'; received 'bath'. Did you mean 'batch'",
        ),
    ],
)
def test_a_block_without_sense_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        NormedResidualBlock(**settings)


def test_an_input_of_another_width_is_refused():
    with pytest.raises(ValueError, match="block_0 has width 5; received 4 channels"):
        NormedResidualBlock(5, name="block_0")(keras.Input((None, None, 4)))


def test_every_stage_has_its_size():
    x = keras.Input((12, 16, 3))
    assert lift(x, 4, "a").shape == (None, 12, 16, 4)
    assert shrink(x, 4, "b").shape == (None, 6, 8, 4)
    assert grow(x, 4, "c").shape == (None, 24, 32, 4)
    assert paint(x, 4, "d").shape == (None, 12, 16, 4)
    assert hourglass(x, 2, 2, [], "e_").shape == (None, 12, 16, 2)


def test_official_names_count_pads_norms_and_activations():
    middle = [NormedResidualBlock(8, name=f"block_{i}") for i in range(2)]
    assert official_names(1, middle, "own_") == {
        "own_lift_conv": "model.1",  # after the pad
        "own_shrink_0_conv": "model.4",  # after norm and ReLU
        "block_0": "model.7",
        "block_1": "model.8",
        "own_grow_0_conv": "model.9",
        "own_paint_conv": "model.13",  # after norm, ReLU and pad
    }


def test_official_names_of_batch_norms_follow_their_convolutions():
    names = official_names(1, [], "own_", norm="batch")
    assert {name: place for name, place in names.items() if name.endswith("norm")} == {
        "own_lift_norm": "model.2",
        "own_shrink_0_norm": "model.5",
        "own_grow_0_norm": "model.8",
    }


def test_weights_start_quiet_and_unlike_each_other():
    first, second = (ops.convert_to_numpy(quiet()((100, 100))) for _ in range(2))
    assert first.std() == pytest.approx(0.02, rel=0.05)
    assert abs(first.mean()) < 0.001
    assert np.abs(first - second).max() > 0.01
