"""Exercises of notebook 32: ASAP-Net, speed against resolution."""

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

RNG = np.random.default_rng(32)


def _tent(factor):
    rising = np.arange(1, 2 * factor, 2)
    weights = np.concatenate([rising, rising[::-1]])
    return weights / weights.sum()


class _Honest:
    def __call__(self, picture):
        rows, columns = np.indices(picture.shape)
        return picture + rows % 4 + 0.5 * (columns % 4)


class _FirstSize:
    """Remembers what it added to the first picture, and stretches it over all others."""

    def __init__(self):
        self.added = None

    def __call__(self, picture):
        if self.added is None:
            self.added = _Honest()(np.zeros_like(picture))
        places = [np.arange(n) * m // n for n, m in zip(picture.shape, self.added.shape, strict=True)]
        return picture + self.added[np.ix_(*places)]


class _FirstMean:
    """Takes the first picture's mean away from every picture."""

    def __init__(self):
        self.mean = None

    def __call__(self, picture):
        self.mean = picture.mean() if self.mean is None else self.mean
        return picture - self.mean


MAKERS = [
    (_FirstSize, RNG.random((8, 12)), RNG.random((16, 24))),
    (_Honest, RNG.random((8, 12)), RNG.random((8, 20))),
    (_FirstMean, RNG.random((8, 12)), RNG.random((8, 12)) / 4),
]


def _surprise(make, first, second):
    used = make()
    used(first)
    return np.abs(used(second) - make()(second)).max()


def _of_the_first(make, first, second):
    used = make()
    used(second)
    return np.abs(used(first) - make()(first)).max()


def _two_fresh(make, first, second):
    return np.abs(make()(second) - make()(second)).max()


def _in_the_mean(make, first, second):
    used = make()
    used(first)
    return np.abs(used(second) - make()(second)).mean()


def _signed(make, first, second):
    used = make()
    used(first)
    return (used(second) - make()(second)).max()


EXERCISES = (
    Exercise(
        name="32.pixel",
        question="ASAP-Net for facades of 1024 x 1024 pixels has tiles of 64 pixels. 13 labels (no edges) "
        "and the position codes enter a network of five layers with 64 channels between them; three colours "
        "leave it. How many multiply-adds does one pixel cost?",
        verify=verdicts.number(
            14_848,
            0.5,
            slips=(
                (13_312, "the position codes are missing: four for each of the periods 64, 32, ..., 2."),
                (15_107, "those are the values of a tile; biases are added, not multiplied."),
                (14_592, "a tile of 64 has six periods: 64, 32, 16, 8, 4, 2."),
                (15_104, "a tile of 64 has six periods; a period of 1 tells nothing."),
                (18_944, "that is one layer too many: three layers lead from 64 channels to 64."),
                (10_752, "that is one layer too few: three layers lead from 64 channels to 64."),
                (14_784, "nothing is held back here: all 13 labels enter, for there are no edges."),
                (14_848 * 1024 * 1024, "that is the whole picture; one pixel is asked for."),
                (29_696, "a multiplication with its addition counts once."),
            ),
        ),
        hints=(
            "How many channels enter? 13 labels, and four codes for each period of a tile of 64.",
            "37 · 64 + 3 · 64 · 64 + 64 · 3.",
        ),
        because="(13 + 24) · 64 + 3 · 64² + 64 · 3 = 14 848: about as much as one 3 x 3 convolution from 40 "
        "channels to 40, and this is the whole pixel stage.",
    ),
    Exercise(
        name="32.even",
        question="The hypernet costs 47.0 billion multiply-adds, whatever the picture's size; the pixel "
        "stage costs 16 000 a pixel. At how many megapixels (millions of pixels) do both cost the same?",
        verify=verdicts.number(
            2.9375,
            0.06,
            slips=(
                (0.524288, "that is 512 x 1024, where the pixel stage is still the smaller one."),
                (2_937_500, "that is in pixels; give megapixels."),
                (2937.5, "a megapixel has a million pixels, not a thousand."),
                (0.0029375, "47.0 billion are 47 000 million."),
                (5.875, "both cost the same: once the hypernet, not twice."),
                (1.46875, "both cost the same: once the hypernet, not half of it."),
            ),
        ),
        hints=(
            "Let p be the number of pixels: 16 000 p = 47.0 billion.",
            "47 000 million by 16 000.",
        ),
        because="47.0 · 10⁹ / 16 000 = 2.94 million pixels, about 1200 x 2400. Below, enlarging a picture "
        "is nearly free; far above, twice the pixels cost twice as much, here as everywhere.",
    ),
    Exercise(
        name="32.tent",
        question="Write tent(factor): the 2 factor weights of the filter along one direction. They rise as "
        "the odd numbers 1, 3, 5, ..., factor of them, fall again in the same way, and sum to 1.",
        verify=verdicts.function(
            _tent,
            [(1,), (2,), (4,), (8,)],
            "tent(factor)",
            slips=(
                (
                    lambda f: np.concatenate([np.arange(1, 2 * f, 2), np.arange(1, 2 * f, 2)[::-1]]),
                    "the shape is right; divide by the sum, or the picture becomes brighter.",
                ),
                (
                    lambda f: _tent(f) / _tent(f).max(),
                    "divide by the sum, not by the largest weight.",
                ),
                (
                    lambda f: np.full(2 * f, 1 / (2 * f)),
                    "that is a box; a tent falls off towards both ends.",
                ),
                (
                    lambda f: np.full(f, 1 / f),
                    "that is the mean of one block; a tent is two blocks wide.",
                ),
                (
                    lambda f: (x := np.concatenate([np.arange(1, f + 1), np.arange(f, 0, -1)])) / x.sum(),
                    "odd numbers are asked for: 1, 3, 5. They are the heights of a tent at half pixels.",
                ),
                (
                    lambda f: (x := np.convolve(np.ones(f), np.ones(f))) / x.sum(),
                    "that has one weight too few: its tip stands on a pixel, here it stands between two.",
                ),
                (
                    lambda f: np.outer(_tent(f), _tent(f)),
                    "one direction is asked for: a line of weights.",
                ),
            ),
        ),
        hints=(
            "np.arange(1, 2 * factor, 2) gives 1, 3, 5, ...; [::-1] turns it round.",
            "np.concatenate of both, divided by its sum.",
        ),
        because="For factor 2: 1, 3, 3, 1 over 8. Every pixel is seen from two blocks, and its two weights "
        "sum to 1 / factor: no pixel is favoured, wherever the blocks begin.",
    ),
    Exercise(
        name="32.rate",
        question="A student project measured on one graphics card, at 512 x 1024: pix2pixHD 82 ms for 489.3 "
        "billion multiply-adds, ASAP-Net 25 ms for 55.4 billion. What share of pix2pixHD's rate "
        "(multiply-adds a second) did ASAP-Net reach there? A number from 0 to 1.",
        verify=verdicts.number(
            0.3714,
            0.006,
            slips=(
                (0.1132, "that is the share of multiply-adds; divide each count by its time first."),
                (0.3049, "that is the share of time; divide each count by its time first."),
                (2.6926, "that is upside down: ASAP-Net's rate by pix2pixHD's."),
                (3.28, "that is how many times faster it was."),
                (8.832, "that is how many times fewer multiply-adds it makes."),
                (37.14, "give a share from 0 to 1, not per cent."),
                (2.216, "that is ASAP-Net's own rate, in billions a millisecond; pix2pixHD's is missing."),
            ),
        ),
        hints=(
            "A rate is multiply-adds by seconds. Compute both.",
            "(55.4 / 25) / (489.3 / 82).",
        ),
        because="2.2 by 6.0 billion a millisecond: 0.37. And 8.8 times fewer, times 0.37, is 3.3 times as "
        "fast. Counts say what has to be done, rates how well the machine can do it; time needs both.",
    ),
    Exercise(
        name="32.surprise",
        question="Write surprise(make, first, second), a guard against memory: make() builds a fresh "
        "function of a picture. Take one such function, show it `first`, then `second`. Return the largest "
        "absolute difference between what it says of `second` and what a fresh one says of `second`.",
        verify=verdicts.function(
            _surprise,
            MAKERS,
            "surprise(make, first, second)",
            slips=(
                (
                    _two_fresh,
                    "two fresh functions always agree: one of the two must have seen `first` before.",
                ),
                (_of_the_first, "`first` comes first; compare what they say of `second`."),
                (_in_the_mean, "the largest difference is asked for: a mean hides a small place."),
                (_signed, "take absolute differences; a loss may be as bad as a gain."),
            ),
        ),
        hints=(
            "used = make(); used(first); and make() once more for the fresh one.",
            "np.abs(used(second) - make()(second)).max()",
        ),
        because="0 for whatever forgets, above 0 for whatever remembers. A test that calls a network once "
        "can never see this; a test that calls it twice, with two sizes, always does.",
    ),
)

QUIZZES = (
    Quiz(
        name="32.edges",
        question="The map of edges changes at one pixel, in the middle of a tile, and somebody holds the "
        "hypernet's values as they were. What changes in ASAP-Net's picture?",
        options=(
            Option(
                text="that pixel",
                why="The network of a tile never sees the edges: the last channel is cut off before.",
            ),
            Option(
                text="all pixels of that tile",
                why="They would if the hypernet could answer; here its values are held.",
            ),
            Option(
                text="nothing, to the last bit",
                why="Edges reach the picture through the values of tiles alone, and these are held.",
                right=True,
            ),
            Option(
                text="that pixel and its neighbours",
                why="No pixel of this stage meets its neighbours, and none of them sees the edges.",
            ),
        ),
    ),
    Quiz(
        name="32.why",
        question="Two stages make equally many multiply-adds. In the first each number that is fetched from "
        "memory is used in 400 of them, in the second in 25. Which of the two takes longer?",
        options=(
            Option(
                text="both take the same time, for they do the same work",
                why="They do the same arithmetic. But numbers must also be brought to it and taken away.",
            ),
            Option(
                text="the first, for its numbers are used more often",
                why="Using a number again costs nothing extra: it is already there.",
            ),
            Option(
                text="the second, wherever memory is slower than arithmetic",
                why="It fetches 16 times as many numbers. Where arithmetic has to wait for memory, and "
                "that is so on most machines of today, fetching decides.",
                right=True,
            ),
            Option(
                text="the second, for its numbers need more memory",
                why="How much memory is *held* is another question. What counts is how often it is gone to.",
            ),
        ),
    ),
)
