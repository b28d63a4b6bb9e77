"""Data by name: what a recipe's `data` means."""

import functools

import numpy as np

from course_lib import checks
from course_lib.data import labels, pair_folders, photographs, published_sets, rain_folders, scenes
from course_lib.data.dead_leaves import dead_leaves
from course_lib.data.labelled_folders import LOOK_CHANNELS, LabelledPairs
from course_lib.data.pairs import DegradedPairs

LOOKS = "_and_looks"  # ends the name of label maps that bring picture and instances for an encoder
# What only `course train --data` brings: pairs, label maps, and photographs to be degraded.
_LABELLED = ("cityscapes", "coco_stuff", "facades")
_PHOTOGRAPHS = ("cityscapes_photographs", "bsds500")
FOLDERS = ("gopro", "gopro_half", "rain100", "rain800", *_LABELLED, *_PHOTOGRAPHS)
_LEAVES = 40  # procedural pictures in a training set
_SIDE = 256  # pixels a side of each
_HALF = "_half"  # ends the name of a picture that was reduced


def names():
    """Name the sets of sharp pictures that are on every machine; a degradation makes pairs of them.

    Returns:
        list of str.
    """
    return list(_SETS)


def sharp(name):
    """Say whether data is sharp pictures, here or in a folder, so that it needs a degradation.

    Args:
        name: as in `pairs`.

    Returns:
        bool. If so, `pictures` opens them.
    """
    return name in (*_SETS, *_PHOTOGRAPHS)


def pairs(name, split, degradation=None, folder=None, size=None):
    """Open a source of training pairs.

    Photographs of Cityscapes are scenes whose edges belong to the data: windows are degraded as whole
    pictures, and are never turned. Those of BSDS500 may be turned. Both keep their colours, see
    DegradedPairs.

    Args:
        name: one of `names()`, with a degradation; "streets" or "streets_small", painted here; or one of
            `FOLDERS`, "cityscapes_photographs" and "bsds500" with a degradation. Label maps may end in
            "_and_looks", see LabelledPairs.
        split: "train", "validation" or "test". Where a data set has only two published splits, the second
            serves as validation and test.
        degradation: DegradationRecipe for sharp pictures, None for the others.
        folder: path of the data set for one of `FOLDERS`, None for the others.
        size: side or (height, width) of the windows, to which pictures of Cityscapes and Facades are reduced,
            see `published_sets`; or None.

    Returns:
        object with `sample(window, rng)` -> (input, target) and `channels`, the numbers of channels of both.

    Raises:
        FileNotFoundError: the folder does not hold the data set.
        ValueError: an unknown name or split, a degradation or folder that is missing or not wanted, or looks
            of what has none.
    """
    looks, name = name.endswith(LOOKS), name.removesuffix(LOOKS)
    checks.one_of("catalogue.pairs()", "data", name, (*_SETS, *_STREETS, *FOLDERS))
    checks.one_of("catalogue.pairs()", "splits", split, photographs.SPLITS)
    if looks and not labelled(name):
        raise ValueError(f"catalogue.pairs(): {name!r} has no label maps, so that nothing has looks.")
    if (degradation is not None) != sharp(name):
        wanted = "needs a degradation" if degradation is None else "holds pairs and takes no degradation"
        raise ValueError(f"catalogue.pairs(): {name!r} {wanted}.")
    _demand_folder(name, folder)
    if name in _SETS:
        found = pictures(name, split)
        # A picture and its reduction show the same.
        shown = [picture.removesuffix(_HALF) for picture in found]
        return DegradedPairs(found.values(), degradation, scenes=shown)
    if name in _PHOTOGRAPHS:
        found, scenic = pictures(name, split, folder, size), name == "cityscapes_photographs"
        own_border = True if scenic else None
        return DegradedPairs(found, degradation, False, upright=scenic, own_border=own_border)
    if name in _STREETS:
        return LabelledPairs(streets(name, split), len(scenes.CLASSES), looks=looks)
    if name.startswith("gopro"):
        return pair_folders.gopro(folder, _part(split, "test"), halved=name == "gopro_half")
    if name in ("rain100", "rain800"):
        return getattr(rain_folders, name)(folder, _part(split, "test"))
    if name == "cityscapes":
        found = published_sets.cityscapes(folder, _part(split, "val"), size=size)
    elif name == "facades":
        found = published_sets.facades(folder, _part(split, "test"), size=size)
    else:
        found = published_sets.coco_stuff(folder, _part(split, "val"))
    return LabelledPairs(found, found.classes, found.unlabelled, looks)


def labelled(name):
    """Say whether data holds label maps instead of blurred pictures.

    Args:
        name: as in `pairs`.

    Returns:
        bool.
    """
    return name.removesuffix(LOOKS) in (*_STREETS, *_LABELLED)


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
    paint = functools.partial(labels.paint_condition, colours=colours, edges=name != "facades")
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


def pictures(name, split, folder=None, size=None):
    """Open the sharp pictures of a set.

    Args:
        name: one of `names()`, "cityscapes_photographs" or "bsds500".
        split: "train", "validation" or "test".
        folder: path of the data set where it is not on every machine, else None.
        size: (height, width) to which photographs of Cityscapes are reduced, or None; others stay as they
            are.

    Returns:
        mapping from picture name to (h, w, 3) float32 in [0, 1]; one of a folder opens each when asked.

    Raises:
        FileNotFoundError: the folder does not hold the data set.
        ValueError: an unknown set or split, or a folder that is missing or not wanted.
    """
    checks.one_of("catalogue.pictures()", "sets", name, (*_SETS, *_PHOTOGRAPHS))
    checks.one_of("catalogue.pictures()", "splits", split, photographs.SPLITS)
    _demand_folder(name, folder)
    if name in _SETS:
        return _SETS[name](split)
    if name == "bsds500":
        return published_sets.bsds500(folder, split)
    return published_sets.cityscapes_photographs(folder, _part(split, "val"), size)


def _demand_folder(name, folder):
    if (folder is not None) != (name in FOLDERS):
        wanted = "is no part of the course; say where it is: --data FOLDER"
        raise ValueError(f"{name!r} {wanted if folder is None else 'needs no folder; leave --data out'}.")


def _part(split, held_out):
    return "train" if split == "train" else held_out


def _photographs_and_leaves(split):
    found = photographs.split(split)
    if split != "train":
        return found
    return {**_with_halves(found), **_leaves(_LEAVES, seed=2018)}


def _with_halves(found):
    halves = {
        f"{name}{_HALF}": half(picture) for name, picture in found.items() if min(picture.shape[:2]) > 300
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
