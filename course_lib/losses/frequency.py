"""A loss that compares pixels and frequencies: what blur removed is punished where it is missing."""

import keras
from keras import ops

from course_lib import checks
from course_lib.serial import serializable

# Squared magnitudes below this are taken for 0; it is far above what float32 loses and far below any picture.
NOTHING = 1e-30


def spectral_distance(sharp, restored):
    """Mean magnitude of the difference between two half spectra.

    The transform is two-dimensional, per channel, unscaled (a sum over pixels), and keeps the w // 2 + 1
    columns that a real picture needs. So it grows with the picture: compare values at one size only.

    Args:
        sharp: (b, h, w, c) float32 tensor.
        restored: (b, h, w, c) float32 tensor.

    Returns:
        (b,) float32 tensor, 0 or more. Its gradient is 0, not NaN, at frequencies that already agree.
    """
    # The transform is linear, so that one of the difference does for two.
    difference = ops.transpose(ops.subtract(restored, sharp), (0, 3, 1, 2))  # (b, c, h, w)
    along_rows = ops.rfft(difference)  # real and imaginary parts, each (b, c, h, w // 2 + 1)
    real, imaginary = ops.fft(tuple(ops.swapaxes(part, 2, 3) for part in along_rows))
    power = ops.square(real) + ops.square(imaginary)  # (b, c, w // 2 + 1, h)
    # The root's slope is infinite at 0; the inner choice keeps that infinity out of the gradient.
    present = power > NOTHING
    magnitude = ops.where(present, ops.sqrt(ops.where(present, power, 1.0)), 0.0)
    return ops.mean(magnitude, axis=(1, 2, 3))


@serializable
class FrequencyLoss(keras.losses.Loss):
    """L1 plus a weighted `spectral_distance`: mean |difference| + weight * mean |difference of the spectra|.

    Args:
        weight: factor of the spectral term, 0 or more. The transform is unscaled, hence so small a number.
        name: str.
        reduction: how Keras joins the (b,) values of the pictures into one.

    Returns:
        (b,) float from (b, h, w, c) `sharp` and `restored`, before reduction.

    Raises:
        TypeError: `weight` is no number.
        ValueError: `weight` is negative.

    Source:
        Mao et al., AdaRevD, CVPR 2024, section 3 (after Cho et al., MIMO-UNet, ICCV 2021).
    """

    def __init__(self, weight=0.01, name="frequency_loss", reduction="sum_over_batch_size"):
        super().__init__(name=name, reduction=reduction)
        checks.at_least("FrequencyLoss", "weight", weight, 0)
        self.weight = weight

    def call(self, sharp, restored):
        distance = ops.mean(ops.abs(restored - sharp), axis=(1, 2, 3))  # (b,)
        return distance + self.weight * spectral_distance(sharp, restored)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}
