"""Exercises of notebook 42: a choice with a gradient."""

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

PREDECESSORS = 1 * 3 * 6 * 10  # ways to choose two of 2, 3, 4, 5
NAMES = ("conv3", "dil3", "skip", "none")


def _share_of_skips(weights, names):
    allowed = [i for i, name in enumerate(names) if name != "none"]
    best = [allowed[int(np.argmax(row[allowed]))] for row in weights]
    return sum(names[i] == "skip" for i in best) / len(best)


def _with_none(weights, names):
    return sum(names[i] in ("skip", "none") for i in weights.argmax(axis=1)) / len(weights)


def _none_wins(weights, names):
    return sum(names[i] == "skip" for i in weights.argmax(axis=1)) / len(weights)


def _count(weights, names):
    return _share_of_skips(weights, names) * len(weights)


def _mean_weight(weights, names):
    return weights[:, names.index("skip")].mean()


def _cell(seed, edges, names, boosted):
    logits = np.random.default_rng(seed).normal(0, 0.6, (edges, len(names)))
    for edge, name in boosted:
        logits[edge, names.index(name)] += 3
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True), names


CELLS = [
    # In one row "none" is the strongest and "skip" the second, in another "none" and then a convolution.
    _cell(1, 5, NAMES, ((0, "skip"), (1, "none"), (1, "skip"), (1, "none"), (2, "none"), (2, "dil3"))),
    _cell(2, 9, ("none", "skip", "conv3"), ((0, "none"), (0, "skip"), (3, "skip"), (4, "conv3"))),
]

EXERCISES = (
    Exercise(
        name="42.chance",
        question="A cell has two edges. On each, one of five operators is drawn with equal chance. How "
        "likely is it that dil3 is on at least one of them? (A number between 0 and 1.)",
        verify=verdicts.number(
            1 - 0.8**2,
            0.002,
            slips=(
                (0.2, "that is the chance for one edge; there are two."),
                (0.4, "this counts the case twice in which both edges draw it."),
                (0.04, "that is the chance that both edges draw it."),
                (0.64, "that is the chance that no edge draws it."),
                (0.32, "that is exactly one edge; both are welcome, too."),
                (1 - (5 / 6) ** 2, "none is not drawn: there are five operators."),
            ),
        ),
        hints=(
            "How likely is it that neither edge draws it?",
            "Four operators of five are others, on both edges: 0.8 · 0.8. And the opposite of that.",
        ),
        because="1 - 0.8² = 0.36. Three draws together hit with 1 - 0.64³ = 74 %: where a space is small, "
        "chance is a rival to be taken seriously.",
    ),
    Exercise(
        name="42.slope",
        question="Two operators have the weights p = (0.8, 0.2), the softmax of their logits. The loss has "
        "the slope -3 in the first weight and +1 in the second. Which slope has it in the first *logit*?",
        verify=verdicts.number(
            -0.64,
            0.005,
            slips=(
                (-3, "that is the slope in the weight; a logit moves both weights."),
                (-2.4, "pushing the first logit also takes from the second weight: subtract the mean."),
                (-0.8, "that is the distance from the mean; it counts p times."),
                (-0.48, "that is the first weight's part, p (1 - p) times -3; the second weight moves, too."),
                (0.64, "that is the second logit's: the two always add up to 0."),
                (-2.2, "that is the mean slope; how far from it is the first?"),
                (-4, "the difference of the slopes still has to be multiplied by p₁ p₂."),
                (-1, "the mean is taken with the weights p, not with one half each."),
            ),
        ),
        hints=(
            "The mean slope, weighted by p, comes first.",
            "Mean: 0.8 · (-3) + 0.2 · 1 = -2.2. Then p times the distance of -3 from it.",
        ),
        because="0.8 · (-3 + 2.2) = -0.64. An operator gains when its slope lies below the mean of all: only "
        "the comparison counts, and a weight near 0 or 1 hardly moves any more.",
    ),
    Exercise(
        name="42.cells",
        question="DARTS' normal cell has four nodes. Node i keeps two of the 2 + i states before it (i = 0 "
        "to 3) and on each of the two edges one of seven operators (none is never kept). How many cells are "
        "there?",
        verify=verdicts.number(
            PREDECESSORS * 49**4,
            0.5,
            slips=(
                (PREDECESSORS * 64**4, "none is among the eight, but never derived: seven are left."),
                (49**4, "those are the operators; each node also chooses its two states."),
                (PREDECESSORS, "those are the states; each edge also chooses its operator."),
                (PREDECESSORS * 7**4, "each node has two edges, with an operator each."),
                (7**14, "14 edges are searched, but 8 are kept."),
                (8**14, "14 edges are searched, but 8 are kept, and without none."),
                (2 * 6 * 12 * 20 * 49**4, "the two states have no order: 2 of 3 are 3 pairs."),
                (PREDECESSORS + 49**4, "the choices multiply."),
                ((PREDECESSORS * 49**4) ** 2, "that is with the reduction cell; one cell is asked for."),
            ),
        ),
        hints=(
            "Pairs of states: 1, 3, 6 and 10 for the four nodes.",
            "180 ways to choose the states, and 7 operators on each of 8 edges.",
        ),
        because="180 · 7⁸, about a billion. The relaxed cell holds all of them at once, in 14 edges of 8 "
        "operators.",
    ),
    Exercise(
        name="42.skips",
        question="Write share_of_skips(weights, names): of the (edges, operators) weights of a cell, the "
        "share of edges (0 to 1) on which skip is the strongest operator. The operator none never counts as "
        "the strongest.",
        verify=verdicts.function(
            _share_of_skips,
            CELLS,
            "share_of_skips(weights, names)",
            slips=(
                (_none_wins, "one row has none as its strongest: the next one counts there."),
                (_with_none, "only skips are asked for, and none must not win a row."),
                (_count, "that is their number; divide by the number of edges."),
                (_mean_weight, "that is the mean weight; which edges does skip win?"),
                (lambda w, n: 1 - _share_of_skips(w, n), "that is the share of the others."),
            ),
        ),
        hints=(
            "Look for the strongest in each row, without the column of none.",
            "columns = [i for i, name in enumerate(names) if name != 'none'], and argmax(axis=1) of "
            "weights[:, columns].",
        ),
        because="It is one number from the weights alone, without any picture, and a search can watch it "
        "while it runs. course_lib.search.collapse counts on the derived cell, which keeps two edges a node.",
    ),
    Exercise(
        name="42.pair",
        question="Three candidates have the logits 0, 0, 0. The first two are compared, and the optimiser "
        "moves the first logit to ln 2. Then both of the pair are shifted so that the third keeps its "
        "probability. Which probability has the first one now?",
        verify=verdicts.number(
            4 / 9,
            0.002,
            slips=(
                (0.5, "that is without the shift: the third one lost."),
                (2 / 3, "that is its share of the pair; the pair has two thirds of the whole."),
                (1 / 3, "that is what it had before the step."),
                (2 / 9, "that is the second one."),
                (0.25, "that is the second one, without the shift."),
            ),
        ),
        hints=(
            "What has the pair together, before and after?",
            "The pair keeps 2/3, and shares it 2 to 1.",
        ),
        because="2/3 · 2/3 = 4/9. The third keeps 1/3: nothing was learned about it, so nothing changes.",
    ),
)

