"""Held-out pairs, always alike: degraded photographs with what an oracle would know, or pairs as stored."""

import dataclasses

import numpy as np

from course_lib.data import catalogue
from course_lib.degradation import blur, draw
from course_lib.training import feeding

DRAWS = 5  # degradations of each sharp picture


@dataclasses.dataclass(frozen=True)
class Pair:
    """What a network is given and what it should make of it, with what an oracle would know.

    Args:
        name: the picture's name and the number of the draw.
        given: (h, w, c) float32: a blurred picture in [0, 1], or a label map as `labels.condition` makes it.
        true: (h, w, 3) float32 in [0, 1].
        kernel: (k, k) float32, sums to 1; None where nobody knows it.
        sigma: standard deviation of the noise, in units of [0, 1]; None where nobody knows it.
    """

    name: str
    given: np.ndarray
    true: np.ndarray
    kernel: np.ndarray | None = None
    sigma: float | None = None


def held_out_pairs(experiment, split="test", seed=7, draws=DRAWS):
    """Give the pairs of a split one by one, always alike: every sharp picture degraded a few times.

    Args:
        experiment: Experiment.
        split: "validation" or "test".
        seed: int; pair (picture i, draw j) depends on (seed, i, j) alone.
        draws: degradations of each picture; where nothing is left to chance, one. Data that holds pairs is
            given once, as it is.

    Yields:
        Pair.
    """
    if not catalogue.sharp(experiment.data):
        yield from _stored(feeding.pairs(experiment, split))
        return
    recipe, folder = experiment.degradation, experiment.folder
    size = experiment.training.window if folder else None
    for i, (name, sharp) in enumerate(catalogue.pictures(experiment.data, split, folder, size).items()):
        for j in range(1 if recipe.fixed else draws):
            # As `draw.degrade` does, keeping what it draws.
            rng = np.random.default_rng((seed, i, j))
            kernel, sigma = draw.draw_kernel(recipe, rng), draw.draw_sigma(recipe, rng)
            blurred = blur.blur(sharp, kernel, sigma, rng, recipe.border)
            yield Pair(f"{name}_{j}", blurred, sharp, kernel, sigma)


def _stored(pairs):
    for i, name in enumerate(pairs.names):
        yield Pair(name, *pairs.load(i))
