"""Borders: pad a picture to a size that a network accepts, and cut back; mirror; refuse what does not fit."""

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.serial import serializable


def pad_to_multiple(image, by):
    """Mirror rows and columns at the lower and right border until `by` divides both sides.

    Args:
        image: (h, w, c) or (b, h, w, c) NumPy array.
        by: int, the multiple.

    Returns:
        Array of the same type, at least as large; cut back with [..., :h, :w, :].

    Raises:
        ValueError: `by` below 1, or an array of other axes.
    """
    checks.at_least("pad_to_multiple()", "by", by, 1)
    if image.ndim not in (3, 4):
        raise ValueError(f"pad_to_multiple() needs (h, w, c) or (b, h, w, c); received {image.shape}.")
    height, width = image.shape[-3:-1]
    pads = [(0, 0)] * (image.ndim - 3) + [(0, -height % by), (0, -width % by), (0, 0)]
    # "symmetric" repeats the border sample, so that even a single row can be padded.
    return np.pad(image, pads, mode="symmetric")


@serializable
class ReflectPad(keras.layers.Layer):
    """Mirror `pad` rows and columns on all four sides, without repeating the border sample.

    Maps (b, h, w, c) to (b, h + 2 pad, w + 2 pad, c).

    Args:
        pad: int, at least 1, less than h and w.

    Raises:
        ValueError: `pad` below 1, or a picture with too few pixels to mirror.
    """

    def __init__(self, pad, **kwargs):
        super().__init__(**kwargs)
        checks.at_least("ReflectPad", "pad", pad, 1)
        self.pad = pad

    def call(self, x):
        # JAX would mirror the mirror image; TensorFlow would refuse. Here both refuse.
        self._demand_enough(x.shape)
        sides = (self.pad, self.pad)
        return ops.pad(x, ((0, 0), sides, sides, (0, 0)), mode="reflect")

    def compute_output_shape(self, shape):
        self._demand_enough(shape)
        b, h, w, c = shape
        return (b, *[None if side is None else side + 2 * self.pad for side in (h, w)], c)

    def get_config(self):
        return {**super().get_config(), "pad": self.pad}

    def _demand_enough(self, shape):
        if any(side is not None and side <= self.pad for side in shape[1:3]):
            raise ValueError(
                f"{self.name} mirrors {self.pad} pixels and needs at least {self.pad + 1} each way; received "
                f"{shape[1]} x {shape[2]}. Take a larger picture."
            )


@serializable
class SizeGuard(keras.layers.Layer):
    """Let pictures (b, h, w, c) pass unchanged if the network behind can take their size.

    Args:
        owner: str, who asks, for the message.
        multiple: int that must divide h and w.
        smallest: int, the least h and w.

    Raises:
        ValueError: a number below 1, or a picture of another size; the message names the way out.
    """

    def __init__(self, owner, multiple=1, smallest=1, **kwargs):
        super().__init__(autocast=False, **kwargs)
        checks.at_least("SizeGuard", "multiple", multiple, 1)
        checks.at_least("SizeGuard", "smallest", smallest, 1)
        self.owner, self.multiple, self.smallest = owner, multiple, smallest

    def call(self, x):
        self._demand(x.shape)
        return x

    def compute_output_shape(self, shape):
        self._demand(shape)
        return shape

    def get_config(self):
        own = {"owner": self.owner, "multiple": self.multiple, "smallest": self.smallest}
        return {**super().get_config(), **own}

    def _demand(self, shape):
        height, width = (self.multiple * self.smallest if side is None else side for side in shape[1:3])
        if height < self.smallest or width < self.smallest:
            raise ValueError(
                f"{self.owner} needs pictures of at least {self.smallest} x {self.smallest} pixels; received "
                f"{shape[1]} x {shape[2]}. Take a larger crop, or a network that shrinks it less often."
            )
        checks.divisible(self.owner, (height, width, shape[3]), self.multiple)


def multiple_of(network, unsaid=4):
    """Find what a network needs height and width to be divisible by.

    Args:
        network: keras.Model.
        unsaid: int for a network without a SizeGuard.

    Returns:
        int, the largest multiple of its SizeGuards.
    """
    guards = [layer.multiple for layer in getattr(network, "layers", ()) if isinstance(layer, SizeGuard)]
    return max(guards, default=unsaid)
