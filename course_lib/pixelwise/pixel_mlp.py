"""A small network at every pixel, with weights that change from tile to tile.

Paper: Rott Shaham et al., Spatially-Adaptive Pixelwise Networks for Fast Image Translation (ASAP-Net), CVPR
       2021, sections 3.1 and 3.3.
Code:  tamarott/ASAPNet, models/networks/generator.py, class ASAPNetsHRStream.
Differs: channels last; the codes of the position inside a tile are computed anew for every call, where the
         original keeps those of its first picture; tanh stands behind the brick, in the network.
Check: 35 channels in tiles of 16 pixels need 16 003 values a tile, 13 channels in tiles of 64 need 15 107.
"""

import math

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.layers.positions import octaves, position_codes
from course_lib.serial import serializable

SLOPE = 0.01  # of the leaky ReLU between layers, below 0


def value_slices(channels):
    """Say where the biases and weights of each layer lie in the values of a tile.

    Args:
        channels: tuple of ints, channels before the first layer, behind the first, ..., behind the last.

    Returns:
        list with a pair for each layer: slice of its biases (out,) and of its weights (in, out), row by row.
    """
    slices, start = [], 0
    for entering, leaving in zip(channels[:-1], channels[1:], strict=True):
        middle, stop = start + leaving, start + leaving + entering * leaving
        slices.append((slice(start, middle), slice(middle, stop)))
        start = stop
    return slices


def weighted_sums(tiles, values, channels, layers):
    """Run the first layers of the network of every tile, all tiles as one batched product.

    Args:
        tiles: (tiles, pixels, channels[0]) tensor.
        values: (tiles, values) tensor, biases and weights as `value_slices` cuts them.
        channels: as in `value_slices`.
        layers: int, how many layers to run.

    Returns:
        (tiles, pixels, channels[layers]) tensor, what the last of them gives before any activation.
    """
    x = tiles
    for i, (biases, weights) in enumerate(value_slices(channels)[:layers]):
        if i:
            x = ops.leaky_relu(x, negative_slope=SLOPE)
        matrices = ops.reshape(values[:, weights], (-1, channels[i], channels[i + 1]))
        x = ops.matmul(x, matrices) + values[:, None, biases]  # (tiles, pixels, channels[i + 1])
    return x


