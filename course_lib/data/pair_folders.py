"""Blurred and sharp as picture files: two folders of the same names, and GoPro as its archive unpacks."""

import collections
import copy
import dataclasses
import pathlib

from course_lib import checks
from course_lib.data import augment, headers, images, resizing


@dataclasses.dataclass(frozen=True, kw_only=True)
class Files:
    """The files of one pair.

    Args:
        name: str, for lists and file names; no other pair of the set has it.
        blurred: pathlib.Path of the blurred picture.
        sharp: pathlib.Path of the sharp picture.
    """

    name: str
    blurred: pathlib.Path
    sharp: pathlib.Path


class FolderPairs:
    """Pairs of picture files, measured before anything is trained and opened one by one, none kept in memory.

    Args:
        files: list of `Files`, at least one; `two_folders` and `gopro` find them.
        halved: whether pictures are reduced to half their sides before windows are cut, see
            `resizing.halve`.
        upright: whether windows are mirrored at most, and never turned.

    Raises:
        ValueError: no files, a name twice, files that are no complete pictures, or partners that differ in
            size; all are named. Damage deep inside a file is found, and named, when the pair is opened.
    """

    channels = (3, 3)  # of the blurred and of the sharp half

    def __init__(self, files, halved=False, upright=False):
        self.files, self.halved, self.upright = list(files), halved, upright
        checks.at_least("FolderPairs", "the number of pairs", len(self.files), 1)
        twice = [name for name, count in collections.Counter(self.names).items() if count > 1]
        if twice:
            raise ValueError(f"FolderPairs needs a name of its own for each pair; twice: {_some(twice)}.")
        self._verify()

    def _verify(self):
        wrong = []
        for files in self.files:
            try:
                sizes = [headers.size(path) for path in (files.blurred, files.sharp)]
            except (FileNotFoundError, ValueError) as error:
                wrong.append(str(error))
                continue
            if sizes[0] != sizes[1]:
                wrong.append(_differ(files.name, sizes))
        if wrong:
            raise ValueError("FolderPairs found pairs that do not fit:\n  " + "\n  ".join(wrong))

    @property
    def names(self):
        """The pairs' names, in their order."""
        return [files.name for files in self.files]

    @property
    def scenes(self):
        """What each pair shows, see `pairs.halves`: its name, so that every pair is a scene of its own."""
        return self.names

    def part(self, chosen):
        """Give fewer of the pairs.

        Args:
            chosen: list of int, numbers of the pairs in the order of `names`.

        Returns:
            FolderPairs; what was measured is not measured again.
        """
        fewer = copy.copy(self)
        fewer.files = [self.files[i] for i in chosen]
        return fewer

    def __len__(self):
        return len(self.files)

    def load(self, index):
        """Open one whole pair.

        Args:
            index: number of the pair, in the order of `names`.

        Returns:
            (blurred, sharp), each (h, w, 3) float32 in [0, 1].

        Raises:
            FileNotFoundError: a file has gone.
            ValueError: a damaged file, or partners that differ in size; named.
        """
        files = self.files[index]
        pair = [images.read(path).pixels for path in (files.blurred, files.sharp)]
        if pair[0].shape != pair[1].shape:
            raise ValueError(_differ(files.name, [half.shape[:2] for half in pair]))
        return tuple(resizing.halve(half) for half in pair) if self.halved else tuple(pair)

    def sample(self, patch, rng):
        """Draw one pair of windows; the same draw cuts, mirrors and turns both.

        Args:
            patch: side of the windows in pixels, or (height, width).
            rng: numpy Generator.

        Returns:
            (blurred, sharp), each (height, width, 3) float32 in [0, 1].

        Raises:
            FileNotFoundError: a file has gone.
            ValueError: the drawn pair is damaged or smaller than the window; it is named.
        """
        checks.generator("FolderPairs", rng, "pair and window are drawn by chance")
        index = int(rng.integers(len(self.files)))
        blurred, sharp = self.load(index)
        try:
            view = augment.draw_view(sharp.shape, patch, rng, self.upright)
        except ValueError as error:
            raise ValueError(f"{self.files[index].name}: {error}") from None
        return augment.see(blurred, view), augment.see(sharp, view)


