"""Blurred and sharp belong together: pairs made by degrading sharp pictures."""

import numpy as np

from course_lib import checks
from course_lib.data import augment
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

    channels = (3, 3)  # of the blurred and of the sharp half

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
            patch: side of the windows in pixels, or (height, width).
            rng: numpy Generator.

        Returns:
            (blurred, sharp), each (height, width, 3) float32 in [0, 1]; the blur saw what lies around.

        Raises:
            ValueError: no `rng`; or a picture without kernel_size - 1 pixels a side beside the window.
        """
        checks.generator("DegradedPairs", rng, "picture, window and blur are drawn by chance")
        height, width = augment.sides("DegradedPairs", patch)
        reach = self.recipe.kernel_size // 2
        picture = self.pictures[rng.integers(len(self.pictures))]
        view = augment.draw_view(picture.shape, (height + 2 * reach, width + 2 * reach), rng)
        seen = augment.see(picture, view)
        scene = np.ascontiguousarray(seen[..., rng.permutation(3)] if self.vary_colour else seen)
        if self.vary_colour:
            scene = scene * np.float32(rng.uniform(0.7, 1.0))
        blurred = draw.degrade(scene, self.recipe, rng)
        middle = (slice(reach, reach + height), slice(reach, reach + width))
        return blurred[middle], scene[middle]
