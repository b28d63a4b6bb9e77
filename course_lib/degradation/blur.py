"""The blur model B = S * K + N on pictures of any size, with a chosen border and an exact adjoint.

`convolve` is one linear map made of two: extend the scene by the border rule, then take the weighted sum of
shifted copies that stays inside. `convolve_adjoint` runs the two backwards, each transposed.
"""

import numpy as np
import scipy.fft

from course_lib import checks
from course_lib.degradation import noise

BORDERS = ("reflect", "zero", "replicate", "circular")
# What `blur` knows. "grey" adds a constant where the picture ends: no linear map, so `convolve` has no such
# border and no adjoint of it exists.
BLUR_BORDERS = (*BORDERS, "grey")
METHODS = ("auto", "fft", "direct")


def blur(sharp, kernel, sigma=0.0, rng=None, border="reflect", clip=True):
    """Degrade a picture: B = S * K + N, clipped to what a camera can store unless told otherwise.

    Args:
        sharp: (h, w) or (h, w, c) float32 or float64 in [0, 1], display-encoded. The scene S.
        kernel: (k, k') float, odd sides, no negative weight, sums to 1. The path of the light K, in pixels.
        sigma: standard deviation of the noise N, in the same [0, 1] units.
        rng: numpy Generator; needed when sigma > 0.
        border: "reflect", "zero", "replicate" or "circular", see `convolve`; or "grey", 0.5 outside the
            picture, which is what zeros are to a program that works in [-1, 1].
        clip: whether to cut the result to [0, 1]. Without, noise keeps its deviation in black and in white.

    Returns:
        Array of `sharp`'s shape and type, in [0, 1] if clipped. The photograph B.

    Raises:
        TypeError: `sharp` or `kernel` is no NumPy array, or `rng` no Generator.
        ValueError: `sharp` leaves [0, 1], `kernel` does not sum to 1, noise has no `rng`, or a bad border.

    Source:
        Kupyn et al., DeblurGAN, CVPR 2018, equation 1.
    """
    checks.unit_image("blur()", "sharp", sharp)
    checks.kernel("blur()", kernel)
    checks.one_of("blur()", "border", border, BLUR_BORDERS)
    checks.within("blur()", "sigma", sigma, 0, 1)
    if sigma > 0:
        checks.generator("blur()", rng, "sigma > 0")
    if border == "grey":
        blurred = convolve(sharp - sharp.dtype.type(0.5), kernel, "zero") + sharp.dtype.type(0.5)
    else:
        blurred = convolve(sharp, kernel, border)
    if sigma > 0:
        blurred = noise.add_gaussian(blurred, sigma, rng)
    return np.clip(blurred, 0, 1) if clip else blurred


def convolve(picture, kernel, border="reflect", method="auto"):
    """Convolve every channel with one kernel; the picture keeps its size. Linear: nothing is clipped.

    A true convolution: the weight one sample right of the kernel's middle moves the picture one pixel right.

    Args:
        picture: (h, w) or (h, w, c) float array of any finite range.
        kernel: (k, k') float, odd sides, no negative weight, sums to 1; its middle sample means "stay".
        border: what lies outside the picture. "reflect" mirrors it without repeating the border sample,
            "zero" is black, "replicate" repeats the border sample, "circular" continues at the other side.
        method: "direct" adds one shifted copy per non-zero weight, "fft" multiplies spectra, "auto" takes
            the faster of the two. They differ by rounding only.

    Returns:
        Array of `picture`'s shape and type.

    Raises:
        TypeError: `picture` or `kernel` is no NumPy array.
        ValueError: a bad picture, kernel, border or method, or a picture too small to be mirrored.
    """
    method = _checked("convolve()", picture, kernel, border, method)
    up, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    extended = _extend(_extend(picture, up, border, 0), left, border, 1)  # (h + 2 up, w + 2 left[, c])
    inside = _inside_direct if method == "direct" else _inside_fft
    return inside(extended, kernel, picture.shape).astype(picture.dtype, copy=False)


def convolve_adjoint(picture, kernel, border="reflect", method="auto"):
    """Apply the transposed map of `convolve`: <convolve(x), y> = <x, convolve_adjoint(y)> for all x and y.

    Light goes back the way it came; what was taken from outside returns to the sample it was copied from.

    Args:
        picture: (h, w) or (h, w, c) float array of any finite range.
        kernel: the same kernel as for `convolve`, not flipped.
        border: the same border as for `convolve`.
        method: "auto", "fft" or "direct", see `convolve`.

    Returns:
        Array of `picture`'s shape and type.

    Raises:
        TypeError: `picture` or `kernel` is no NumPy array.
        ValueError: a bad picture, kernel, border or method, or a picture too small to be mirrored.
    """
    method = _checked("convolve_adjoint()", picture, kernel, border, method)
    up, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    outside = _inside_direct_adjoint if method == "direct" else _inside_fft_adjoint
    extended = outside(picture, kernel)  # (h + 2 up, w + 2 left[, c])
    folded = _fold(_fold(extended, left, border, 1), up, border, 0)
    return folded.astype(picture.dtype, copy=False)


