"""Exercises of notebook 41: a pyramid of patches, wired by hand."""

import math

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

PAIR = 1_808_131  # parameters of one encoder and one decoder of the published widths


def _padded(height, width, grid, halvings):
    return [
        math.ceil(side / (parts * 2**halvings)) * parts * 2**halvings
        for side, parts in zip((height, width), grid, strict=True)
    ]


def _cropped(height, width, grid, halvings):
    multiples = [parts * 2**halvings for parts in grid]
    return [side // multiple * multiple for side, multiple in zip((height, width), multiples, strict=True)]


def _always_more(height, width, grid, halvings):
    multiples = [parts * 2**halvings for parts in grid]
    return [
        s // multiple * multiple + multiple for s, multiple in zip((height, width), multiples, strict=True)
    ]


def _twice_each(height, width, grid, halvings):
    multiples = [parts * 2 * halvings for parts in grid]
    return [math.ceil(s / m) * m if m else s for s, m in zip((height, width), multiples, strict=True)]


NEST = np.array([[0, 2], [1, 3], [4, 6], [5, 7]])

EXERCISES = (
    Exercise(
        name="41.nest",
        question="A picture is cut into 2 x 2 quarters, then every quarter into an upper and a lower half. "
        "Number the eight patches 0 to 7 as they lie in the batch, and write each number at the patch's "
        "place in the picture: four rows of two.",
        verify=verdicts.array(
            NEST,
            tolerance=1e-6,
            slips=(
                (
                    np.arange(8).reshape(4, 2),
                    "that is one single cut into 4 x 2, row after row; here a quarter was cut first.",
                ),
                (
                    np.arange(8).reshape(2, 4).T,
                    "that is column after column; the first cut made quarters, row after row.",
                ),
                (
                    np.array([[0, 1], [4, 5], [2, 3], [6, 7]]),
                    "the two halves of one quarter are neighbours in the batch: 0 and 1 belong together.",
                ),
                (NEST.ravel(), "the numbers are right; give them as four rows of two."),
            ),
        ),
        hints=(
            "The first quarter is the upper left one; its two halves come first in the batch.",
            "The upper left quarter holds 0 above 1, the upper right one 2 above 3. Then the lower two.",
        ),
        because="The second cut runs inside every patch of the first, so the halves of a quarter stay "
        "neighbours. Joining has to go back the same way, last cut first.",
    ),
    Exercise(
        name="41.parameters",
        question="At the published widths an encoder and its decoder have 1 808 131 parameters together. "
        "How many has a pyramid 1-4-16?",
        verify=verdicts.number(
            3 * PAIR,
            0.5,
            slips=(
                (21 * PAIR, "that is a pair for every patch; the patches of a level share one."),
                (PAIR, "that is one pair for all levels; here every level has its own."),
                (16 * PAIR, "16 patches are one level, and share one pair."),
                (4 * PAIR, "count the levels: the whole, 4 patches, 16 patches."),
                (2 * PAIR, "the whole picture is a level, too."),
            ),
        ),
        hints=(
            "How many levels does this pyramid have?",
            "Three levels, each with its own encoder and decoder; all patches of a level share them.",
        ),
        because="Three levels, three pairs: as many as 1-2-4. A grid has no parameters.",
    ),
    Exercise(
        name="41.reach",
        question="One level, published depth. Encoder: 5 convolutions of 3 x 3 at full size, one that halves "
        "(3 x 3), 4 at a half, one that halves, 4 at a quarter. Decoder: 4 at a quarter, one transposed "
        "that doubles, 4 at a half, one transposed, 5 at full size. How many pixels across does one output "
        "pixel see? (A transposed one of 4 x 4 looks at 2 neighbours of the smaller map.)",
        verify=verdicts.number(
            129,
            0.5,
            slips=(
                (128, "the pixel itself counts, too: 1 plus what every layer adds."),
                (65, "that is the encoder alone."),
                (64, "that is one side only, or half of it: count from edge to edge."),
                (123, "the two transposed convolutions are missing: 4 pixels and 2 pixels."),
                (141, "a transposed one reaches 2 neighbours, which adds one step of the smaller map."),
                (57, "a step at a half is 2 pixels wide, at a quarter 4."),
                (61, "a step at a half is 2 pixels wide, at a quarter 4."),
                (135, "the halving convolution still reads the larger map: it adds 2 steps of that."),
            ),
        ),
        hints=(
            "A 3 x 3 convolution adds 2 steps; a step is 1 pixel at full size, 2 at a half, 4 at a quarter.",
            "Encoder 10 + 2 + 16 + 4 + 32, decoder 32 + 4 + 16 + 2 + 10, and the pixel itself.",
        ),
        because="1 + 64 for the encoder + 64 for the decoder: 64 pixels to each side. In a patch of up to 65 "
        "pixels every pixel sees all the others.",
    ),
    Exercise(
        name="41.padded",
        question="Write padded(height, width, grid, halvings): the smallest height and width, none smaller "
        "than given, that a pyramid can take whose finest grid is (rows, columns), when its encoder halves "
        "the sides of every patch `halvings` times.",
        verify=verdicts.function(
            _padded,
            [(300, 451, (2, 2), 2), (720, 1280, (3, 3), 2), (481, 321, (4, 2), 3), (64, 90, (2, 3), 1)],
            "padded(height, width, grid, halvings)",
            slips=(
                (
                    lambda h, w, g, n: _padded(h, w, g, 0),
                    "now the patches are whole; can each be halved, too?",
                ),
                (
                    lambda h, w, g, n: _padded(h, w, (1, 1), n),
                    "the picture can be halved; but every patch has to be.",
                ),
                (_cropped, "that is too small: it would cut something off; round up."),
                (_always_more, "a side that fits already must stay as it is."),
                (_twice_each, "halving twice needs 2 * 2, three times 2 * 2 * 2: 2**halvings."),
                (lambda h, w, g, n: _padded(h, w, g[::-1], n), "rows cut the height, columns the width."),
                (
                    lambda h, w, g, n: _padded(w, h, g[::-1], n),
                    "height comes first.",
                ),
            ),
        ),
        hints=(
            "What must divide the height: the rows of the grid times 2**halvings.",
            "-(-side // multiple) * multiple rounds up to a multiple, with whole numbers only.",
        ),
        because="Each side becomes a multiple of parts times 2**halvings. That is what the network's guard "
        "demands, and what course_lib.layers.borders.pad_to_multiple mirrors on.",
    ),
    Exercise(
        name="41.forgotten",
        question="Stage two of a stack has run twice, once with the picture of stage one and once without. "
        "At how many of its three levels do the encoders' features differ?",
        verify=verdicts.number(
            1,
            0.1,
            slips=(
                (3, "the finest levels never meet what was forgotten; compare them with np.array_equal."),
                (2, "go level by level: which encoder is given the picture of stage one?"),
                (0, "the painted pictures differ, so something before them has to."),
            ),
        ),
        hints=(
            "Two lists of features, coarse to fine: compare them one by one.",
            "sum(not np.array_equal(a, b) for a, b in zip(right, wrong)), each made NumPy first.",
        ),
        because="Only the level of the whole picture is given what was forgotten: the two runs are equal bit "
        "for bit up to it. Where two runs part is where to look.",
    ),
    Exercise(
        name="41.pyramids",
        question="Start with the whole picture. Every further level cuts each patch of the one before into "
        "2 x 1, or 1 x 2, or 2 x 2. How many pyramids have at most four levels?",
        verify=verdicts.number(
            40,
            0.1,
            slips=(
                (27, "those are the pyramids of exactly four levels."),
                (39, "the whole picture alone is a pyramid of one level."),
                (13, "that is at most three levels."),
                (9, "three cuts of three kinds are 3 * 3 * 3; and shorter pyramids count, too."),
                (12, "the choices multiply: each first cut can be followed by each second one."),
                (81, "the whole picture is no choice: four levels have three cuts."),
                (121, "that is at most five levels: four levels have three cuts."),
                (120, "four levels have three cuts."),
            ),
        ),
        hints=(
            "Four levels mean three cuts, and every cut has three kinds.",
            "One level: 1. Two levels: 3. Three levels: 9. Four levels: 27.",
        ),
        because="1 + 3 + 9 + 27. Every one of them would have to be trained before it is judged.",
    ),
)

QUIZZES = (
    Quiz(
        name="41.gray",
        question="The picture is shifted by -0.5 before it is cut, and every convolution pads its patch with "
        "zeros. What does the first convolution see beyond the edge of a patch?",
        options=(
            Option(
                text="the pixels of the neighbouring patch",
                why="The patches lie in a batch like strangers; no convolution looks from one to another.",
            ),
            Option(
                text="black",
                why="Black is -0.5 after the shift.",
            ),
            Option(
                text="a frame of middle gray",
                why="Zero is 0.5 in the photograph. Where the scene is middle gray the frame cannot be seen; "
                "everywhere else it is an edge that no camera took.",
                right=True,
            ),
            Option(
                text="the patch itself, mirrored",
                why="That would be reflection. Notebook 11 had a border mode for it; these layers do not.",
            ),
        ),
    ),
    Quiz(
        name="41.middle",
        question="A photograph of 1280 x 720 pixels goes through a level of 2 x 2 patches, once cut and once "
        "whole, with the same weights. What differs for a pixel in the middle of a patch?",
        options=(
            Option(
                text="it is computed with fewer multiply-adds",
                why="Every pixel passes through the same layers once, in a patch or not.",
            ),
            Option(
                text="nothing at all",
                why="The next border is 180 pixels away, and one level sees 64 to each side. A convolution "
                "does not know how large its picture is.",
                right=True,
            ),
            Option(
                text="it is seen at a finer scale",
                why="A patch is not enlarged: its pixels are as large as before.",
            ),
            Option(
                text="its statistics are taken over the patch alone",
                why="That would be so with instance norms; this network has no norm.",
            ),
        ),
    ),
    Quiz(
        name="41.choose",
        question="Forty pyramids have been trained, and you look for the best. Where do you compare them?",
        options=(
            Option(
                text="on the test pictures, because they decide in the end",
                why="The best of forty is partly the luckiest of forty; on the pictures that chose it, its "
                "number flatters.",
            ),
            Option(
                text="on the training pictures: there are most of them",
                why="There the pyramid wins that learns them best by heart.",
            ),
            Option(
                text="on validation pictures; the winner alone then sees the test pictures, once",
                why="What chooses must not judge. Every search of this chapter keeps the two apart.",
                right=True,
            ),
            Option(
                text="by their number of parameters",
                why="That is a price, not a quality; and 1-2-4 and 1-4-16 pay the same.",
            ),
        ),
    ),
)
