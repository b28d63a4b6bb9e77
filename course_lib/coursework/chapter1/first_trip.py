"""Exercises of notebook 00: the whole trip of one photograph."""

import math

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

EXERCISES = (
    Exercise(
        name="00.half_the_error",
        question="A restored photograph has half the mean squared error of the blurred one. "
        "By how many dB is its PSNR higher?",
        verify=verdicts.number(
            10 * math.log10(2),
            0.02,
            slips=(
                (20 * math.log10(2), "that is the gain of half the root of the mean squared error."),
                (2.0, "2 is the ratio; a decibel is ten times its base-10 logarithm."),
                (10 * math.log(2), "that is the natural logarithm; decibels use base 10."),
            ),
        ),
        hints=(
            "PSNR is 10 log10(1 / MSE) for pictures in [0, 1]. Write it once with MSE and once with MSE / 2.",
            "The difference of two logarithms is the logarithm of the ratio: 10 log10(2).",
        ),
        because="10 log10(2) = 3.01 dB: every halving of the mean squared error is worth 3 dB.",
    ),
    Exercise(
        name="00.unknowns",
        question="A network restores an RGB photograph of 480 x 640 pixels. How many numbers does it "
        "estimate?",
        verify=verdicts.number(
            480 * 640 * 3,
            0.5,
            slips=((480 * 640, "that counts pixels; each has a red, a green and a blue value."),),
        ),
        hints=(
            "The restored picture has the shape of the blurred one.",
            "Its shape is (480, 640, 3).",
        ),
        because="480 · 640 · 3 = 921 600 unknowns from as many measurements, and the kernel is unknown "
        "on top: "
        "that is why the network has to know what photographs look like.",
    ),
)

QUIZZES = (
    Quiz(
        name="00.known",
        question="Somebody sends you one shaken photograph. Which letters of B = S * K + N do you know?",
        options=(
            Option(
                text="B and K",
                why="The path of the shaking hand was not recorded. Who has K solves the easier, "
                "non-blind problem.",
            ),
            Option(
                text="only B",
                why="Scene, path and noise must all be inferred from one picture: blind deblurring.",
                right=True,
            ),
            Option(
                text="B and N",
                why="At best the strength of the noise is known; N itself is a fresh draw at every pixel.",
            ),
            Option(
                text="S",
                why="With S at hand nothing would be left to restore. We have S in training, where we "
                "made B from it.",
            ),
        ),
    ),
)
