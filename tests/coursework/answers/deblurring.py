"""Answers to the exercises of notebook 23, DeblurGAN: name -> (right, wrong, another wrong)."""

import numpy as np


def overlap(side, stride):
    counts = np.zeros(stride, int)
    for tap in range(side):
        counts[tap % stride] += 1
    return counts


def rounded_down(side, stride):
    return np.full(stride, side // stride)


def every_tap_everywhere(side, stride):
    return np.full(stride, side)


# Numbers worked out on paper.
ANSWERS = {
    "23.block": (1180160, 590080, 1179648),
    "23.dead": (5248, 5251, 2944),
    "23.patch": (70, 16, 46),
    "23.overlap": (overlap, rounded_down, every_tap_everywhere),
    "23.pull": (0.0396, 0.02, 0.9604),
    "23.washed": (0.7, 0.4, 0.2),
}