QUIZZES = (
    Quiz(
        name="42.reach",
        question="The four holes are two rows and two columns away from the middle. conv3 sees 3 x 3 pixels, "
        "sep3 is two separable 3 x 3 convolutions in a row, dil3 sees nine pixels with one left out between "
        "neighbours, def3 sees nine pixels that it moves by learned offsets. Which can see the holes?",
        options=(
            Option(
                text="dil3 alone",
                why="It hits them exactly, from the first step. But two others can get there.",
            ),
            Option(
                text="dil3, sep3 and def3",
                why="dil3 has a tap on each hole. sep3 gets there in two steps, and has to pass by all that "
                "lies between. def3 starts as a 3 x 3 and may learn to move its taps there.",
                right=True,
            ),
            Option(
                text="all of them: networks are deep",
                why="This one has a single cell, and all else in it is 1 x 1: conv3 ends one pixel away.",
            ),
            Option(
                text="conv3 and sep3",
                why="conv3 ends one pixel away from the middle.",
            ),
        ),
    ),
    Quiz(
        name="42.halves",
        question="Weights and logits learned on the same pictures, and the cell chose the most flexible "
        "operator for a task in which there is nothing to learn. Why?",
        options=(
            Option(
                text="flexible operators are computed more precisely",
                why="Precision is the same for all.",
            ),
            Option(
                text="its weights had learned the noise of just these pictures, and on them that looks like "
                "an advantage",
                why="Whoever learns most by heart lowers this loss most. On pictures of which no weight has "
                "seen anything, the same operator does harm, and its logit falls.",
                right=True,
            ),
            Option(
                text="the learning rate of the logits was too high",
                why="A lower one would take longer to get to the same place.",
            ),
            Option(
                text="softmax favours operators with many parameters",
                why="Softmax sees logits only, and all of them began alike.",
            ),
        ),
    ),
    Quiz(
        name="42.starved",
        question="In the toy the logits moved from the first round on, and skip won for ever. Why does the "
        "line not come back, although its loss would be lower?",
        options=(
            Option(
                text="its weight has reached the wrong value and is stuck in a local minimum",
                why="For a line alone this loss has one minimum only.",
            ),
            Option(
                text="the softmax of its logit is exactly 0",
                why="It is small, but a softmax never is 0.",
            ),
            Option(
                text="its weight's gradient is multiplied by its own probability: who is little used learns "
                "little, and who has learned little is used less",
                why="That is the circle. At the start skip is ready and the line is not; the choice is made "
                "before there was anything to compare.",
                right=True,
            ),
            Option(
                text="the other half of the data is noisier",
                why="Both halves were made in the same way.",
            ),
        ),
    ),
)
