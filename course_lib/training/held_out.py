"""Held-out pairs, always alike: degraded photographs with what an oracle would know, or pairs as stored."""

import dataclasses

import numpy as np

from course_lib.data import catalogue
from course_lib.degradation import draw
from course_lib.training import feeding

DRAWS = 5  # degradations of each sharp picture
MANY = 50  # of so many pictures each is degraded once


@dataclasses.dataclass(frozen=True)
class Pair:
    """What a network is given and what it should make of it, with what an oracle would know.

    Args:
        name: the picture's name and the number of the draw.
        given: (h, w, c) float32: a blurred picture in [0, 1], out of which noise leads if it is not clipped;
            or a label map as `labels.condition` makes it.
        true: (h, w, 3) float32 in [0, 1], or (h, w, 1) where the degradation is gray.
        kernel: (k, k) float32, sums to 1; None where nobody knows it.
        sigma: standard deviation of the noise, in units of [0, 1]; None where nobody knows it.
    """

    name: str
    given: np.ndarray
    true: np.ndarray
    kernel: np.ndarray | None = None
    sigma: float | None = None


def held_out_pairs(experiment, split="test", seed=7, draws=None):
    """Give the pairs of a split one by one, always alike: every sharp picture degraded a few times.

    Of a recipe with several noise levels every draw is given at every level, in turn.

    Args:
        experiment: Experiment.
        split: "validation" or "test".
        seed: int; pair (picture i, draw j) depends on (seed, i, j) alone.
        draws: degradations of each picture; None means 5, or 1 of data with 50 pictures and more. Where
            nothing is left to chance, one. Data that holds pairs is given once, as it is.

    Yields:
        Pair.
    """
    if not catalogue.sharp(experiment.data):
        yield from _stored(feeding.pairs(experiment, split))
        return
    recipe, folder = experiment.degradation, experiment.folder
    size = experiment.training.window if folder else None
    pictures = catalogue.pictures(experiment.data, split, folder, size)
    if draws is None:
        draws = DRAWS if len(pictures) < MANY else 1
    levels = [None] if recipe.sigmas is None else recipe.sigmas
    for i, (name, sharp) in enumerate(pictures.items()):
        scene = draw.scene(sharp, recipe)
        for j in range(len(levels) * (1 if recipe.fixed else draws)):
            # As `draw.degrade` does, keeping what it draws.
            rng, level = np.random.default_rng((seed, i, j)), levels[j % len(levels)]
            kernel = draw.draw_kernel(recipe, rng)
            sigma = draw.draw_sigma(recipe, rng) if level is None else level
            blurred = draw.photograph(scene, recipe, kernel, sigma, rng)
            yield Pair(f"{name}_{j}", blurred, scene, kernel, sigma)


def _stored(pairs):
    for i, name in enumerate(pairs.names):
        yield Pair(name, *pairs.load(i))
