"""Answers to the exercises of notebook 42, choices with a gradient: name -> (right, wrong, another wrong)."""


def share_of_skips(weights, names):
    won = 0
    for row in weights:
        ranked = sorted(zip(row, names, strict=True), reverse=True)
        won += next(name for _, name in ranked if name != "none") == "skip"
    return won / len(weights)


ANSWERS = {
    "42.chance": (0.36, 0.2, 0.64),
    "42.slope": (-0.64, -3.0, -2.4),
    "42.cells": (1037664180, 3019898880, 5764801),
    "42.skips": (
        share_of_skips,
        lambda weights, names: weights[:, names.index("skip")].mean(),
        lambda weights, names: share_of_skips(weights, names) * len(weights),
    ),
    "42.pair": (0.4444, 0.5, 0.6667),
}
