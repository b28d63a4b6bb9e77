"""One random degradation for each sharp picture: a kernel, a noise level, the noise."""

from dataclasses import dataclass

import numpy as np

from course_lib import checks
from course_lib.degradation import blur, kernels, trajectory

KERNELS = ("trajectory", "gaussian", "disk", "line", "ramp", "none")


@dataclass(frozen=True, kw_only=True)
class DegradationRecipe:
    """What may happen to a picture: a family of kernels, their extents, and the noise."""

    kernel: str = "trajectory"  # family: trajectory, gaussian, disk, line, ramp, none
    kernel_size: int = 13  # side of the kernel and largest extent of the blur, pixels, odd
    smallest: int = 3  # smallest extent of the blur, pixels, odd
    sigma: float = 0.01  # standard deviation of the noise, units of [0, 1]
    sigma_low: float | None = None  # if given, sigma is drawn evenly from [sigma_low, sigma]
    border: str = "reflect"  # what lies outside the picture; "grey" is 0.5, see blur.blur
    angle: int | None = None  # of a ramp, degrees; None draws it
    direction: float | None = None  # of a ramp, in [-1, 1]; None draws it

    def __post_init__(self):
        owner = "DegradationRecipe"
        checks.one_of(owner, "kernel", self.kernel, KERNELS)
        checks.odd(owner, "kernel_size", self.kernel_size)
        checks.odd(owner, "smallest", self.smallest)
        checks.at_least(owner, "kernel_size", self.kernel_size, self.smallest)
        checks.within(owner, "sigma", self.sigma, 0, 1)
        if self.sigma_low is not None:
            checks.within(owner, "sigma_low", self.sigma_low, 0, self.sigma)
        checks.one_of(owner, "border", self.border, blur.BLUR_BORDERS)
        for name, reach in (("angle", 360), ("direction", 1)):
            if getattr(self, name) is not None:
                checks.within(owner, name, getattr(self, name), -reach, reach)

    @property
    def fixed(self):
        """bool, whether nothing is left to chance."""
        drawn = self.smallest < self.kernel_size or None in (self.angle, self.direction)
        noisy = self.sigma > 0
        return not noisy and (self.kernel == "none" or (self.kernel == "ramp" and not drawn))


def draw_kernel(recipe, rng):
    """Draw one kernel of the recipe's family; its extent lies evenly in [smallest, kernel_size].

    A trajectory stays in an odd square of that side, with a length of its own; a gaussian has it as six
    sigma, a disk as diameter, a line as length, at any angle; "none" is a delta. A ramp has an odd extent as
    side, and a whole number of degrees in [-180, 180] and a direction in [-1, 1] unless the recipe has
    them, see `kernels.ramp`.

    Args:
        recipe: DegradationRecipe.
        rng: numpy Generator.

    Returns:
        (k, k) float32 with k = recipe.kernel_size, sums to 1; small kernels stand in a frame of zeros.

    Raises:
        TypeError: `rng` is no Generator.
        ValueError: `rng` is missing.
    """
    checks.generator("draw_kernel()", rng, "kernels are drawn")
    size = recipe.kernel_size
    if recipe.kernel == "none":
        return kernels.delta(size)
    if recipe.kernel == "trajectory":
        side = _draw_side(recipe, rng)
        return np.pad(trajectory.trajectory_kernel(side, rng), (size - side) // 2)
    if recipe.kernel == "ramp":
        side = _draw_side(recipe, rng)
        angle = int(rng.integers(-180, 181)) if recipe.angle is None else recipe.angle
        direction = rng.uniform(-1, 1) if recipe.direction is None else recipe.direction
        turned = kernels.ramp(side, angle, direction)
        return np.pad(turned, (size - side) // 2)
    extent = rng.uniform(recipe.smallest, size)
    if recipe.kernel == "gaussian":
        return kernels.gaussian(extent / 6, size)
    if recipe.kernel == "disk":
        return kernels.disk(extent / 2, size)
    return kernels.line(extent, rng.uniform(0, 180), size)


def draw_sigma(recipe, rng):
    """Draw the noise level: the recipe's sigma, or one from [sigma_low, sigma] if that is set.

    Args:
        recipe: DegradationRecipe.
        rng: numpy Generator; nothing is drawn from it when sigma_low is None.

    Returns:
        float, standard deviation in units of [0, 1].

    Raises:
        TypeError: `rng` is no Generator.
        ValueError: `rng` is missing.
    """
    checks.generator("draw_sigma()", rng, "noise levels are drawn")
    return recipe.sigma if recipe.sigma_low is None else rng.uniform(recipe.sigma_low, recipe.sigma)


def degrade(sharp, recipe, rng):
    """Degrade one picture at random: draw a kernel, then a noise level, then the noise.

    Args:
        sharp: (h, w) or (h, w, c) float array in [0, 1].
        recipe: DegradationRecipe.
        rng: numpy Generator; its state alone decides the outcome.

    Returns:
        Array of `sharp`'s shape and type in [0, 1].

    Raises:
        TypeError: `sharp` is no NumPy array, or `rng` no Generator.
        ValueError: `sharp` leaves [0, 1], is too small for the border, or `rng` is missing.
    """
    kernel = draw_kernel(recipe, rng)
    sigma = draw_sigma(recipe, rng)
    return blur.blur(sharp, kernel, sigma, rng, recipe.border)


def _draw_side(recipe, rng):
    return int(rng.integers(recipe.smallest // 2, recipe.kernel_size // 2 + 1)) * 2 + 1
