"""What binarised paths are for: a step holds what one path needs, whatever the number of candidates."""

import keras
import numpy as np
from keras import ops

from course_lib.backend import machine
from course_lib.backend.gradients import compile_moves
from course_lib.search.binarised import BinarisedOperation, gates_of
from course_lib.search.operations import Identity
from course_lib.search.pynas import OPERATORS, searched_block

WIDTH, SLOTS = 8, 4
X = np.ones((2, 64, 64, WIDTH), "float32")
SHARE = 0.4  # of the memory of all candidates at once


def choices(operators):
    made = [
        BinarisedOperation([searched_block(name, slot, WIDTH) or Identity() for name in operators])
        for slot in range(SLOTS)
    ]
    for choice in made:
        choice.build([X.shape, (1,), (len(operators),)])
    return made


def step_bytes(operators, mode, of="weights"):
    """Bytes of a step that asks for the gradients of weights or of logits."""
    layers, count = choices(operators), len(operators)
    logits = keras.Variable(np.zeros((SLOTS, count), "float32"))
    weights = [v for layer in layers for v in layer.trainable_variables]

    def run(x, paths):
        if mode == "mixed":
            shares = ops.softmax(ops.convert_to_tensor(logits))
            for i, layer in enumerate(layers):
                x = sum(shares[i, j] * operator(x) for j, operator in enumerate(layer.operators))
            return ops.mean(ops.square(x))
        gates = gates_of(ops.convert_to_tensor(logits), paths)
        for i, layer in enumerate(layers):
            x = layer([x, paths[i], gates[i]])
        return ops.mean(ops.square(x))

    def fn(gradients, x, paths):
        loss, found = gradients(lambda: run(x, paths), weights if of == "weights" else [logits])
        return loss, [ops.sum(slope) for slope in found]

    running = {"mixed": 1, "one": 1, "two": 2, "full": count}[mode]
    # Each slot runs another candidate first.
    paths = np.array([(np.arange(running) + slot) % count for slot in range(SLOTS)], "int32")
    return machine.step_bytes(
        compile_moves(fn, [*weights, logits]), ops.convert_to_tensor(X), ops.convert_to_tensor(paths)
    )


def test_at_six_candidates_a_step_on_the_weights_needs_at_most_two_fifths_of_all_at_once():
    assert len(OPERATORS) == 6
    assert step_bytes(OPERATORS, "one") <= SHARE * step_bytes(OPERATORS, "mixed")


def test_at_six_candidates_a_step_on_pairs_needs_at_most_two_fifths_of_all_at_once():
    mixed = step_bytes(OPERATORS, "mixed", of="logits")
    assert step_bytes(OPERATORS, "two", of="logits") <= SHARE * mixed


def test_twice_as_many_candidates_need_about_as_much():
    three = ("conv3", "dil3", "conv5")
    assert step_bytes(three * 2, "one") <= 1.3 * step_bytes(three, "one")
