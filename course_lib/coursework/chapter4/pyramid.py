"""Exercises of notebook 44: one path at a time, and pyramids that are drawn."""

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

RNG = np.random.default_rng(44)


def _softmax(logits):
    weights = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _slope(gates, logits):
    p = _softmax(np.asarray(logits))
    return p * (gates - p @ gates)


def _moved(before, after, pair, shift):
    now = np.array(before, float)
    now[pair] = after[pair] - shift
    return now


def _log_sum(logits):
    return np.log(np.sum(np.exp(logits)))


def _rescaled(before, after, pair):
    return _moved(before, after, pair, _log_sum(after[pair]) - _log_sum(before[pair]))


def _everything(before, after, pair):
    return after - (_log_sum(after) - _log_sum(before))


def _by_the_mean(before, after, pair):
    return _moved(before, after, pair, np.mean(after[pair] - before[pair]))


def _wrong_way(before, after, pair):
    return _moved(before, after, pair, _log_sum(before[pair]) - _log_sum(after[pair]))


def _probabilities_for_logits(before, after, pair):
    return _moved(before, after, pair, np.sum(_softmax(after)[pair]) - np.sum(_softmax(before)[pair]))


def _outside(before, pairs):
    others = np.ones(np.shape(before), bool)
    others[np.arange(len(before))[:, None], pairs] = False
    return others


def _leak(before, after, pairs):
    moved = np.abs(_softmax(after) - _softmax(before))
    return moved[_outside(before, pairs)].max()


def _logit(shape):
    return RNG.normal(0, 1, shape)


def _steps(rows, candidates):
    before = _logit((rows, candidates))
    pairs = np.stack([RNG.choice(candidates, 2, replace=False) for _ in range(rows)])
    step = np.zeros_like(before)
    step[np.arange(rows)[:, None], pairs] = 0.3 * _logit((rows, 2))
    return before, before + step, pairs


def _one_row(candidates):
    before, after, pairs = _steps(1, candidates)
    return before[0], after[0], pairs[0]


DRAWN, TEMPERATURE = 0.35 / 3 + 0.35, 0.5  # probability of 1-3-9 and 1-2-4-8 together; dB
BETTER = DRAWN * np.e / (1 + np.e)

