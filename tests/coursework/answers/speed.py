"""Answers to the exercises of notebook 32, ASAP-Net's speed: name -> (right, wrong, another wrong)."""

import numpy as np


def tent(factor):
    middle = factor - 0.5
    heights = [factor - abs(i - middle) for i in range(2 * factor)]
    return np.array(heights) / factor**2


def unscaled(factor):
    return 2 * factor**2 * tent(factor)


def box(factor):
    return np.ones(2 * factor) / (2 * factor)


def surprise(make, first, second):
    used, fresh = make(), make()
    used(first)
    return max(abs(a - b) for a, b in zip(used(second).ravel(), fresh(second).ravel(), strict=True))


def without_the_first(make, first, second):
    return np.abs(make()(second) - make()(second)).max()


def mean_surprise(make, first, second):
    used, fresh = make(), make()
    used(first)
    return np.mean(np.abs(used(second) - fresh(second)))


# Numbers worked out on paper.
ANSWERS = {
    "32.pixel": (14848, 13312, 15107),
    "32.even": (2.94, 2_937_500, 0.524),
    "32.tent": (tent, unscaled, box),
    "32.rate": (0.371, 0.113, 0.305),
    "32.surprise": (surprise, without_the_first, mean_surprise),
}
