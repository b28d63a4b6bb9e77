"""PSNR and SSIM, how close a restored picture is to the sharp one: NumPy functions and Keras metrics."""

import math

import keras
import numpy as np
import scipy.ndimage
from keras import ops
from skimage.metrics import structural_similarity

from course_lib import checks
from course_lib.serial import serializable

VARIANTS = ("gauss11_valid", "gauss11_same_zero", "gauss11_same_reflect", "uniform7", "gauss3d_replicate")
PSNR_CEILING = 100.0  # dB; what the Keras metric says of two equal pictures, so that a mean stays finite

# 11 taps of deviation 1.5 that sum to 1.
GAUSS11 = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
GAUSS11 /= GAUSS11.sum()


def psnr(sharp, restored, data_range):
    """Peak signal-to-noise ratio of one picture: 10 log10(range^2 / mean squared error).

    Protocol: all pixels and channels as they are (RGB if they are RGB), no border cut, no rounding.

    Args:
        sharp: (h, w) or (h, w, c) float array, or uint8 with `data_range` 255. The truth.
        restored: the same shape and kind of numbers. The estimate.
        data_range: largest minus smallest value a picture can have: 1 for [0, 1], 2 for [-1, 1].

    Returns:
        float, dB; infinite for equal pictures.

    Raises:
        TypeError: an argument is no array, or `data_range` no number.
        ValueError: shapes differ, a picture is empty or not finite, or bytes with another range than 255.
    """
    sharp, restored = _pair("psnr()", sharp, restored, data_range)
    error = np.mean(((sharp - restored) / data_range) ** 2)
    return math.inf if error == 0 else float(-10 * np.log10(error))


def ssim(sharp, restored, data_range, variant="gauss11_valid"):
    """Structural similarity of one picture, by a named variant: papers mean different ones by one word.

    Protocol: all channels, no border cut but the variant's own, mean of the map; K1 = 0.01, K2 = 0.03.

    - "gauss11_valid": Wang et al. 2004. 11 x 11 Gaussian, only where it fits into the picture.
    - "gauss11_same_zero": the same window, zeros outside (pytorch-ssim, DeblurGAN).
    - "gauss11_same_reflect": the same window, mirrored outside (pytorch-ignite).
    - "uniform7": 7 x 7 box with sample covariance (scikit-image's default).
    - "gauss3d_replicate": 11 x 11 x 11 Gaussian that also crosses the colours, border repeated (MATLAB on
      an RGB array; the usual value in GoPro tables, and clearly the highest).

    Args:
        sharp: (h, w) or (h, w, c) float array, or uint8 with `data_range` 255. The truth. Sides at least 11,
            or 7 for "uniform7".
        restored: the same shape and kind of numbers. The estimate.
        data_range: largest minus smallest value a picture can have; see `psnr`.
        variant: one of `VARIANTS`.

    Returns:
        float, at most 1.

    Raises:
        TypeError: an argument is no array, or `data_range` no number.
        ValueError: unknown variant, a picture smaller than its window, or what `psnr` refuses.

    Source:
        Wang et al., Image quality assessment: from error visibility to structural similarity, TIP 2004.
    """
    checks.one_of("ssim()", "variant", variant, VARIANTS)
    if variant == "gauss11_valid":
        return float(ssim_map(sharp, restored, data_range).mean())
    sharp, restored = _pair("ssim()", sharp, restored, data_range, 7 if variant == "uniform7" else 11)
    if variant == "uniform7":
        axis = 2 if sharp.ndim == 3 else None
        return float(structural_similarity(sharp, restored, data_range=data_range, channel_axis=axis))
    if variant == "gauss3d_replicate" and sharp.ndim != 3:
        raise ValueError(
            f"ssim() needs pictures of shape (h, w, c) for 'gauss3d_replicate'; received {sharp.shape}. "
            "A gray picture has no colour axis to blur: use 'gauss11_valid'."
        )
    # SciPy calls it "mirror" when the border sample is not repeated.
    mode = {"gauss11_same_zero": "constant", "gauss11_same_reflect": "mirror", "gauss3d_replicate": "nearest"}
    axes = (0, 1, 2) if variant == "gauss3d_replicate" else (0, 1)
    return float(_same_size_map(sharp, restored, data_range, mode[variant], axes).mean())


