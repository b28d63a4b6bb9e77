"""Exercises of notebook 21: why L1 is grey, and what a critic is."""

import math

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

RNG = np.random.default_rng(21)
SCORES = [(RNG.normal(size=8) * 2,), (RNG.normal(size=(3, 4)) * 5,)]  # a critic's scores, logits


def _vanilla(scores):
    return np.mean(np.logaddexp(0, -scores))


EXERCISES = (
    Exercise(
        name="21.constant",
        question="In three of five equally plausible scenes a pixel is black (0), in one it is grey (0.5), "
        "in one white (1). Which constant has the least mean squared error, and which the least mean "
        "absolute error? Give both: [L2, L1].",
        verify=verdicts.array(
            np.array([0.3, 0.0]),
            tolerance=1e-3,
            slips=(
                (np.array([0.0, 0.3]), "the two are swapped: squares are paid best by the mean."),
                (np.array([0.3, 0.3]), "absolute errors are paid best by the middle value, not by the mean."),
                (np.array([0.3, 0.5]), "0.5 is the middle of the range; count how often each value occurs."),
                (np.array([0.5, 0.5]), "each value counts as often as it occurs: black three times."),
                (np.array([0.5, 0.0]), "the mean counts black three times: (0 + 0 + 0 + 0.5 + 1) / 5."),
                (np.array([0.0, 0.0]), "black is the commonest, but a squared error does not take sides."),
            ),
        ),
        hints=(
            "Squared error: the mean. Absolute error: the median.",
            "Write the five values in a row, in order: 0, 0, 0, 0.5, 1. Add them; and find the middle one.",
        ),
        because="The mean is 1.5 / 5 = 0.3, a grey that occurs in no scene. The median is 0: the majority "
        "wins, and whoever is white in one scene of five is never heard.",
    ),
    Exercise(
        name="21.decibels",
        question="The mean of the plausible scenes scores a PSNR of 26.00 dB. What PSNR has one plausible "
        "scene, drawn by chance? (Both from the mean squared error over all truths and draws.)",
        verify=verdicts.number(
            26 - 10 * math.log10(2),
            0.02,
            slips=(
                (26 + 10 * math.log10(2), "a larger error lowers the PSNR."),
                (26 - 20 * math.log10(2), "that is four times the squared error; it is twice."),
                (13.0, "twice the error is not half the decibels: 10 log10."),
                (24.0, "decibels are logarithms: a factor of 2 is not 2 dB."),
                (26 - 10 * math.log10(1.5), "the factor is exactly 2, not 1.5."),
            ),
        ),
        hints=(
            "Truth and draw are two scenes from the same heap: how far apart are they, against each one's "
            "distance from the mean?",
            "The mean squared error doubles; and 10 log10(2) = 3.01 dB.",
        ),
        because="26 - 10 log10(2) = 22.99 dB. The most honest-looking answer loses 3 dB on the ruler that "
        "most tables print.",
    ),
    Exercise(
        name="21.best_critic",
        question="Of a thousand real pixels 30 have a certain brightness, of a thousand generated ones 10. "
        "What does the best critic answer there: how probable is it that such a pixel is real?",
        verify=verdicts.number(
            0.75,
            0.002,
            slips=(
                (0.25, "that is the probability of a generated one."),
                (3.0, "that is the ratio; a probability lies between 0 and 1."),
                (math.log(3), "that is the score, the logit; its sigmoid is asked for."),
                (0.03, "compare with the generated ones: among all that look so, how many are real?"),
                (0.5, "that would be right if both kinds were equally frequent there."),
            ),
        ),
        hints=(
            "Put all pixels of that brightness on one heap and count.",
            "p_real / (p_real + p_fake), here 30 / (30 + 10).",
        ),
        because="30 / 40 = 0.75. Only the ratio of the two frequencies matters, and that is just what the "
        "generator needs to know: there should be more of these.",
    ),
    Exercise(
        name="21.generator_loss",
        question="Write generator_loss(scores): what the vanilla generator pays, mean of -log sigmoid(t), "
        "for an array of scores t of generated pictures. It must survive scores of -1000.",
        verify=verdicts.function(
            _vanilla,
            [*SCORES, (np.array([-1000.0, 3.0]),)],
            "generator_loss(scores)",
            slips=(
                (
                    lambda t: np.mean(np.logaddexp(0, t)),
                    "that is what the critic pays for generated pictures; the generator wants the opposite.",
                ),
                (lambda t: np.mean(-np.logaddexp(0, t)), "that is log(1 - D), the form that saturates."),
                (lambda t: np.sum(np.logaddexp(0, -t)), "the sum came back; the mean is asked for."),
                (lambda t: np.logaddexp(0, -t), "average over the scores: one number is asked for."),
                (lambda t: np.mean(-t), "that is the generator of hinge and Wasserstein."),
                (lambda t: np.mean((t - 1) ** 2), "that is the generator of least squares."),
                (lambda t: -np.mean(np.logaddexp(0, -t)), "the sign is wrong: a low score must cost more."),
            ),
        ),
        hints=(
            "-log sigmoid(t) = log(1 + exp(-t)).",
            "exp(1000) overflows; np.logaddexp(0, -t) is log(exp(0) + exp(-t)), worked out safely.",
        ),
        because="np.mean(np.logaddexp(0, -scores)); far below zero it is a straight line of slope -1, so "
        "that a generator that convinces nobody is still pulled.",
    ),
    Exercise(
        name="21.orbit",
        question="Both players of the smallest duel move at the same time, in steps of 0.2: "
        "(theta, psi) becomes (theta + 0.2 psi, psi - 0.2 theta). By which factor has the distance from "
        "(0, 0) grown after 50 rounds?",
        verify=verdicts.number(
            1.04**25,
            0.01,
            slips=(
                (1.04**50, "that is the factor of the squared distance."),
                (1.2**50, "theta and psi move at a right angle: add the squares."),
                (1.0, "that would be a circle; a step along the tangent ends outside it."),
                (1.04**0.5, "that is one round; there are 50."),
                (1.02**50, "close: a round gives sqrt(1 + 0.2²), not 1 + 0.2² / 2."),
            ),
        ),
        hints=(
            "Work out the new theta² + psi² from the old: the mixed terms cancel.",
            "Each round multiplies the squared distance by 1 + 0.2² = 1.04.",
        ),
        because="sqrt(1.04) a round, 1.04 to the power of 25 after 50: each player answers a position that "
        "the other has just left, so both overshoot, always outwards.",
    ),
)

QUIZZES = (
    Quiz(
        name="21.whisker",
        question="A white whisker, one pixel thin, lies before black fur. It may stand at any of nine "
        "places side by side, all equally plausible. What does a network answer that was trained with L1?",
        options=(
            Option(
                text="a grey smear, nine pixels wide",
                why="That is the mean, the answer of L2: each pixel is white in one scene of nine.",
            ),
            Option(
                text="no whisker at all",
                why="At every pixel black wins by eight scenes to one; the median goes with the majority.",
                right=True,
            ),
            Option(
                text="a sharp whisker in the middle place",
                why="Every pixel is judged alone: in the middle, too, eight scenes of nine are black.",
            ),
            Option(
                text="a sharp whisker at one of the nine",
                why="Such an answer is wrong in eight scenes of nine, twice each time: no pixel-wise loss "
                "rewards it. A critic does.",
            ),
        ),
    ),
)
