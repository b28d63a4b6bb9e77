"""Patches: cut a map into a grid of pieces that lie in one batch, and join them again."""

import keras
from keras import ops

from course_lib import checks
from course_lib.serial import serializable


class _Grid(keras.layers.Layer):
    """What the two layers share: a grid of `rows` x `columns`."""

    def __init__(self, rows, columns, **kwargs):
        super().__init__(**kwargs)
        checks.at_least(type(self).__name__, "rows", rows, 1)
        checks.at_least(type(self).__name__, "columns", columns, 1)
        self.rows, self.columns = rows, columns

    def get_config(self):
        return {**super().get_config(), "rows": self.rows, "columns": self.columns}


@serializable
class CutPatches(_Grid):
    """Cut (b, h, w, c) into a grid without overlap: (b * rows * columns, h / rows, w / columns, c).

    The patches of one picture are neighbours in the batch, row after row. A second cut therefore cuts every
    patch, and `JoinPatches` of the same grid undoes the last one.

    Args:
        rows: patches from top to bottom.
        columns: patches from left to right.

    Raises:
        ValueError: a number below 1, or a side that the grid does not divide.
    """

    def call(self, x):
        self._demand(x.shape)
        b, h, w, c = ops.shape(x)
        h, w = h // self.rows, w // self.columns
        if self.columns > 1:
            x = ops.reshape(x, (b, self.rows, h, self.columns, w, c))
            x = ops.transpose(x, (0, 1, 3, 2, 4, 5))  # (b, rows, columns, h / rows, w / columns, c)
        # Whole rows lie together already: a cut into rows alone moves nothing.
        return ops.reshape(x, (-1, h, w, c))

    def compute_output_shape(self, shape):
        self._demand(shape)
        b, h, w, c = shape
        return (
            None if b is None else b * self.rows * self.columns,
            None if h is None else h // self.rows,
            None if w is None else w // self.columns,
            c,
        )

    def _demand(self, shape):
        height, width = (
            parts if side is None else side
            for side, parts in zip(shape[1:3], (self.rows, self.columns), strict=True)
        )
        checks.divisible(self.name, (height, width, shape[3]), (self.rows, self.columns))


@serializable
class JoinPatches(_Grid):
    """Join (b * rows * columns, h, w, c), as `CutPatches` leaves them, into (b, h * rows, w * columns, c).

    Args:
        rows: patches from top to bottom.
        columns: patches from left to right.

    Raises:
        ValueError: a number below 1, or a batch that is no whole number of grids.
    """

    def call(self, x):
        self._demand(x.shape)
        _, h, w, c = ops.shape(x)
        if self.columns > 1:
            x = ops.reshape(x, (-1, self.rows, self.columns, h, w, c))
            x = ops.transpose(x, (0, 1, 3, 2, 4, 5))  # (b, rows, h, columns, w, c)
        return ops.reshape(x, (-1, h * self.rows, w * self.columns, c))

    def compute_output_shape(self, shape):
        self._demand(shape)
        n, h, w, c = shape
        return (
            None if n is None else n // (self.rows * self.columns),
            None if h is None else h * self.rows,
            None if w is None else w * self.columns,
            c,
        )

    def _demand(self, shape):
        if shape[0] is not None and shape[0] % (self.rows * self.columns):
            raise ValueError(
                f"{self.name} joins grids of {self.rows} x {self.columns}; received {shape[0]} patches. "
                f"Cut first: course_lib.layers.patches.CutPatches({self.rows}, {self.columns})."
            )
