"""Structure instead of pixels: the negative logarithm of SSIM."""

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.serial import serializable

WINDOW = 11  # pixels a side
DEVIATION = 1.5  # of the Gaussian window, in pixels
GAUSSIAN = np.exp(-((np.arange(WINDOW) - WINDOW // 2) ** 2) / (2 * DEVIATION**2))
GAUSSIAN /= GAUSSIAN.sum()
_LEAST = 1e-6  # a mean SSIM below is taken for it: below 0 there is no logarithm


def ssim_map(true, made):
    """Compare two stacks of pictures around every pixel, zeros outside, data range 1.

    Args:
        true: (b, h, w, c) float tensor in [0, 1].
        made: the same shape.

    Returns:
        (b, h, w, c) float32 tensor of SSIM in [-1, 1].

    Source:
        Wang et al., Image Quality Assessment, IEEE TIP 2004, equation 13.
    """
    true, made = ops.cast(true, "float32"), ops.cast(made, "float32")
    stack = ops.concatenate([true, made, true * true, made * made, true * made], axis=-1)
    mean_t, mean_m, square_t, square_m, product = ops.split(_blur(stack), 5, axis=-1)  # each (b, h, w, c)
    var_t, var_m, both = square_t - mean_t**2, square_m - mean_m**2, product - mean_t * mean_m
    above = (2 * mean_t * mean_m + 1e-4) * (2 * both + 9e-4)
    return above / ((mean_t**2 + mean_m**2 + 1e-4) * (var_t + var_m + 9e-4))


def log_ssim(true, made):
    """Punish lost structure: minus the decimal logarithm of the mean SSIM.

    Args:
        true: (b, h, w, c) float tensor in [0, 1].
        made: the same shape.

    Returns:
        scalar float32 tensor, 0 for equal pictures; a mean SSIM below 1e-6 counts as 1e-6, without gradient.

    Source:
        Zhang et al., IR-NAS, CVPR 2020, section 3.4; hkzhang-git/HiNAS, one_stage_nas/modeling/loss.py,
        which has no guard.
    """
    mean = ops.mean(ssim_map(true, made))
    return -ops.log(ops.maximum(mean, _LEAST)) / float(np.log(10))


@serializable
class MSELogSSIM(keras.losses.Loss):
    """Mean squared error plus `factor` times `log_ssim`; both over the whole batch.

    Args:
        factor: weight of the structural term, at least 0.
        mean: whether the two terms are averaged instead of summed, as in HiNAS' code.
        name: str.

    Returns:
        scalar from (b, h, w, c) `true` and `made` in [0, 1].

    Raises:
        TypeError: `factor` is no number.
        ValueError: `factor` is below 0.
    """

    def __init__(self, factor=0.5, mean=False, name="mse_log_ssim"):
        super().__init__(name=name)
        checks.at_least("MSELogSSIM", "factor", factor, 0)
        self.factor, self.mean = factor, mean

    def call(self, true, made):
        true, made = ops.cast(true, "float32"), ops.cast(made, "float32")
        both = ops.mean(ops.square(made - true)) + self.factor * log_ssim(true, made)
        return both / 2 if self.mean else both

    def get_config(self):
        return {"factor": self.factor, "mean": self.mean, "name": self.name}


def _blur(x):
    """The mean under the window around every pixel of (b, h, w, c), zeros outside."""
    # Shifted sums, not a convolution: on a GPU that may run in 10 bits, and the difference of squares above
    # does not survive them.
    reach = WINDOW // 2
    for axis in (1, 2):
        borders = [(0, 0)] * 4
        borders[axis] = (reach, reach)
        wide = ops.pad(x, borders)
        side = ops.shape(x)[axis]
        pieces = [wide[:, i : i + side] if axis == 1 else wide[:, :, i : i + side] for i in range(WINDOW)]
        x = sum(float(share) * piece for share, piece in zip(GAUSSIAN, pieces, strict=True))
    return x