def two_folders(blurred, sharp, halved=False):
    """Match the pictures of two folders by name.

    Args:
        blurred: folder of blurred pictures.
        sharp: folder of sharp pictures with the same names; the ending may differ.
        halved: as in FolderPairs.

    Returns:
        FolderPairs in the order of the names as text.

    Raises:
        FileNotFoundError: a folder is missing or holds no picture.
        ValueError: pictures without a partner or with two, or what FolderPairs refuses; all are named.
    """
    files, alone = _match("two_folders()", pathlib.Path(blurred), pathlib.Path(sharp))
    _refuse("two_folders()", alone)
    return FolderPairs(files, halved)


def gopro(root, split, variant="blur", halved=False):
    """Find the pairs of GoPro (GOPRO_Large): root/split/scene/{blur, blur_gamma, sharp}/number.png.

    Numbers repeat between scenes, so that pairs are called scene-number, such as GOPR0384_11_00-000001.

    Args:
        root: folder that holds train and test.
        split: "train" (2103 pairs) or "test" (1111 pairs).
        variant: "blur", frames averaged in linear light, which most papers use; or "blur_gamma", averaged
            behind a gamma curve of 2.2.
        halved: whether 1280 x 720 becomes 640 x 360 first, as DeblurGAN's loader does. That resizes both
            pictures side by side, which mixes a few columns where they touch; here nothing is mixed.

    Returns:
        FolderPairs in the order of scenes and numbers.

    Raises:
        FileNotFoundError: the split has no folder or no scene, or scenes lack a folder; all are named.
        ValueError: an unknown word, pictures without a partner, or what FolderPairs refuses; all are named.

    Source:
        Nah et al., Deep Multi-scale Convolutional Neural Network for Dynamic Scene Deblurring, CVPR 2017.
    """
    checks.one_of("gopro()", "splits", split, ("train", "test"))
    checks.one_of("gopro()", "variants", variant, ("blur", "blur_gamma"))
    folder = pathlib.Path(root) / split
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    scenes = [path for path in found if path.is_dir() and not path.name.startswith(".")]
    if not scenes:
        raise FileNotFoundError(
            f"gopro() found no scenes in {folder}. Pass as root the folder that holds train and test, as "
            "GOPRO_Large.zip unpacks."
        )
    folders = [(scene / variant, scene / "sharp") for scene in scenes]
    lacking = [str(path) for two in folders for path in two if not path.is_dir()]
    if lacking:
        raise FileNotFoundError(f"gopro() found no {_some(lacking)}. Unpack GOPRO_Large.zip whole.")
    files, alone = [], []
    for scene, two in zip(scenes, folders, strict=True):
        matched, single = _match("gopro()", *two, prefix=f"{scene.name}-")
        files, alone = files + matched, alone + single
    _refuse("gopro()", alone)
    return FolderPairs(files, halved)


def _match(owner, blurred, sharp, prefix=""):
    """The pairs of two folders, and the paths that have no partner."""
    first, second = (_by_stem(owner, folder) for folder in (blurred, sharp))
    alone = [str(first[stem]) for stem in sorted(first.keys() - second.keys())]
    alone += [str(second[stem]) for stem in sorted(second.keys() - first.keys())]
    both = sorted(first.keys() & second.keys())
    return [Files(name=prefix + stem, blurred=first[stem], sharp=second[stem]) for stem in both], alone


def _refuse(owner, alone):
    if alone:
        raise ValueError(
            f"{owner} found {len(alone)} pictures without a partner of the same name: {_some(alone)}."
        )


def _by_stem(owner, folder):
    files = {}
    for path in images.find(folder):
        if path.stem in files:
            raise ValueError(
                f"{owner} needs one picture of a name; received {files[path.stem].name} and {path.name} "
                f"in {folder}. Remove one."
            )
        files[path.stem] = path
    if not files:
        raise FileNotFoundError(f"{owner} found no pictures in {folder}.")
    return files


def _differ(name, sizes):
    sides = " and ".join(f"{height} x {width}" for height, width in sizes)
    return f"{name}: blurred and sharp differ in size, {sides}"


def _some(words):
    return ", ".join(words[:8]) + (f" and {len(words) - 8} more" if len(words) > 8 else "")
