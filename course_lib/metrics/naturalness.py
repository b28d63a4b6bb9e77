"""PIQE: how damaged a picture looks, without a sharp one to compare with."""

import dataclasses

import numpy as np
import scipy.ndimage

from course_lib import checks

BLOCK = 16  # side of a judged block, in pixels
SEGMENT = 6  # length of the pieces of a block's edge
ACTIVE = 0.1  # a block of normalised variance above this has something to judge
FLAT = 0.1  # a piece of an edge with a deviation below this looks like a blocking artifact

# 7 x 7 window of deviation 7/6 in units of pixels, separable.
WINDOW = np.exp(-(np.arange(-3, 4) ** 2) / (2 * (7 / 6) ** 2))
WINDOW /= WINDOW.sum()


def piqe(picture):
    """Perception-based image quality evaluator: near 0 is natural, near 100 is ruined.

    Blocks of 16 x 16 that hold texture are judged twice: an edge with a flat piece counts as an artifact
    (blur, compression), strong variation that is the same in the middle and around it as noise. Fine texture
    is taken for noise, too, and a little true noise hides flat edges. Protocol: luma of Rec. 601 in bytes,
    stretched so that the brightest pixel is 255; quirks of the reference implementation kept.

    Args:
        picture: (h, w) or (h, w, 3) uint8, or float in [0, 1]. Display-encoded.

    Returns:
        float, about 0 to 100; lower is better. A picture without any texture scores 100.

    Raises:
        TypeError: `picture` is no array.
        ValueError: other shapes or ranges, an empty picture, or NaN.

    Source:
        Venkatanath et al., Blind image quality evaluation using perception based features, NCC 2015.
    """
    judged = judge_blocks(picture)
    damage = np.sum((1 - judged.variance)[judged.flat_edge]) + np.sum(judged.variance[judged.noisy])
    return float(100 * (damage + 1) / (judged.active.sum() + 1))


@dataclasses.dataclass(frozen=True)
class Blocks:
    """What PIQE finds in each block of 16 x 16 pixels; a block may have both kinds of damage.

    Args:
        active: (rows, columns) bool, texture enough to be judged.
        flat_edge: the same, an active block with a flat piece in one of its edges.
        noisy: the same, an active block whose middle columns vary like the rest, and strongly.
        variance: (rows, columns) float, of the contrast-normalised luma. A flat edge costs 1 minus it, noise
            costs it.
    """

    active: np.ndarray
    flat_edge: np.ndarray
    noisy: np.ndarray
    variance: np.ndarray


def judge_blocks(picture):
    """Judge every block of a picture as `piqe` does, which adds up the damage.

    Args:
        picture: as `piqe` takes it.

    Returns:
        Blocks; the last row and column may reach beyond the picture, which is continued mirrored.

    Raises:
        TypeError: `picture` is no array.
        ValueError: other shapes or ranges, an empty picture, or NaN.
    """
    normalised = _normalise(_luma(picture))
    height, width = normalised.shape
    blocks = normalised.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).swapaxes(1, 2)
    grid = blocks.shape[:2]
    blocks = blocks.reshape(-1, BLOCK, BLOCK)  # (n, 16, 16)
    variance = blocks.var(axis=(1, 2), ddof=1)
    active = variance > ACTIVE
    flat_edge, noisy = active & _has_flat_edge(blocks), active & _is_noisy(blocks, np.sqrt(variance))
    return Blocks(*(found.reshape(grid) for found in (active, flat_edge, noisy, variance)))


def _luma(picture):
    """(h, w) float64, whole numbers 0 to 255."""
    if isinstance(picture, np.ndarray) and picture.dtype == np.uint8:
        checks.finite_image("piqe()", "picture", picture.astype(np.float32))
    else:
        checks.unit_image("piqe()", "picture", picture)
        picture = np.round(255 * picture.astype(np.float64))
    if picture.ndim == 2:
        return picture.astype(np.float64)
    if picture.shape[2] != 3:
        raise ValueError(
            f"piqe() needs a picture of shape (h, w) or (h, w, 3); received {picture.shape}. "
            "Drop an alpha channel: picture[..., :3]."
        )
    return np.round(picture @ np.array([0.299, 0.587, 0.114]))


def _normalise(luma):
    """Mean-subtracted, contrast-normalised luma, padded to whole blocks by repeating the border mirrored."""
    bottom, right = -luma.shape[0] % BLOCK, -luma.shape[1] % BLOCK
    luma = np.pad(luma, ((0, bottom), (0, right)), mode="symmetric")
    luma = np.round(255 * luma / max(luma.max(), 1))

    def smooth(x):
        for axis in (0, 1):
            x = scipy.ndimage.correlate1d(x, WINDOW, axis=axis, mode="nearest")
        return x

    mean = smooth(luma)
    deviation = np.sqrt(np.abs(smooth(luma**2) - mean**2))
    return (luma - mean) / (deviation + 1)


def _has_flat_edge(blocks):
    """(n,) bool: one of the 11 overlapping pieces of one of the four edges hardly varies."""
    edges = np.stack([blocks[:, 0], blocks[:, -1], blocks[:, :, 0], blocks[:, :, -1]], axis=1)  # (n, 4, 16)
    pieces = np.lib.stride_tricks.sliding_window_view(edges, SEGMENT, axis=-1)  # (n, 4, 11, 6)
    return np.any(pieces.std(axis=-1, ddof=1) < FLAT, axis=(1, 2))


def _is_noisy(blocks, deviation):
    """(n,) bool: strong variation, and the two middle columns vary about as much as the rest."""
    centre = blocks[:, :, 7:9]
    # The reference deletes its columns 8 and then 9 of what is left, so the tenth instead of the ninth goes.
    surround = np.delete(blocks, [7, 9], axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = centre.std(axis=(1, 2), ddof=1) / surround.std(axis=(1, 2), ddof=1)
        ratio = np.where(np.isnan(ratio), 0, ratio)
        beta = np.abs(deviation - ratio) / np.maximum(deviation, ratio)
    return deviation > 2 * beta
