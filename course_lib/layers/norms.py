"""Norms whose settings decide whether weights of the papers fit."""

import keras


def instance_norm(affine=False, name=None):
    """Make a layer that brings every channel of every picture to mean 0 and variance 1 over its pixels.

    It keeps the shape (b, h, w, c). The same in training and at test; epsilon is 1e-5 inside the root and the
    variance divides by h * w, as PyTorch's InstanceNorm2d does. A bias before it changes nothing.

    Args:
        affine: bool; whether a learned scale (from 1) and shift (from 0) for each channel follow.
        name: str, the layer's name.

    Returns:
        keras.layers.GroupNormalization with one group a channel.

    Source:
        Ulyanov et al., Instance Normalization, 2016, equation 3.
    """
    return keras.layers.GroupNormalization(groups=-1, epsilon=1e-5, center=affine, scale=affine, name=name)