def ssim_map(sharp, restored, data_range):
    """Where two pictures agree: the values whose mean is the SSIM "gauss11_valid".

    Args:
        sharp: (h, w) or (h, w, c) float array, or uint8 with `data_range` 255; sides at least 11.
        restored: the same shape and kind of numbers.
        data_range: largest minus smallest value a picture can have; see `psnr`.

    Returns:
        (h - 10, w - 10) or (h - 10, w - 10, c) float64, at most 1. Pixel (0, 0) belongs to (5, 5).

    Raises:
        TypeError: an argument is no array, or `data_range` no number.
        ValueError: what `ssim` refuses.
    """
    sharp, restored = _pair("ssim()", sharp, restored, data_range, 11)
    return _same_size_map(sharp, restored, data_range, "mirror", (0, 1))[5:-5, 5:-5]


def _same_size_map(sharp, restored, data_range, mode, axes):
    def smooth(x):
        for axis in axes:
            x = scipy.ndimage.correlate1d(x, GAUSS11, axis=axis, mode=mode)
        return x

    squares = smooth(sharp**2), smooth(restored**2), smooth(sharp * restored)
    return _similarity(smooth(sharp), smooth(restored), *squares, data_range)


class _MeanOverPictures(keras.metrics.MeanMetricWrapper):
    def __init__(self, of_each, data_range, name):
        _range(type(self).__name__, data_range)
        super().__init__(of_each, name=name, data_range=data_range)
        self.data_range = float(data_range)
        self._direction = "up"  # callbacks with mode="auto" read it: higher is better

    def get_config(self):
        return {"name": self.name, "data_range": self.data_range}


@serializable
class PSNR(_MeanOverPictures):
    """Mean PSNR over pictures, in dB: (b, h, w, c) float, sharp first.

    Protocol: all channels as they are, no border cut, one value per picture, then the mean of those.
    A picture that is restored exactly counts as `PSNR_CEILING` = 100 dB.

    Args:
        data_range: largest minus smallest value a picture can have; see `psnr`.
        name: str, the column's name in a history.

    Raises:
        TypeError: `data_range` is no number.
        ValueError: `data_range` is not above 0; in use: other shapes, or bytes unless the range is 255.
    """

    def __init__(self, data_range, name="psnr"):
        super().__init__(_psnr_of_each, data_range, name)


@serializable
class SSIM(_MeanOverPictures):
    """Mean SSIM over pictures: (b, h, w, c) float, sharp first, sides at least 11.

    Protocol: variant "gauss11_valid" (see `ssim`), one value per picture, then the mean of those.

    Args:
        data_range: largest minus smallest value a picture can have; see `psnr`.
        name: str, the column's name in a history.

    Raises:
        TypeError: `data_range` is no number.
        ValueError: `data_range` is not above 0; in use: what `PSNR` refuses, or a side below 11.
    """

    def __init__(self, data_range, name="ssim"):
        super().__init__(_ssim_of_each, data_range, name)


def _psnr_of_each(sharp, restored, data_range):
    sharp, restored = _batches("PSNR", sharp, restored, data_range)
    error = ops.mean(ops.square((sharp - restored) / data_range), axis=(1, 2, 3))  # (b,)
    return -10 * ops.log10(ops.maximum(error, 10 ** (-PSNR_CEILING / 10)))