@serializable
class PixelMLP(keras.layers.Layer):
    """Send every pixel, with its position inside the tile, through the small network of its tile.

    Takes a list: pixels (b, h, w, c) and values (b, h / tile, w / tile, `values_for(c)`). Returns (b, h, w,
    outputs), with no activation behind the last layer. Between layers stands a leaky ReLU of slope 0.01. A
    pixel never meets its neighbours, and values are never copied to every pixel.

    Args:
        tile: side of a tile in pixels, a power of two.
        width: channels of the layers between.
        depth: layers, at least 1.
        outputs: channels of the last layer.
        drop_last: bool; whether the last channel of the pixels is left out.
        blend: bool; whether every pixel goes through the networks of the four nearest tiles and their answers
            are interpolated, bilinearly between the middles of tiles. It costs four times as much and leaves
            no seams; ASAP-Net does not do it.

    Raises:
        ValueError: a number below its least, a tile that is no power of two, or tensors that do not fit.
    """

    def __init__(self, tile, width=64, depth=5, outputs=3, drop_last=False, blend=False, **kwargs):
        super().__init__(**kwargs)
        octaves(tile)
        for name, number in (("width", width), ("depth", depth), ("outputs", outputs)):
            checks.at_least("PixelMLP", name, number, 1)
        self.tile, self.width, self.depth = tile, width, depth
        self.outputs, self.drop_last, self.blend = outputs, drop_last, blend

    def channels_for(self, channels):
        """Count channels from layer to layer.

        Args:
            channels: int, of the pixels that come in.

        Returns:
            tuple of depth + 1 ints: pixels and codes, the layers between, the output.

        Raises:
            ValueError: no channel is left.
        """
        used = channels - (1 if self.drop_last else 0)
        checks.at_least(self.name, "channels that the network sees", used, 1)
        return (used + 4 * octaves(self.tile), *[self.width] * (self.depth - 1), self.outputs)

    def values_for(self, channels):
        """Count the biases and weights of one tile.

        Args:
            channels: int, of the pixels that come in.

        Returns:
            int.
        """
        return value_slices(self.channels_for(channels))[-1][1].stop

    def call(self, inputs):
        pixels, values = inputs
        self._demand(pixels.shape, values.shape)
        if self.drop_last:
            pixels = pixels[..., :-1]
        if not self.blend:
            return self._paint(self._blocks(pixels, values, 1), values, 1)
        # Of each half of a tile, the same two tiles are the nearest.
        blocks, painted = self._blocks(pixels, values, 2), 0.0
        for vertical, down in zip(_halves(values, axis=1), _ramps(self.tile), strict=True):
            for nearest, across in zip(_halves(vertical, axis=2), _ramps(self.tile), strict=True):
                share = ops.convert_to_tensor(np.outer(down, across)[None, :, :, None], dtype=values.dtype)
                rows, columns = ops.shape(values)[1:3]
                share = ops.tile(share, (1, rows, columns, 1))  # (1, h, w, 1)
                painted = painted + share * self._paint(blocks, nearest, 2)
        return painted

    def _blocks(self, pixels, values, split):
        """Cut tiles into split x split blocks and give each pixel the codes of its place in the tile."""
        b, rows, columns, _ = ops.shape(values)
        side = self.tile // split
        codes = position_codes(self.tile, self.tile, self.tile)
        codes = codes.reshape(1, 1, split, side, 1, split, side, -1).swapaxes(3, 4).swapaxes(4, 5)
        codes = codes.reshape(1, 1, split, 1, split, side**2, -1)
        blocks = ops.space_to_depth(pixels, side, data_format="channels_last")
        blocks = ops.reshape(blocks, (b, rows, split, columns, split, side**2, pixels.shape[3]))
        codes = ops.convert_to_tensor(codes, dtype=blocks.dtype)
        codes = ops.broadcast_to(codes, (b, rows, split, columns, split, *codes.shape[5:]))
        x = ops.concatenate([blocks, codes], axis=-1)
        return ops.reshape(x, (-1, side**2, x.shape[-1]))  # (blocks, pixels of a block, channels)

    def _paint(self, blocks, values, split):
        b, rows, columns, count = ops.shape(values)
        channels = (blocks.shape[-1], *[self.width] * (self.depth - 1), self.outputs)
        x = weighted_sums(blocks, ops.reshape(values, (-1, count)), channels, self.depth)
        side = self.tile // split
        x = ops.reshape(x, (b, rows, columns, side**2 * self.outputs))
        return ops.depth_to_space(x, side, data_format="channels_last")  # (b, h, w, outputs)

    def compute_output_shape(self, shapes):
        self._demand(*shapes)
        return (*shapes[0][:3], self.outputs)

    def own_multiply_adds(self, input_shapes, output_shape):
        """Count what `course_lib.metrics.cost` asks for: every weight of a tile at every pixel of it.

        Args:
            input_shapes: list with (b, h, w, c) of the pixels and the shape of the values.
            output_shape: (b, h, w, outputs).

        Returns:
            int.
        """
        channels = self.channels_for(input_shapes[0][3])
        products = sum(a * b for a, b in zip(channels[:-1], channels[1:], strict=True))
        return math.prod(output_shape[:3]) * products * (4 if self.blend else 1)

    def get_config(self):
        names = ("tile", "width", "depth", "outputs", "drop_last", "blend")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    def _demand(self, pixels, values):
        needed = self.values_for(pixels[3])
        if values[3] != needed:
            raise ValueError(
                f"{self.name} needs {needed} values for each tile of pixels with {pixels[3]} channels; "
                f"received {values[3]}. Ask PixelMLP.values_for({pixels[3]})."
            )
        for side, cells in zip(pixels[1:3], values[1:3], strict=True):
            if side is not None and cells is not None and side != cells * self.tile:
                raise ValueError(
                    f"{self.name} needs values for every {self.tile} x {self.tile} pixels; received pixels "
                    f"{pixels[1]} x {pixels[2]} and values {values[1]} x {values[2]}. Pad first: "
                    f"course_lib.layers.borders.pad_to_multiple(image, {self.tile})."
                )


def _halves(values, axis):
    """Give each half of a tile the values of the tile before it and of the tile behind it, along an axis."""
    first = ops.take(values, [0], axis=axis)
    last = ops.take(values, [-1], axis=axis)
    # Every tile twice, and the outermost ones again: beyond the border there is no other tile.
    doubled = ops.repeat(ops.concatenate([first, values, last], axis=axis), 2, axis=axis)
    count = 2 * ops.shape(values)[axis]
    places = ops.arange(count)
    return ops.take(doubled, places + 1, axis=axis), ops.take(doubled, places + 3, axis=axis)


def _ramps(tile):
    """Share of the tile before and of the tile behind, for each pixel of a tile."""
    behind = (
        (np.arange(tile) + 0.5) / tile + 0.5
    ) % 1  # 0 in the middle of a tile, where the next ramp begins
    return 1 - behind, behind
