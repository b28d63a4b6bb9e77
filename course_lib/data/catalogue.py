"""Data by name: what a recipe's `data` means."""

import functools

import numpy as np

from course_lib import checks
from course_lib.data import labelled_folders, labels, pair_folders, photographs, scenes
from course_lib.data.dead_leaves import dead_leaves
from course_lib.data.labelled_folders import LOOK_CHANNELS, LabelledPairs
from course_lib.data.pairs import DegradedPairs

LOOKS = "_and_looks"  # ends the name of label maps that bring picture and instances for an encoder
FOLDERS = ("gopro", "gopro_half", "cityscapes", "coco_stuff")  # what only `course train --data` brings
_LEAVES = 40  # procedural pictures in a training set
_SIDE = 256  # pixels a side of each


def names():
    """Name the sets of sharp pictures, of which a degradation makes pairs.

    Returns:
        list of str.
    """
    return list(_SETS)


def pairs(name, split, degradation=None, folder=None, size=None):
    """Open a source of training pairs.

    Args:
        name: one of `names()` with a degradation; "streets" or "streets_small", painted here; or one of
            `FOLDERS`. Label maps may end in "_and_looks", see LabelledPairs.
        split: "train", "validation" or "test". Where a data set has only two published splits, the second
            serves as validation and test.
        degradation: DegradationRecipe for sharp pictures, None for the others.
        folder: path of the data set for one of `FOLDERS`, None for the others.
        size: (height, width) to which pictures of cityscapes are reduced, or None.

    Returns:
        object with `sample(window, rng)` -> (input, target) and `channels`, the numbers of channels of both.

    Raises:
        FileNotFoundError: the folder does not hold the data set.
        ValueError: an unknown name or split, or a degradation or folder that is missing or not wanted.
    """
    looks, name = name.endswith(LOOKS), name.removesuffix(LOOKS)
    checks.one_of("catalogue.pairs()", "data", name, (*_SETS, *_STREETS, *FOLDERS))
    checks.one_of("catalogue.pairs()", "splits", split, photographs.SPLITS)
    if (degradation is not None) != (name in _SETS):
        wanted = "needs a degradation" if degradation is None else "holds pairs and takes no degradation"
        raise ValueError(f"catalogue.pairs(): {name!r} {wanted}.")
    if (folder is not None) != (name in FOLDERS):
        wanted = "is no part of the course; say where it is: --data FOLDER"
        raise ValueError(f"{name!r} {wanted if folder is None else 'needs no folder; leave --data out'}.")
    if name in _SETS:
        return DegradedPairs(pictures(name, split).values(), degradation)
    if name in _STREETS:
        return LabelledPairs(streets(name, split), len(scenes.CLASSES), looks=looks)
    if name.startswith("gopro"):
        part = "train" if split == "train" else "test"
        return pair_folders.gopro(folder, part, halved=name == "gopro_half")
    part = "train" if split == "train" else "val"
    if name == "cityscapes":
        found = labelled_folders.cityscapes(folder, part, size=size)
    else:
        found = labelled_folders.coco_stuff(folder, part)
    return LabelledPairs(found, found.classes, found.unlabelled, looks)


def labelled(name):
    """Say whether data holds label maps instead of blurred pictures.

    Args:
        name: as in `pairs`.

    Returns:
        bool.
    """
    return name.removesuffix(LOOKS) in (*_STREETS, "cityscapes", "coco_stuff")


def picture_of(name):
    """Find how an input of this data is shown to people.

    Args:
        name: as in `pairs`.

    Returns:
        function from an input (h, w, c) to a picture (h, w, 3) float32 in [0, 1]: blurred pictures as they
        are, label maps in colours.
    """
    if not labelled(name):
        return lambda blurred: blurred
    colours = scenes.COLOURS if name.removesuffix(LOOKS) in _STREETS else None
    paint = functools.partial(labels.paint_condition, colours=colours)
    return (lambda given: paint(given[..., :-LOOK_CHANNELS])) if name.endswith(LOOKS) else paint


@functools.cache
def streets(name, split):
    """Paint the street scenes of a set, once.

    Args:
        name: "streets", 128 x 256 pixels, or "streets_small", 32 x 64.
        split: "train", "validation" or "test".

    Returns:
        list of labels.Labelled; do not write into them.
    """
    height, width, counts = _STREETS[name]
    number = photographs.SPLITS.index(split)
    return scenes.streets(counts[number], height, width, seed=24 + number)


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
# height, width, and how many scenes train, validate and test
_STREETS = {"streets": (128, 256, (240, 8, 64)), "streets_small": (32, 64, (8, 4, 32))}
