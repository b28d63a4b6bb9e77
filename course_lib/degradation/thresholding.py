"""A denoiser by hand: what is small among the cosines of a block is taken for noise and set to zero."""

import numpy as np
import scipy.fft

from course_lib import checks


def dct_threshold(noisy, sigma, block=8, stride=1, threshold=2.7):
    """Remove noise block by block: cosine transform, small coefficients to zero, back; mean of all blocks.

    The transform is orthonormal, so that noise of deviation sigma has this deviation in every coefficient,
    while a picture puts most of its strength into few. A block's mean is never touched. The border is
    mirrored, and every pixel has the same number of blocks.

    Args:
        noisy: (h, w) or (h, w, c) float array of any finite range; channels are done one by one.
        sigma: standard deviation of the noise, in the picture's units, above 0.
        block: side of a block, pixels.
        stride: pixels between neighbouring blocks; divides `block`. 1 takes all blocks and is best and
            slowest, `block` lets none overlap and shows their edges.
        threshold: coefficients below so many sigma go.

    Returns:
        Array of `noisy`'s shape and type, not clipped.

    Raises:
        TypeError: `noisy` is no NumPy array, or a setting no number.
        ValueError: a bad picture or setting, or a stride that does not divide the block.

    Source:
        Donoho and Johnstone, Ideal spatial adaptation by wavelet shrinkage, Biometrika 1994; overlapping
        blocks as in Yaroslavsky, Egiazarian and Astola, Transform domain image restoration methods, 2001.
    """
    owner = "dct_threshold()"
    checks.finite_image(owner, "noisy", noisy)
    checks.above(owner, "sigma", sigma, 0)
    checks.at_least(owner, "block", block, 2)
    checks.at_least(owner, "stride", stride, 1)
    checks.at_least(owner, "threshold", threshold, 0)
    if block % stride:
        raise ValueError(f"{owner} needs a stride that divides block={block}; received {stride}.")
    if noisy.ndim == 2:
        return dct_threshold(noisy[..., None], sigma, block, stride, threshold)[..., 0]
    height, width = noisy.shape[:2]
    # As many rows and columns around as let every pixel be met by all positions of a block.
    below, right = block + -height % block, block + -width % block
    padded = np.pad(noisy, ((block, below), (block, right), (0, 0)), mode="symmetric")
    total = np.zeros(padded.shape, "float64")
    for top in range(0, block, stride):
        for left in range(0, block, stride):
            inside = np.s_[top : top + padded.shape[0] - block, left : left + padded.shape[1] - block]
            total[inside] += _filtered(padded[inside], block, threshold * sigma)
    mean = total / (block // stride) ** 2
    return mean[block : block + height, block : block + width].astype(noisy.dtype)


def _filtered(picture, block, least):
    rows, columns, channels = picture.shape
    blocks = picture.reshape(rows // block, block, columns // block, block, channels)
    spectrum = scipy.fft.dctn(blocks, axes=(1, 3), norm="ortho")
    means = spectrum[:, :1, :, :1].copy()
    spectrum[np.abs(spectrum) < least] = 0
    spectrum[:, :1, :, :1] = means
    return scipy.fft.idctn(spectrum, axes=(1, 3), norm="ortho").reshape(picture.shape)
