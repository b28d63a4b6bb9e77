"""Blurred and sharp belong together: pairs made by degrading sharp pictures."""

import collections.abc

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

    Raises:
        ValueError: no picture, or one that leaves [0, 1] or has other than 3 channels.
    """

    channels = (3, 3)  # of the blurred and of the sharp half

    def __init__(self, pictures, recipe, vary_colour=True, upright=False, own_border=None):
        self.recipe, self.vary_colour, self.upright = recipe, vary_colour, upright
        self.own_border = recipe.border == "grey" if own_border is None else own_border
        self.opened_late = isinstance(pictures, collections.abc.Mapping)
        self.pictures = pictures if self.opened_late else list(pictures)
        self.keys = list(pictures) if self.opened_late else range(len(self.pictures))
        checks.at_least("DegradedPairs", "the number of pictures", len(self.keys), 1)
        if not self.opened_late:
            for i, picture in enumerate(self.pictures):
                _check(f"pictures[{i}]", picture)

    def sample(self, patch, rng):
        """Draw one pair of windows.

        Args:
            patch: side of the windows in pixels, or (height, width).
            rng: numpy Generator.

        Returns:
            (blurred, sharp), each (height, width, 3) float32 in [0, 1]; the blur saw what lies around,
            unless the window has its own border.

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
        blurred = draw.degrade(scene, self.recipe, rng)
        middle = (slice(reach, reach + height), slice(reach, reach + width))
        return blurred[middle], scene[middle]

    def _open(self, key):
        picture = self.pictures[key]
        if self.opened_late:
            _check(f"picture {key}", picture)
        return picture


def _check(name, picture):
    checks.unit_image("DegradedPairs", name, picture, dims=(3,))
    if picture.shape[-1] != 3:
        raise ValueError(
            f"DegradedPairs needs {name} with 3 channels; received {picture.shape}. Repeat gray 3 times."
        )
