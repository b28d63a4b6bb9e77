"""Weights that fixtures describe by a rule instead of storing them."""

import math

import numpy as np


def uniform(count, seed):
    """Draw `count` numbers in (-1, 1) by hashing their position and the seed, float64."""
    x = (np.arange(count, dtype=np.uint64) + np.uint64(seed) * np.uint64(0x9E3779B9)) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1)):
        x ^= x >> np.uint64(shift)
        x = (x * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return 2 * (x.astype("float64") + 0.5) / 2**32 - 1


def hashed(kind, shape, seed, gain=1.0):
    """Make one array in the layout of the official code, float32.

    Args:
        kind: conv, convT, linear, bias, gamma, beta, mean or var.
        shape: ints; a convolution is (out, in / groups, kh, kw), a transposed one (in, out, kh, kw).
        seed: int.
        gain: factor of convolutions and linear layers.
    """
    r = uniform(math.prod(shape), seed).reshape(shape)
    if kind == "convT":
        return (gain * np.sqrt(3 / (shape[0] * shape[2] * shape[3] / 4)) * r).astype("float32")
    if kind in ("conv", "linear"):
        return (gain * np.sqrt(3 / math.prod(shape[1:])) * r).astype("float32")
    scale, shift = {"bias": (0.1, 0), "gamma": (0.3, 1), "beta": (0.2, 0), "mean": (0.2, 0), "var": (0.5, 1)}[
        kind
    ]
    return (shift + scale * r).astype("float32")


def state_of(manifest, gain=1.0):
    """Make all arrays of a manifest.

    Args:
        manifest: list of [name, kind, shape, seed], or [first seed, [[name, kind, shape], ...]].
        gain: factor of convolutions and linear layers.

    Returns:
        dict, official name -> array.
    """
    if isinstance(manifest[0], int):
        first, entries = manifest
        manifest = [[*entry, first + i] for i, entry in enumerate(entries)]
    return {name: hashed(kind, tuple(shape), seed, gain) for name, kind, shape, seed in manifest}
