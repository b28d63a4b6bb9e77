"""Exercises of notebook 43: cells and widths, the most probable path, and the ruler behind a table."""

import math

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz


def _disagreement(left, right, step):
    shared = left.shape[1] - step
    return np.sqrt(np.mean((left[:, step:] - right[:, :shared]) ** 2))


def _tiles(side, step, seed):
    rng = np.random.default_rng(seed)
    return rng.random((side, side)), rng.random((side, side)), step


RNG_CASES = [_tiles(8, 6, 43), _tiles(12, 9, 44), _tiles(10, 4, 45)]
NOTHING = -10 * math.log10(25 / 36)  # 1.58 dB

EXERCISES = (
    Exercise(
        name="43.factor",
        question="Three layers, three widths, all logits equal, as every search begins. By which factor is "
        "the path 0 0 0 more probable than 1 2 2? (It starts at width 0; moves that lead out of the widths "
        "have a share of 0, and the others of a source sum to 1.)",
        verify=verdicts.number(
            1.5,
            0.005,
            slips=(
                (1.0, "the logits are equal; but how many moves has width 0, and how many width 1?"),
                (2 / 3, "that is upside down: 0 0 0 by 1 2 2."),
                (
                    27 / 8,
                    "width 0 and the widest have two moves, not three.",
                ),
                (9 / 4, "the source of the last step is the widest, which has two moves, not three."),
                (1 / 8, "that is the share of 0 0 0; divide it by that of 1 2 2."),
                (1 / 12, "that is the share of 1 2 2; the factor is asked for."),
            ),
        ),
        hints=(
            "A source at the border has two moves, of 1/2 each; one in the middle has three, of 1/3 each.",
            "0 0 0 is 1/2 times 1/2 times 1/2. 1 2 2 leaves width 0, then 1, then 2: 1/2, 1/3, 1/2.",
        ),
        because="1/8 against 1/12. A border has fewer ways out, so its moves are likelier. A search that has "
        "learned nothing prefers the narrowest path, and 0 0 0 as a result proves little.",
    ),
    Exercise(
        name="43.paths",
        question="Four layers, three widths. A path starts at the narrowest and changes by at most one width "
        "a layer. How many paths are there?",
        verify=verdicts.number(
            29,
            0.1,
            slips=(
                (81, "3 widths in 4 layers; but a path may not jump from the narrowest to the widest."),
                (54, "at a border there are two moves, not three."),
                (16, "in the middle there are three moves, not two."),
                (12, "that is three layers, or the number of places; go one layer further."),
                (70, "that is five layers."),
                (8, "those are the paths that end at the widest; count all ends."),
                (9, "those are the paths that end at the narrowest; count all ends."),
                (41, "the first layer has two places, not three: the start lies before it, at width 0."),
            ),
        ),
        hints=(
            "Count layer by layer how many paths reach each width: one, one, none after the first.",
            "1 1 0, then 2 2 1, then 4 5 3; each new number is the sum of its old neighbours.",
        ),
        because="9 + 12 + 8. Counting went layer by layer, three numbers at a time: that is Viterbi's way, "
        "with sums in the place of maxima.",
    ),
    Exercise(
        name="43.loss",
        question="A restored patch has a mean squared error of 0.01 and a mean SSIM of 0.1. Which is the "
        "paper's loss, the squared error plus 0.5 times log-SSIM?",
        verify=verdicts.number(
            0.51,
            0.002,
            slips=(
                (1.01, "the factor 0.5 is missing."),
                (
                    0.01 + 0.5 * math.log(10),
                    "that is the natural logarithm; take base 10.",
                ),
                (0.01 + math.log(10), "base 10, and times 0.5."),
                (-0.49, "log-SSIM is minus the logarithm: less structure costs more."),
                (0.255, "that is the mean of the two terms, as the later code has it; the paper sums."),
                (0.06, "that is 0.5 times SSIM itself; take minus its logarithm."),
                (0.46, "that is 0.5 (1 - SSIM); take minus the logarithm of SSIM."),
            ),
        ),
        hints=(
            "log-SSIM is -log10 of the mean SSIM; what is the logarithm of 0.1?",
            "0.01 + 0.5 times 1.",
        ),
        because="Of 0.51 the squared error is one fiftieth. Nearly all that this loss says is said by SSIM.",
    ),
    Exercise(
        name="43.evaluations",
        question="Four layers, three widths: before layer 1 there is one width, before layer 2 there are "
        "two, then three. A cell for every *arrival*, as in Auto-DeepLab, has to run how many times in all? "
        "(Once a place, on mixed arrivals, it is 2 + 3 + 3 + 3 = 11 times.)",
        verify=verdicts.number(
            21,
            0.1,
            slips=(
                (33, "only the middle width has three neighbours to hear from; borders have two."),
                (28, "the first layers have fewer widths before them."),
                (23, "before layer 2 there are two widths only: its widest cell hears one of them."),
                (11, "that is once a place; here each arrival has a run of its own."),
                (12, "there are places with two and three arrivals; count the arrows between layers."),
                (36, "a cell hears its own width and the next on each side, if they exist."),
            ),
        ),
        hints=(
            "Count arrows: from each width that exists before a layer to the same width and its neighbours.",
            "Layer 1: 2 arrows. Layer 2: 2 + 2 + 1. Layers 3 and 4: 2 + 3 + 2 each.",
        ),
        because="2 + 5 + 7 + 7 = 21 against 11. Every run keeps the answers of all its operators for the "
        "gradient: that is where the memory goes.",
    ),
    Exercise(
        name="43.nothing",
        question="Tiles of 64 x 64 pixels stand every 48 pixels in both directions, far from any border. "
        "Each has fresh noise, overlaps are averaged, and the denoiser does *nothing*. By how many dB does "
        "the PSNR rise against one noise picture?",
        verify=verdicts.number(
            NOTHING,
            0.02,
            slips=(
                (0.0, "the denoiser does nothing, but averaging two draws of noise halves its variance."),
                (10 * math.log10(2), "only a part of the pixels is covered twice: one third of each axis."),
                (20 * math.log10(2), "only where tiles overlap in both directions are there four draws."),
                (10 * math.log10(6 / 5), "that is one direction; tiles overlap in both."),
                (
                    -10 * math.log10(4 / 9 + 5 / 18),
                    "where tiles overlap in both directions there are four draws, not two.",
                ),
                (
                    10 * math.log10(2) * 4 / 9 + 20 * math.log10(2) / 9,
                    "PSNR comes from the mean squared error: average errors, then take the logarithm.",
                ),
                (20 * math.log10(4 / 3), "that takes the mean number of draws; take the mean of 1 / draws."),
                (25 / 36, "that is the factor of the mean squared error; now in dB."),
                (-NOTHING, "the error falls, so the PSNR rises."),
                (20 * math.log10(6 / 5) * 2, "20 log10 is for amplitudes; squared errors take 10 log10."),
            ),
        ),
        hints=(
            "Of 48 pixels along an axis 16 are covered twice, 32 once. A mean of n draws has 1/n of the "
            "variance.",
            "Along one axis the error falls to 2/3 + 1/3 times 1/2 = 5/6, in both to 25/36.",
        ),
        because="25/36 of the squared error are left: 1.58 dB for nothing. A real denoiser gains less, since "
        "the part of its error that is blur is the same in both tiles.",
    ),
    Exercise(
        name="43.disagreement",
        question="Two noisy tiles stand side by side, the right one begins `step` columns after the left "
        "one. Write disagreement(left, right, step): the root of the mean squared difference of what the two "
        "say about the pixels that both cover.",
        verify=verdicts.function(
            _disagreement,
            RNG_CASES,
            "disagreement(left, right, step)",
            slips=(
                (
                    lambda a, b, s: np.mean((a[:, s:] - b[:, : a.shape[1] - s]) ** 2),
                    "the root is missing.",
                ),
                (
                    lambda a, b, s: np.mean(np.abs(a[:, s:] - b[:, : a.shape[1] - s])),
                    "that is the mean absolute difference; square, average, take the root.",
                ),
                (
                    lambda a, b, s: np.sqrt(np.mean((a - b) ** 2)),
                    "most of these pixels are not the same; cut out what both tiles cover.",
                ),
                (
                    lambda a, b, s: np.sqrt(np.mean((a[:, : a.shape[1] - s] - b[:, s:]) ** 2)),
                    "the other way round: the left tile's right end meets the right tile's left end.",
                ),
                (
                    lambda a, b, s: np.sqrt(np.mean((a[s:] - b[: a.shape[0] - s]) ** 2)),
                    "those are rows; tiles side by side share columns.",
                ),
                (
                    lambda a, b, s: np.sqrt(np.sum((a[:, s:] - b[:, : a.shape[1] - s]) ** 2)),
                    "that is a sum; take the mean.",
                ),
                (
                    lambda a, b, s: np.mean(a[:, s:] - b[:, : a.shape[1] - s]),
                    "signed differences cancel; square them first.",
                ),
            ),
        ),
        hints=(
            "Tiles of width w share w - step columns: the last of the left one, the first of the right one.",
            "left[:, step:] and right[:, : left.shape[1] - step] are the same pixels of the photograph.",
        ),
        because="One noise picture gives 0, whatever the noise. Fresh noise gives its deviation times the "
        "root of 2: no photograph has two noises at one pixel.",
    ),
)

