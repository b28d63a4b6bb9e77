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

    Raises:
        ValueError: a number below its least, a tile that is no power of two, or tensors that do not fit.
    """

    def __init__(self, tile, width=64, depth=5, outputs=3, drop_last=False, **kwargs):
        super().__init__(**kwargs)
        octaves(tile)
        for name, number in (("width", width), ("depth", depth), ("outputs", outputs)):
            checks.at_least("PixelMLP", name, number, 1)
        self.tile, self.width, self.depth = tile, width, depth
        self.outputs, self.drop_last = outputs, drop_last

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
        channels = self.channels_for(pixels.shape[3])
        b, rows, columns, count = ops.shape(values)
        if self.drop_last:
            pixels = pixels[..., :-1]
        tiles = ops.space_to_depth(pixels, self.tile, data_format="channels_last")
        tiles = ops.reshape(tiles, (-1, self.tile**2, pixels.shape[3]))
        codes = position_codes(self.tile, self.tile, self.tile).reshape(1, self.tile**2, -1)
        codes = ops.convert_to_tensor(codes, dtype=tiles.dtype)
        codes = ops.broadcast_to(codes, (b * rows * columns, *codes.shape[1:]))
        x = ops.concatenate([tiles, codes], axis=2)  # (tiles, pixels of a tile, channels[0])
        x = weighted_sums(x, ops.reshape(values, (-1, count)), channels, self.depth)
        x = ops.reshape(x, (b, rows, columns, self.tile**2 * self.outputs))
        return ops.depth_to_space(x, self.tile, data_format="channels_last")  # (b, h, w, outputs)

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
        return math.prod(output_shape[:3]) * products

    def get_config(self):
        own = {name: getattr(self, name) for name in ("tile", "width", "depth", "outputs", "drop_last")}
        return {**super().get_config(), **own}

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
