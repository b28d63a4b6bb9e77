"""The network of a tile: how far a pixel reaches, values by hand, a plain loop, what does not fit."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.layers.positions import position_codes
from course_lib.pixelwise.pixel_mlp import PixelMLP, value_slices

TILE = 4


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def run(layer, pixels, values):
    return ops.convert_to_numpy(layer([pixels, values]))


@pytest.fixture(scope="module")
def setting():
    """A brick, pixels of 3 x 5 tiles in two pictures, and values for them."""
    layer = PixelMLP(TILE, width=6, depth=3, name="mlp")
    return layer, drawn(2, 3 * TILE, 5 * TILE, 3), drawn(2, 3, 5, layer.values_for(3), seed=1)


def changed(before, after):
    """Pictures, rows and columns at which any channel differs."""
    return set(zip(*map(list, np.nonzero((before != after).any(axis=-1))), strict=True))


@pytest.mark.parametrize("row, column", [(0, 0), (3, 3), (4, 4), (5, 18), (11, 19)])
def test_a_pixel_changes_no_other_pixel_while_the_values_stay(setting, row, column):
    layer, pixels, values = setting
    touched = pixels.copy()
    touched[1, row, column] += 1
    assert changed(run(layer, pixels, values), run(layer, touched, values)) == {(1, row, column)}


@pytest.mark.parametrize("row, column", [(0, 0), (1, 3), (2, 4)])
def test_the_values_of_a_tile_reach_every_pixel_of_the_tile_and_none_beyond(setting, row, column):
    layer, pixels, values = setting
    touched = values.copy()
    touched[0, row, column] += 0.5
    reach = {(0, row * TILE + y, column * TILE + x) for y in range(TILE) for x in range(TILE)}
    assert changed(run(layer, pixels, values), run(layer, pixels, touched)) == reach


def test_every_pixel_goes_through_the_layers_that_its_tile_spells_out(setting):
    layer, pixels, values = setting
    codes = position_codes(3 * TILE, 5 * TILE, TILE)
    expected = np.empty((2, 3 * TILE, 5 * TILE, 3))
    for b, y, x in np.ndindex(expected.shape[:3]):
        rest, z = values[b, y // TILE, x // TILE], np.append(pixels[b, y, x], codes[y, x])
        for i, leaving in enumerate((6, 6, 3)):
            z = np.where(z > 0, z, 0.01 * z) if i else z
            bias, rest = rest[:leaving], rest[leaving:]
            matrix, rest = rest[: len(z) * leaving].reshape(len(z), leaving), rest[len(z) * leaving :]
            z = z @ matrix + bias
        assert not len(rest)
        expected[b, y, x] = z
    np.testing.assert_allclose(run(layer, pixels, values), expected, atol=2e-4, rtol=1e-4)


def test_values_that_spell_the_identity_return_the_pixels():
    layer = PixelMLP(2, depth=1)
    values = np.zeros((1, 2, 3, layer.values_for(3)), "float32")
    _, weights = value_slices((7, 3))[0]
    values[..., weights] = np.eye(7, 3).ravel()
    pixels = drawn(1, 4, 6, 3)
    np.testing.assert_allclose(run(layer, pixels, values), pixels, atol=1e-6)


def test_the_biases_of_a_layer_come_before_its_weights():
    assert value_slices((7, 4, 3)) == [(slice(0, 4), slice(4, 32)), (slice(32, 35), slice(35, 47))]


@pytest.mark.parametrize(
    "tile, channels, drop_last, count",
    [(16, 36, True, 16_003), (32, 36, True, 16_259), (16, 13, False, 14_595), (64, 13, False, 15_107)],
)
def test_the_papers_networks_need_their_number_of_values(tile, channels, drop_last, count):
    assert PixelMLP(tile, drop_last=drop_last).values_for(channels) == count


def test_a_dropped_channel_changes_nothing_and_the_others_do():
    layer = PixelMLP(2, width=4, depth=2, drop_last=True)
    pixels, values = drawn(1, 4, 4, 3), drawn(1, 2, 2, layer.values_for(3), seed=1)
    before = run(layer, pixels, values)
    np.testing.assert_array_equal(run(layer, pixels + [0, 0, np.float32(5)], values), before)
    assert (run(layer, pixels + [0, np.float32(5), 0], values) != before).all()


def test_products_are_counted_by_pixel():
    layer = PixelMLP(2, width=4, depth=3)  # 3 + 4 -> 4 -> 4 -> 3
    assert layer.own_multiply_adds([(1, 4, 6, 3), (1, 2, 3, 67)], (1, 4, 6, 3)) == 24 * (28 + 16 + 12)


@pytest.mark.parametrize(
    "pixels, values, words",
    [
        (
            (1, 8, 8, 3),
            (1, 2, 2, 50),
            "mlp needs 135 values for each tile of pixels with 3 channels; received 50",
        ),
        (
            (1, 8, 12, 3),
            (1, 3, 2, 135),
            r"every 4 x 4 pixels; received pixels 8 x 12 and values 3 x 2.*, 4\)",
        ),
        ((1, 10, 8, 3), (1, 2, 2, 135), r"received pixels 10 x 8 .*pad_to_multiple\(image, 4\)"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(setting, pixels, values, words):
    with pytest.raises(ValueError, match=words):
        setting[0]([np.zeros(pixels, "float32"), np.zeros(values, "float32")])
    with pytest.raises(ValueError, match=words):
        setting[0]([keras.Input(pixels[1:]), keras.Input(values[1:])])


@pytest.mark.parametrize("settings", [{"tile": 6}, {"width": 0}, {"depth": 0}, {"outputs": 0}])
def test_a_brick_without_sense_is_refused(settings):
    with pytest.raises(ValueError, match=rf"(PixelMLP|position_codes\(\)) needs .*{next(iter(settings))}"):
        PixelMLP(**{"tile": 4, **settings})


def test_pixels_of_which_no_channel_is_left_are_refused():
    with pytest.raises(ValueError, match="channels that the network sees of at least 1; received 0"):
        PixelMLP(4, drop_last=True).values_for(1)
