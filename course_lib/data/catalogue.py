"""Picture sets by name: what a recipe's `data` means."""

import numpy as np

from course_lib import checks
from course_lib.data import photographs
from course_lib.data.dead_leaves import dead_leaves

_LEAVES = 60  # procedural pictures in a training set
_SIDE = 256  # pixels a side of each
_SHARES = (0.8, 0.63, 0.5, 0.4)  # sizes at which photographs are seen as well
_SMALLEST_SIDE = 200  # pixels; smaller reductions are left out


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
    return {**_with_reductions(found), **_leaves(_LEAVES, seed=2018)}


def _with_reductions(found):
    # Fur seen from further away is another texture: each size teaches something new.
    shrunk = {
        f"{name}_{int(100 * share)}": reduce(picture, share)
        for name, picture in found.items()
        for share in _SHARES
        if share * min(picture.shape[:2]) >= _SMALLEST_SIDE
    }
    return {**found, **shrunk}


def reduce(picture, share):
    """Reduce a picture, weakening first what the smaller grid cannot hold.

    Args:
        picture: (h, w, c) float32 in [0, 1].
        share: new side over old side, above 0 and at most 1.

    Returns:
        (round(share h), round(share w), c) float32 in [0, 1].

    Raises:
        ValueError: `share` outside its range.
    """
    import skimage.transform

    checks.above("catalogue.reduce()", "share", share, 0)
    checks.within("catalogue.reduce()", "share", share, 0, 1)
    shape = [max(1, round(share * side)) for side in picture.shape[:2]]
    smaller = skimage.transform.resize(picture, shape, order=1, anti_aliasing=True)
    return np.clip(smaller, 0, 1).astype("float32")


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