def border_positions(length, margin, border):
    """Say which sample stands at each place of a line that was extended on both sides.

    Args:
        length: int, samples in the line.
        margin: int, samples added before and after it.
        border: one of BORDERS except "zero", which copies nothing.

    Returns:
        (length + 2 margin,) int array of positions in 0 .. length - 1.

    Raises:
        ValueError: an unknown border, or "reflect" with a margin that needs a second bounce.
    """
    checks.one_of("border_positions()", "border", border, [b for b in BORDERS if b != "zero"])
    places = np.arange(-margin, length + margin)
    if border == "circular":
        return places % length
    if border == "replicate":
        return np.clip(places, 0, length - 1)
    if margin >= length:
        raise ValueError(
            f"border 'reflect' can mirror at most {length - 1} pixels of a side of {length}; received a "
            f"kernel that reaches {margin}. Take a smaller kernel, a larger picture, or border 'replicate'."
        )
    return length - 1 - np.abs(length - 1 - np.abs(places))


def _checked(owner, picture, kernel, border, method):
    checks.finite_image(owner, "picture", picture)
    checks.kernel(owner, kernel)
    checks.one_of(owner, "border", border, BORDERS)
    checks.one_of(owner, "method", method, METHODS)
    if method != "auto":
        return method
    # One tap costs a pass over the picture; the transforms cost about as much as forty.
    return "direct" if np.count_nonzero(kernel) <= 40 else "fft"


def _extend(picture, margin, border, axis):
    if margin == 0:
        return picture
    if border == "zero":
        return np.pad(picture, [(margin, margin) if a == axis else (0, 0) for a in range(picture.ndim)])
    return np.take(picture, border_positions(picture.shape[axis], margin, border), axis)


def _fold(extended, margin, border, axis):
    if margin == 0:
        return extended
    lines = np.moveaxis(extended, axis, 0)
    length = lines.shape[0] - 2 * margin
    folded = lines[margin : margin + length].copy()
    if border != "zero":
        positions = border_positions(length, margin, border)
        for place in [*range(margin), *range(margin + length, 2 * margin + length)]:
            folded[positions[place]] += lines[place]
    return np.moveaxis(folded, 0, axis)


def _windows(kernel, height, width):
    rows, columns = kernel.shape
    for row, column in zip(*np.nonzero(kernel), strict=True):
        top, left = rows - 1 - row, columns - 1 - column  # flipped: this is a convolution
        yield kernel[row, column], (slice(top, top + height), slice(left, left + width))


def _inside_direct(extended, kernel, shape):
    total = np.zeros(shape, extended.dtype)
    for weight, window in _windows(kernel.astype(extended.dtype), *shape[:2]):
        total += weight * extended[window]
    return total


def _inside_direct_adjoint(picture, kernel):
    height, width = picture.shape[:2]
    shape = (height + kernel.shape[0] - 1, width + kernel.shape[1] - 1, *picture.shape[2:])
    extended = np.zeros(shape, picture.dtype)
    for weight, window in _windows(kernel.astype(picture.dtype), height, width):
        extended[window] += weight * picture
    return extended


def _inside_fft(extended, kernel, shape):
    sizes, transfer = _transfer(kernel, extended)
    spectrum = scipy.fft.rfft2(extended, sizes, axes=(0, 1)) * transfer
    whole = scipy.fft.irfft2(spectrum, sizes, axes=(0, 1))
    # The transform wraps around; what has wrapped lies in the first rows and columns, outside the window.
    top, left = kernel.shape[0] - 1, kernel.shape[1] - 1
    return whole[top : top + shape[0], left : left + shape[1]]


def _inside_fft_adjoint(picture, kernel):
    height, width = picture.shape[:2]
    top, left = kernel.shape[0] - 1, kernel.shape[1] - 1
    extended = np.zeros((height + top, width + left, *picture.shape[2:]), picture.dtype)
    extended[top:, left:] = picture
    sizes, transfer = _transfer(kernel, extended)
    spectrum = scipy.fft.rfft2(extended, sizes, axes=(0, 1)) * transfer.conj()
    return scipy.fft.irfft2(spectrum, sizes, axes=(0, 1))[: height + top, : width + left]


def _transfer(kernel, extended):
    sizes = [scipy.fft.next_fast_len(side, real=True) for side in extended.shape[:2]]
    transfer = scipy.fft.rfft2(kernel.astype(extended.dtype), sizes)
    return sizes, transfer.reshape(*transfer.shape, *[1] * (extended.ndim - 2))
