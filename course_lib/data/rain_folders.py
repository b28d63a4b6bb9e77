"""Rainy and clean pictures from the folders of Rain100H and L, Rain800 and DID-MDN, as they unpack."""

import pathlib
import re

import numpy as np

from course_lib import checks
from course_lib.data import headers, images
from course_lib.data.pair_folders import Files, FolderPairs

SIDES = ("left", "right")
_PEEKED = 9  # pictures that are asked which half is the rainy one
# Folders of rainy and of clean pictures, "" for the place itself.
_LAYOUTS = (("input", "target"), ("inputcrop", "cleancrop"), ("rainy", ""), ("rain", "norain"))
_NUMBERED = re.compile(r"(?:no)?rain-?(\d+)")  # rain-001 and norain-001 belong together


class SideBySide(FolderPairs):
    """Pairs of which each is one file: the rainy and the clean picture beside each other.

    Windows are mirrored and never turned, because rain falls down.

    Args:
        paths: dict from names to picture files of even width, at least one.
        rainy: "left" or "right", which half is the rainy one. None asks the first pictures: rain adds edges,
            so that the half with the larger mean step between neighbouring rows and columns is it.

    Raises:
        ValueError: an unknown side, no files, damaged ones, or an odd width; all are named.
    """

    def __init__(self, paths, rainy=None):
        if rainy is not None:
            checks.one_of("SideBySide", "sides", rainy, SIDES)
        super().__init__(
            [Files(name=name, blurred=path, sharp=path) for name, path in paths.items()], upright=True
        )
        self.rainy = self._ask() if rainy is None else rainy

    def _verify(self):
        wrong = []
        for files in self.files:
            try:
                height, width = headers.size(files.blurred)
            except (FileNotFoundError, ValueError) as error:
                wrong.append(str(error))
                continue
            if width % 2:
                wrong.append(f"{files.name}: {height} x {width} has no two halves of one width")
        if wrong:
            raise ValueError("SideBySide found files that are no pairs:\n  " + "\n  ".join(wrong))

    def _ask(self):
        votes = [
            _edges(left) > _edges(right) for left, right in map(self._halves, range(min(_PEEKED, len(self))))
        ]
        return "left" if 2 * sum(votes) > len(votes) else "right"

    def _halves(self, index):
        picture = images.read(self.files[index].blurred).pixels
        middle = picture.shape[1] // 2
        return picture[:, :middle], picture[:, middle:]

    def load(self, index):
        """Open one whole pair.

        Args:
            index: number of the pair, in the order of `names`.

        Returns:
            (rainy, clean), each (h, w, 3) float32 in [0, 1].

        Raises:
            FileNotFoundError: a file has gone.
            ValueError: a damaged file.
        """
        left, right = self._halves(index)
        return (left, right) if self.rainy == "left" else (right, left)


def rain100(root, split):
    """Find the pairs of Rain100H or Rain100L: two folders, or rainy pictures beside clean ones.

    Known are input and target, inputcrop and cleancrop, rain and norain, and rainy/rain-001.png beside
    norain-001.png. The 100 test pictures come alone or in a folder `test`; training has another archive,
    whose content belongs into a folder `train` beside it.

    Args:
        root: folder of the pictures, or the folder that holds train and test.
        split: "train" or "test".

    Returns:
        FolderPairs in the order of the names as text; windows are never turned.

    Raises:
        FileNotFoundError: no folder of a known layout.
        ValueError: an unknown split, pictures without a partner, or what FolderPairs refuses; all are named.

    Source:
        Yang et al., Deep Joint Rain Detection and Removal from a Single Image, CVPR 2017.
    """
    owner = "rain100()"
    checks.one_of(owner, "splits", split, ("train", "test"))
    place = pathlib.Path(root) / split
    if not place.is_dir() and split == "test":
        place = pathlib.Path(root)
    found = [two for two in _LAYOUTS if all((place / folder).is_dir() for folder in two)]
    if not found:
        raise FileNotFoundError(
            f"{owner} found no pairs in {place}: it knows input and target, inputcrop and cleancrop, "
            f"rain and norain, and rainy beside norain-001.png."
            + (" The 100 test pictures are no training set." if split == "train" else "")
        )
    rainy, clean = (place / folder for folder in found[0])
    return _matched(owner, _numbered(rainy), _numbered(clean))


def rain800(root, split, rainy=None):
    """Find the pairs of Rain800, each one file: training (700) and test_syn (100).

    Args:
        root: folder that holds training and test_syn, or train and test, or a folder `rain` with them.
        split: "train" or "test".
        rainy: as in SideBySide; the authors' code puts the clean picture to the left.

    Returns:
        SideBySide in the order of the names as text.

    Raises:
        FileNotFoundError: no such folder, or one without pictures.
        ValueError: an unknown word, or what SideBySide refuses.

    Source:
        Zhang, Sindagi and Patel, Image De-raining Using a Conditional Generative Adversarial Network, 2017.
    """
    checks.one_of("rain800()", "splits", split, ("train", "test"))
    folders = {"train": ("training", "train"), "test": ("test_syn", "test")}[split]
    places = [pathlib.Path(root) / above / folder for above in ("", "rain") for folder in folders]
    home = next((place for place in places if place.is_dir()), None)
    if home is None:
        raise FileNotFoundError(f"rain800() found no folder {' or '.join(folders)} in {root}.")
    return SideBySide(_all("rain800()", home), rainy)


def did_mdn(root, rainy="left"):
    """Find pairs of DID-MDN (Rain12000), each one file, in Rain_Heavy, Rain_Medium and Rain_Light.

    Args:
        root: folder that holds at least one of the three.
        rainy: as in SideBySide; in the files seen so far rain is on the left.

    Returns:
        SideBySide named by density and file, such as Heavy-0.

    Raises:
        FileNotFoundError: none of the folders, or one without pictures.
        ValueError: an unknown side, or what SideBySide refuses.

    Source:
        Zhang and Patel, Density-aware Single Image De-raining, CVPR 2018.
    """
    found = {}
    for density in ("Heavy", "Medium", "Light"):
        folder = pathlib.Path(root) / f"Rain_{density}"
        if folder.is_dir():
            found |= {f"{density}-{name}": path for name, path in _all("did_mdn()", folder).items()}
    if not found:
        raise FileNotFoundError(f"did_mdn() found none of Rain_Heavy, Rain_Medium and Rain_Light in {root}.")
    return SideBySide(found, rainy)


def _edges(picture):
    return float(sum(np.abs(np.diff(picture, axis=axis)).mean() for axis in (0, 1)))


def _all(owner, folder):
    found = {path.stem: path for path in sorted(images.find(folder), key=lambda path: path.stem)}
    if not found:
        raise FileNotFoundError(f"{owner} found no pictures in {folder}.")
    return found


def _numbered(folder):
    found = {path: _NUMBERED.fullmatch(path.stem) for path in images.find(folder)}
    return {match.group(1) if match else path.stem: path for path, match in found.items()}


def _matched(owner, rainy, clean):
    alone = sorted(str({**rainy, **clean}[number]) for number in rainy.keys() ^ clean.keys())
    if alone:
        raise ValueError(f"{owner} found {len(alone)} pictures without a partner: {', '.join(alone[:8])}.")
    files = [Files(name=number, blurred=rainy[number], sharp=clean[number]) for number in sorted(rainy)]
    return FolderPairs(files, upright=True)
