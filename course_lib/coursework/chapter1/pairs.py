"""Exercises of notebook 15: pairs, patches, batches."""

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

RNG = np.random.default_rng(15)
WINDOWS = [
    (RNG.random((12, 17, 3)), RNG.random((12, 17, 3)), 2, 7, 5),
    (RNG.random((9, 8)), RNG.random((9, 8)), 3, 0, 4),
]


def _verify_crop(answer):
    how = "crop(blurred, sharp, top, left, size)"
    for case in WINDOWS:
        blurred, sharp, top, left, size = case
        given, problem = verdicts.call(answer, case, how)
        if problem:
            return problem
        if not isinstance(given, (tuple, list)) or len(given) != 2:
            return (
                f"two crops are asked for, return blurred_crop, sharp_crop; {type(given).__name__} came back."
            )
        crops = []
        for name, half in zip(("blurred", "sharp"), given, strict=True):
            values, problem = verdicts.read(half, f"for {name} your function returned")
            if problem:
                return problem
            crops.append(values)
        rows, columns = slice(top, top + size), slice(left, left + size)
        wants = (blurred[rows, columns], sharp[rows, columns])
        if all(np.array_equal(crop, want) for crop, want in zip(crops, wants, strict=True)):
            continue
        if all(np.array_equal(crop, want) for crop, want in zip(crops, reversed(wants), strict=True)):
            return "the two crops are right, but in the wrong order: blurred comes first."
        for name, crop, want in zip(("blurred", "sharp"), crops, wants, strict=True):
            if crop.shape != want.shape:
                return f"the crop of {name} has shape {crop.shape}; expected {want.shape} for size {size}."
        right = [
            name
            for name, c, w in zip(("blurred", "sharp"), crops, wants, strict=True)
            if np.array_equal(c, w)
        ]
        if right:
            return f"only the crop of {right[0]} is right: the other half shows another window."
        return f"both crops show another window; top = {top} counts rows, left = {left} counts columns."
    return None


EXERCISES = (
    Exercise(
        name="15.crop",
        question="Write crop(blurred, sharp, top, left, size): the same square window of both, as a pair.",
        verify=_verify_crop,
        hints=(
            "A window of an array is picture[top:bottom, left:right]; rows come first.",
            "The window ends at top + size and left + size.",
            "return blurred[top:top + size, left:left + size], and the same of sharp.",
        ),
        because="One window, drawn once, cut from both. Two draws would teach the network to move pictures.",
    ),
    Exercise(
        name="15.turns",
        question="Flips and quarter turns of a square patch can be combined. How many different results "
        "are there, "
        "the unchanged one included?",
        verify=verdicts.number(
            8,
            0.1,
            slips=(
                (4, "those are the turns alone; each also exists as a mirror image."),
                (16, "four turns times two flips times two flips counts every result twice."),
                (12, "some of these coincide: a flip across and a flip down make half a turn."),
                (6, "that adds flips and turns; combined they give more."),
            ),
        ),
        hints=(
            "Four quarter turns; then each of them mirrored. Does a second flip bring anything new?",
            "Flipping up-down equals flipping left-right and turning by 180°.",
        ),
        because="Four turns, mirrored or not: 8, the symmetries of a square. All keep pixels as they "
        "are, so the "
        "noise keeps its statistics; but a camera's blur kernels turn along.",
    ),
    Exercise(
        name="15.batches",
        question="An epoch is 1000 pairs, a batch 16 pairs, and a batch that is not full is left out. "
        "How many steps has the epoch?",
        verify=verdicts.number(
            62,
            0.1,
            slips=(
                (62.5, "half a step does not exist; what happens to the rest of 8 pairs?"),
                (63, "that counts the batch of 8 that is left out."),
                (16000, "that is pairs times batch; divide."),
            ),
        ),
        hints=("How often does 16 fit into 1000?", "1000 // 16."),
        because="1000 // 16 = 62. Batches of one size keep the gradient's noise, and compiled shapes, "
        "the same.",
    ),
)

QUIZZES = (
    Quiz(
        name="15.seed",
        question="Why does batch i of the feed depend on the seed and on i alone?",
        options=(
            Option(
                text="so that a run can be resumed, and workers may finish in any order",
                why="Batch 700 can be made without making 0 to 699, and is the same whoever makes it.",
                right=True,
            ),
            Option(text="so that all batches are equal", why="Different i give different batches."),
            Option(
                text="so that training gets faster", why="It costs the same; what it buys is repeatability."
            ),
            Option(
                text="so that no pair is ever drawn twice",
                why="Independent draws may repeat a picture; crops hardly.",
            ),
        ),
    ),
)
