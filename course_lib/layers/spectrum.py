"""Which waves a picture holds, and how strong they are: what blur leaves, and what it takes."""

import math

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.serial import serializable

LUMA = (0.299, 0.587, 0.114)  # Rec. 601
FALL = 3  # power of the frequency with which the power of waves falls
LEAST = 1e-4  # added to a power, so that a flat picture has a logarithm


@serializable
class LogSpectrum(keras.layers.Layer):
    """Take the logarithm of a picture's power spectrum: mean over overlapping windows of the whole picture.

    Maps (b, h, w, 3) to (b, side * (side // 2 + 1)) float32, row by row, the mean of each taken away: more
    contrast gives the same. So is the fall that blurred photographs have on average, with the third power of
    the frequency. Windows of side x side overlap by half and are weighed with Hann's. In the
    logarithm blur is a sum: log of the sharp picture's spectrum and log of the kernel's. Sharp pictures have
    much the same spectrum, so that what is left tells the kernel's length and direction, though not its sign.

    Args:
        side: even, side of a window in pixels, at least 4.

    Raises:
        ValueError: an odd side or one below 4, or a picture smaller than a window.

    Source:
        Welch, The Use of Fast Fourier Transform for the Estimation of Power Spectra, 1967; for blur: Cannon,
        Blind Deconvolution of Spatially Invariant Image Blurs with Phase, 1976.
    """

    def __init__(self, side=16, **kwargs):
        # Powers span more than bfloat16 can tell apart.
        super().__init__(**{**kwargs, "dtype": "float32"})
        checks.at_least("LogSpectrum", "side", side, 4)
        checks.divisible("LogSpectrum", (side, side, 1), 2)
        self.side = side

    def call(self, x):
        self._demand(x.shape)
        light = ops.sum(x * ops.convert_to_tensor(LUMA, dtype=x.dtype), axis=-1, keepdims=True)
        half = self.side // 2
        blocks = ops.image.extract_patches(
            light, self.side, strides=half, padding="valid", data_format="channels_last"
        )
        b, rows, columns, _ = ops.shape(blocks)
        blocks = ops.reshape(blocks, (b, rows * columns, self.side, self.side))
        blocks = blocks - ops.mean(blocks, axis=(2, 3), keepdims=True)
        cosines, sines = (ops.convert_to_tensor(waves) for waves in _waves(self.side))  # (side, side)
        down = [ops.matmul(waves, blocks) for waves in (cosines, sines)]  # rows of frequencies
        across = [ops.transpose(waves[: half + 1]) for waves in (cosines, sines)]
        real = ops.matmul(down[0], across[0]) - ops.matmul(down[1], across[1])
        imaginary = ops.matmul(down[0], across[1]) + ops.matmul(down[1], across[0])
        power = ops.mean(ops.square(real) + ops.square(imaginary), axis=1)  # (b, side, half + 1)
        logs = ops.log(power + LEAST) + ops.convert_to_tensor(_fall(self.side))
        logs = ops.reshape(logs, (b, self.side * (half + 1)))
        return logs - ops.mean(logs, axis=-1, keepdims=True)

    def compute_output_shape(self, shape):
        self._demand(shape)
        return (shape[0], self.side * (self.side // 2 + 1))

    def own_multiply_adds(self, input_shape, output_shape):
        """Count what `course_lib.metrics.cost` asks for: six products of matrices a window.

        Args:
            input_shape: (b, h, w, 3).
            output_shape: (b, numbers).

        Returns:
            int.
        """
        b, height, width, _ = input_shape
        half = self.side // 2
        windows = b * math.prod((length - self.side) // half + 1 for length in (height, width))
        return windows * (2 * self.side**3 + 4 * self.side**2 * (half + 1))

    def get_config(self):
        return {**super().get_config(), "side": self.side}

    def _demand(self, shape):
        if any(length is not None and length < self.side for length in shape[1:3]):
            raise ValueError(
                f"{self.name} needs pictures of at least {self.side} x {self.side} pixels; received "
                f"{shape[1]} x {shape[2]}. Take a larger crop, or a smaller side."
            )


def _waves(side):
    """Rows of a discrete Fourier transform, with Hann's window in them."""
    angles = 2 * np.pi * np.outer(np.arange(side), np.arange(side)) / side
    window = np.sin(np.pi * (np.arange(side) + 0.5) / side) ** 2
    return [(wave * window).astype("float32") for wave in (np.cos(angles), np.sin(angles))]


def _fall(side):
    """Minus the logarithm of the power that is expected: (side, side // 2 + 1)."""
    down = np.minimum(np.arange(side), side - np.arange(side))
    frequency = np.hypot(down[:, None], np.arange(side // 2 + 1))
    # A window that is weighed and free of its mean shows little of the longest waves.
    return (FALL * np.log(np.maximum(frequency, 1.5))).astype("float32")
