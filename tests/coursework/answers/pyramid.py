"""Answers to the exercises of notebook 44, one path at a time: name -> (right, wrong, another wrong)."""

import math

import numpy as np


def shares(logits):
    return [math.exp(one) / sum(math.exp(other) for other in logits) for one in logits]


def slope(gates, logits):
    p, n = shares(logits), len(logits)
    return [sum(gates[j] * p[j] * ((i == j) - p[i]) for j in range(n)) for i in range(n)]


def first_term(gates, logits):
    return np.array(shares(logits)) * gates


def without_p(gates, logits):
    return np.array(gates) - np.dot(shares(logits), gates)


def rescaled(before, after, pair):
    i, j = pair
    had, has = (math.exp(x[i]) + math.exp(x[j]) for x in (before, after))
    now = list(before)
    now[i], now[j] = after[i] + math.log(had / has), after[j] + math.log(had / has)
    return now


def as_it_is(before, after, pair):
    return after


def same_mean(before, after, pair):
    now = np.array(after)
    now[pair] += np.mean(before[pair]) - np.mean(after[pair])
    return now


def leak(before, after, pairs):
    largest = 0
    for old, new, pair in zip(before, after, pairs, strict=True):
        changes = [abs(a - b) for a, b in zip(shares(old), shares(new), strict=True)]
        largest = max(largest, *(c for i, c in enumerate(changes) if i not in pair))
    return largest


def of_all(before, after, pairs):
    rows = zip(before, after, strict=True)
    return max(abs(a - b) for old, new in rows for a, b in zip(shares(old), shares(new), strict=True))


def of_logits(before, after, pairs):
    return 0.0


# Numbers worked out on paper.
ANSWERS = {
    "44.slope": (slope, first_term, without_p),
    "44.rescaled": (rescaled, as_it_is, same_mean),
    "44.maps": (11, 12, 6),
    "44.share": (0.3412, 0.35, 0.7311),
    "44.leak": (leak, of_all, of_logits),
}
