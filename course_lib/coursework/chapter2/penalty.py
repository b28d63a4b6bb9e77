"""Exercises of notebook 22: the gradient penalty."""

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

RNG = np.random.default_rng(22)
# Slopes near and far from 1, so that no two of the slips below look alike.
SLOPES = [
    (RNG.normal(size=(2, 3, 4, 3)), "per_sample"),
    (RNG.normal(size=(2, 3, 4, 3)), "per_pixel"),
    (0.1 * RNG.normal(size=(3, 5, 2, 1)), "per_sample"),
    (0.1 * RNG.normal(size=(3, 5, 2, 1)), "per_pixel"),
]
AXES = {"per_sample": (1, 2, 3), "per_pixel": 3}


def _norms(slopes, axes):
    return np.sqrt(np.sum(slopes**2, axis=axes))


def _penalty(slopes, form):
    return np.mean((_norms(slopes, AXES[form]) - 1) ** 2)


EXERCISES = (
    Exercise(
        name="22.linear",
        question="Pictures have one pixel and two channels. A critic scores them as D(x) = 3 x1 + 4 x2. What "
        "is its gradient penalty, before it is multiplied by 10?",
        verify=verdicts.number(
            16.0,
            0.01,
            slips=(
                (4.0, "that is how far the norm is from 1; it is squared."),
                (24.0, "25 is the squared norm; take its root before the 1 goes off."),
                (576.0, "25 is the squared norm; take its root first."),
                (36.0, "slopes of two channels do not add up: the norm is a root of squares."),
                (25.0, "that is the squared norm itself; what is its distance from 1?"),
                (160.0, "that is with the factor 10 already."),
                (13.0, "the norm is taken over both channels at once, not channel by channel."),
            ),
        ),
        hints=(
            "The gradient is the same everywhere: it is made of the two factors.",
            "Its norm is the root of 3² + 4².",
            "The norm is 5; the penalty is the squared distance from 1.",
        ),
        because="(√(3² + 4²) - 1)² = 4² = 16, at every picture and for every alpha.",
    ),
    Exercise(
        name="22.too_steep",
        question="All real pictures are one number, all generated ones another, 3 away. A linear critic pays "
        "10 (|w| - 1)² for its slope w. Which slope |w| has it when its loss is least?",
        verify=verdicts.number(
            1.15,
            0.002,
            slips=(
                (1.0, "the penalty is flat at 1, and the other term still pulls: it settles above."),
                (1.3, "the derivative of the square brings a factor of 2."),
                (0.85, "the gap between the scores pulls the slope up, not down."),
                (0.15, "that is by how much it is above 1."),
                (2.5, "3 stands above the line: 3 / (2 · 10)."),
                (1 + 10 / 6, "the distance stands above the line and the weight of 10 below."),
                (3.45, "that is the distance it measures; asked is the slope."),
            ),
        ),
        hints=(
            "With the right sign the loss is -3 w + 10 (w - 1)².",
            "Set its derivative to 0: -3 + 20 (w - 1).",
        ),
        because="w = 1 + 3 / 20 = 1.15. The penalty is a spring, not a wall: the farther the clouds, the "
        "more it gives way.",
    ),
    Exercise(
        name="22.factor",
        question="Windows have 256 x 256 pixels, and at each of them the critic's slope has the norm 0.5 "
        "over its channels. By which factor is the penalty per sample larger than the one per pixel?",
        verify=verdicts.number(
            (256 * 0.5 - 1) ** 2 / 0.25,
            1,
            slips=(
                (65536.0, "that holds for very steep critics; here the 1 still matters."),
                (256.0, "that is the factor between the norms; the penalties are squared distances from 1."),
                (127.0**2, "that is the penalty per sample; divide it by the one per pixel."),
                (254.0, "both distances from 1 have to be squared."),
                (
                    (65536 * 0.5 - 1) ** 2 / 0.25,
                    "squares add up, not norms: the window's norm is 256 · 0.5.",
                ),
            ),
        ),
        hints=(
            "Squares add up: the squared norm of the window is the number of pixels times 0.5².",
            "The window's norm is 256 · 0.5 = 128. Take 1 from each norm and square.",
            "127² over 0.5².",
        ),
        because="(128 - 1)² / (0.5 - 1)² = 64516. The nearer a pixel's slope comes to 1, the less it pays "
        "per pixel, while the window pays for all of them.",
    ),
    Exercise(
        name="22.range",
        question="For pictures in [-1, 1] a critic's slope has the norm 1.5 for each picture. Now the same "
        "critic gets pictures in [0, 1] and maps them to [-1, 1] itself. What does it pay per sample, before "
        "the factor 10?",
        verify=verdicts.number(
            4.0,
            0.01,
            slips=(
                (0.25, "it scores as before, but a step of the picture is now twice as far for it."),
                (3.0, "that is the new norm; the penalty is the squared distance from 1."),
                (9.0, "that is the squared norm; first take off 1."),
                (2.0, "the distance from 1 has to be squared."),
                (0.0625, "the chain rule goes the other way: the slope doubles, it is not halved."),
                (25.0, "the slope is multiplied by 2, the factor of the map from [0, 1] to [-1, 1]."),
            ),
        ),
        hints=(
            "The map is x -> 2 x - 1. What does the chain rule put before the slope?",
            "The norm is now 3.",
        ),
        because="The norm doubles to 3, and (3 - 1)² = 4. A slope has a unit, score per unit of the picture: "
        "whoever reports one says which range the pictures have.",
    ),
    Exercise(
        name="22.penalty",
        question='Write penalty(slopes, form): slopes is (b, h, w, c); form is "per_sample" (one norm a '
        'picture) or "per_pixel" (one norm a pixel, over the channels). Return the mean of (norm - 1)².',
        verify=verdicts.function(
            _penalty,
            SLOPES,
            "penalty(slopes, form)",
            slips=(
                (lambda s, f: _penalty(s, "per_sample"), "form has no effect: it is always per sample."),
                (lambda s, f: _penalty(s, "per_pixel"), "form has no effect: it is always per pixel."),
                (
                    lambda s, f: _penalty(s, "per_pixel" if f == "per_sample" else "per_sample"),
                    "the two forms are exchanged.",
                ),
                (
                    lambda s, f: np.mean((_norms(s, AXES[f]) ** 2 - 1) ** 2),
                    "the root is missing: norms are compared with 1, not their squares.",
                ),
                (
                    lambda s, f: np.mean((np.sqrt(np.mean(s**2, axis=AXES[f])) - 1) ** 2),
                    "a norm is the root of a sum of squares; that is a mean of squares.",
                ),
                (
                    lambda s, f: (np.mean(_norms(s, AXES[f])) - 1) ** 2,
                    "norms are averaged too early: too flat and too steep would cancel. Square first.",
                ),
                (
                    lambda s, f: np.sum((_norms(s, AXES[f]) - 1) ** 2),
                    "the mean over pictures or pixels is asked for, not the sum.",
                ),
                (
                    lambda s, f: (np.sqrt(np.sum(s**2)) - 1) ** 2 if f == "per_sample" else _penalty(s, f),
                    "one norm for the whole batch: axis 0 counts pictures and stays out of the norm.",
                ),
                (
                    lambda s, f: np.mean(_norms(s, AXES[f])),
                    "that is the mean norm; (norm - 1)² is asked for.",
                ),
            ),
        ),
        hints=(
            "Only the axes over which squares are summed differ between the forms.",
            "Per sample they are 1, 2 and 3; per pixel only the last.",
            "np.mean((np.sqrt(np.sum(slopes**2, axis=axes)) - 1) ** 2)",
        ),
        because="The whole difference is the choice of axes: three numbers in brackets, and what the "
        "generator hears changes by the root of the number of pixels.",
    ),
)

