"""Fewer pixels and more: shuffles that lose nothing, a doubling convolution, a halving mean."""

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.serial import serializable


@serializable
class PixelUnshuffle(keras.layers.Layer):
    """Move each block of factor x factor pixels into channels.

    Maps (b, h, w, c) to (b, h / factor, w / factor, c * factor^2); factor must divide h and w. Channel
    order inside a block: row, then column, then the old channel. `PixelShuffle` is its inverse.

    Args:
        factor: side of a block in pixels, at least 1.

    Raises:
        ValueError: `factor` below 1, or a known size that it does not divide.
    """

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        checks.at_least("PixelUnshuffle", "factor", factor, 1)
        self.factor = factor

    def call(self, x):
        # Keras refuses a block of one pixel, which changes nothing.
        return x if self.factor == 1 else ops.space_to_depth(x, self.factor, data_format="channels_last")

    def compute_output_shape(self, shape):
        b, h, w, c = shape
        for side in (h, w):
            if side is not None and side % self.factor:
                raise ValueError(
                    f"{self.name} needs height and width divisible by {self.factor}; received {h} x {w}. "
                    f"Pad first: course_lib.layers.borders.pad_to_multiple(image, {self.factor})."
                )
        down = [None if side is None else side // self.factor for side in (h, w)]
        return (b, *down, c * self.factor**2)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@serializable
class PixelShuffle(keras.layers.Layer):
    """Move channels into blocks of factor x factor pixels.

    Maps (b, h, w, c * factor^2) to (b, h * factor, w * factor, c). The inverse of `PixelUnshuffle`.

    Args:
        factor: side of a block in pixels, at least 1.

    Raises:
        ValueError: `factor` below 1, or factor^2 does not divide the channels.

    Source:
        Shi et al., Real-Time Single Image and Video Super-Resolution, CVPR 2016, section 3.2; channel
        order here: row, then column, then channel.
    """

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        checks.at_least("PixelShuffle", "factor", factor, 1)
        self.factor = factor

    def call(self, x):
        return x if self.factor == 1 else ops.depth_to_space(x, self.factor, data_format="channels_last")

    def compute_output_shape(self, shape):
        b, h, w, c = shape
        if c % self.factor**2:
            raise ValueError(
                f"{self.name} needs channels divisible by {self.factor**2}; received {c}. "
                f"Widen the layer before it."
            )
        up = [None if side is None else side * self.factor for side in (h, w)]
        return (b, *up, c // self.factor**2)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@serializable
class DoublingConv(keras.layers.Layer):
    """A transposed 3 x 3 convolution of stride 2: (b, h, w, c) to exactly (b, 2 h, 2 w, width).

    Equals PyTorch's ConvTranspose2d with padding 1 and output_padding 1: of the 2 h + 1 rows of the whole
    transposed convolution the first is dropped. (Keras' padding "same" drops the last: one pixel off.)

    Args:
        width: channels of the output.
        use_bias: bool.
        kernel_initializer: as keras.layers.Conv2DTranspose takes it.

    Raises:
        ValueError: `width` below 1.
    """

    official = {"conv": ""}

    def __init__(self, width, use_bias=True, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        checks.at_least("DoublingConv", "width", width, 1)
        self.width, self.use_bias = width, use_bias
        self.conv = keras.layers.Conv2DTranspose(
            width, 3, strides=2, use_bias=use_bias, kernel_initializer=kernel_initializer, name="conv"
        )

    def build(self, shape):
        self.conv.build(shape)

    def call(self, x):
        return self.conv(x)[:, 1:, 1:, :]  # (b, 2 h + 1, 2 w + 1, width) without its first row and column

    def compute_output_shape(self, shape):
        b, h, w, _ = shape
        return (b, *[None if side is None else 2 * side for side in (h, w)], self.width)

    def get_config(self):
        initializer = keras.initializers.serialize(self.conv.kernel_initializer)
        own = {"width": self.width, "use_bias": self.use_bias, "kernel_initializer": initializer}
        return {**super().get_config(), **own}


@serializable
class HalvingMean(keras.layers.Layer):
    """The mean of each 3 x 3 window, every second pixel: (b, h, w, c) to (b, ceil(h / 2), ceil(w / 2), c).

    Windows are centred on rows and columns 0, 2, 4, ...; at the border the mean is over the pixels that
    exist, as in PyTorch's AvgPool2d(3, stride=2, padding=1, count_include_pad=False).
    """

    def call(self, x):
        there = ops.ones_like(x[:1, :, :, :1])  # (1, h, w, 1)
        return self._mean_with_zeros(x) / self._mean_with_zeros(there)

    def _mean_with_zeros(self, x):
        padded = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        return ops.average_pool(padded, 3, strides=2, padding="valid", data_format="channels_last")

    def compute_output_shape(self, shape):
        b, h, w, c = shape
        return (b, *[None if side is None else (side + 1) // 2 for side in (h, w)], c)


def enlarge(x, factor):
    """Make a picture larger, bilinearly: a value stands in the middle of its block.

    For the `call` of a layer, also where sizes are unknown when it is traced: `keras.ops.image.resize` wants
    to know them.

    Args:
        x: (b, h, w, c) tensor.
        factor: int, at least 1.

    Returns:
        (b, factor h, factor w, c) tensor; beyond the outermost middles nothing changes.

    Raises:
        ValueError: `factor` below 1.
    """
    checks.at_least("enlarge()", "factor", factor, 1)
    for axis in (1, 2):
        x = _enlarge(x, factor, axis)
    return x


def _enlarge(x, factor, axis):
    first, last = ops.take(x, [0], axis=axis), ops.take(x, [-1], axis=axis)
    before, after = ops.concatenate([first, x], axis=axis), ops.concatenate([x, last], axis=axis)
    # Between two middles lie `factor` pixels; of the first and the last such stretch only half is kept.
    cut = factor // 2
    share = (np.arange(factor) - cut + 0.5 + factor / 2) / factor
    shape = [1] * 5
    shape[axis + 1] = factor
    share = ops.convert_to_tensor(share.reshape(shape), dtype=x.dtype)
    before, after = ops.expand_dims(before, axis + 1), ops.expand_dims(after, axis + 1)
    wide = before + share * (after - before)  # a new axis of `factor` behind the old one
    sides = list(ops.shape(x))
    sides[axis] = (sides[axis] + 1) * factor
    wide = ops.reshape(wide, sides)
    keep = [slice(None)] * 4
    keep[axis] = slice(cut, cut - factor)
    return wide[tuple(keep)]
