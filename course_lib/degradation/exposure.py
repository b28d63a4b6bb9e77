"""Blur as a shutter makes it: many sharp moments, averaged."""

import math

import numpy as np

from course_lib import checks
from course_lib.degradation import blur, kernels


def average_frames(frames, gamma=None):
    """Average the moments of one exposure.

    Sensors add light, not display values. Without `gamma` the values are averaged as they are, which is right
    for linear light and a linear map. With `gamma` the frames are decoded to light, averaged, encoded again.

    Args:
        frames: (n, h, w) or (n, h, w, c) float array in [0, 1]; with `gamma`, display-encoded.
        gamma: None, or the exponent above 0 that turns display values into light; 2.2 for most cameras.

    Returns:
        (h, w) or (h, w, c) array of `frames`' type in [0, 1]: mean(frames), with gamma
        mean(frames ** gamma) ** (1 / gamma).

    Raises:
        TypeError: `frames` is no NumPy array, or `gamma` no number.
        ValueError: no frames, values outside [0, 1], or `gamma` not above 0.

    Source:
        Nah et al., Deep multi-scale CNN for dynamic scene deblurring, CVPR 2017, section 2.
    """
    checks.unit_image("average_frames()", "frames", frames, dims=(3, 4))
    if gamma is None:
        return frames.mean(axis=0)
    checks.above("average_frames()", "gamma", gamma, 0)
    return (frames**gamma).mean(axis=0) ** (1 / gamma)


def average_frames_adjoint(blurred, count):
    """Apply the transposed map of `average_frames` without gamma: every frame gets its share of the picture.

    With gamma there is no adjoint, because averaging display values as light is not linear.

    Args:
        blurred: (h, w) or (h, w, c) float array of any finite range.
        count: number n of frames, at least 1.

    Returns:
        (n, h, w) or (n, h, w, c) array of `blurred`'s type, each frame blurred / n.

    Raises:
        TypeError: `blurred` is no NumPy array, or `count` no number.
        ValueError: a bad picture, or `count` below 1.
    """
    checks.finite_image("average_frames_adjoint()", "blurred", blurred)
    checks.at_least("average_frames_adjoint()", "count", count, 1)
    return np.repeat(blurred[None] / blurred.dtype.type(count), count, axis=0)


def moving_frames(sharp, path, border="reflect"):
    """Film a still scene with a moving camera: one shifted picture for every sample of a path.

    Averaging the frames without gamma is the same as one convolution with `kernels.splat(path, size)`.

    Args:
        sharp: (h, w) or (h, w, c) float array in [0, 1].
        path: (n,) complex offsets in pixels, real = to the right, imaginary = down, as from
            `trajectory.centred_path`. Parts of a pixel are interpolated between its neighbours.
        border: what enters at the side: "reflect", "zero", "replicate" or "circular".

    Returns:
        (n, h, w) or (n, h, w, c) array of `sharp`'s type in [0, 1].

    Raises:
        TypeError: `sharp` is no NumPy array.
        ValueError: `sharp` leaves [0, 1], the path is empty, not finite, or longer than the border allows.
    """
    checks.unit_image("moving_frames()", "sharp", sharp)
    path = np.asarray(path, complex)
    if path.ndim != 1 or path.size == 0 or not np.isfinite(path).all():
        raise ValueError(f"moving_frames() needs path as (n,) finite offsets; received shape {path.shape}.")
    half = math.ceil(max(np.abs(path.real).max(), np.abs(path.imag).max()))
    frames = [blur.convolve(sharp, kernels.splat([place], 2 * half + 1), border) for place in path]
    return np.clip(np.stack(frames), 0, 1)  # weights sum to 1 up to rounding, so values may leave by as much
