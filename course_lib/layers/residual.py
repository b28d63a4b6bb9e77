"""A block that adds what it has learned to what it was given."""

import keras

from course_lib import checks
from course_lib.serial import serializable


@serializable
class ResidualBlock(keras.layers.Layer):
    """x + conv(relu(conv(x))), both 3 x 3, without normalisation; keeps the shape (b, h, w, width).

    Args:
        width: channels in and out.

    Raises:
        ValueError: `width` below 1, or an input of another width.

    Source:
        Lim et al., Enhanced Deep Residual Networks (EDSR), CVPR workshops 2017, section 3.1.
    """

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        checks.at_least("ResidualBlock", "width", width, 1)
        self.width = width
        self.first = keras.layers.Conv2D(width, 3, padding="same", activation="relu", name="first")
        self.second = keras.layers.Conv2D(width, 3, padding="same", name="second")

    def build(self, shape):
        if shape[-1] != self.width:
            raise ValueError(f"{self.name} has width {self.width}; received {shape[-1]} channels.")
        self.first.build(shape)
        self.second.build(shape)

    def call(self, x):
        return x + self.second(self.first(x))  # (b, h, w, width)

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "width": self.width}
