"""Answers to the exercises of notebook 31, pixelwise: name -> (right, wrong, another wrong)."""

import numpy as np


def code(column, tile):
    # A point that runs round the unit circle, once a period.
    halvings = tile.bit_length() - 1
    turns = np.exp(2j * np.pi * column / tile * 2.0 ** np.arange(halvings))
    return np.stack([turns.real, turns.imag], axis=1).ravel()


def seam(picture, tile):
    across, inside = [], []
    for x in range(picture.shape[1] - 1):
        step = np.abs(picture[:, x + 1] - picture[:, x]).mean()
        (across if x // tile != (x + 1) // tile else inside).append(step)
    return np.mean(across) / np.mean(inside)


ANSWERS = {
    "31.values": (1795, 1728, 1283),
    "31.code": (
        code,
        lambda column, tile: code(column, tile).reshape(-1, 2)[::-1].ravel(),
        lambda column, tile: code(column, tile).reshape(-1, 2)[:, ::-1].ravel(),
    ),
    "31.pairs": (13824, 1536, 4608),
    "31.seam": (
        seam,
        lambda picture, tile: 1 / seam(picture, tile),
        lambda picture, tile: seam(np.swapaxes(picture, 0, 1), tile),
    ),
    "31.exposure": ([-1, -1, 1, 1], [-0.5, -0.5, 0.5, 0.5], [0.5, 0.5, 1.5, 1.5]),
}
