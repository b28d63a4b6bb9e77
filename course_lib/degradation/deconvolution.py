"""Undoing a known blur without learning: divide the spectra, divide with care, or guess and correct.

The first two live in the Fourier domain, where a blur is a product: Y = K X + N. That is exact for the border
"circular" only, where the right edge meets the left. For the others a passage is put between the edges: the
picture continued by its border rule from both sides, one fading into the other. It is cut off at the end.
"""

import numpy as np
import scipy.fft

from course_lib import checks
from course_lib.degradation import blur

SCENES = ("white", "photograph")


def inverse_filter(blurred, kernel, floor=1e-3, border="circular"):
    """Divide by the kernel's spectrum: X = Y / K, where |K| below `floor` counts as `floor`, phase kept.

    Args:
        blurred: (h, w) or (h, w, c) float array of any finite range.
        kernel: (k, k') float, odd sides, sums to 1; the blur to undo.
        floor: smallest divisor, above 0: noise grows by at most 1 / floor at any frequency.
        border: "circular" (exact), "reflect", "zero" or "replicate", see the module.

    Returns:
        Array of `blurred`'s shape and type, not clipped.

    Raises:
        TypeError: `blurred` or `kernel` is no NumPy array.
        ValueError: a bad picture or kernel, `floor` not above 0, or an unknown border.
    """
    checks.above("inverse_filter()", "floor", floor, 0)

    def divide(transfer, sizes):
        strength = np.abs(transfer)
        direction = np.divide(transfer, strength, out=np.ones_like(transfer), where=strength > 0)
        return direction.conj() / np.maximum(strength, floor)

    return _filtered("inverse_filter()", blurred, kernel, border, divide)


def wiener(blurred, kernel, noise_to_signal, border="reflect", scene="white"):
    """Divide where the signal is stronger than the noise: X = Y conj(K) / (|K|^2 + noise_to_signal).

    Of all linear filters this has the least mean squared error if `noise_to_signal` is the noise's power over
    the picture's at each frequency. One number for all frequencies is the usual simplification; it also dims
    the whole picture, by 1 / (1 + noise_to_signal). The power of photographs falls as 1 / frequency^2: scene
    "photograph" lets the ratio grow accordingly, from 0 for the mean, and leaves the brightness alone.

    Args:
        blurred: (h, w) or (h, w, c) float array of any finite range.
        kernel: (k, k') float, odd sides, sums to 1; the blur to undo.
        noise_to_signal: power of the noise over power of the picture, above 0.
        border: "reflect", "zero", "replicate" or "circular" (exact), see the module.
        scene: "white" holds the ratio equal at all frequencies; "photograph" lets it grow as frequency^2,
            with `noise_to_signal` as its mean.

    Returns:
        Array of `blurred`'s shape and type, not clipped.

    Raises:
        TypeError: `blurred` or `kernel` is no NumPy array, or `noise_to_signal` no number.
        ValueError: a bad picture or kernel, `noise_to_signal` not above 0, an unknown border or scene.

    Source:
        Wiener, Extrapolation, interpolation, and smoothing of stationary time series, 1949.
    """
    checks.above("wiener()", "noise_to_signal", noise_to_signal, 0)
    checks.one_of("wiener()", "scenes", scene, SCENES)

    def weigh(transfer, sizes):
        ratio = noise_to_signal if scene == "white" else noise_to_signal * _squared_frequency(sizes)
        return transfer.conj() / (np.abs(transfer) ** 2 + ratio)

    return _filtered("wiener()", blurred, kernel, border, weigh)


