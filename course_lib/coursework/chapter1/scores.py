"""Exercises of notebook 14: what PSNR cannot see."""

import math

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

RNG = np.random.default_rng(14)
SCORED = [
    (RNG.random((6, 5, 3)), RNG.random((6, 5, 3)), 1.0),
    (255 * RNG.random((4, 7)), 255 * RNG.random((4, 7)), 255.0),
    (RNG.random((3, 3)), RNG.random((3, 3)), 2.0),
]


def _mse(sharp, restored):
    return np.mean((sharp - restored) ** 2)


EXERCISES = (
    Exercise(
        name="14.psnr_by_hand",
        question="Write psnr(sharp, restored, data_range): the peak signal-to-noise ratio in dB, over "
        "all values.",
        verify=verdicts.function(
            lambda s, r, peak: 10 * np.log10(peak**2 / _mse(s, r)),
            SCORED,
            "psnr(sharp, restored, data_range)",
            tolerance=1e-3,
            slips=(
                (
                    lambda s, r, p: 10 * np.log10(p / _mse(s, r)),
                    "the range has to be squared, as the error is.",
                ),
                (
                    lambda s, r, p: 20 * np.log10(p**2 / _mse(s, r)),
                    "twice too large: 10 goes with squares, 20 with roots.",
                ),
                (lambda s, r, p: 10 * np.log(p**2 / _mse(s, r)), "np.log is natural; decibels use np.log10."),
                (
                    lambda s, r, p: 10 * np.log10(1 / _mse(s, r)),
                    "data_range is not used; it is not always 1.",
                ),
                (
                    lambda s, r, p: 10 * np.log10(s.max() ** 2 / _mse(s, r)),
                    "the peak is data_range, not the picture's maximum.",
                ),
                (
                    lambda s, r, p: -10 * np.log10(p**2 / _mse(s, r)),
                    "the sign is wrong: a smaller error scores higher.",
                ),
                (
                    lambda s, r, p: 10 * np.log10(p**2 / np.mean(np.abs(s - r))),
                    "the error is absolute; it has to be squared.",
                ),
            ),
        ),
        hints=(
            "First the mean of the squared differences, over all pixels and channels.",
            "10 * np.log10(data_range**2 / mse)",
        ),
        because="It is the mean squared error on a logarithmic scale, nothing more: it knows no structure.",
    ),
    Exercise(
        name="14.double_error",
        question="Every error of a restored picture is doubled. How many dB of PSNR are lost?",
        verify=verdicts.number(
            20 * math.log10(2),
            0.02,
            slips=(
                (
                    10 * math.log10(2),
                    "that belongs to a doubled mean squared error; here the error itself doubles.",
                ),
                (-20 * math.log10(2), "the size is right; a loss is asked for, so leave the minus out."),
            ),
        ),
        hints=(
            "What happens to the mean squared error when every difference doubles?",
            "It becomes four times as large: 10 log10(4).",
        ),
        because="10 log10(4) = 6.02 dB. A table's 0.3 dB is an error smaller by 3.4 percent.",
    ),
    Exercise(
        name="14.range",
        question="Pictures in [0, 1] are scored by mistake with data_range=255. By how many dB is the "
        "PSNR too high?",
        verify=verdicts.number(
            20 * math.log10(255),
            0.02,
            slips=(
                (10 * math.log10(255), "the range enters squared."),
                (20 * math.log10(256), "256 values have the range 255."),
                (-20 * math.log10(255), "the size is right, but the mistake flatters: it raises the score."),
            ),
        ),
        hints=(
            "The error does not change; only the number above the line does.",
            "10 log10(255²) instead of 10 log10(1).",
        ),
        because="20 log10(255) = 48.13 dB. So large a mistake is seen at once; the next one is not.",
    ),
    Exercise(
        name="14.peak",
        question="A dark picture's brightest value is 0.5. Somebody takes that as the range instead of 1. "
        "By how many dB is the PSNR too low?",
        verify=verdicts.number(
            20 * math.log10(2),
            0.02,
            slips=(
                (10 * math.log10(2), "the range enters squared."),
                (
                    -20 * math.log10(2),
                    "the size is right; asked is by how much too low, so leave the minus out.",
                ),
            ),
        ),
        hints=(
            "Compare 10 log10(1² / MSE) with 10 log10(0.5² / MSE).",
            "The error cancels: 10 log10(1 / 0.25).",
        ),
        because="6.02 dB, on this picture alone: every picture gets another range, and the mean means "
        "nothing. "
        "Hence data_range is compulsory here.",
    ),
    Exercise(
        name="14.mean_of_psnr",
        question="Two pictures have mean squared errors of 0.01 and 0.0001. By how many dB is the mean "
        "of the two "
        "PSNRs above the PSNR of the mean error?",
        verify=verdicts.number(
            30 + 10 * math.log10(0.00505),
            0.02,
            slips=(
                (30.0, "that is the mean of the PSNRs; subtract the PSNR of the mean error."),
                (
                    -10 * math.log10(0.00505),
                    "that is the PSNR of the mean error; subtract it from the other.",
                ),
                (
                    -30 - 10 * math.log10(0.00505),
                    "the size is right; the mean of the PSNRs is the larger one.",
                ),
            ),
        ),
        hints=(
            "One way: 20 dB and 40 dB, averaged. Other way: average the errors first.",
            "The mean error is 0.00505. Take 10 log10(1 / 0.00505) from 30.",
        ),
        because="30.00 - 22.97 = 7.03 dB between two protocols that tables both call average PSNR.",
    ),
)

QUIZZES = (
    Quiz(
        name="14.higher",
        question="Restoration A scores 0.5 dB above B on one picture. What follows?",
        options=(
            Option(
                text="A looks better",
                why="PSNR rewards the safe blur: sharp texture off by a pixel costs more.",
            ),
            Option(
                text="A's mean squared error is about 11 percent smaller",
                why="10^(-0.05) = 0.89, on this picture and with this range: that is all the number says.",
                right=True,
            ),
            Option(
                text="A is better on other pictures",
                why="One picture cannot tell; differences between pictures are larger.",
            ),
            Option(
                text="A has the higher SSIM",
                why="SSIM compares local means, contrasts and structure; the order may turn.",
            ),
        ),
    ),
)
