"""A block that adds what it has learned to what it was given."""

import keras

from course_lib import checks
from course_lib.serial import serializable


@serializable
class ResidualBlock(keras.layers.Layer):
    """x + conv(relu(conv(x))), two convolutions of one kind, no normalisation; keeps (b, h, w, width).

    Args:
        width: channels in and out.
        kernel_size: odd int, side of both kernels.
        dilation: int, distance in pixels between neighbouring taps of both kernels.
        kernel_initializer: of both kernels; without a seed each draws its own numbers.

    Raises:
        ValueError: `width` or `dilation` below 1, an even `kernel_size`, or an input of another width.

    Source:
        Lim et al., Enhanced Deep Residual Networks (EDSR), CVPR workshops 2017, section 3.1.
    """

    def __init__(self, width, kernel_size=3, dilation=1, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        checks.at_least("ResidualBlock", "width", width, 1)
        checks.odd("ResidualBlock", "kernel_size", kernel_size)
        checks.at_least("ResidualBlock", "dilation", dilation, 1)
        self.width, self.kernel_size, self.dilation = width, kernel_size, dilation
        self.start = keras.initializers.serialize(keras.initializers.get(kernel_initializer))
        self.first = self._conv("first", activation="relu")
        self.second = self._conv("second")

    def _conv(self, name, activation=None):
        return keras.layers.Conv2D(
            self.width,
            self.kernel_size,
            padding="same",
            dilation_rate=self.dilation,
            activation=activation,
            # Read anew from its config, or both kernels would start alike.
            kernel_initializer=keras.initializers.get(dict(self.start)),
            name=name,
        )

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
        own = {"width": self.width, "kernel_size": self.kernel_size, "dilation": self.dilation}
        return {**super().get_config(), **own, "kernel_initializer": dict(self.start)}
