"""Borders: pad a picture to a size that a network accepts, and cut back."""

import numpy as np

from course_lib import checks


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
