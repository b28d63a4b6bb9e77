"""Bilevel steps: gradients derived by hand, the order of moves, decay and clipping, resuming, refusals."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.search.architecture import Architecture
from course_lib.search.bilevel import Bilevel
from course_lib.search.demands import demand_finite

RATE, DECAY = 0.1, 0.3
W = np.array([0.8, -0.5])
LOGITS = np.array([[0.2, -0.3]])
RNG = np.random.default_rng(4)
BATCH = [RNG.standard_normal((5, 1)).astype("float32") for _ in range(4)]  # given, true, given_a, true_a


class TwoWeights(keras.layers.Layer):
    """A choice between a line and a parabola, each with one weight."""

    def build(self, shapes):
        self.w = self.add_weight(shape=(2,), initializer="ones")

    def call(self, inputs):
        x, p = inputs
        w = ops.convert_to_tensor(self.w)
        return p[0, 0] * w[0] * x + p[0, 1] * w[1] * x * x


def squared(true, made):
    return ops.mean(ops.square(true - made))


def toy():
    x, p = keras.Input((1,)), keras.Input(batch_shape=(1, 2))
    supernet = keras.Model([x, p], TwoWeights()([x, p]))
    supernet.set_weights([W])
    return supernet, Architecture({"curve": (1, 2)}, start=LOGITS)


def search(optimizer=None, **options):
    optimizers = (optimizer or keras.optimizers.SGD(RATE), keras.optimizers.SGD(1.0))
    return Bilevel(*toy(), squared, optimizers, **options)


def moving(i=0):
    """Batches that differ from one another."""
    for step in itertools.count(i):
        yield [part + 0.1 * step for part in BATCH]


def logits_of(system):
    return ops.convert_to_numpy(system.architecture.logits["curve"])


def softmax(logits):
    return np.exp(logits[0]) / np.exp(logits[0]).sum()


def features(x):
    return np.concatenate([x, x * x], axis=1).astype("float64")  # (b, 2)


def by_hand(w, p, x, true):
    """Loss, its gradients in w and p, and the mixed second derivatives d2 / dp_i dw_j."""
    f = features(x)
    gap = f @ (p * w) - true[:, 0]
    pull = 2 / len(x) * f.T @ gap
    mixed = np.diag(pull) + 2 / len(x) * np.outer(w, p) * (f.T @ f)
    return np.mean(gap**2), p * pull, w * pull, mixed


def through_softmax(of_p, p):
    return p * (of_p - p @ of_p)


def analytic(order, momentum=0.0, speed=0.0, decay=0.0):
    """The architecture's loss and gradient, derived by hand."""
    p = softmax(LOGITS)
    given, true, given_a, true_a = BATCH
    _, slope, _, mixed = by_hand(W, p, given, true)
    ahead = W + momentum * speed - RATE * (slope + decay * W) if order == 2 else W
    loss, direction, of_p, _ = by_hand(ahead, p, given_a, true_a)
    of_p = of_p - RATE * mixed @ direction if order == 2 else of_p
    return loss, through_softmax(of_p, p)


@pytest.mark.parametrize("order", [1, 2])
def test_the_gradient_of_the_architecture_is_the_one_derived_by_hand(order):
    system = search(order=order)
    loss, slopes = system.improve_architecture(*BATCH)
    wanted_loss, wanted = analytic(order)
    assert float(loss) == pytest.approx(wanted_loss, rel=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(slopes[0])[0], wanted, rtol=2e-3)
    np.testing.assert_allclose(logits_of(system)[0], LOGITS[0] - wanted, rtol=1e-3)  # at a rate of 1


def test_both_orders_differ_here():
    assert np.abs(analytic(1)[1] / analytic(2)[1] - 1).min() > 0.05


def test_the_unrolled_step_counts_momentum_and_decay():
    system = search(keras.optimizers.SGD(RATE, momentum=0.9), order=2, decays=(DECAY, 0.0))
    speed = np.array([0.05, 0.2])
    system.optimizer.momentums[0].assign(speed)
    loss, slopes = system.improve_architecture(*BATCH)
    wanted_loss, wanted = analytic(2, momentum=0.9, speed=speed, decay=DECAY)
    assert float(loss) == pytest.approx(wanted_loss, rel=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(slopes[0])[0], wanted, rtol=2e-3)


@pytest.mark.parametrize("order", [1, 2])
def test_a_step_on_the_architecture_leaves_every_weight_as_it_was(order):
    system = search(order=order)
    before = system.supernet.get_weights()
    system.improve_architecture(*BATCH)
    np.testing.assert_array_equal(system.supernet.get_weights()[0], before[0])


def test_a_step_on_the_weights_adds_its_decay_to_the_gradient():
    system = search(decays=(DECAY, 0.0))
    before = logits_of(system).copy()
    loss = system.improve_weights(*BATCH[:2])
    wanted_loss, slope, *_ = by_hand(W, softmax(LOGITS), *BATCH[:2])
    assert float(loss) == pytest.approx(wanted_loss, rel=1e-5)
    np.testing.assert_allclose(system.supernet.get_weights()[0], W - RATE * (slope + DECAY * W), rtol=1e-5)
    np.testing.assert_array_equal(logits_of(system), before)


