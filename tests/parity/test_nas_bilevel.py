"""DARTS' bilevel step: the official architect's gradients, unrolled weights and Adam step."""

import json

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.search.architecture import Architecture
from course_lib.search.bilevel import Bilevel
from course_lib.search.darts import DARTSSearchRecipe, darts_supernet
from course_lib.weights import load_official, official_state, read_npz
from tests.parity.fixtures_folder import fixture_files
from tests.parity.hashed_weights import state_of, uniform

STATISTICS = ("running_mean", "running_var")
BUFFER_SEED, BUFFER_SIZE = 71995, 0.05
ADAM = {"learning_rate": 3e-4, "beta_1": 0.5, "beta_2": 0.999, "epsilon": 1e-9}
ARCHITECTURE_DECAY = 1e-3


def last(array):
    """Turn stored (b, c, h, w) into (b, h, w, c)."""
    return array.transpose(0, 2, 3, 1)


def cross_entropy(true, made):
    return ops.mean(keras.losses.sparse_categorical_crossentropy(true, made, from_logits=True))


class Case:
    """One fixture file: its settings, weights, momentum, and a search that stands where theirs stood."""

    def __init__(self, path):
        self.stored = stored = read_npz(path)
        self.meta = meta = json.loads(str(stored["meta"]))
        self.state = state_of(meta["manifest"])
        self.parameters = [name for name in self.state if not name.endswith(STATISTICS)]
        count = sum(self.state[name].size for name in self.parameters)
        flat, self.buffer, place = BUFFER_SIZE * uniform(count, BUFFER_SEED), {}, 0
        for name in self.parameters:
            values = flat[place : place + self.state[name].size]
            self.buffer[name] = values.reshape(self.state[name].shape).astype("float32")
            place += values.size
        self.recipe = DARTSSearchRecipe(
            channels=stored["x_train"].shape[1],
            classes=meta["classes"],
            width=meta["C"],
            cells=meta["layers"],
            nodes=meta["steps"],
        )
        self.batch = (
            last(stored["x_train"]),
            stored["y_train"].astype("int32"),
            last(stored["x_val"]),
            stored["y_val"].astype("int32"),
        )

    def search(self, order):
        supernet = darts_supernet(self.recipe)
        logits = {name: self.stored[f"alphas_{name}"] for name in ("normal", "reduce")}
        architecture = Architecture({name: a.shape for name, a in logits.items()}, start=logits)
        rate, momentum = float(self.stored["eta"]), self.meta["network_momentum"]
        system = Bilevel(
            supernet,
            architecture,
            cross_entropy,
            (keras.optimizers.SGD(rate, momentum=momentum), keras.optimizers.Adam(**ADAM)),
            order=order,
            decays=(self.meta["network_weight_decay"], ARCHITECTURE_DECAY),
        )
        # The momentum lies as the weights do. Theirs is made of gradients, ours of steps down them.
        load_official(supernet, {**self.state, **self.buffer})
        for slot, value in zip(system.optimizer.momentums, supernet.trainable_variables, strict=True):
            slot.assign(-rate * ops.convert_to_numpy(value))
        load_official(supernet, self.state)
        return system


@pytest.fixture(scope="module", params=fixture_files("nas_darts_bilevel*.npz"), ids=lambda path: path.stem)
def case(request):
    return Case(request.param)


@pytest.fixture(scope="module")
def second(case):
    """A search of the second order; its tests stand in the order in which weights move."""
    return case.search(order=2)


def close(ours, theirs, rel=1e-3):
    """Within `rel` of the largest entry."""
    theirs = np.asarray(theirs)
    np.testing.assert_allclose(ops.convert_to_numpy(ours), theirs, rtol=0, atol=rel * np.abs(theirs).max())


def test_first_order_gradients_are_theirs(case, second):
    # A supernet of the first order would have to be compiled anew, for the same gradients.
    loss, _, slopes = second._slopes(*case.batch[2:])
    assert float(loss) == pytest.approx(float(case.stored["loss_val_f64"]), rel=1e-5)
    for slope, name in zip(slopes, ("normal", "reduce"), strict=True):
        close(slope, case.stored[f"first_order_grad_{name}_f64"], rel=1e-4)


def test_second_order_gradients_and_adams_step_are_theirs(case, second):
    loss, slopes = second.improve_architecture(*case.batch)
    assert float(loss) == pytest.approx(float(case.stored["unrolled_loss_val_f64"]), rel=1e-4)
    for slope, name in zip(slopes, ("normal", "reduce"), strict=True):
        close(slope, case.stored[f"second_order_grad_{name}_f64"])
    for name, logits in second.architecture.logits.items():
        # Of a step as long as Adam's rate, a hundredth; the gradients near zero decide its sign.
        moved = ops.convert_to_numpy(logits) - case.stored[f"alphas_{name}"]
        theirs = case.stored[f"alphas_{name}_after_adam_f64"] - case.stored[f"alphas_{name}"]
        np.testing.assert_allclose(moved, theirs, rtol=0, atol=0.01 * ADAM["learning_rate"])


def test_a_step_on_the_weights_goes_where_their_unrolled_weights_are(case, second):
    for logits in second.architecture.logits.values():
        logits.assign(case.stored[f"alphas_{logits.name}"])
    loss = second.improve_weights(*case.batch[:2])
    assert float(loss) == pytest.approx(float(case.stored["loss_train_f64"]), rel=1e-5)
    state = official_state(second.supernet)
    there = np.concatenate([state[name].reshape(-1) for name in case.parameters])
    here = np.concatenate([case.state[name].reshape(-1) for name in case.parameters])
    close(there[: len(case.stored["theta1_first50_f64"])], case.stored["theta1_first50_f64"], rel=1e-5)
    # Their norm is that of the difference from the weights before.
    assert np.linalg.norm(there.astype("float64") - here) == pytest.approx(
        float(case.stored["theta_delta_norm_f64"]), rel=1e-4
    )
