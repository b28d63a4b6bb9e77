"""Shuffles, the doubling convolution and the halving mean: small known arrays, laws, sizes, configs."""

import keras
import numpy as np
import pytest
import scipy.ndimage
from keras import ops

from course_lib.layers.resampling import DoublingConv, HalvingMean, PixelShuffle, PixelUnshuffle, enlarge
from course_lib.weights import load_official


def run(layer, x):
    return ops.convert_to_numpy(layer(x))


def drawn(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


def test_unshuffle_lists_a_block_row_by_row():
    picture = np.array([[0, 1, 2, 3], [4, 5, 6, 7]], "float32")[None, :, :, None]
    expected = np.array([[[0, 1, 4, 5], [2, 3, 6, 7]]], "float32")[None]
    np.testing.assert_array_equal(run(PixelUnshuffle(2), picture), expected)


def test_unshuffle_keeps_the_channels_of_a_pixel_together():
    # Two channels: tens are the pixel, ones the channel.
    picture = np.array([[[10, 11], [20, 21]], [[30, 31], [40, 41]]], "float32")[None]
    expected = [10, 11, 20, 21, 30, 31, 40, 41]
    np.testing.assert_array_equal(run(PixelUnshuffle(2), picture).ravel(), expected)


def test_shuffle_lays_channels_out_row_by_row():
    x = np.arange(9, dtype="float32").reshape(1, 1, 1, 9)
    expected = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]], "float32")[None, :, :, None]
    np.testing.assert_array_equal(run(PixelShuffle(3), x), expected)


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("rows, columns", [(1, 1), (2, 5), (4, 1)])
def test_shuffle_undoes_unshuffle(factor, rows, columns):
    picture = drawn(2, rows * factor, columns * factor, 3)
    small = run(PixelUnshuffle(factor), picture)
    assert small.shape == (2, rows, columns, 3 * factor**2)
    np.testing.assert_array_equal(run(PixelShuffle(factor), small), picture)


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("rows, columns", [(1, 1), (2, 5), (4, 1)])
def test_unshuffle_undoes_shuffle(factor, rows, columns):
    x = drawn(2, rows, columns, 2 * factor**2)
    large = run(PixelShuffle(factor), x)
    assert large.shape == (2, rows * factor, columns * factor, 2)
    np.testing.assert_array_equal(run(PixelUnshuffle(factor), large), x)


def test_a_network_of_free_size_knows_the_channels():
    picture = keras.Input((None, None, 3))
    small = PixelUnshuffle(2)(picture)
    assert small.shape == (None, None, None, 12)
    assert PixelShuffle(2)(small).shape == (None, None, None, 3)


@pytest.mark.parametrize("layer, wide", [(PixelUnshuffle(2), 3), (PixelShuffle(2), 8)])
def test_a_known_size_is_divided_or_multiplied(layer, wide):
    shape = layer(keras.Input((6, 10, wide))).shape
    assert shape == {3: (None, 3, 5, 12), 8: (None, 12, 20, 2)}[wide]


@pytest.mark.parametrize("shape", [(5, 6, 3), (6, 5, 3), (None, 7, 3)])
def test_a_known_size_that_the_factor_does_not_divide_is_refused(shape):
    words = rf"shrink needs height and width divisible by 2; received {shape[0]} x {shape[1]}. Pad first"
    with pytest.raises(ValueError, match=words):
        PixelUnshuffle(2, name="shrink")(keras.Input(shape))


def test_channels_that_the_block_does_not_divide_are_refused():
    with pytest.raises(
        ValueError, match="grow needs channels divisible by 4; received 6. Widen the layer before"
    ):
        PixelShuffle(2, name="grow")(keras.Input((None, None, 6)))


@pytest.mark.parametrize("cls", [PixelShuffle, PixelUnshuffle])
def test_a_resampling_layer_survives_its_config(cls):
    layer = cls(3, name="third", dtype="float16")
    twin = keras.layers.deserialize(keras.layers.serialize(layer))
    assert type(twin) is cls
    assert (twin.factor, twin.name, twin.compute_dtype) == (3, "third", "float16")


@pytest.mark.parametrize("cls", [PixelShuffle, PixelUnshuffle])
@pytest.mark.parametrize("factor, error", [(0, ValueError), (-2, ValueError), ("2", TypeError)])
def test_a_factor_without_sense_is_refused(cls, factor, error):
    with pytest.raises(error, match=f"{cls.__name__} needs factor"):
        cls(factor)


