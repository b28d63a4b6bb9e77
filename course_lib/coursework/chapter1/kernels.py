"""Exercises of notebook 12: where kernels come from."""

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

RNG = np.random.default_rng(12)
CLIPS = [(RNG.random((4, 5, 6, 3)), 2.2), (RNG.random((3, 7, 4)), 1.8)]  # frames (n, h, w[, c]) and gamma

LINE = np.zeros((9, 9))
LINE[4] = 1 / 9


def _low_line():
    low = np.zeros((9, 9))
    low[3] = 1 / 9
    return low


def _average(frames, gamma):
    return np.mean(frames**gamma, axis=0) ** (1 / gamma)


EXERCISES = (
    Exercise(
        name="12.line_kernel",
        question="Make the kernel of a camera that moved evenly along 9 pixels of a row: an array of "
        "shape (9, 9).",
        verify=verdicts.array(
            LINE,
            slips=(
                (LINE.T, "that camera moved up or down; a row runs along the second axis."),
                (LINE * 9, "its weights sum to 9: the picture would come out nine times too bright."),
                (np.eye(9) / 9, "that camera moved along the diagonal."),
                (np.full((9, 9), 1 / 81), "that spreads over the whole square; the light ran along one row."),
                (LINE[4:5], "the nine weights are right; put them into the middle row of a (9, 9) array."),
                (LINE[4], "the nine weights are right; put them into the middle row of a (9, 9) array."),
                (_low_line(), "the line is not in the middle row, so it would also shift the picture."),
            ),
        ),
        hints=(
            "Begin with np.zeros((9, 9)) and fill the middle row.",
            "Row 4 is the middle of 0 to 8; all nine weights are equal and sum to 1.",
        ),
        because="Each of the nine pixels got the light for a ninth of the exposure.",
    ),
    Exercise(
        name="12.frames",
        question="Write average(frames, gamma): frames (n, h, w) or (n, h, w, c), display-encoded in "
        "[0, 1]. Decode "
        "to light with the power gamma, average over time, encode again.",
        verify=verdicts.function(
            _average,
            CLIPS,
            "average(frames, gamma)",
            slips=(
                (lambda f, g: f.mean(axis=0), "that averages the encoded values; a sensor averages light."),
                (
                    lambda f, g: np.mean(f**g, axis=0),
                    "that is the light; it still has to be encoded with 1 / gamma.",
                ),
                (
                    lambda f, g: _average(f, 1 / g),
                    "the two powers are swapped: decoding makes mid-grey darker.",
                ),
                (
                    lambda f, g: f.mean(axis=0) ** (1 / g),
                    "the frames were not decoded before they were averaged.",
                ),
                (lambda f, g: f.sum(axis=0), "that is a sum; it grows with the number of frames."),
                (
                    lambda f, g: np.sum(f**g, axis=0) ** (1 / g),
                    "that is a sum; divide by the number of frames.",
                ),
            ),
        ),
        hints=(
            "Three steps: frames ** gamma, a mean over the first axis, a last power.",
            "np.mean(light, axis=0) ** (1 / gamma)",
        ),
        because="Light adds up, encoded values do not: a small bright lamp leaves a far brighter streak "
        "in light.",
    ),
    Exercise(
        name="12.half_shift",
        question="A blur of two equal samples has no middle. Padded to [0, 0.5, 0.5], it has one at "
        "sample 1. By how many pixels does it shift the picture?",
        verify=verdicts.number(
            0.5,
            1e-3,
            slips=(
                (1.5, "that is the centre of mass counted from sample 0; count from the middle, sample 1."),
                (0.0, "its centre of mass is not the middle sample."),
                (1.0, "only half of the light moves by one pixel."),
                (
                    -0.5,
                    "the size is right; asked is how far, and the sum of weight times offset is "
                    "positive here.",
                ),
            ),
        ),
        hints=(
            "The shift is the kernel's centre of mass, measured from its middle sample.",
            "Offsets are -1, 0 and 1, weights 0, 0.5 and 0.5.",
        ),
        because="0 · 0.5 + 1 · 0.5 = 0.5: half a pixel, which no eye sees and every PSNR does. Hence "
        "odd kernels.",
    ),
)

QUIZZES = (
    Quiz(
        name="12.space_variant",
        question="The camera turns around its optical axis during the exposure. Which model of the blur "
        "fits?",
        options=(
            Option(
                text="one kernel for the picture",
                why="The corners move on long arcs and the centre stands still.",
            ),
            Option(
                text="a kernel that changes over the picture",
                why="Each place has its own arc, growing with the distance from the axis.",
                right=True,
            ),
            Option(text="a disk", why="A disk comes from a lens out of focus; nothing has to move for it."),
            Option(
                text="no kernel at all",
                why="Each pixel is still a weighted sum of the scene, only not the same one.",
            ),
        ),
    ),
)