def richardson_lucy(blurred, kernel, iterations, border="reflect"):
    """Guess, blur the guess, and correct it by the ratio: X <- X * A'(Y / A X) / A'1, from a flat start.

    A is `convolve` and A' its adjoint, so every border is treated exactly. The guess stays positive; its
    likelihood under photon noise grows at each turn. Stopping early is the only protection against noise.

    Args:
        blurred: (h, w) or (h, w, c) float array, not negative.
        kernel: (k, k') float, odd sides, sums to 1; the blur to undo.
        iterations: number of corrections, at least 1.
        border: "reflect", "zero", "replicate" or "circular".

    Returns:
        Array of `blurred`'s shape and type, not negative; not clipped above.

    Raises:
        TypeError: `blurred` or `kernel` is no NumPy array, or `iterations` no number.
        ValueError: a negative value in `blurred`, a bad kernel or border, or `iterations` below 1.

    Source:
        Richardson, Bayesian-based iterative method of image restoration, JOSA 1972; Lucy, AJ 1974.
    """
    checks.finite_image("richardson_lucy()", "blurred", blurred)
    checks.at_least("richardson_lucy()", "iterations", iterations, 1)
    if blurred.min() < 0:
        raise ValueError(
            f"richardson_lucy() needs blurred of 0 or more, because light is; received {blurred.min():g}. "
            f"Clip noisy pictures first: numpy.clip(blurred, 0, 1)."
        )
    tiny = np.finfo(blurred.dtype).eps
    # What a pixel gives to the photograph in all; 1 except where the border loses or repeats it.
    given = np.maximum(blur.convolve_adjoint(np.ones_like(blurred), kernel, border), tiny)
    restored = np.full_like(blurred, 0.5)
    for _ in range(iterations):
        ratio = blurred / np.maximum(blur.convolve(restored, kernel, border), tiny)
        # A transform can round a zero to just below it.
        restored *= np.maximum(blur.convolve_adjoint(ratio, kernel, border), 0) / given
    return restored


def _filtered(owner, blurred, kernel, border, response):
    checks.finite_image(owner, "blurred", blurred)
    checks.kernel(owner, kernel)
    checks.one_of(owner, "border", border, blur.BORDERS)
    height, width = blurred.shape[:2]
    extended = blurred
    if border != "circular":
        extended = _continued(extended, kernel.shape[0], border, axis=0)
        extended = _continued(extended, kernel.shape[1], border, axis=1)
    sizes = extended.shape[:2]
    transfer = response(
        scipy.fft.rfft2(_wrapped(kernel.astype(blurred.dtype), sizes)), sizes
    )  # (h', w' // 2 + 1)
    transfer = transfer.reshape(*transfer.shape, *[1] * (blurred.ndim - 2))
    spectrum = scipy.fft.rfft2(extended, axes=(0, 1)) * transfer
    restored = scipy.fft.irfft2(spectrum, sizes, axes=(0, 1))[:height, :width]
    return restored.astype(blurred.dtype, copy=False)


def _squared_frequency(sizes):
    """Squared frequency at each entry of a real transform; its mean over all frequencies is 1."""
    rows, columns = scipy.fft.fftfreq(sizes[0]) ** 2, scipy.fft.fftfreq(sizes[1]) ** 2
    half = scipy.fft.rfftfreq(sizes[1]) ** 2
    return (rows[:, None] + half[None]) / (rows.mean() + columns.mean())


def _wrapped(kernel, sizes):
    """Lay a kernel on a torus with its middle at (0, 0); one larger than the torus overlaps itself."""
    torus = np.zeros(sizes, kernel.dtype)
    rows = (np.arange(kernel.shape[0]) - kernel.shape[0] // 2) % sizes[0]
    columns = (np.arange(kernel.shape[1]) - kernel.shape[1] // 2) % sizes[1]
    np.add.at(torus, (rows[:, None], columns[None, :]), kernel)
    return torus


def _continued(picture, reach, border, axis):
    # The passage is two kernels long or more, where there is room.
    length = picture.shape[axis]
    gap = scipy.fft.next_fast_len(length + 2 * reach, real=True) - length
    if border == "reflect":
        blur.border_positions(length, reach // 2, border)  # refuses a picture that is too small
        gap = min(gap, length - 1)
    if border == "zero":
        margins = [(0, gap) if a == axis else (0, 0) for a in range(picture.ndim)]
        return np.pad(picture, margins)
    places = blur.border_positions(length, gap, border)
    after, before = np.take(picture, places[gap + length :], axis), np.take(picture, places[:gap], axis)
    fade = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, gap + 1) / (gap + 1))  # (gap,) from 0 to 1
    fade = fade.astype(picture.dtype).reshape([-1 if a == axis else 1 for a in range(picture.ndim)])
    return np.concatenate([picture, (1 - fade) * after + fade * before], axis)
