"""One random degradation for each sharp picture: a kernel, a noise level, rain, the noise."""

from dataclasses import dataclass

import numpy as np

from course_lib import checks
from course_lib.degradation import blur, kernels, noise, rain, tone, trajectory
from course_lib.degradation.rain import RainRecipe

KERNELS = ("trajectory", "gaussian", "disk", "line", "ramp", "none")


@dataclass(frozen=True, kw_only=True)
class DegradationRecipe:
    """What may happen to a picture: a family of kernels, their extents, rain, and the noise."""

    kernel: str = "trajectory"  # family: trajectory, gaussian, disk, line, ramp, none
    kernel_size: int = 13  # side of the kernel and largest extent of the blur, pixels, odd
    smallest: int = 3  # smallest extent of the blur, pixels, odd
    sigma: float = 0.01  # standard deviation of the noise, units of [0, 1]
    sigma_low: float | None = None  # if given, sigma is drawn evenly from [sigma_low, sigma]
    border: str = "reflect"  # what lies outside the picture; "grey" is 0.5, see blur.blur
    angle: int | None = None  # of a ramp, degrees; None draws it
    direction: float | None = None  # of a ramp, in [-1, 1]; None draws it
    gray: bool = False  # whether pictures become one channel first, see `scene`
    clip: bool = True  # whether the noisy picture is cut to [0, 1]; papers on denoising leave it as it is
    sigmas: tuple[float, ...] | None = None  # if given, one of these is drawn, and `sigma` is not asked
    rain: RainRecipe | None = None  # streaks that fall into the blurred picture, before the noise

    def __post_init__(self):
        owner = "DegradationRecipe"
        checks.one_of(owner, "kernel", self.kernel, KERNELS)
        checks.odd(owner, "kernel_size", self.kernel_size)
        checks.odd(owner, "smallest", self.smallest)
        checks.at_least(owner, "kernel_size", self.kernel_size, self.smallest)
        checks.within(owner, "sigma", self.sigma, 0, 1)
        if self.sigma_low is not None:
            checks.within(owner, "sigma_low", self.sigma_low, 0, self.sigma)
        if self.sigmas is not None:
            self._check_sigmas(owner)
        checks.one_of(owner, "border", self.border, blur.BLUR_BORDERS)
        for name, reach in (("angle", 360), ("direction", 1)):
            if getattr(self, name) is not None:
                checks.within(owner, name, getattr(self, name), -reach, reach)

    def _check_sigmas(self, owner):
        if self.sigma_low is not None:
            raise ValueError(
                f"{owner} takes sigmas or sigma_low, not both; received {self.sigmas} and "
                f"{self.sigma_low}. Leave one out."
            )
        if not isinstance(self.sigmas, tuple) or not self.sigmas:
            raise ValueError(
                f"{owner} needs sigmas as a tuple of levels, at least one; received {self.sigmas!r}. "
                f"For example: sigmas=(30 / 255, 50 / 255, 70 / 255)."
            )
        for level in self.sigmas:
            checks.within(owner, "sigmas", level, 0, 1)

    @property
    def levels(self):
        """tuple of float, the noise levels of which one is drawn; the largest alone where they lie evenly."""
        return (self.sigma,) if self.sigmas is None else self.sigmas

    @property
    def fixed(self):
        """bool, whether nothing is left to chance."""
        drawn = self.smallest < self.kernel_size or None in (self.angle, self.direction)
        chance = max(self.levels) > 0 or self.rain is not None
        return not chance and (self.kernel == "none" or (self.kernel == "ramp" and not drawn))


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
    """Draw the noise level: the recipe's sigma, one from [sigma_low, sigma], or one of its sigmas.

    Args:
        recipe: DegradationRecipe.
        rng: numpy Generator; nothing is drawn from it when sigma_low and sigmas are None.

    Returns:
        float, standard deviation in units of [0, 1].

    Raises:
        TypeError: `rng` is no Generator.
        ValueError: `rng` is missing.
    """
    checks.generator("draw_sigma()", rng, "noise levels are drawn")
    if recipe.sigmas is not None:
        return recipe.sigmas[int(rng.integers(len(recipe.sigmas)))]
    return recipe.sigma if recipe.sigma_low is None else rng.uniform(recipe.sigma_low, recipe.sigma)


def scene(sharp, recipe):
    """Give the picture that is degraded, and that a network has to find again: itself, or its gray values.

    Args:
        sharp: (h, w, 3) or (h, w, 1) float array in [0, 1]; of other shapes if the recipe is not gray.
        recipe: DegradationRecipe.

    Returns:
        `sharp`, or with `gray` (h, w, 1) of its type in [0, 1], see `tone.gray`: luma, not rounded.

    Raises:
        TypeError: `sharp` is no NumPy array.
        ValueError: `sharp` leaves [0, 1], or has no channels to make gray.
    """
    return tone.gray(sharp) if recipe.gray else sharp


def degrade(sharp, recipe, rng):
    """Degrade one picture at random: draw a kernel, then a noise level, then rain, then the noise.

    Args:
        sharp: (h, w) or (h, w, c) float array in [0, 1].
        recipe: DegradationRecipe.
        rng: numpy Generator; its state alone decides the outcome.

    Returns:
        Array of the shape and type of `scene(sharp, recipe)`; in [0, 1] if the recipe clips.

    Raises:
        TypeError: `sharp` is no NumPy array, or `rng` no Generator.
        ValueError: `sharp` leaves [0, 1], is too small for the border, or `rng` is missing.
    """
    kernel = draw_kernel(recipe, rng)
    sigma = draw_sigma(recipe, rng)
    return photograph(sharp, recipe, kernel, sigma, rng)


def photograph(sharp, recipe, kernel, sigma, rng):
    """Take a photograph through a kernel and with a noise level that are known: what chance is left to do.

    Args:
        sharp: (h, w) or (h, w, c) float array in [0, 1].
        recipe: DegradationRecipe.
        kernel: (k, k) float, sums to 1.
        sigma: standard deviation of the noise, in units of [0, 1].
        rng: numpy Generator.

    Returns:
        as `degrade`.

    Raises:
        TypeError: an argument of another type.
        ValueError: what `blur.blur` refuses.
    """
    seen = scene(sharp, recipe)
    if recipe.rain is None:
        return blur.blur(seen, kernel, sigma, rng, recipe.border, recipe.clip)
    wet = rain.fall(blur.blur(seen, kernel, border=recipe.border), recipe.rain, rng)
    return noise.add_gaussian(wet, sigma, rng, clip=recipe.clip)


def _draw_side(recipe, rng):
    return int(rng.integers(recipe.smallest // 2, recipe.kernel_size // 2 + 1)) * 2 + 1