QUIZZES = (
    Quiz(
        name="43.outgoing",
        question="The shares of widths are softmaxed row by row; a row belongs to a source, its columns are "
        "narrower, same, wider. What does that make sure of?",
        options=(
            Option(
                text="that the shares which arrive at a width sum to 1",
                why="Arrivals come from several rows; at the middle width they may sum to more than 1, at a "
                "border to less.",
            ),
            Option(
                text="that the shares along a path multiply to its probability, as for a walker who draws "
                "each next step",
                why="From every place exactly one step is taken, with probabilities that sum to 1. So the "
                "products of all paths sum to 1 as well, and the largest is the most probable path.",
                right=True,
            ),
            Option(
                text="that all widths get the same memory",
                why="Shares weigh answers; memory depends on channels and on how often cells run.",
            ),
            Option(
                text="that the path cannot jump from the narrowest to the widest",
                why="That is so because a row has three columns only. It holds for any values.",
            ),
        ),
    ),
    Quiz(
        name="43.claim",
        question="Which of these would show that a search by gradient has earned its minutes?",
        options=(
            Option(
                text="its network denoises better than the supernet it came from",
                why="Nearly any network that is trained on its own does. It says nothing of the choice.",
            ),
            Option(
                text="its network beats the one drawn by hand",
                why="One by hand is one sample. Ten drawn by chance, of which the best is kept, may beat it, "
                "too.",
            ),
            Option(
                text="the loss fell while it searched",
                why="Weights learn during a search, whatever the architecture does.",
            ),
            Option(
                text="over several seeds its networks beat those that chance found in the same minutes, all "
                "trained alike, by more than the seeds differ",
                why="The same minutes, the same training, the same ruler, and a gap larger than luck: then "
                "what is left is the choice.",
                right=True,
            ),
            Option(
                text="its network beats a published denoiser in that paper's table",
                why="Tables mix protocols. This page ends with how much that alone can be worth.",
            ),
        ),
    ),
)
