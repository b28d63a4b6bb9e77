"""Exercises of notebook 33: why a fast network made dark pictures."""

import math

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz


def _cells(picture, cells):
    high, wide = picture.shape[0] // cells, picture.shape[1] // cells
    return picture.reshape(cells, high, cells, wide).mean(axis=(1, 3))


def _worst_fall(true, restored, cells):
    return (_cells(true, cells) - _cells(restored, cells)).max()


RNG = np.random.default_rng(33)


def _dark_corner(side, cells):
    true = 0.3 + 0.6 * RNG.random((side, side + cells))
    restored = np.clip(true + 0.1 * RNG.standard_normal(true.shape), 0, 1)
    restored[: side // cells, -(side // cells) :] *= 0.5
    restored[-(side // cells) :] = np.clip(restored[-(side // cells) :] + 0.35, 0, 1)  # too bright
    return true, restored, cells


FALLS = [_dark_corner(16, 4), _dark_corner(24, 8)]

EXERCISES = (
    Exercise(
        name="33.deviation",
        question="Behind an instance norm and a ReLU, 1024 numbers go into a 1 x 1 convolution whose weights "
        "are drawn from N(0, 0.02²). Before the ReLU, each number had mean 0 and deviation 1. Which standard "
        "deviation has what the convolution predicts?",
        verify=verdicts.number(
            0.02 * math.sqrt(512),
            0.005,
            slips=(
                (0.64, "the ReLU is forgotten: it sets one half of the squares to 0."),
                (0.02 * 512, "variances add, not deviations: take the root of the number of terms."),
                (0.02 * 1024, "variances add, not deviations; and the ReLU halves the squares."),
                (512 * 0.02**2, "that is the variance; the deviation is its root."),
                (1024 * 0.02**2, "that is a variance, and the ReLU is forgotten."),
                (0.02, "that is one weight; 1024 products are added."),
                (0.02 * math.sqrt(256), "the ReLU halves the sum of squares once, not twice."),
            ),
        ),
        hints=(
            "The variance of a sum of independent products is the sum of their variances: weight variance "
            "times mean square of what enters.",
            "A ReLU keeps one half of the mean square: 1 becomes 1/2. So 1024 times 1/2 times 0.02 squared; "
            "then the root.",
        ),
        because="0.02 · sqrt(1024 / 2) = 0.45. In DeblurGAN the same N(0, 0.02²) is followed by a norm that "
        "divides any size away; here what is predicted *is* the weights of another network, and nothing "
        "divides it.",
    ),
    Exercise(
        name="33.layers",
        question="In the network of a tile, 64 numbers enter a layer whose weights have deviation 0.45. They "
        "come through a leaky ReLU that leaves one half of the mean square. By which factor does one layer "
        "let the root mean square grow (from before the leaky ReLU to behind the layer; forget the bias)?",
        verify=verdicts.number(
            0.45 * math.sqrt(32),
            0.02,
            slips=(
                (0.45 * 8, "the leaky ReLU is forgotten: one half of the mean square is left."),
                (64 * 0.45**2 / 2, "that is the factor of the variance; take its root."),
                (64 * 0.45**2, "that is a factor of variances, and the leaky ReLU is forgotten."),
                (0.45 * 32, "variances add, not deviations: the root of 32."),
                (0.45, "64 products are added, not one."),
                ((0.45 * math.sqrt(32)) ** 4, "that is for four layers; one is asked for."),
            ),
        ),
        hints=(
            "As before: the variance of the sum is the number of terms, times the weights' variance, times "
            "the mean square of what enters.",
            "64 · 0.45² / 2, then the root.",
        ),
        because="0.45 · sqrt(32) = 2.55, in each of four layers: a factor of 42. The tanh behind them is "
        "flat from 3 on. A start that keeps sizes would need weights of 1 / sqrt(32) = 0.18.",
    ),
    Exercise(
        name="33.spot",
        question="A picture has 512 tiles. 4 of them are black (0) where the truth is 0.5, and everything "
        "else is perfect. Which PSNR has it, in dB, at range 1?",
        verify=verdicts.number(
            10 * math.log10(512 / (4 * 0.25)),
            0.05,
            slips=(
                (10 * math.log10(128), "errors are squared: a difference of 0.5 counts 0.25."),
                (10 * math.log10(256), "errors are squared: a difference of 0.5 counts 0.25, not 0.5."),
                (10 * math.log10(2048), "that is for one tile; there are four."),
                (20 * math.log10(512), "the mean squared error is a square already: 10 log10."),
                (-10 * math.log10(512), "the sign: a small error is a large PSNR."),
                (6.02, "that is the PSNR inside the spot; the mean goes over the whole picture."),
            ),
        ),
        hints=(
            "First the mean squared error: which share of the pixels is wrong, and by what square?",
            "4 / 512 · 0.25 = 1 / 512; and PSNR is -10 log10 of it.",
        ),
        because="-10 log10(1 / 512) = 27.1 dB: less than a share of 1 % of black costs everything above 27 "
        "dB, however well the rest is restored. A PSNR cannot tell a spot from haze; a map can.",
    ),
    Exercise(
        name="33.fall",
        question="Write fall(true, restored, cells) for gray pictures (h, w): cut both into cells x cells "
        "regions (the sides divide), take the mean of each, and return by how much the restored one lies "
        "below the truth in the region where it lies deepest.",
        verify=verdicts.function(
            _worst_fall,
            FALLS,
            "fall(true, restored, cells)",
            slips=(
                (lambda t, r, c: t.mean() - r.mean(), "that is the whole picture; a dark corner drowns."),
                (lambda t, r, c: -_worst_fall(t, r, c), "the sign: above 0 means too dark."),
                (
                    lambda t, r, c: np.abs(_cells(t, c) - _cells(r, c)).max(),
                    "regions that are too bright must not count: no absolute value.",
                ),
                (
                    lambda t, r, c: (_cells(t, c) - _cells(r, c)).min(),
                    "that is where it is brightest against the truth; the deepest fall is asked for.",
                ),
                (
                    lambda t, r, c: (t - r).max(),
                    "that is the worst pixel; one pixel says little, take means of regions.",
                ),
                (
                    lambda t, r, c: _cells(np.abs(t - r), c).max(),
                    "the error's size was averaged; average the pictures, so that noise cancels.",
                ),
                (
                    lambda t, r, c: (_cells(t, c) - _cells(r, c)).mean(),
                    "the mean over all regions is the mean over the picture; take the deepest.",
                ),
                (
                    lambda t, r, c: _cells(t, c).max() - _cells(r, c).max(),
                    "subtract first, region by region; then look for the deepest.",
                ),
            ),
        ),
        hints=(
            "picture.reshape(cells, h // cells, cells, w // cells).mean(axis=(1, 3)) gives the means.",
            "Means of the truth minus means of the restored picture, then .max().",
        ),
        because="This is what the guard of the course asks, of luminance, after every interval. Means of "
        "regions forgive noise and blur; the deepest one does not forgive a corner.",
    ),
    Exercise(
        name="33.frame",
        question="A white picture, 1 everywhere in [0, 1], is moved to [-1, 1], averaged over 9 pixels in a "
        "column with zeros beyond the border, and moved back to [0, 1]. Which value has its top row?",
        verify=verdicts.number(
            7 / 9,
            0.005,
            slips=(
                (5 / 9, "zeros in [-1, 1] are no black: they are the 0.5 of [0, 1]."),
                (1.0, "4 of the 9 pixels lie beyond the border."),
                (0.75, "in the top row 4 of 9 lie outside, not one half."),
                (1 / 9, "that is the value in [-1, 1] of a black border; 0 there is mid-grey."),
                (6.5 / 9, "the top row itself is inside: 4 pixels lie above it, not 5."),
                (8.5 / 9, "one pixel in the top row sees 4 rows beyond the border, not one."),
            ),
        ),
        hints=(
            "Of the 9 pixels around the top row, how many lie inside the picture? What are the others worth "
            "in [0, 1]?",
            "5 pixels of value 1 and 4 of value 0.5, divided by 9.",
        ),
        because="(5 · 1 + 4 · 0.5) / 9 = 0.78: a grey frame, which no camera makes. A network spends itself "
        "on it, and doing nothing scores worse than it should.",
    ),
)

QUIZZES = (
    Quiz(
        name="33.letters",
        question="out = tanh(MLP(red, green, code)). Three things that a deblurring pixel needs are missing. "
        "Which of these is NOT missing?",
        options=(
            Option(
                text="the blue of the pixel",
                why="Missing: it goes to the hypernet alone, a rule that was made for edge maps.",
            ),
            Option(
                text="the pixels beside it",
                why="Missing: whatever the weights, a pixel is a function of itself.",
            ),
            Option(
                text="where the pixel stands in its tile",
                why="That is the code. It lets the network of a tile paint a pattern, but no pattern undoes "
                "a blur.",
                right=True,
            ),
            Option(
                text="the pixel added behind the tanh",
                why="Missing: the flag for it was given, and this generator never reads it.",
            ),
        ),
    ),
    Quiz(
        name="33.moves",
        question="In the student project's picture the black spot lay in the bottom left corner. In small "
        "copies it lies at another corner or edge for every seed, and hardly ever inside. What does that "
        "point to?",
        options=(
            Option(
                text="dark corners of the photographs",
                why="They would be at the same place for every seed, and in the blurred pictures too.",
            ),
            Option(
                text="zeros around the small maps, and chance in the start",
                why="Tiles at a border are told other values than those inside, because they alone see the "
                "padding; which of them begin at black, and stay, is drawn with the weights.",
                right=True,
            ),
            Option(
                text="a blur that darkens borders",
                why="Its border is grey, so dark pictures become brighter there; and it would not choose.",
            ),
            Option(
                text="the critic, which sees patches",
                why="It slides over the whole picture with one set of weights and has no favourite corner.",
            ),
        ),
    ),
    Quiz(
        name="33.alone",
        question="Curing a fault alone gains nothing. Taking the same cure back from the network that has "
        "all cures costs several dB. What follows?",
        options=(
            Option(
                text="one of the two measurements is wrong",
                why="They answer two questions: what does it do with all the others present, and without.",
            ),
            Option(
                text="the cure is harmless but useless",
                why="Then it could be taken back for nothing.",
            ),
            Option(
                text="another fault hid this one, and both have to go",
                why="Where the picture is spoilt twice, mending one of the two shows nothing yet. One "
                "change at a time, from the broken network, would have missed it.",
                right=True,
            ),
            Option(
                text="the gains of all cures add up to the whole",
                why="They need not: a fault that hides another makes the sum too small, two faults that do "
                "the same damage make it too large.",
            ),
        ),
    ),
)
