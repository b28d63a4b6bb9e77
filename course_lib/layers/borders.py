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
        by: int, the multiple; or (rows, columns), one for each side.

    Returns:
        Array of the same type, at least as large; cut back with [..., :h, :w, :].

    Raises:
        ValueError: `by` below 1, or an array of other axes.
    """
    rows, columns = _both_sides("pad_to_multiple()", "by", by)
    if image.ndim not in (3, 4):
        raise ValueError(f"pad_to_multiple() needs (h, w, c) or (b, h, w, c); received {image.shape}.")
    height, width = image.shape[-3:-1]
    pads = [(0, 0)] * (image.ndim - 3) + [(0, -height % rows), (0, -width % columns), (0, 0)]
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
        multiple: int that must divide h and w; or (rows, columns), of which the first must divide h and the
            second w.
        smallest: int, the least h and w.

    Raises:
        ValueError: a number below 1, or a picture of another size; the message names the way out.
    """

    def __init__(self, owner, multiple=1, smallest=1, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.multiple = _one_if_alike(_both_sides("SizeGuard", "multiple", multiple))
        checks.at_least("SizeGuard", "smallest", smallest, 1)
        self.owner, self.smallest = owner, smallest

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
        multiples = _both_sides("SizeGuard", "multiple", self.multiple)
        height, width = (
            multiple * self.smallest if side is None else side
            for side, multiple in zip(shape[1:3], multiples, strict=True)
        )
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
        int, the largest multiple of its SizeGuards; (rows, columns) where the two sides differ.
    """
    guards = [layer.multiple for layer in getattr(network, "layers", ()) if isinstance(layer, SizeGuard)]
    sides = [_both_sides("multiple_of()", "multiple", multiple) for multiple in guards or [unsaid]]
    return _one_if_alike(tuple(max(side) for side in zip(*sides, strict=True)))


def _both_sides(owner, name, multiple):
    """Turn an int or a pair into (rows, columns)."""
    pair = tuple(multiple) if isinstance(multiple, tuple | list) else (multiple, multiple)
    if len(pair) != 2:
        raise ValueError(f"{owner} needs {name} as one number or (rows, columns); received {multiple}.")
    for side in pair:
        checks.at_least(owner, name, side, 1)
    return pair


def _one_if_alike(pair):
    return pair[0] if pair[0] == pair[1] else pair
