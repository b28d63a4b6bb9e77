"""Where the light goes: kernels with a formula. Each is float32, has odd sides and sums to 1."""

import math

import numpy as np

from course_lib import checks


def delta(size):
    """Make the kernel that changes nothing: all light stays in the middle sample.

    Args:
        size: odd int, the side k in pixels.

    Returns:
        (k, k) float32, one in the middle.

    Raises:
        TypeError: `size` is no number.
        ValueError: `size` is even or below 1.
    """
    checks.odd("delta()", "size", size)
    kernel = np.zeros((size, size), "float32")
    kernel[size // 2, size // 2] = 1
    return kernel


def gaussian(sigma, size=None):
    """Sample a round Gaussian at the pixel centres and divide by the sum.

    Args:
        sigma: standard deviation in pixels, above 0.
        size: odd int, the side k; the default reaches three sigma to each side.

    Returns:
        (k, k) float32, sums to 1. What lies outside `size` is cut off.

    Raises:
        TypeError: an argument is no number.
        ValueError: `sigma` is not above 0, or `size` is even or below 1.
    """
    checks.above("gaussian()", "sigma", sigma, 0)
    size = 2 * math.ceil(3 * sigma) + 1 if size is None else size
    checks.odd("gaussian()", "size", size)
    line = np.exp(-0.5 * (np.arange(-(size // 2), size // 2 + 1) / sigma) ** 2)  # (k,)
    return _normalised(np.outer(line, line))


def disk(radius, size=None):
    """Spread light evenly over a disk, as a lens out of focus does.

    Each weight is the share of its pixel that the disk covers, counted on 32 x 32 points per pixel.

    Args:
        radius: in pixels, above 0.
        size: odd int, the side k; the default is the smallest that holds the disk.

    Returns:
        (k, k) float32, sums to 1.

    Raises:
        TypeError: an argument is no number.
        ValueError: `radius` is not above 0, or `size` is even or too small for the disk.
    """
    checks.above("disk()", "radius", radius, 0)
    size = _roomy("disk()", size, 2 * radius)
    if radius <= 0.5:
        return delta(size)
    points = (np.arange(size * 32) + 0.5) / 32 - size / 2  # (32 k,)
    inside = points[:, None] ** 2 + points**2 <= radius**2  # (32 k, 32 k)
    return _normalised(inside.reshape(size, 32, size, 32).sum((1, 3)))


def line(length, angle, size=None):
    """Spread light evenly along a straight segment through the middle, as a steady pan does.

    Each weight is the share of the segment's length inside its pixel, so line(3, 0) is one third three times.

    Args:
        length: of the segment, in pixels, above 0.
        angle: in degrees, counter-clockwise from the x axis: 0 lies, 45 rises to the right, 90 stands.
        size: odd int, the side k; the default is the smallest that holds the segment at every angle.

    Returns:
        (k, k) float32, sums to 1.

    Raises:
        TypeError: an argument is no number.
        ValueError: `length` is not above 0, or `size` is even or too small for the segment.
    """
    checks.above("line()", "length", length, 0)
    checks.within("line()", "angle", angle, -360, 360)
    size = _roomy("line()", size, length)
    # Rows count downward, hence the minus. Rounding keeps cos(90 degrees) from being 6e-17.
    direction = np.round([math.cos(math.radians(angle)), -math.sin(math.radians(angle))], 12)
    edges = np.arange(size + 1) - size / 2  # (k + 1,)
    cuts = [edges / d for d in direction if d]
    ends = np.array([-length / 2, length / 2])
    cuts = np.unique(np.clip(np.concatenate([*cuts, ends]), *ends))
    middles = (cuts[1:] + cuts[:-1]) / 2
    columns, rows = np.floor(np.outer(direction, middles) + size / 2).astype(int)
    kernel = np.zeros((size, size))
    np.add.at(kernel, (rows, columns), np.diff(cuts))
    return _normalised(kernel)


def ramp(size, angle, direction):
    """Spread light along a straight line with weights that grow steadily, as kornia's motion blur does.

    The middle row goes evenly from d at its left to 1 - d at its right, d = (direction + 1) / 2, and is
    turned about the middle, where 0.5 stays. Turning takes the nearest sample, so that a slanting line is a
    staircase. kornia lays its kernel over the picture without flipping it and `blur.convolve` flips: what is
    returned is kornia's kernel flipped both ways, so that the picture moves here as it does there.

    Args:
        size: odd int, the side k in pixels; 1 gives a delta.
        angle: in degrees, counter-clockwise from the x axis: 0 lies, 90 stands.
        direction: in [-1, 1]: 1 and -1 give the largest weight to the one end or the other, 0 weighs evenly.

    Returns:
        (k, k) float32, sums to 1. ramp(9, 90, 1) is one column of 8 weights, the largest on top.

    Raises:
        TypeError: an argument is no number.
        ValueError: `size` is even or below 1, or `angle` or `direction` outside its range.

    Source:
        kornia, `get_motion_kernel2d` with align_corners=True and mode "nearest". At multiples of 30 degrees
        places fall between two samples; there kornia's choice hangs on the rounding of single precision.
    """
    checks.odd("ramp()", "size", size)
    checks.within("ramp()", "angle", angle, -360, 360)
    checks.within("ramp()", "direction", direction, -1, 1)
    half, start = size // 2, (direction + 1) / 2
    lying = np.zeros((size, size))
    lying[half] = np.linspace(start, 1 - start, size) if size > 1 else 1
    # Where each sample comes from: turned back, clockwise. Rows count downward.
    offsets = np.arange(size) - half
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    columns = cosine * offsets[None, :] - sine * offsets[:, None] + half  # (k, k)
    rows = sine * offsets[None, :] + cosine * offsets[:, None] + half
    # Rounded first, so that 2.4999999999 and 2.5000000001 are one tie; it goes to the even sample.
    columns, rows = (np.rint(np.round(places, 9)).astype(int) for places in (columns, rows))
    inside = (columns >= 0) & (columns < size) & (rows >= 0) & (rows < size)
    turned = np.where(inside, lying[rows.clip(0, size - 1), columns.clip(0, size - 1)], 0)
    return _normalised(turned[::-1, ::-1])


def splat(path, size):
    """Turn a path of the light into a kernel: every sample is shared among its four nearest pixels.

    Bilinear sharing keeps the centre of mass exactly where the path has it.

    Args:
        path: (n,) complex, offsets from the middle in pixels: real = column, imaginary = row (downward).
        size: odd int, the side k.

    Returns:
        (k, k) float32, sums to 1.

    Raises:
        TypeError: `size` is no number.
        ValueError: `size` is even, or the path is empty, not finite, or leaves the kernel.
    """
    checks.odd("splat()", "size", size)
    path = np.asarray(path, complex)
    if path.ndim != 1 or path.size == 0 or not np.isfinite(path).all():
        raise ValueError(f"splat() needs path as (n,) finite samples, n at least 1; received {path.shape}.")
    half = size // 2
    reach = max(np.abs(path.real).max(), np.abs(path.imag).max())
    if reach > half + 1e-9:
        raise ValueError(
            f"splat() needs a path within {half} pixels of the middle for size {size}; received one that "
            f"reaches {reach:g}. Scale the path, or take size {2 * math.ceil(reach) + 1}."
        )
    columns, rows = np.clip(path.real + half, 0, 2 * half), np.clip(path.imag + half, 0, 2 * half)
    left, top = np.floor(columns).astype(int), np.floor(rows).astype(int)
    right_share, bottom_share = columns - left, rows - top
    kernel = np.zeros((size + 1, size + 1))  # one more row and column for neighbours that get nothing
    for down, row_share in ((0, 1 - bottom_share), (1, bottom_share)):
        for right, column_share in ((0, 1 - right_share), (1, right_share)):
            np.add.at(kernel, (top + down, left + right), row_share * column_share)
    return _normalised(kernel[:size, :size])


def _roomy(owner, size, extent):
    needed = 2 * max(0, math.ceil((extent - 1) / 2 - 1e-9)) + 1
    size = needed if size is None else size
    checks.odd(owner, "size", size)
    checks.at_least(owner, "size", size, needed)
    return int(size)


def _normalised(kernel):
    return (kernel / kernel.sum()).astype("float32")