EXERCISES = (
    Exercise(
        name="44.slope",
        question="Write slope(gates, logits): the gradient of the logits, when the gates' gradients are "
        "given and p = softmax(logits): for every i the sum over j of gates[j] * p[j] * ((i == j) - p[i]).",
        verify=verdicts.function(
            _slope,
            [(_logit(n), _logit(n)) for n in (2, 3, 6)],
            "slope(gates, logits)",
            slips=(
                (lambda g, a: -_slope(g, a), "the sign is turned: the term with i = j is the positive one."),
                (
                    lambda g, a: _softmax(a) * g,
                    "that is the term with i = j alone: every p depends on all logits.",
                ),
                (
                    lambda g, a: g - _softmax(a) @ g,
                    "multiply by p[i] as well: an unlikely candidate moves slowly.",
                ),
                (
                    lambda g, a: _softmax(a) * (g - np.mean(g)),
                    "the mean has to be weighted with p.",
                ),
                (
                    lambda g, a: _softmax(a) * (1 - _softmax(a)) * g,
                    "those are the terms with i = j; the others, -gates[j] p[j] p[i], are missing.",
                ),
            ),
        ),
        hints=(
            "Two sums: the one with i = j has a single term, p[i] * gates[i].",
            "p * (gates - p @ gates)",
        ),
        because="Each logit moves by its gate's lead over the weighted mean of all gates. So the entries sum "
        "to zero: a softmax only shifts probability from one candidate to another.",
    ),
    Exercise(
        name="44.rescaled",
        question="Write rescaled(before, after, pair): logits (n,) before and after a step that moved only "
        "the two candidates of `pair`. Shift the logits of these two by one and the same number, so that the "
        "two together have the probability that they had before. Return all n logits.",
        verify=verdicts.function(
            _rescaled,
            [_one_row(n) for n in (3, 4, 6)],
            "rescaled(before, after, pair)",
            slips=(
                (
                    lambda b, a, p: a,
                    "nothing was shifted: what the pair gains, the others lose.",
                ),
                (
                    _everything,
                    "that shifts all logits alike, which a softmax does not notice.",
                ),
                (
                    _by_the_mean,
                    "that keeps the mean of the two logits; but probability goes with exp(logit).",
                ),
                (_wrong_way, "the shift has the wrong sign: subtract what the pair has gained."),
                (
                    _probabilities_for_logits,
                    "a difference of probabilities is no difference of logits: take logarithms of sums.",
                ),
            ),
        ),
        hints=(
            "The pair's probability goes with exp(a) + exp(b) of its two logits. By what factor did it grow?",
            "Subtract log(sum(exp(after[pair])) / sum(exp(before[pair]))) from both.",
        ),
        because="Now the sum of exp over the pair is what it was, so the sum over all is, too, and nobody "
        "outside of the pair has moved. Within the pair the step stays.",
    ),
    Exercise(
        name="44.maps",
        question="A slot mixes six candidates, five blocks x + conv(relu(conv(x))) and a skip, each times "
        "a weight. For the backward pass it keeps x once, each block's hidden map, and every candidate's "
        "answer. All maps are as large as x. How many different maps are kept?",
        verify=verdicts.number(
            11,
            0.1,
            slips=(
                (12, "what does a skip answer? That map is kept already."),
                (13, "a skip has no hidden map, and its answer is x."),
                (10, "x itself is kept, too: every first convolution needs it."),
                (6, "those are x and the hidden maps; a weight's gradient needs its candidate's answer."),
                (5, "each block keeps two maps of its own."),
                (4, "that is what a pair keeps; here all six run."),
                (2, "that is what a single block keeps; here all six run."),
                (18, "all candidates read one and the same x: it is kept once."),
            ),
        ),
        hints=(
            "Five blocks, each with a hidden map and an answer. And what does a skip keep?",
            "1 + 5 + 5; the skip's answer is x.",
        ),
        because="1 + 5 + 5. Each further block adds two maps, however rarely it will be chosen.",
    ),
    Exercise(
        name="44.share",
        question="At first 1-2-4-8 has probability 0.35 and 1-3-9 a third of 0.35. Each is tried once, and "
        "1-2-4-8 is better by 0.5 dB. The two now share what they had together in the proportion of "
        "exp(PSNR / 0.5 dB). What is the probability of 1-2-4-8 now?",
        verify=verdicts.number(
            BETTER,
            0.0015,
            slips=(
                (0.35, "it was 0.35 before the two were tried."),
                (np.e / (1 + np.e), "they share only what they had together, not everything."),
                (DRAWN, "that is what they have together; 1-3-9 keeps a part."),
                (DRAWN - BETTER, "that is the other one's part."),
                (
                    0.7 * np.e / (1 + np.e),
                    "1-3-9 had a third of 0.35: three pyramids of three levels share that.",
                ),
                (
                    DRAWN * np.exp(0.5) / (1 + np.exp(0.5)),
                    "0.5 dB divided by 0.5 dB is 1: the proportion is e to 1.",
                ),
                (
                    DRAWN * 0.75 * np.e / (0.75 * np.e + 0.25),
                    "by this rule the first probabilities are forgotten as soon as both were tried.",
                ),
            ),
        ),
        hints=(
            "Together they had 0.35 + 0.35 / 3. In which proportion do they share it?",
            "0.4667 * e / (1 + e).",
        ),
        because="0.341: a little *less* than before, although it won. Once tried, pyramids are compared by "
        "their decibels alone, and the head start that 1-2-4-8 had is gone.",
    ),
    Exercise(
        name="44.leak",
        question="Write leak(before, after, pairs), a guard for a search: logits (rows, n) before and after "
        "a step, and the pair (rows, 2) that each row compared. Return the largest absolute change of the "
        "probability of a candidate that was not in its row's pair.",
        verify=verdicts.function(
            _leak,
            [_steps(rows, n) for rows, n in ((1, 3), (4, 6), (3, 4))],
            "leak(before, after, pairs)",
            slips=(
                (
                    lambda b, a, p: np.abs(_softmax(a) - _softmax(b)).max(),
                    "the two that were compared may move: leave them out.",
                ),
                (
                    lambda b, a, p: np.abs(a - b)[_outside(b, p)].max(),
                    "the others' logits never move here; their probabilities do. Take a softmax of each row.",
                ),
                (
                    lambda b, a, p: (np.abs(_softmax(a) - _softmax(b)) * _outside(b, p)).sum(),
                    "the largest change is asked for, not the sum.",
                ),
                (
                    lambda b, a, p: (_softmax(a) - _softmax(b))[_outside(b, p)].max(),
                    "take absolute changes: what leaks away counts, too.",
                ),
                (
                    lambda b, a, p: np.abs(_softmax(a) - _softmax(b))[~_outside(b, p)].max(),
                    "that is the change inside the pairs; look at the others.",
                ),
            ),
        ),
        hints=(
            "Softmax row by row, before and after; then set the places of the pair to zero.",
            "moved[np.arange(len(pairs))[:, None], pairs] = 0, and moved.max().",
        ),
        because="0 for a search that rescales, above 0 for one that forgot. No loss curve shows it.",
    ),
)

QUIZZES = (
    Quiz(
        name="44.twice",
        question="Two candidates are drawn to be compared, and somebody draws with replacement: both may be "
        "the same. What happens in such a step?",
        options=(
            Option(
                text="an error: the shapes do not fit",
                why="Two numbers are drawn as always. Nothing checks that they differ.",
            ),
            Option(
                text="this candidate is strengthened",
                why="The softmax over the pair gives each half a half; what one half gains the other loses, "
                "and both belong to the same logit.",
            ),
            Option(
                text="nothing: the gradient is zero, and the step is wasted",
                why="A candidate cannot lead over itself. It happens with probability sum p², so the surer "
                "the search, the more of its steps are empty.",
                right=True,
            ),
            Option(
                text="all other candidates lose probability",
                why="Their logits do not move, and neither does the pair's.",
            ),
        ),
    ),
    Quiz(
        name="44.reading",
        question="'It decreases 1/3 parameter size (10Mb) of DMPHN', says the supplement of the paper about "
        "its smaller network. DMPHN has 28.9 MB. What do we know for certain?",
        options=(
            Option(
                text="the smaller network has about 10 MB",
                why="If 10 Mb is what is left. It may be what was taken away.",
            ),
            Option(
                text="the smaller network has about 19 MB",
                why="If 10 Mb is what was taken away. It may be what is left.",
            ),
            Option(
                text="10 Mb and a third of DMPHN's size are about the same",
                why="28.9 / 3 = 9.6. Whether that third was taken away or left, the sentence does not say, "
                "and no code or weights were published that would.",
                right=True,
            ),
            Option(
                text="the smaller network is three times as fast",
                why="Parameters are no time: levels that share their weights store them once and compute "
                "with them at every level.",
            ),
        ),
    ),
)
