"""Where a pixel stands inside its tile, as numbers that a network can use."""

import numpy as np

from course_lib import checks


def position_codes(height, width, tile):
    """Give every pixel waves of its column and row; they repeat from tile to tile.

    For each period tile, tile / 2, ..., 2 follow four channels: cosine and sine of 2 pi column / period, then
    of 2 pi row / period. Columns and rows count from 0. The sines of period 2 are 0 at every pixel.

    Args:
        height: int, pixels.
        width: int, pixels.
        tile: int, side of a tile in pixels, a power of two of at least 2.

    Returns:
        (height, width, 4 log2 tile) float32 in [-1, 1], coarse to fine.

    Raises:
        ValueError: a size below 1, or a tile that is no power of two.

    Source:
        Rott Shaham et al., ASAP-Net, CVPR 2021, section 3.3; sinusoids as in Vaswani et al., Attention Is All
        You Need, NeurIPS 2017, section 3.5.
    """
    checks.at_least("position_codes()", "height", height, 1)
    checks.at_least("position_codes()", "width", width, 1)
    channels = []
    for step in range(octaves(tile)):
        period = tile >> step
        # Whole numbers are wrapped before they meet pi: codes are equal in every tile, to the last bit.
        columns, rows = (2 * np.pi * (np.arange(side) % period) / period for side in (width, height))
        for wave in (np.cos(columns), np.sin(columns)):
            channels.append(np.broadcast_to(wave[None, :], (height, width)))
        for wave in (np.cos(rows), np.sin(rows)):
            channels.append(np.broadcast_to(wave[:, None], (height, width)))
    return np.stack(channels, axis=-1).astype("float32")


def octaves(tile):
    """Count how often a tile can be halved: the periods that `position_codes` uses.

    Args:
        tile: int, side of a tile in pixels.

    Returns:
        int, log2 of `tile`.

    Raises:
        ValueError: `tile` is no power of two of at least 2.
    """
    checks.at_least("position_codes()", "tile", tile, 2)
    if tile != 2 ** (int(tile).bit_length() - 1):
        raise ValueError(f"position_codes() needs a tile of 2, 4, 8, 16, ... pixels; received {tile}.")
    return int(tile).bit_length() - 1
