"""What a sensor adds: Gaussian read noise, photon shot noise, and rounding to a few bits."""

import numpy as np

from course_lib import checks


def add_gaussian(picture, sigma, rng, clip=False):
    """Add independent Gaussian noise of one strength to every sample.

    The draws are float64 whatever the picture's type, so one seed gives one noise in every precision.

    Args:
        picture: (h, w) or (h, w, c) float array, usually in [0, 1]; other finite values are welcome.
        sigma: standard deviation in the picture's [0, 1] units; "sigma 25" of the papers is 25 / 255.
        rng: numpy Generator; needed when sigma > 0.
        clip: whether to cut the result to [0, 1], as a file of bytes would. Clipping flatters the PSNR.

    Returns:
        Array of `picture`'s shape and type, not clipped unless asked.

    Raises:
        TypeError: `picture` is no NumPy array, or `rng` no Generator.
        ValueError: a bad picture, `sigma` outside [0, 1], or noise without `rng`.
    """
    checks.finite_image("add_gaussian()", "picture", picture)
    checks.within("add_gaussian()", "sigma", sigma, 0, 1)
    noisy = picture.copy()
    if sigma > 0:
        checks.generator("add_gaussian()", rng, "sigma > 0")
        drawn = rng.standard_normal(picture.shape)
        drawn *= sigma
        noisy += drawn.astype(picture.dtype, copy=False)
    return np.clip(noisy, 0, 1) if clip else noisy


def add_shot(picture, photons, rng):
    """Count photons: each sample becomes a Poisson count around its expectation, scaled back.

    The variance at value v is v / photons: bright areas are noisier, but cleaner relative to their value.

    Args:
        picture: (h, w) or (h, w, c) float array in [0, 1], linear light.
        photons: expected count at value 1.0, above 0.
        rng: numpy Generator.

    Returns:
        Array of `picture`'s shape and type, multiples of 1 / photons; may exceed 1, not clipped.

    Raises:
        TypeError: `picture` is no NumPy array, or `rng` no Generator.
        ValueError: `picture` leaves [0, 1], `photons` is not above 0, or `rng` is missing.
    """
    checks.unit_image("add_shot()", "picture", picture)
    checks.above("add_shot()", "photons", photons, 0)
    checks.generator("add_shot()", rng, "counting photons is chance")
    return (rng.poisson(picture.astype("float64") * photons) / photons).astype(picture.dtype)


def quantise(picture, bits=8):
    """Round every sample to the nearest of 2 ** bits equally spaced levels, as a file does.

    Args:
        picture: (h, w) or (h, w, c) float array in [0, 1].
        bits: whole number from 1 to 16; 8 for ordinary files.

    Returns:
        Array of `picture`'s shape and type in [0, 1], at most half a level away from it.

    Raises:
        TypeError: `picture` is no NumPy array, or `bits` no number.
        ValueError: `picture` leaves [0, 1], or `bits` is not a whole number from 1 to 16.
    """
    checks.unit_image("quantise()", "picture", picture)
    checks.within("quantise()", "bits", bits, 1, 16)
    if bits != int(bits):
        raise ValueError(f"quantise() needs bits as a whole number; received {bits}.")
    levels = 2 ** int(bits) - 1
    return np.round(picture * levels) / picture.dtype.type(levels)
