"""Binarised paths: candidates of which one runs, and gates that learn which one should.

Paper: Cai et al., ProxylessNAS, ICLR 2019, section 3.2 and appendix B; PyNAS (Hu et al., ICCV 2021) searches
       its operators so.
Code:  mit-han-lab/proxylessnas, search/modules/mix_op.py, class MixedEdge, modes "full" and "two".
Differs: an optimiser's averages of a candidate that does not run fade, there they wait; the edge learns also
         when a candidate that answers zero runs. No latency term.
"""

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.backend.branches import run_one
from course_lib.serial import serializable

MODES = ("one", "two", "full")


@serializable
class BinarisedOperation(keras.layers.Layer):
    """Several candidates, of which one answers: [x, paths, gates] to that one's answer.

    x is what every candidate takes, and all of them answer with one shape. `paths` (k,) int32 lists the
    candidates that run, the active one first: with k = 1 it alone, with k = 2 another one beside it, with k =
    number of candidates all. The answer is always the active one's. Only it sends gradients to x and to its
    weights.

    `gates` (candidates,) float is read for its gradient alone, and not with k = 1: each candidate that runs
    sends to its gate the sum of its answer times the gradient of this layer's answer. Give 1 for the active
    candidate and 0 for the others, joined to logits by `gates_of`.

    Args:
        operators: list of keras layers from x to the answer, built or not, without state beside trainable
            weights: statistics of a batch norm or the seed of a dropout cannot be written by a path.

    Raises:
        ValueError: no candidates, a candidate with such a state, or another number of paths.
    """

    def __init__(self, operators, **kwargs):
        super().__init__(**kwargs)
        self.operators = list(operators)
        checks.at_least("BinarisedOperation", "the number of operators", len(self.operators), 1)

    def build(self, shapes):
        for operator in self.operators:
            if not operator.built:
                operator.build(shapes[0])
            learned = {id(v) for v in operator.trainable_variables}
            states = [v.path for v in operator.variables if id(v) not in learned]
            if states:
                raise ValueError(
                    f"{self.name} needs candidates without state; {operator.name!r} writes or freezes "
                    f"{', '.join(states[:3])}. Leave norms with statistics and dropout outside of the choice."
                )

    def call(self, inputs):
        x, paths, gates = inputs
        paths = ops.cast(paths, "int32")
        count, all_of_them = paths.shape[0], len(self.operators)
        if count not in (1, 2, all_of_them):
            raise ValueError(f"{self.name} runs 1, 2 or all {all_of_them} paths; received {count}.")
        answer = run_one(paths[0], self.operators, x)
        if count == 1:
            return answer
        other = ops.stop_gradient(answer)
        if count == 2:
            ran = [(ops.take(gates, paths[0]), other)]
            ran += [(ops.take(gates, paths[1]), run_one(paths[1], self.operators, x, detached=True))]
        else:
            ran = [(gates[i], self._beside(i, paths[0], other, x)) for i in range(all_of_them)]
        for gate, candidate in ran:
            # A gate's surplus is zero, and has its gradient.
            surplus = ops.cast(gate - ops.stop_gradient(gate), answer.dtype)
            answer = answer + surplus * candidate
        return answer

    def compute_output_shape(self, shapes):
        return tuple(self.operators[0].compute_output_shape(shapes[0]))

    def get_config(self):
        operators = [keras.saving.serialize_keras_object(operator) for operator in self.operators]
        return {**super().get_config(), "operators": operators}

    @classmethod
    def from_config(cls, config):
        operators = [keras.saving.deserialize_keras_object(operator) for operator in config["operators"]]
        return cls(**{**config, "operators": operators})

    def _beside(self, i, active, answer, x):
        """Candidate i's answer without gradient; the active one has run already."""
        is_active = ops.cast(ops.equal(active, i), "int32")
        return run_one(is_active, [self.operators[i], lambda _: answer], x, detached=True)