def test_the_gradient_is_clipped_before_the_decay_joins():
    system = search(decays=(DECAY, 0.0), clip_norm=0.01)
    system.improve_weights(*BATCH[:2])
    slope = by_hand(W, softmax(LOGITS), *BATCH[:2])[1]
    short = 0.01 * slope / np.linalg.norm(slope)
    np.testing.assert_allclose(system.supernet.get_weights()[0], W - RATE * (short + DECAY * W), rtol=1e-4)


def test_the_architectures_decay_is_seen_by_adam():
    # Adam's first step has the length of its rate, whatever the gradient: decay can only turn its direction.
    given = [np.zeros_like(part) for part in BATCH]  # no gradient but the decay's
    system = Bilevel(
        *toy(),
        squared,
        (keras.optimizers.SGD(RATE), keras.optimizers.Adam(0.01, beta_1=0.5)),
        decays=(0.0, 1e-3),
    )
    system.improve_architecture(*given)
    np.testing.assert_allclose(logits_of(system), LOGITS - 0.01 * np.sign(LOGITS), rtol=1e-3)


@pytest.mark.parametrize("first", [True, False])
def test_a_round_moves_both_in_the_order_asked_for(first):
    system = search(architecture_first=first, weight_steps=3)
    logs = system.round(moving())
    twin, batches = search(), list(itertools.islice(moving(), 3))
    if first:
        wanted, _ = twin.improve_architecture(*batches[0])
    losses = [float(twin.improve_weights(*batch[:2])) for batch in batches]
    if not first:
        wanted, _ = twin.improve_architecture(*batches[-1])
    assert float(logs["loss"]) == pytest.approx(losses[-1], rel=1e-6)
    assert float(logs["architecture_loss"]) == pytest.approx(float(wanted), rel=1e-6)
    np.testing.assert_allclose(logits_of(system), logits_of(twin), rtol=1e-6)
    assert system.batches_per_round == 3


def test_the_architecture_waits_for_its_first_round():
    system, batches = search(architecture_from=2, weight_steps=2), moving()
    for number in range(3):
        logs = system.round(batches)
        assert ("architecture_loss" in logs) == (number == 2)
        assert np.array_equal(logits_of(system), LOGITS.astype("float32")) == (number < 2)


def test_a_resumed_search_goes_on_alike(tmp_path):
    def fresh():
        return search(keras.optimizers.SGD(RATE, momentum=0.9), order=2, architecture_from=1)

    whole, part, batches = fresh(), fresh(), moving()
    for number in range(4):
        if number == 2:
            whole.save_weights(tmp_path / "search.weights.h5")
        whole.round(batches)
    part.load_weights(tmp_path / "search.weights.h5")
    assert part.rounds == 2
    batches = moving(2)
    part.round(batches), part.round(batches)
    np.testing.assert_array_equal(logits_of(part), logits_of(whole))
    np.testing.assert_array_equal(part.supernet.get_weights()[0], whole.supernet.get_weights()[0])


def test_logits_that_become_nan_stop_the_round_and_are_named():
    system = search()
    lost = [np.full_like(part, np.nan) for part in BATCH]
    with pytest.raises(
        FloatingPointError, match="in round 0 needs finite alphas; 2 of 'curve' are NaN .* row 0"
    ):
        system.round(iter([lost]))


def test_the_first_lost_logit_is_named_by_row_and_column():
    matrix = np.zeros((4, 3))
    matrix[2, 1] = np.inf
    with pytest.raises(ValueError, match="a test needs finite alphas; 1 of 'beta' .* row 2, column 1"):
        demand_finite("a test", {"alpha": np.zeros((2, 2)), "beta": matrix})


def test_a_search_over_lost_logits_does_not_begin():
    supernet, architecture = toy()
    architecture.logits["curve"].assign([[np.nan, 0.0]])
    with pytest.raises(ValueError, match="Bilevel needs finite alphas"):
        Bilevel(supernet, architecture, squared, (keras.optimizers.SGD(), keras.optimizers.SGD()))


def test_a_network_without_architecture_is_refused():
    plain = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    supernet, architecture = toy()
    two = (keras.optimizers.SGD(), keras.optimizers.SGD())
    with pytest.raises(ValueError, match="takes a picture only"):
        Bilevel(plain, architecture, squared, two)
    with pytest.raises(TypeError, match="Architecture; received Sequential"):
        Bilevel(supernet, plain, squared, two)
    with pytest.raises(ValueError, match="trainable logits; 'empty' has none"):
        Bilevel(supernet, Architecture({}, name="empty"), squared, two)
    with pytest.raises(ValueError, match="3 inputs: a picture and 1 for each of a, b; .* has 2"):
        Bilevel(supernet, Architecture({"a": (1, 2), "b": (1, 2)}), squared, two)


def test_settings_without_sense_are_refused():
    for options, words in (
        ({"order": 3}, "orders 1, 2; received 3"),
        ({"weight_steps": 0}, "weight_steps"),
        ({"architecture_from": -1}, "architecture_from"),
        ({"decays": (-1e-4, 0.0)}, "decays"),
        ({"clip_norm": 0}, "clip_norm"),
    ):
        with pytest.raises(ValueError, match=words):
            search(**options)
    one = keras.optimizers.SGD(RATE)
    with pytest.raises(ValueError, match="needs new optimizers; 'sgd.*' already moves"):
        Bilevel(*toy(), squared, (one, one))
    with pytest.raises(TypeError, match="needs a function of"):
        Bilevel(*toy(), "mse", (keras.optimizers.SGD(), keras.optimizers.SGD()))
