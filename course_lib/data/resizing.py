"""Pictures and maps at another size, as the loaders of the papers' code make them: with Pillow, on bytes."""

import numpy as np

from course_lib import checks
from course_lib.data import images


def bicubic(picture, height, width):
    """Resize a picture; where it shrinks, the cubic is widened, so that fine texture does not alias.

    Args:
        picture: (h, w, 3) or (h, w) float32 in [0, 1]. Rounded to 8 bits a channel, unless the size stays.
        height: rows of the result.
        width: columns of the result.

    Returns:
        (height, width, ...) float32 in [0, 1], multiples of 1 / 255.

    Raises:
        TypeError: no picture, or a side that is no number.
        ValueError: a side below 1, or a picture outside [0, 1].
    """
    import PIL.Image

    checks.unit_image("bicubic()", "picture", picture)
    _check_sides("bicubic()", height, width)
    if picture.shape[:2] == (height, width):
        return picture
    stored = PIL.Image.fromarray(images.to_u8(picture))
    return images.to_unit(np.asarray(stored.resize((width, height), PIL.Image.Resampling.BICUBIC)))


def nearest(ids, height, width):
    """Resize a map of ids: every pixel takes the id at its centre, and none is mixed.

    Args:
        ids: (h, w) integer array.
        height: rows of the result.
        width: columns of the result.

    Returns:
        (height, width) int32.

    Raises:
        TypeError: a side is no number.
        ValueError: a side below 1, no map of whole numbers, or one that 32 bits cannot hold.
    """
    import PIL.Image

    _check_sides("nearest()", height, width)
    if ids.ndim != 2 or not np.can_cast(ids.dtype, "int32"):
        raise ValueError(
            f"nearest() needs ids as (h, w) integers of up to 32 bits; received {ids.dtype} {ids.shape}."
        )
    stored = PIL.Image.fromarray(ids.astype("int32"))
    return np.asarray(stored.resize((width, height), PIL.Image.Resampling.NEAREST))


def halve(picture):
    """Resize a picture to half its height and width; an odd side is rounded down.

    Args:
        picture: as in `bicubic`, at least 2 x 2.

    Returns:
        (h // 2, w // 2, ...) float32 in [0, 1].
    """
    return bicubic(picture, picture.shape[0] // 2, picture.shape[1] // 2)


def demand_shape(owner, name, shape, size):
    """Demand that a size keeps a picture's shape; a height may be up to a pixel beside the width's scale.

    Args:
        owner: who asks, for the message.
        name: the picture's name.
        shape: (h, w, ...) of the picture.
        size: (height, width) it will have.

    Raises:
        ValueError: the size would distort it.
    """
    (rows, columns), (height, width) = shape[:2], size
    if abs(rows * width / columns - height) >= 1:
        raise ValueError(
            f"{owner} would distort {name}: {rows} x {columns} to {height} x {width}. "
            f"Take size=({round(rows * width / columns)}, {width}), or leave it out."
        )


def _check_sides(owner, height, width):
    checks.at_least(owner, "height", height, 1)
    checks.at_least(owner, "width", width, 1)
