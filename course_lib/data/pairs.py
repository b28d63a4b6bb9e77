"""Blurred and sharp belong together: pairs made by degrading, and pairs found in two folders."""

import pathlib

import numpy as np

from course_lib import checks
from course_lib.data import augment, images
from course_lib.degradation import draw


class DegradedPairs:
    """Pairs made on the fly: a window of a sharp picture, and the same window after S * K + N.

    Args:
        pictures: list of (h, w, 3) float32 in [0, 1].
        recipe: DegradationRecipe, what blurs and what disturbs.
        vary_colour: whether channels are permuted and brightness scaled, so that few pictures go further.

    Raises:
        ValueError: no picture, or one that leaves [0, 1] or has other than 3 channels.
    """

    def __init__(self, pictures, recipe, vary_colour=True):
        self.pictures, self.recipe, self.vary_colour = list(pictures), recipe, vary_colour
        checks.at_least("DegradedPairs", "the number of pictures", len(self.pictures), 1)
        for i, picture in enumerate(self.pictures):
            checks.unit_image("DegradedPairs", f"pictures[{i}]", picture, dims=(3,))
            if picture.shape[-1] != 3:
                raise ValueError(
                    f"DegradedPairs needs pictures[{i}] with 3 channels; received {picture.shape}. "
                    f"Repeat gray 3 times."
                )

    def sample(self, patch, rng):
        """Draw one pair of windows.

        Args:
            patch: side of the windows in pixels.
            rng: numpy Generator.

        Returns:
            (blurred, sharp), each (patch, patch, 3) float32 in [0, 1]; the blur saw what lies around.

        Raises:
            ValueError: every picture must hold patch + kernel_size - 1 pixels a side.
        """
        reach = self.recipe.kernel_size // 2
        picture = self.pictures[rng.integers(len(self.pictures))]
        view = augment.draw_view(picture.shape, patch + 2 * reach, rng)
        seen = augment.see(picture, view)
        scene = np.ascontiguousarray(seen[..., rng.permutation(3)] if self.vary_colour else seen)
        if self.vary_colour:
            scene = scene * np.float32(rng.uniform(0.7, 1.0))
        blurred = draw.degrade(scene, self.recipe, rng)
        middle = slice(reach, reach + patch)
        return blurred[middle, middle], scene[middle, middle]


class FolderPairs:
    """Pairs found in two folders, matched by file name and verified before anything is trained.

    Args:
        blurred: folder of blurred pictures.
        sharp: folder of sharp pictures with the same names; the ending may differ.

    Raises:
        FileNotFoundError: a folder is missing or holds no picture.
        ValueError: a picture without a partner or with two, a damaged file, or partners that differ in
            size; all are named.
    """

    def __init__(self, blurred, sharp):
        self.files = _partners(pathlib.Path(blurred), pathlib.Path(sharp))
        self._verify()

    def _verify(self):
        wrong = []
        for blurred, sharp in self.files:
            try:
                shapes = [images.read(path).pixels.shape for path in (blurred, sharp)]
            except ValueError as error:
                wrong.append(str(error))
                continue
            if shapes[0] != shapes[1]:
                sizes = " and ".join(f"{h} x {w}" for h, w, _ in shapes)
                wrong.append(f"{blurred.name}: blurred and sharp differ in size, {sizes}")
        if wrong:
            raise ValueError("FolderPairs found pairs that do not fit:\n  " + "\n  ".join(wrong))

    def __len__(self):
        return len(self.files)

    def load(self, index):
        """Open one whole pair.

        Args:
            index: number of the pair, in the order of the names.

        Returns:
            (blurred, sharp), each (h, w, 3) float32 in [0, 1].
        """
        return tuple(images.read(path).pixels for path in self.files[index])

    def sample(self, patch, rng):
        """Draw one pair of windows; the same draw cuts, mirrors and turns both.

        Args:
            patch: side of the windows in pixels.
            rng: numpy Generator.

        Returns:
            (blurred, sharp), each (patch, patch, 3) float32 in [0, 1].

        Raises:
            ValueError: the picture is smaller than the window.
        """
        blurred, sharp = self.load(int(rng.integers(len(self.files))))
        view = augment.draw_view(sharp.shape, patch, rng)
        return augment.see(blurred, view), augment.see(sharp, view)


def _partners(blurred, sharp):
    found = [_by_stem(folder) for folder in (blurred, sharp)]
    alone = [str(found[0][stem]) for stem in sorted(found[0].keys() - found[1].keys())]
    alone += [str(found[1][stem]) for stem in sorted(found[1].keys() - found[0].keys())]
    if alone:
        shown = ", ".join(alone[:8]) + (f" and {len(alone) - 8} more" if len(alone) > 8 else "")
        raise ValueError(
            f"FolderPairs found {len(alone)} pictures without a partner of the same name: {shown}."
        )
    return [(found[0][stem], found[1][stem]) for stem in sorted(found[0])]


def _by_stem(folder):
    files = {}
    for path in images.find(folder):
        if path.stem in files:
            raise ValueError(
                f"FolderPairs needs one picture of a name; received {files[path.stem].name} and {path.name} "
                f"in {folder}. Remove one."
            )
        files[path.stem] = path
    if not files:
        raise FileNotFoundError(f"FolderPairs found no pictures in {folder}.")
    return files
