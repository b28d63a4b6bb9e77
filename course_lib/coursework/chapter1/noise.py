"""Exercises of notebook 13: noise, and what it destroys."""

import math

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

RNG = np.random.default_rng(13)


def _spectrum(*shape):
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


SPECTRA = [(_spectrum(5, 6), 0.1), (_spectrum(8), 0.02)]  # transfer functions and noise-to-signal ratios


def _wiener(transfer, ratio):
    return np.conj(transfer) / (np.abs(transfer) ** 2 + ratio)


EXERCISES = (
    Exercise(
        name="13.noise_db",
        question="A picture in [0, 1] differs from the truth by Gaussian noise of sigma 0.05 alone, "
        "unclipped. "
        "What is its PSNR in dB at range 1?",
        verify=verdicts.number(
            -20 * math.log10(0.05),
            0.05,
            slips=(
                (-10 * math.log10(0.05), "sigma has to be squared: the mean squared error is sigma²."),
                (20 * math.log10(0.05), "the ratio stands upside down: range over error."),
                (-20 * math.log(0.05), "that is the natural logarithm; decibels use base 10."),
                (20 * math.log10(255 / 0.05), "the picture lies in [0, 1], so its range is 1, not 255."),
            ),
        ),
        hints=(
            "The mean squared error of the noise is its variance, sigma².",
            "PSNR = 10 log10(1 / sigma²) = -20 log10(sigma).",
        ),
        because="-20 log10(0.05) = 26.02 dB. Doubling sigma costs 6.02 dB.",
    ),
    Exercise(
        name="13.amplification",
        question="At one frequency the kernel's spectrum is 0.02. The inverse filter divides by it. By "
        "which factor "
        "does it multiply the noise there?",
        verify=verdicts.number(
            50.0,
            0.1,
            slips=(
                (2500.0, "that is the factor of the noise's power; asked is the amplitude."),
                (0.02, "dividing by 0.02 makes larger, not smaller."),
                (20 * math.log10(50), "that is the factor in dB; give it as a plain factor."),
            ),
        ),
        hints=(
            "The photograph's spectrum is S·K + N; divide all of it by K.",
            "What stands before N is 1 / 0.02.",
        ),
        because="1 / 0.02 = 50: noise nobody saw becomes the strongest thing in the picture.",
    ),
    Exercise(
        name="13.wiener",
        question="Write wiener_response(transfer, noise_to_signal): what Wiener's filter multiplies the "
        "photograph's "
        "spectrum with. transfer is the kernel's spectrum, complex, any shape.",
        verify=verdicts.function(
            _wiener,
            SPECTRA,
            "wiener_response(transfer, noise_to_signal)",
            slips=(
                (
                    lambda k, r: k / (np.abs(k) ** 2 + r),
                    "the conjugate is missing: the phase turns the wrong way.",
                ),
                (
                    lambda k, r: np.conj(k) / (np.abs(k) + r),
                    "the magnitude below the line has to be squared.",
                ),
                (
                    lambda k, r: 1 / (k + r),
                    "that adds the ratio to the kernel; it belongs beside the squared magnitude.",
                ),
                (
                    lambda k, r: np.conj(k) / (np.abs(k) ** 2 + r**2),
                    "the ratio is one of powers already: no square.",
                ),
                (
                    lambda k, r: np.abs(k) ** 2 / (np.abs(k) ** 2 + r),
                    "that is the share it keeps; divide it by transfer.",
                ),
                (lambda k, r: 1 / k, "that is the inverse filter: the noise has no say in it."),
            ),
        ),
        hints=(
            "Where the noise is zero it must be the inverse filter, 1 / transfer.",
            "Widen 1 / K by the conjugate, conj(K) / |K|², and add the ratio below the line.",
            "np.conj(transfer) / (np.abs(transfer) ** 2 + noise_to_signal)",
        ),
        because="Strong frequencies are divided as before; where the kernel is weaker than the noise "
        "the filter "
        "gives up instead of shouting.",
    ),
    Exercise(
        name="13.brightness",
        question="A kernel sums to 1, so its spectrum at frequency zero is 1. By which factor does Wiener's "
        "filter with noise_to_signal 0.1 multiply the mean brightness of a photograph?",
        verify=verdicts.number(
            1 / 1.1,
            0.002,
            slips=(
                (1.1, "it stands below the line: the picture gets darker."),
                (1.0, "the ratio is added at frequency zero, too."),
                (1 / 1.01, "the ratio is one of powers already: no square."),
                (0.9, "close, but it is a division by 1.1, not a subtraction of 0.1."),
            ),
        ),
        hints=(
            "The mean brightness is the spectrum at frequency zero. Put K = 1 into the filter.",
            "conj(1) / (|1|² + 0.1).",
        ),
        because="1 / 1.1 = 0.909: one ratio for all frequencies darkens the picture by 9 percent. The scene "
        "is never weak at frequency zero, so the ratio there should be next to nothing.",
    ),
)

QUIZZES = (
    Quiz(
        name="13.iterations",
        question="Richardson-Lucy runs on a noisy photograph. What happens to the PSNR as the "
        "iterations go on?",
        options=(
            Option(
                text="it rises for ever", why="That needs a photograph without noise and the exact kernel."
            ),
            Option(
                text="it rises, then falls",
                why="First it recovers strong frequencies, then it fits the noise; stopping early is "
                "the regulariser.",
                right=True,
            ),
            Option(
                text="it falls at once",
                why="The first steps restore more of the scene than they add of the noise.",
            ),
            Option(
                text="it stays",
                why="Each step changes the picture until it explains the photograph, noise and all.",
            ),
        ),
    ),
)
