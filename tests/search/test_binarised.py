"""Binarised paths: who runs, who gets a gradient, how often, and whose probability stays."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.gradients import compile_moves
from course_lib.search.architecture import Architecture
from course_lib.search.binarised import (
    BinarisedOperation,
    fixed_paths,
    gates_of,
    rescaled,
    sample_paths,
)
from course_lib.search.path_search import PathSearch

RNG = np.random.default_rng(2)
X = RNG.standard_normal((2, 4, 5, 3)).astype("float32")
UPSTREAM = RNG.standard_normal((2, 4, 5, 3)).astype("float32")
ALPHA = np.array([[0.3, -0.4, 0.9, 0.1]], "float32")
SIDES = (1, 3, 5)


def candidates():
    convs = [keras.layers.Conv2D(3, side, padding="same", activation="tanh") for side in SIDES]
    return [*convs, keras.layers.Identity()]


@pytest.fixture(scope="module")
def choice():
    layer = BinarisedOperation(candidates())
    layer.build([X.shape, (1,), (4,)])
    for i, variable in enumerate(layer.trainable_variables):
        variable.assign(np.random.default_rng(i).normal(0, 0.4, variable.shape))
    return layer


@pytest.fixture(scope="module")
def slopes(choice):
    """Compiled: answer, and the gradients of x, of alpha and of the weights, of sum(answer * UPSTREAM)."""
    x, alpha, upstream = keras.Variable(X), keras.Variable(ALPHA), ops.convert_to_tensor(UPSTREAM)
    moving = [x, alpha, *choice.trainable_variables]

    def fn(gradients, paths):
        def loss():
            gates = gates_of(ops.convert_to_tensor(alpha), paths)
            answer = choice([ops.convert_to_tensor(x), paths[0], gates[0]])
            return ops.sum(answer * upstream), answer

        (_, answer), found = gradients(loss, moving)
        return answer, found

    step = compile_moves(fn, [x, alpha, *choice.variables])

    def run(*paths):
        answer, found = step(np.array([paths], "int32"))
        x, alpha, *weights = (ops.convert_to_numpy(t) for t in found)
        return ops.convert_to_numpy(answer), x, alpha, weights

    return run


def alone(layer):
    """A candidate's answer, and the gradients of x and of its weights of sum(answer * UPSTREAM)."""
    x, upstream = keras.Variable(X), ops.convert_to_tensor(UPSTREAM)

    def fn(gradients):
        def loss():
            answer = layer(ops.convert_to_tensor(x))
            return ops.sum(answer * upstream), answer

        (_, answer), found = gradients(loss, [x, *layer.trainable_variables])
        return answer, found

    answer, found = compile_moves(fn, [x, *layer.variables])()
    return ops.convert_to_numpy(answer), *[ops.convert_to_numpy(t) for t in found]


MODES = {"one": (2,), "two": (2, 1), "full": (2, 0, 1, 3)}


@pytest.mark.parametrize("mode", MODES)
def test_the_answer_and_its_gradients_are_those_of_the_active_candidate(choice, slopes, mode):
    answer, of_x, _, weights = slopes(*MODES[mode])
    wanted, wanted_x, kernel, bias = alone(choice.operators[2])
    np.testing.assert_allclose(answer, wanted, atol=1e-6)
    np.testing.assert_allclose(of_x, wanted_x, atol=1e-5)
    np.testing.assert_allclose(weights[4], kernel, atol=1e-4)
    np.testing.assert_allclose(weights[5], bias, atol=1e-4)


@pytest.mark.parametrize("mode", MODES)
def test_candidates_that_are_not_active_receive_a_gradient_of_exactly_zero(slopes, mode):
    *_, weights = slopes(*MODES[mode])
    assert all(not weights[i].any() for i in range(4))
    assert weights[4].any() and weights[5].any()


@pytest.mark.parametrize("mode", ["two", "full"])
def test_logits_learn_what_each_running_candidate_would_have_changed(choice, slopes, mode):
    _, _, of_alpha, _ = slopes(*MODES[mode])
    running = sorted(MODES[mode])
    worth = {i: np.sum(UPSTREAM * ops.convert_to_numpy(choice.operators[i](X))) for i in running}
    p = np.exp(ALPHA[0, running].astype("float64"))
    p /= p.sum()
    mean = sum(share * worth[i] for share, i in zip(p, running, strict=True))
    wanted = np.zeros(4)
    wanted[running] = [share * (worth[i] - mean) for share, i in zip(p, running, strict=True)]
    np.testing.assert_allclose(of_alpha[0], wanted, atol=1e-4)