def test_a_doubling_convolution_spreads_each_pixel_over_its_neighbours_and_drops_the_first_row_and_column():
    layer = DoublingConv(1)
    layer.build((None, 1, 2, 1))
    kernel = np.arange(1, 10, dtype="float32").reshape(1, 1, 3, 3)  # as PyTorch stores it
    load_official(layer, {"weight": kernel, "bias": np.array([0.5], "float32")})
    # Pixel 1 spreads over columns 0 to 2, pixel 10 over columns 2 to 4; then row 0 and column 0 go.
    spread = [[4 + 1, 5, 6 + 40, 50, 60], [7, 8, 9 + 70, 80, 90]]
    expected = np.array(spread)[:, 1:] + 0.5
    y = run(layer, np.array([1, 10], "float32").reshape(1, 1, 2, 1))
    np.testing.assert_array_equal(y[0, :, :, 0], expected)


@pytest.mark.parametrize("rows, columns", [(1, 1), (3, 4), (5, 2)])
def test_a_doubling_convolution_exactly_doubles(rows, columns):
    assert run(DoublingConv(4), drawn(2, rows, columns, 3)).shape == (2, 2 * rows, 2 * columns, 4)
    assert DoublingConv(4)(keras.Input((None, columns, 3))).shape == (None, None, 2 * columns, 4)


@pytest.mark.parametrize("use_bias, count", [(True, 9 * 3 * 4 + 4), (False, 9 * 3 * 4)])
def test_a_doubling_convolution_has_nine_weights_a_pair_of_channels(use_bias, count):
    layer = DoublingConv(4, use_bias=use_bias)
    layer.build((None, None, None, 3))
    assert layer.count_params() == count


def test_a_doubling_convolution_keeps_its_initialiser_in_its_config():
    layer = DoublingConv(4, use_bias=False, kernel_initializer=keras.initializers.Constant(0.25))
    twin = keras.layers.deserialize(keras.layers.serialize(layer))
    twin.build((None, None, None, 3))
    assert not twin.use_bias
    np.testing.assert_array_equal(twin.get_weights()[0], np.full((3, 3, 4, 3), 0.25))


def test_a_doubling_convolution_without_width_is_refused():
    with pytest.raises(ValueError, match="DoublingConv needs width of at least 1; received 0"):
        DoublingConv(0)


def test_a_halving_mean_counts_only_pixels_that_exist():
    x = np.arange(1, 21, dtype="float32").reshape(1, 4, 5, 1)
    # Windows around rows 0 and 2, columns 0, 2 and 4; means of 4, 6 and 9 numbers by hand.
    expected = [[4, 5.5, 7], [11.5, 13, 14.5]]
    np.testing.assert_allclose(run(HalvingMean(), x)[0, :, :, 0], expected, rtol=1e-6)


@pytest.mark.parametrize("rows, columns", [(1, 1), (2, 3), (7, 8)])
def test_a_halving_mean_keeps_a_constant_picture_and_rounds_sizes_up(rows, columns):
    y = run(HalvingMean(), np.full((2, rows, columns, 3), 0.7, "float32"))
    assert y.shape == (2, -(-rows // 2), -(-columns // 2), 3)
    np.testing.assert_allclose(y, 0.7, rtol=1e-6)


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_enlarged_values_are_those_of_scipy_between_the_middles_of_blocks(factor):
    x = np.random.default_rng(0).random((2, 3, 5, 2)).astype("float32")
    enlarged = keras.ops.convert_to_numpy(enlarge(keras.ops.convert_to_tensor(x), factor))
    places = [(np.arange(side * factor) + 0.5) / factor - 0.5 for side in x.shape[1:3]]
    grid = np.meshgrid(*places, indexing="ij")
    for b, c in np.ndindex(2, 2):
        wanted = scipy.ndimage.map_coordinates(x[b, :, :, c], grid, order=1, mode="nearest")
        np.testing.assert_allclose(enlarged[b, :, :, c], wanted, atol=1e-6)


def test_enlarging_by_nothing_is_refused():
    with pytest.raises(ValueError, match=r"enlarge\(\) needs factor"):
        enlarge(np.ones((1, 2, 2, 1), "float32"), 0)