QUIZZES = (
    Quiz(
        name="22.swap",
        question="A restoration network is trained with a fixed weight of the critic's word against a "
        "content loss, on 256 x 256 windows, with the penalty per pixel. Somebody swaps in the penalty per "
        "sample and changes nothing else. What happens?",
        options=(
            Option(
                text="nothing: the penalty is the critic's business",
                why="The penalty sets the critic's slope, and this slope is all the generator hears of it.",
            ),
            Option(
                text="the critic falls nearly silent beside the content loss",
                why="Its slope at a pixel may fall up to 256-fold: the weight would have to grow as much.",
                right=True,
            ),
            Option(
                text="the critic shouts the content loss down",
                why="The other way round: to spread a norm of 1 over all pixels, each must be nearly flat.",
            ),
            Option(
                text="training stops with NaN",
                why="Both forms are finite. It runs on, and the pictures are softer: hence this notebook.",
            ),
        ),
    ),
    Quiz(
        name="22.batch_norm",
        question="Batch norm makes the slopes of one picture depend on the other pictures of the batch. Why "
        "is that worse here than in an ordinary loss?",
        options=(
            Option(
                text="it costs too much time",
                why="It costs little; what it breaks is the meaning of the number.",
            ),
            Option(
                text="the penalty wants the slope of each picture's own score, and gets that of all",
                why="The sum over the batch hides what one picture does: here it even cancels to 0.",
                right=True,
            ),
            Option(
                text="batch norm has no gradient",
                why="It has one, and a fine one for a loss that is a mean over the batch anyway.",
            ),
            Option(
                text="the pictures are not normal",
                why="The name is about mean and variance; no distribution is assumed.",
            ),
        ),
    ),
)
