"""Rain: bright streaks that fall across a picture, O = B + R, cut to what a camera can store."""

import dataclasses

import numpy as np

from course_lib import checks

_AT_ONCE = 256  # streaks that are painted in one go


@dataclasses.dataclass(frozen=True, kw_only=True)
class RainRecipe:
    """How it rains: the number, shape and brightness of the streaks.

    Args:
        density: streaks a thousand pixels, in the mean.
        length: longest streak, pixels.
        shortest: shortest streak, pixels; each lies evenly between.
        width: thickness of a streak, pixels; its edges fade over one pixel.
        lean: largest angle between straight down and the wind, degrees; a picture has one, drawn evenly from
            [-lean, lean], and it leans to the right where that is positive.
        spread: how far a streak may turn from its picture's angle, degrees.
        brightness: of the brightest streak, units of [0, 1].
        faintest: of the faintest one; each lies evenly between.

    Raises:
        TypeError: a setting that is no number.
        ValueError: a setting outside its range; the message says which.
    """

    density: float = 4.0
    length: float = 24.0
    shortest: float = 10.0
    width: float = 1.2
    lean: float = 20.0
    spread: float = 3.0
    brightness: float = 0.6
    faintest: float = 0.2

    def __post_init__(self):
        owner = "RainRecipe"
        # No more than a streak in every tenth pixel: beyond that it is a curtain, and slow to paint.
        checks.within(owner, "density", self.density, 0, 100)
        checks.within(owner, "shortest", self.shortest, 1, 500)
        checks.within(owner, "length", self.length, self.shortest, 500)
        checks.within(owner, "width", self.width, 0.5, 50)
        checks.within(owner, "lean", self.lean, 0, 90)
        checks.within(owner, "spread", self.spread, 0, 90)
        checks.within(owner, "brightness", self.brightness, 0, 1)
        checks.within(owner, "faintest", self.faintest, 0, self.brightness)


LIGHT = RainRecipe(density=1.5, brightness=0.5, width=1.0)
HEAVY = RainRecipe(density=8.0, length=45.0, shortest=15.0, width=2.0, lean=30.0)


def streaks(height, width, recipe, rng):
    """Paint the rain alone: R, which shows as gray on black.

    Streaks fall into the picture from around it, so that its border is as wet as its middle. Where some
    cross, they add up to 1 at most.

    Args:
        height: rows of the picture.
        width: columns of the picture.
        recipe: RainRecipe.
        rng: numpy Generator; the rain depends on it alone.

    Returns:
        (height, width, 1) float32 in [0, 1].

    Raises:
        TypeError: a size that is no number, or `rng` is no Generator.
        ValueError: a size below 1, or `rng` is missing.
    """
    checks.at_least("streaks()", "height", height, 1)
    checks.at_least("streaks()", "width", width, 1)
    checks.generator("streaks()", rng, "every streak is drawn by chance")
    wind = rng.uniform(-recipe.lean, recipe.lean)
    # Half a streak, its thickness and the soft edge: what lies farther outside cannot be seen.
    reach = (recipe.length + recipe.width) / 2 + 1
    count = rng.poisson(recipe.density / 1000 * (height + 2 * reach) * (width + 2 * reach))
    middles = rng.uniform((-reach, -reach), (height + reach, width + reach), (count, 2))
    angles = np.deg2rad(wind + rng.uniform(-recipe.spread, recipe.spread, count))
    lengths = rng.uniform(recipe.shortest, recipe.length, count)
    strengths = rng.uniform(recipe.faintest, recipe.brightness, count)
    margin = int(np.ceil(reach)) + 1
    layer = np.zeros((height + 4 * margin, width + 4 * margin))
    for some in range(0, count, _AT_ONCE):
        chosen = slice(some, some + _AT_ONCE)
        _paint(
            layer, middles[chosen], angles[chosen], lengths[chosen], strengths[chosen], recipe.width, margin
        )
    inside = np.s_[2 * margin : 2 * margin + height, 2 * margin : 2 * margin + width]
    return np.minimum(layer[inside], 1).astype("float32")[..., None]


def fall(picture, recipe, rng):
    """Let it rain on a picture: O = B + R, the same rain in every channel, cut to [0, 1].

    Args:
        picture: (h, w) or (h, w, c) float array in [0, 1], display-encoded.
        recipe: RainRecipe.
        rng: numpy Generator.

    Returns:
        Array of `picture`'s shape and type in [0, 1], nowhere darker than the picture.

    Raises:
        TypeError: `picture` is no NumPy array, or `rng` no Generator.
        ValueError: `picture` leaves [0, 1], or `rng` is missing.

    Source:
        The additive model as in Zhang, Sindagi and Patel, Image De-raining Using a Conditional Generative
        Adversarial Network, 2017, section 1; the streaks are ours.
    """
    checks.unit_image("fall()", "picture", picture)
    layer = streaks(*picture.shape[:2], recipe, rng).astype(picture.dtype)  # (h, w, 1)
    return np.minimum(picture + (layer if picture.ndim == 3 else layer[..., 0]), 1)


def _paint(layer, middles, angles, lengths, strengths, thickness, margin):
    """Add n streaks to a layer that is two margins larger on every side than the picture."""
    start = np.floor(middles).astype(int)  # (n, 2)
    steps = np.arange(-margin, margin + 1)
    y = (steps - (middles - start)[:, :1])[:, :, None]  # (n, side, 1)
    x = (steps - (middles - start)[:, 1:])[:, None, :]  # (n, 1, side)
    down, right, lengths = (values[:, None, None] for values in (np.cos(angles), np.sin(angles), lengths))
    along, across = np.abs(y * down + x * right), np.abs(x * down - y * right)  # (n, side, side)
    covered = np.clip(0.5 + lengths / 2 - along, 0, 1) * np.clip(0.5 + thickness / 2 - across, 0, 1)
    rows, columns = ((start[:, axis, None] + steps + 2 * margin) for axis in (0, 1))  # (n, side) each
    places = rows[:, :, None] * layer.shape[1] + columns[:, None, :]
    np.add.at(layer.reshape(-1), places.reshape(-1), (strengths[:, None, None] * covered).reshape(-1))
