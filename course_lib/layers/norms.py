"""Norms whose settings decide whether weights of the papers fit."""

import keras
from keras import ops

from course_lib.serial import serializable


@serializable
class InstanceNorm(keras.layers.GroupNormalization):
    """Bring every channel of every picture to mean 0 and variance 1 over its pixels; keeps (b, h, w, c).

    The same in training and at test; epsilon is 1e-5 inside the root and the variance divides by h * w, as
    PyTorch's InstanceNorm2d does. A bias before it changes nothing. Its weights are those of the keras layer
    with one group a channel; its sums are written out, because that layer's second derivative is wrong on
    TensorFlow, which a gradient penalty needs: the moments there hold the mean fixed.

    Args:
        affine: bool; whether a learned scale (from 1) and shift (from 0) for each channel follow.

    Source:
        Ulyanov et al., Instance Normalization, 2016, equation 3.
    """

    def __init__(self, affine=False, **kwargs):
        super().__init__(groups=-1, epsilon=1e-5, center=affine, scale=affine, **kwargs)
        self.affine = affine

    def call(self, x):
        centred = ops.cast(x, "float32")
        centred = centred - ops.mean(centred, axis=(1, 2), keepdims=True)
        variance = ops.mean(ops.square(centred), axis=(1, 2), keepdims=True)  # (b, 1, 1, c)
        y = centred * ops.rsqrt(variance + self.epsilon)
        if self.affine:
            y = y * ops.cast(self.gamma, "float32") + ops.cast(self.beta, "float32")
        return ops.cast(y, self.compute_dtype)

    def get_config(self):
        plain = keras.layers.Layer.get_config(self)
        return {**plain, "affine": self.affine}