def test_with_one_path_logits_learn_nothing(slopes):
    assert not slopes(1)[2].any()


def test_another_number_of_paths_is_refused(choice):
    with pytest.raises(ValueError, match="runs 1, 2 or all 4 paths; received 3"):
        choice([X, np.array([0, 1, 2]), np.ones(4, "float32")])


def test_candidates_with_statistics_or_seeds_are_refused():
    for state in (keras.layers.BatchNormalization(), keras.layers.Dropout(0.5, seed=0)):
        layer = BinarisedOperation([keras.layers.Identity(), keras.Sequential([state])], name="choice")
        with pytest.raises(ValueError, match="choice needs candidates without state; 'sequential"):
            layer.build([X.shape, (1,), (2,)])


def test_it_is_saved_with_its_candidates(choice):
    again = BinarisedOperation.from_config(choice.get_config())
    again.build([X.shape, (1,), (4,)])
    again.set_weights(choice.get_weights())
    for i in range(4):
        paths, gates = fixed_paths([i], 4)
        ours = [ops.convert_to_numpy(layer([X, paths[0], gates[0]])) for layer in (choice, again)]
        np.testing.assert_array_equal(*ours)


# Sampling


def test_active_candidates_come_as_often_as_their_probability_says():
    p = np.array([[0.6, 0.25, 0.1, 0.05]])
    rng = np.random.default_rng(0)
    for mode in ("one", "full"):
        drawn = [sample_paths(p, mode, rng)[0, 0] for _ in range(4000)]
        np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 4000, p[0], atol=0.03)


def test_pairs_come_as_often_as_drawing_twice_without_putting_back_says():
    p, rng, count = np.array([0.5, 0.3, 0.2]), np.random.default_rng(1), 6000
    drawn = np.array([sample_paths(p[None], "two", rng)[0] for _ in range(count)])
    for i, j in itertools.combinations(range(3), 2):
        chance = p[i] * p[j] / (1 - p[i]) + p[j] * p[i] / (1 - p[j])
        mine = [tuple(row) for row in drawn if set(row) == {i, j}]
        assert len(mine) / count == pytest.approx(chance, abs=0.03)
        active = sum(row[0] == i for row in mine) / len(mine)
        assert active == pytest.approx(p[i] / (p[i] + p[j]), abs=0.04)


def test_every_row_runs_different_candidates():
    p = np.array([[1.0, 0.0, 0.0], [0.2, 0.3, 0.5]])
    rng = np.random.default_rng(3)
    for _ in range(50):
        two, full = sample_paths(p, "two", rng), sample_paths(p, "full", rng)
        assert two.dtype == np.int32 and two.shape == (2, 2)
        assert (two[:, 0] != two[:, 1]).all() and two[0, 0] == 0
        assert np.array_equal(np.sort(full, axis=1), [[0, 1, 2]] * 2)


def test_what_cannot_be_drawn_is_refused():
    rng = np.random.default_rng(0)
    for weights in ([[0.5, 0.6]], [[np.nan, 1.0]], [[-0.5, 1.5]]):
        with pytest.raises(ValueError, match="needs probabilities"):
            sample_paths(weights, "one", rng)
    with pytest.raises(ValueError, match="number of candidates of at least 2"):
        sample_paths([[1.0]], "two", rng)
    with pytest.raises(ValueError, match="modes 'one', 'two', 'full'; received 'three'"):
        sample_paths([[1.0]], "three", rng)
    with pytest.raises(ValueError, match="needs rng"):
        sample_paths([[1.0]], "one", None)
    with pytest.raises(ValueError, match=r"chosen in \[0, 2\]; received 3"):
        fixed_paths([0, 3], 3)


# The search


def softmax(logits):
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def test_a_moved_pair_keeps_its_probability_and_so_do_the_others():
    before = RNG.standard_normal((3, 5)).astype("float32")
    pairs = np.array([[0, 3], [4, 1], [2, 3]], "int32")
    after = before + RNG.standard_normal((3, 5)).astype("float32")  # an optimiser with momentum moves all
    moved = ops.convert_to_numpy(rescaled(before, after, pairs))
    for row, pair in enumerate(pairs):
        others = [i for i in range(5) if i not in pair]
        np.testing.assert_array_equal(moved[row, others], before[row, others])
        np.testing.assert_allclose(softmax(moved)[row, others], softmax(before)[row, others], rtol=1e-5)
        # Inside the pair the difference is the optimiser's.
        np.testing.assert_allclose(np.diff(moved[row, pair]), np.diff(after[row, pair]), rtol=1e-4)