def sample_paths(weights, mode, rng):
    """Draw the candidates that run, row by row.

    Args:
        weights: (rows, candidates) float array, probabilities; rows sum to 1.
        mode: "one": the active candidate is drawn. "two": two different ones are drawn one after the other,
            and of them the active one, by its share of their probability. "full": the active one is drawn,
            and the others follow.
        rng: numpy Generator.

    Returns:
        (rows, k) int32, the active candidate first; k is 1, 2 or the number of candidates.

    Raises:
        ValueError: an unknown mode, no `rng`, weights that are no probabilities, or "two" of one candidate.
    """
    checks.one_of("sample_paths()", "modes", mode, MODES)
    checks.generator("sample_paths()", rng, "paths are drawn")
    weights = np.asarray(weights, "float64")
    sums = weights.sum(axis=-1)
    if not np.isfinite(weights).all() or weights.min() < 0 or np.abs(sums - 1).max() > 1e-3:
        raise ValueError("sample_paths() needs probabilities, rows of 0 or more that sum to 1.")
    if mode == "two":
        checks.at_least("sample_paths() in mode 'two'", "the number of candidates", weights.shape[-1], 2)
    return np.stack([_paths_of_row(row / row.sum(), mode, rng) for row in weights]).astype("int32")


def _paths_of_row(weights, mode, rng):
    everything = np.arange(len(weights))
    if mode != "two":
        active = rng.choice(everything, p=weights)
        return [active] if mode == "one" else [active, *everything[everything != active]]
    # Where one candidate has all the probability that a float can tell, the second one is any other.
    possible = weights + 1e-12
    first = rng.choice(everything, p=possible / possible.sum())
    possible = np.where(everything == first, 0, possible)
    second = rng.choice(everything, p=possible / possible.sum())
    share = weights[first] / max(weights[first] + weights[second], 1e-300)
    return [first, second] if rng.random() < share else [second, first]


def fixed_paths(chosen, candidates):
    """Make the inputs under which a supernet runs one path only, the same every time.

    Args:
        chosen: (rows,) ints, a candidate for each row.
        candidates: int, how many there are.

    Returns:
        [(rows, 1) int32 paths, (rows, candidates) float32 gates].

    Raises:
        ValueError: a number that is no candidate's.
    """
    chosen = np.asarray(chosen, "int32")
    for number in chosen:
        checks.within("fixed_paths()", "chosen", int(number), 0, candidates - 1)
    return [chosen[:, None], np.eye(candidates, dtype="float32")[chosen]]


def gates_of(logits, paths):
    """Join gates to logits: 1 for the active candidate, 0 for the others, with the gradient of a softmax.

    Args:
        logits: (rows, candidates) float32 tensor.
        paths: (rows, k) int32 tensor, the active candidate first.

    Returns:
        (rows, candidates) float32 tensor. A gradient dL/dg of it becomes sum_j dL/dg_j p_j (delta_ij - p_i)
        of the logits, with p the softmax over the candidates that run; the logits of others get none.
    """
    places = ops.one_hot(paths, logits.shape[-1], dtype="float32")  # (rows, k, candidates)
    if paths.shape[-1] == 1:
        return places[:, 0]
    running = ops.softmax(ops.take_along_axis(logits, paths, axis=-1))  # (rows, k)
    surplus = running - ops.stop_gradient(running)
    return places[:, 0] + ops.sum(places * surplus[:, :, None], axis=1)


def rescaled(before, after, paths):
    """Shift the logits of a moved pair so that the pair has the probability that it had.

    Args:
        before: (rows, candidates) float32 tensor, logits before a step.
        after: (rows, candidates) float32 tensor, logits after it.
        paths: (rows, 2) int32 tensor, the pairs.

    Returns:
        (rows, candidates) float32 tensor; the logits of others are those from before.
    """
    before, after = ops.convert_to_tensor(before), ops.convert_to_tensor(after)
    inside = ops.sum(ops.one_hot(paths, before.shape[-1], dtype="float32"), axis=1)  # (rows, candidates)
    sums = [
        ops.logsumexp(ops.take_along_axis(logits, paths, axis=-1), axis=-1, keepdims=True)
        for logits in (before, after)
    ]
    return ops.where(inside > 0, after - (sums[1] - sums[0]), before)
