"""Picture sets by name: what a recipe's `data` means."""

import numpy as np

from course_lib import checks
from course_lib.data import photographs
from course_lib.data.dead_leaves import dead_leaves

_LEAVES = 40  # procedural pictures in a training set
_SIDE = 256  # pixels a side of each


def names():
    """Name the picture sets.

    Returns:
        list of str.
    """
    return list(_SETS)


def pictures(name, split):
    """Open the sharp pictures of a set.

    Args:
        name: one of `names()`.
        split: "train", "validation" or "test".

    Returns:
        dict from picture name to (h, w, 3) float32 in [0, 1].

    Raises:
        ValueError: an unknown set or split.
    """
    checks.one_of("catalogue.pictures()", "sets", name, _SETS)
    checks.one_of("catalogue.pictures()", "splits", split, photographs.SPLITS)
    return _SETS[name](split)


def _photographs_and_leaves(split):
    found = photographs.split(split)
    if split != "train":
        return found
    return {**_with_halves(found), **_leaves(_LEAVES, seed=2018)}


def _with_halves(found):
    halves = {
        f"{name}_half": half(picture) for name, picture in found.items() if min(picture.shape[:2]) > 300
    }
    return {**found, **halves}


def half(picture):
    """Reduce a picture to half its size; every pixel is the mean of four.

    Args:
        picture: (h, w, c) float array; an odd last row or column is left out.

    Returns:
        (h // 2, w // 2, c) array of the same type.
    """
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    blocks = picture[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1)
    return blocks.mean(axis=(1, 3), dtype=picture.dtype)


def _leaves(count, seed):
    def paint(i):
        rng = np.random.default_rng((seed, i))
        return dead_leaves(_SIDE, rng, smallest=rng.uniform(1.5, 8))

    return {f"leaves_{i:02d}": paint(i) for i in range(count)}


_SETS = {
    "photographs": photographs.split,
    "photographs_and_leaves": _photographs_and_leaves,
    "leaves": lambda split: _leaves(4, seed=photographs.SPLITS.index(split)),
}
