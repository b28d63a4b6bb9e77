"""How dark is a picture, where, and how much of it is black that should not be?"""

import numpy as np

from course_lib import checks

LUMA = np.array([0.299, 0.587, 0.114])  # Rec. 601, of red, green and blue as they are displayed
BLACK = 0.005  # a value below this shows nothing: -0.99 where pictures are kept in [-1, 1]
NOT_BLACK = 0.025  # a true value above this shows something: -0.95 in [-1, 1]


def luminance(picture):
    """Mean luminance of a picture: the luma of Rec. 601, of display-encoded values.

    Args:
        picture: (h, w, 3) float array in [0, 1].

    Returns:
        float in [0, 1].

    Raises:
        TypeError: `picture` is no NumPy array.
        ValueError: another shape or range, an empty picture, or NaN.
    """
    return float(_luma("luminance()", picture).mean())


def cell_luminance(picture, cells=8):
    """Mean luminance of each region of a grid, so that a dark corner is not averaged away.

    Args:
        picture: (h, w, 3) float array in [0, 1]; sides of at least `cells` pixels.
        cells: regions in a row and in a column. Where a side does not divide, the first regions are one pixel
            longer.

    Returns:
        (cells, cells) float64 in [0, 1]; row 0 is the top, column 0 the left.

    Raises:
        TypeError: `picture` is no NumPy array, or `cells` no number.
        ValueError: what `luminance` refuses, or more regions than pixels.
    """
    owner = "cell_luminance()"
    luma = _luma(owner, picture)
    checks.within(owner, "cells", cells, 1, min(luma.shape))
    bands = np.array_split(luma, cells, axis=0)
    return np.array([[cell.mean() for cell in np.array_split(band, cells, axis=1)] for band in bands])


def falsely_black(true, restored):
    """Share of values that are black though the truth is not: dead tiles, saturated outputs.

    A value counts when it is below 0.005 and the true one above 0.025; all channels are asked, and all of
    their values are what the share is of.

    Args:
        true: (h, w, 3) float array in [0, 1].
        restored: the same shape, in [0, 1].

    Returns:
        float in [0, 1].

    Raises:
        TypeError: an argument is no NumPy array.
        ValueError: another shape or range, an empty picture, NaN, or shapes that differ.
    """
    owner = "falsely_black()"
    _coloured(owner, "true", true)
    _coloured(owner, "restored", restored)
    checks.same_shape(owner, ("true", "restored"), true, restored)
    return float(np.mean((restored < BLACK) & (true > NOT_BLACK)))


def _luma(owner, picture):
    _coloured(owner, "picture", picture)
    return picture.astype("float64") @ LUMA  # (h, w)


def _coloured(owner, name, picture):
    checks.unit_image(owner, name, picture, dims=(3,))
    if picture.shape[-1] != 3:
        raise ValueError(
            f"{owner} needs {name} with 3 channels; received shape {picture.shape}. "
            f"Repeat a gray one: numpy.repeat({name}, 3, axis=-1)."
        )
