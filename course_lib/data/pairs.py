"""Blurred and sharp belong together: pairs made by degrading sharp pictures."""

import collections.abc
import copy

import numpy as np

from course_lib import checks
from course_lib.data import augment
from course_lib.degradation import draw


class DegradedPairs:
    """Pairs made on the fly: a window of a sharp picture, and the same window after S * K + N.

    Blur needs what lies around a window. Usually it is cut larger, so that no border is ever seen; with
    `own_border` it is a picture of its own, and beyond it lies what the recipe's border says. A recipe whose
    border is "grey" stands for programs that blur whole pictures and train on them to the edge: there the
    window always has its own border.

    Args:
        pictures: list of (h, w, 3) float32 in [0, 1], checked at once; or a mapping from names to pictures,
            such as PhotographFolder, each opened and checked when it is drawn.
        recipe: DegradationRecipe, what blurs and what disturbs.
        vary_colour: whether channels are permuted and brightness scaled, so that few pictures go further.
        upright: whether windows are mirrored at most, and never turned.
        own_border: whether a window is degraded as a whole picture; None means, if the border is "grey".
        scenes: list of str, what each picture shows; `halves` keeps pictures of one scene together. None
            means that each shows something else.

    Raises:
        ValueError: no picture, or one that leaves [0, 1] or has other than 3 channels, or another number of
            scenes than of pictures.
    """

    channels = (3, 3)  # of the blurred and of the sharp half; (1, 1) of an instance whose recipe is gray

    def __init__(self, pictures, recipe, vary_colour=True, upright=False, own_border=None, scenes=None):
        self.recipe, self.vary_colour, self.upright = recipe, vary_colour, upright
        self.own_border = recipe.border == "grey" if own_border is None else own_border
        self.opened_late = isinstance(pictures, collections.abc.Mapping)
        self.pictures = pictures if self.opened_late else list(pictures)
        self.keys = list(pictures) if self.opened_late else range(len(self.pictures))
        checks.at_least("DegradedPairs", "the number of pictures", len(self.keys), 1)
        self.scenes = list(self.keys) if scenes is None else list(scenes)
        if len(self.scenes) != len(self.keys):
            raise ValueError(
                f"DegradedPairs needs a scene for each picture; received {len(self.scenes)} scenes for "
                f"{len(self.keys)} pictures."
            )
        if recipe.gray:
            self.channels = (1, 1)
        if not self.opened_late:
            for i, picture in enumerate(self.pictures):
                _check(f"pictures[{i}]", picture)

    def sample(self, patch, rng):
        """Draw one pair of windows.

        Args:
            patch: side of the windows in pixels, or (height, width).
            rng: numpy Generator.

        Returns:
            (blurred, sharp), each (height, width, 3) float32 in [0, 1], or with 1 channel if the recipe is
            gray; the blur saw what lies around, unless the window has its own border. A recipe that does not
            clip lets noise lead the first half out of [0, 1].

        Raises:
            ValueError: no `rng`; or a picture smaller than the window with, unless that has its own border,
                kernel_size // 2 pixels on all sides.
        """
        checks.generator("DegradedPairs", rng, "picture, window and blur are drawn by chance")
        height, width = augment.sides("DegradedPairs", patch)
        reach = 0 if self.own_border else self.recipe.kernel_size // 2
        picture = self._open(self.keys[rng.integers(len(self.keys))])
        view = augment.draw_view(picture.shape, (height + 2 * reach, width + 2 * reach), rng, self.upright)
        seen = augment.see(picture, view)
        scene = np.ascontiguousarray(seen[..., rng.permutation(3)] if self.vary_colour else seen)
        if self.vary_colour:
            scene = scene * np.float32(rng.uniform(0.7, 1.0))
        scene = draw.scene(scene, self.recipe)
        blurred = draw.degrade(scene, self.recipe, rng)
        middle = (slice(reach, reach + height), slice(reach, reach + width))
        return blurred[middle], scene[middle]

    def part(self, chosen):
        """Give the same pairs of fewer pictures.

        Args:
            chosen: list of int, numbers of the pictures, in the order they were given in.

        Returns:
            DegradedPairs.
        """
        fewer = copy.copy(self)
        fewer.keys = [self.keys[i] for i in chosen]
        fewer.scenes = [self.scenes[i] for i in chosen]
        return fewer

    def _open(self, key):
        picture = self.pictures[key]
        if self.opened_late:
            _check(f"picture {key}", picture)
        return picture


def halves(pairs, seed):
    """Split training pairs into two halves that share no picture: one for weights, one for the architecture.

    Args:
        pairs: DegradedPairs, FolderPairs, or anything with `scenes` (what each picture shows) and
            `part(chosen)`.
        seed: int, at least 0; it alone decides who goes where.

    Returns:
        (first, second), sources of pairs like the one given. With an odd number of scenes the second has one
        more.

    Raises:
        TypeError: the source cannot be split.
        ValueError: fewer than 2 scenes.
    """
    if not hasattr(pairs, "scenes") or not hasattr(pairs, "part"):
        raise TypeError(
            f"halves() needs pairs that have scenes and part(); received {type(pairs).__name__}. "
            f"Take DegradedPairs or FolderPairs."
        )
    checks.at_least("halves()", "seed", seed, 0)
    scenes = list(dict.fromkeys(pairs.scenes))
    if len(scenes) < 2:
        raise ValueError(
            f"halves() needs at least 2 pictures of different scenes, one for each half; received "
            f"{len(pairs.scenes)} of {len(scenes)}. Take a larger data set: a network must not be judged by "
            f"the picture it learns from."
        )
    order = np.random.default_rng(seed).permutation(len(scenes))
    first = {scenes[i] for i in order[: len(scenes) // 2]}
    sides = (
        [i for i, scene in enumerate(pairs.scenes) if (scene in first) == wanted] for wanted in (True, False)
    )
    return tuple(pairs.part(chosen) for chosen in sides)


def _check(name, picture):
    checks.unit_image("DegradedPairs", name, picture, dims=(3,))
    if picture.shape[-1] != 3:
        raise ValueError(
            f"DegradedPairs needs {name} with 3 channels; received {picture.shape}. Repeat gray 3 times."
        )
