"""Fewer pixels with more channels, and back: nothing is lost on the way."""

import keras
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