def toy(start=0.0, seed=0, **options):
    """One choice among three factors, 0.5, 1 and 2, of which 2 is right, and two choices for one bias."""
    x = keras.Input((4, 4, 1))
    inputs = [x]
    for rows, count in ((1, 3), (2, 2)):
        inputs += [
            keras.Input(batch_shape=(rows, None), dtype="int32"),
            keras.Input(batch_shape=(rows, count)),
        ]
    factors = [keras.layers.Rescaling(factor) for factor in (0.5, 1.0, 2.0)]
    y = BinarisedOperation(factors)([x, inputs[1][0], inputs[2][0]])
    shared = BinarisedOperation([keras.layers.Identity(), keras.layers.Conv2D(1, 1)])
    for row in range(2):
        y = shared([y, inputs[3][row], inputs[4][row]])
    supernet = keras.Model(inputs, y)
    architecture = Architecture({"factor": (1, 3), "conv": (2, 2)}, start=start)
    optimizers = (keras.optimizers.SGD(0.01), keras.optimizers.Adam(0.1, beta_1=0.0))
    return PathSearch(
        supernet,
        architecture,
        lambda true, made: ops.mean(ops.square(true - made)),
        optimizers,
        seed=seed,
        **options,
    )


def batches(start=0):
    for i in itertools.count(start):
        x = np.random.default_rng((5, i)).standard_normal((2, 2, 4, 4, 1)).astype("float32")
        yield x[0], 2 * x[0], x[1], 2 * x[1]


def values_of(system):
    return [ops.convert_to_numpy(v).copy() for v in system._variables().values()]


@pytest.mark.parametrize("mode", ["two", "full"])
def test_a_search_finds_the_candidate_that_is_right(mode):
    system, feed = toy(mode=mode, weight_steps=1), batches()
    system.supernet.trainable_variables[0].assign([[[[1.0]]]])
    for _ in range(30):
        logs = system.round(feed)
    assert system.strongest()["factor"] == [2]
    assert softmax(ops.convert_to_numpy(system.architecture.logits["factor"]))[0, 2] > 0.6
    assert set(logs) == {"loss", "architecture_loss"}


def test_the_architecture_moves_once_a_round_and_not_before_its_time():
    system, feed = toy(weight_steps=3, architecture_from=1), batches()
    system.round(feed)
    assert not ops.convert_to_numpy(system.architecture.logits["factor"]).any()
    system.round(feed)
    assert int(system.optimizer.iterations) == 6
    assert int(system.architecture_optimizer.iterations) == 1
    # One pair of the three has moved, apart from each other.
    moved = ops.convert_to_numpy(system.architecture.logits["factor"])[0]
    assert np.count_nonzero(moved) == 2


def test_decay_leaves_weights_alone_that_did_not_run():
    system = toy(start={"factor": [[0.0] * 3], "conv": [[50.0, -50.0]] * 2}, decays=(0.5, 0.0))
    before = system.supernet.get_weights()
    system.improve_weights(*next(batches())[:2])
    assert all(map(np.array_equal, before, system.supernet.get_weights()))


def test_a_resumed_search_draws_the_same_paths(tmp_path):
    whole, part, feed = toy(seed=4), toy(seed=4), batches()
    whole.round(feed)
    whole.save_weights(tmp_path / "search.weights.h5")
    whole.round(feed)
    part.load_weights(tmp_path / "search.weights.h5")
    part.round(batches(5))
    assert all(map(np.array_equal, values_of(whole), values_of(part)))


def test_a_mode_or_a_supernet_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="PathSearch knows modes 'two', 'full'; received 'one'"):
        toy(mode="one")
    system = toy()
    with pytest.raises(ValueError, match="needs a supernet of 3 inputs: a picture and 2 for each of factor"):
        PathSearch(
            system.supernet,
            Architecture({"factor": (1, 3)}),
            system.loss,
            (keras.optimizers.SGD(), keras.optimizers.SGD()),
        )