def _ssim_of_each(sharp, restored, data_range):
    sharp, restored = _batches("SSIM", sharp, restored, data_range, smallest=11)
    # Not keras.ops.image.ssim, which agrees on a CPU: on a GPU its convolution may run in TF32, and variances
    # got by subtracting squares do not survive 10 bits (a bright flat picture then loses up to 0.04).
    # Shifted sums stay in float32 on every device, and are faster on a CPU.
    stack = [sharp, restored, sharp * sharp, restored * restored, sharp * restored]
    smoothed = _shifted_sum(_shifted_sum(ops.concatenate(stack, axis=-1), 1), 2)  # (b, h - 10, w - 10, 5c)
    similarity = _similarity(*ops.split(smoothed, 5, axis=-1), data_range)
    return ops.mean(similarity, axis=(1, 2, 3))  # (b,)


def _similarity(mean_a, mean_b, square_a, square_b, product, data_range):
    # Arrays and tensors alike.
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    structure = 2 * (product - mean_a * mean_b) + c2
    spread = (square_a - mean_a**2) + (square_b - mean_b**2) + c2
    return (2 * mean_a * mean_b + c1) * structure / ((mean_a**2 + mean_b**2 + c1) * spread)


def _shifted_sum(x, axis):
    length = ops.shape(x)[axis] - 10
    pieces = [x[:, i : i + length] if axis == 1 else x[:, :, i : i + length] for i in range(11)]
    return sum(float(weight) * piece for weight, piece in zip(GAUSS11, pieces, strict=True))


def _range(owner, data_range):
    checks.above(owner, "data_range", data_range, 0)
    if math.isinf(data_range):
        raise ValueError(f"{owner} needs a finite data_range; received {data_range}. For [0, 1] pass 1.0.")


def _pair(owner, sharp, restored, data_range, smallest=1):
    _range(owner, data_range)
    pictures = {"sharp": sharp, "restored": restored}
    for name, picture in pictures.items():
        if isinstance(picture, np.ndarray) and picture.dtype == np.uint8:
            _bytes_need_255(owner, name, data_range)
            pictures[name] = picture.astype(np.float64)
        checks.finite_image(owner, name, pictures[name])
    checks.same_shape(owner, tuple(pictures), sharp, restored)
    if (sharp.dtype == np.uint8) != (restored.dtype == np.uint8):
        raise ValueError(
            f"{owner} needs two pictures of one kind; received {sharp.dtype} and {restored.dtype}. "
            "Convert the bytes: course_lib.data.images.to_unit, and pass data_range=1.0."
        )
    _sides(owner, sharp.shape[:2], smallest)
    return [picture.astype(np.float64) for picture in pictures.values()]


def _batches(owner, sharp, restored, data_range, smallest=1):
    pictures = {"sharp": ops.convert_to_tensor(sharp), "restored": ops.convert_to_tensor(restored)}
    for name, picture in pictures.items():
        if not keras.backend.is_float_dtype(picture.dtype):
            _bytes_need_255(owner, name, data_range)
        if len(picture.shape) != 4:
            raise ValueError(f"{owner} needs {name} of shape (b, h, w, c); received {tuple(picture.shape)}.")
        # While a graph is traced, sizes may be unknown.
        _sides(owner, [side for side in picture.shape[1:3] if side is not None], smallest)
    # One channel against three, or one picture against all, would be broadcast, and a number reported.
    sizes = zip(pictures["sharp"].shape, pictures["restored"].shape, strict=True)
    if any(a is not None and b is not None and a != b for a, b in sizes):
        checks.same_shape(owner, tuple(pictures), *pictures.values())
    return [ops.cast(picture, "float32") for picture in pictures.values()]


def _sides(owner, sides, smallest):
    if any(side < smallest for side in sides):
        raise ValueError(f"{owner} needs sides of at least {smallest} pixels; received {list(sides)}.")


def _bytes_need_255(owner, name, data_range):
    if data_range != 255:
        raise ValueError(
            f"{owner} needs data_range 255 for whole numbers; received {name} as bytes and data_range "
            f"{data_range}. Pass data_range=255, or convert: course_lib.data.images.to_unit({name})."
        )
