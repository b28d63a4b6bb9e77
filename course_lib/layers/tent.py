"""Fewer pixels without false patterns: a fixed tent filter."""

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.serial import serializable


def tent(factor):
    """Make the weights of a tent that falls to 0 at `factor` pixels from the middle of a block.

    Args:
        factor: int, side of a block in pixels, at least 1.

    Returns:
        (2 factor,) float64, or (2 factor - 1,) for an odd factor, whose block has a pixel in its middle;
        symmetric, sum 1.

    Raises:
        ValueError: `factor` below 1.
    """
    checks.at_least("tent()", "factor", factor, 1)
    length = 2 * factor - factor % 2
    distances = np.abs(np.arange(length) - (length - 1) / 2)
    weights = factor - distances
    return weights / weights.sum()


@serializable
class TentDownsample(keras.layers.Layer):
    """Make one pixel of each block of factor x factor and of half a block around it, weighed with a tent.

    Maps (b, h, w, c) to (b, h / factor, w / factor, c). The tent is as wide as two blocks in each direction,
    so that waves too short for the small picture are damped before pixels are dropped. The border mirrors
    without repeating its sample. Nothing is learned.

    Args:
        factor: side of a block in pixels, at least 1; divides h and w. With 1 nothing changes.

    Raises:
        ValueError: `factor` below 1, or a known size that it does not divide.

    Source:
        Rott Shaham et al., ASAP-Net, CVPR 2021, section 3.2, and its code. The code's filter has an even
        number of weights for odd factors too and then loses a row and a column; here it has a middle.
    """

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        checks.at_least("TentDownsample", "factor", factor, 1)
        self.factor = factor

    def call(self, x):
        self._demand(x.shape)
        if self.factor == 1:
            return x
        line = tent(self.factor)
        kernel = np.broadcast_to(
            np.outer(line, line)[:, :, None, None], (len(line), len(line), x.shape[3], 1)
        )
        sides = (self.factor // 2, self.factor // 2)
        x = ops.pad(x, ((0, 0), sides, sides, (0, 0)), mode="reflect")
        kernel = ops.convert_to_tensor(kernel, dtype=self.compute_dtype)
        return ops.depthwise_conv(x, kernel, self.factor, padding="valid", data_format="channels_last")

    def compute_output_shape(self, shape):
        self._demand(shape)
        b, h, w, c = shape
        return (b, *[None if side is None else side // self.factor for side in (h, w)], c)

    def own_multiply_adds(self, input_shape, output_shape):
        """Count what `course_lib.metrics.cost` asks for: each weight of the tent at each pixel that is left.

        Args:
            input_shape: (b, h, w, c).
            output_shape: (b, h / factor, w / factor, c).

        Returns:
            int.
        """
        return int(np.prod(output_shape)) * (len(tent(self.factor)) ** 2 if self.factor > 1 else 0)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}

    def _demand(self, shape):
        height, width = (self.factor if side is None else side for side in shape[1:3])
        checks.divisible(self.name, (height, width, shape[3]), self.factor)
