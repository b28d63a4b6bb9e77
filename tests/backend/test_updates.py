"""compile_update: equal to Keras' own fit, duels, layers that are read and not frozen, refusals."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.updates import compile_update

BATCHES = 6
ROWS = 8
RNG = np.random.default_rng(5)
INPUTS = RNG.standard_normal((BATCHES * ROWS, 4)).astype("float32")
TARGETS = np.tanh(INPUTS @ RNG.standard_normal((4, 2))).astype("float32")


def perceptron():
    return [keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(2)]


def normalised():
    return [keras.layers.Dense(5), keras.layers.BatchNormalization(momentum=0.8), keras.layers.Dense(2)]


def forgetful():
    return [
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dropout(0.5, seed=11),
        keras.layers.Dense(2),
    ]


def constrained():
    return [keras.layers.Dense(5, kernel_constraint="non_neg"), keras.layers.Dense(2)]


OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.05),
    "adam with averaged weights": lambda: keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.7),
    "adamw with clipping": lambda: keras.optimizers.AdamW(0.05, weight_decay=0.1, clipnorm=0.1),
    "sgd with a schedule": lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.5, BATCHES)),
    "sgd with a scaled loss": lambda: keras.optimizers.SGD(0.1, loss_scale_factor=64.0),
    "sgd with a found scale": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)),
    "sgd over two batches": lambda: keras.optimizers.SGD(0.1, gradient_accumulation_steps=2),
}


def twins(layers):
    first, second = (keras.Sequential([keras.Input((4,)), *layers()]) for _ in range(2))
    second.set_weights(first.get_weights())
    return first, second


def dense(kernel, **kwargs):
    layer = keras.layers.Dense(len(kernel[0]), use_bias=False, **kwargs)
    layer.build((None, len(kernel)))
    layer.set_weights([np.array(kernel, "float32")])
    return layer


def values(layer):
    return [ops.convert_to_numpy(v) for v in layer.variables]


@pytest.mark.parametrize(
    "layers, optimizer",
    [(perceptron, name) for name in OPTIMIZERS if name != "adam"]
    + [(layers, "adam") for layers in (normalised, forgetful, constrained)],
    ids=lambda case: case if isinstance(case, str) else case.__name__,
)
def test_steps_equal_fit(layers, optimizer):
    fitted, stepped = twins(layers)
    fitted.compile(OPTIMIZERS[optimizer](), "mse")
    fitted.fit(INPUTS, TARGETS, batch_size=ROWS, shuffle=False, verbose=0)

    def loss_fn(x, y):
        loss = ops.mean(ops.square(y - stepped(x, training=True)))
        return loss, {}

    own = OPTIMIZERS[optimizer]()
    step = compile_update(loss_fn, [stepped], [], own)
    for i in range(BATCHES):
        rows = slice(i * ROWS, (i + 1) * ROWS)
        step(INPUTS[rows], TARGETS[rows])
    # As fit does at its end; without averaged weights this changes nothing.
    own.finalize_variable_values(stepped.trainable_variables)
    for expected, found in zip(values(fitted), values(stepped), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert int(own.iterations) == int(fitted.optimizer.iterations)


def test_a_step_of_gradient_descent_has_the_known_answer():
    layer = dense([[1.0], [2.0]])

    def loss_fn(x):
        loss = ops.sum(ops.square(layer(x)))
        return loss, {"score": 3 * loss}

    step = compile_update(loss_fn, [layer], [], keras.optimizers.SGD(0.01))
    loss, logs = step(np.array([[3.0, 4.0]], "float32"))
    # The output is 3 + 8 = 11; d 11^2 / dw = 2 * 11 * x.
    assert float(loss) == pytest.approx(121)
    assert float(logs["score"]) == pytest.approx(363)
    np.testing.assert_allclose(values(layer)[0], [[1 - 0.66], [2 - 0.88]], rtol=1e-5)


def test_a_step_takes_batches_of_any_size():
    layer = dense([[2.0]])
    step = compile_update(lambda x: (ops.sum(layer(x)), {}), [layer], [], keras.optimizers.SGD(0.0))
    losses = [float(step(np.ones((rows, 1), "float32"))[0]) for rows in (1, 3, 2)]
    assert losses == pytest.approx([2, 6, 4])


def test_a_weight_that_the_loss_does_not_reach_stays():
    reached, aside = dense([[2.0]]), dense([[7.0]])
    step = compile_update(
        lambda x: (ops.sum(reached(x)), {}), [reached, aside], [], keras.optimizers.SGD(0.5)
    )
    step(np.ones((1, 1), "float32"))
    assert float(values(aside)[0][0, 0]) == 7
    assert float(values(reached)[0][0, 0]) == 1.5


class Pair:
    """A generator g and a critic v, both one number: the score of x is v * g * x."""

    def __init__(self, rate):
        self.generator, self.critic = dense([[2.0]], name="generator"), dense([[3.0]], name="critic")
        improve = {
            "critic": (self.score, [self.critic], [self.generator]),
            "generator": (lambda x: (-self.score(x)[0], {}), [self.generator], [self.critic]),
        }
        self.steps = {
            name: compile_update(*parts, keras.optimizers.SGD(rate)) for name, parts in improve.items()
        }

    def score(self, x):
        return ops.sum(self.critic(self.generator(x))), {}

    def weights(self):
        return float(values(self.generator)[0][0, 0]), float(values(self.critic)[0][0, 0])


def test_in_a_duel_each_step_moves_its_own_network_and_sees_the_other_one_as_it_is():
    pair = Pair(rate=0.1)
    x = np.array([[1.0]], "float32")
    # The critic descends along g, the generator climbs along v.
    pair.steps["critic"](x)
    assert pair.weights() == pytest.approx((2, 3 - 0.1 * 2))
    pair.steps["generator"](x)
    assert pair.weights() == pytest.approx((2 + 0.1 * 2.8, 2.8))
    pair.steps["critic"](x)
    assert pair.weights() == pytest.approx((2.28, 2.8 - 0.1 * 2.28))
    pair.steps["generator"](x)
    assert pair.weights() == pytest.approx((2.28 + 0.1 * 2.572, 2.572))


def test_two_optimizers_with_memory_do_not_meet():
    apart, together = Pair(rate=0.0), Pair(rate=0.0)
    x = np.array([[1.0]], "float32")
    for pair in (apart, together):
        parts = (pair.score, [pair.critic], [pair.generator])
        pair.steps["critic"] = compile_update(*parts, keras.optimizers.Adam(0.1))
    for _ in range(4):
        apart.steps["critic"](x)
    for _ in range(4):
        together.steps["critic"](x)
        together.steps["generator"](x)
    assert together.weights() == pytest.approx(apart.weights(), rel=1e-6)
    assert together.weights()[1] != 3


def test_a_layer_that_is_read_is_not_frozen_into_the_step():
    pair = Pair(rate=0.0)
    x = np.array([[1.0], [4.0]], "float32")
    before, _ = pair.steps["critic"](x)
    pair.generator.set_weights([np.array([[10.0]], "float32")])
    after, _ = pair.steps["critic"](x)
    assert (float(before), float(after)) == pytest.approx((30, 150))


def test_a_layer_that_is_read_keeps_its_weights_while_its_statistics_move():
    norm = keras.layers.BatchNormalization(momentum=0.5)
    norm.build((None, 1))
    critic = dense([[3.0]])
    before = norm.get_weights()

    def loss_fn(x):
        return ops.mean(critic(norm(x, training=True))), {}

    step = compile_update(loss_fn, [critic], [norm], keras.optimizers.SGD(0.1))
    step(np.array([[2.0], [6.0]], "float32"))
    gamma, beta, mean, variance = norm.get_weights()
    np.testing.assert_array_equal([gamma, beta], before[:2])
    # Halfway from 0 to the mean 4, and from 1 to the variance 4.
    assert (mean[0], variance[0]) == pytest.approx((2, 2.5))


def test_seeded_dropout_draws_anew_at_each_step_and_repeats_from_its_seed():
    def run():
        layer = keras.Sequential([keras.Input((64,)), keras.layers.Dropout(0.5, seed=3), dense([[1.0]] * 64)])
        loss_fn = lambda x: (ops.sum(layer(x, training=True)), {})  # noqa: E731
        step = compile_update(loss_fn, [layer], [], keras.optimizers.SGD(0.0))
        return [float(step(np.ones((1, 64), "float32"))[0]) for _ in range(4)]

    first = run()
    assert len(set(first)) > 1
    assert run() == first


def test_the_learning_rate_can_be_changed_between_steps():
    layer = dense([[0.0]])
    optimizer = keras.optimizers.SGD(1.0)
    step = compile_update(lambda x: (ops.sum(layer(x)), {}), [layer], [], optimizer)
    step(np.ones((1, 1), "float32"))
    optimizer.learning_rate = 0.25
    step(np.ones((1, 1), "float32"))
    assert float(values(layer)[0][0, 0]) == -1.25


def nothing(x):
    return ops.sum(x), {}


def frozen():
    layer = dense([[1.0]])
    layer.trainable = False
    return layer


@pytest.mark.parametrize(
    "loss_fn, trains, reads, optimizer, error, words",
    [
        ("mse", [dense], [], keras.optimizers.SGD, TypeError, "function as loss_fn; received str"),
        (nothing, [dense], [], lambda: "adam", TypeError, "keras optimizer; received str"),
        (
            nothing,
            [lambda k: "critic"],
            [],
            keras.optimizers.SGD,
            TypeError,
            "layers in trains; received str",
        ),
        (nothing, [dense], [lambda k: None], keras.optimizers.SGD, TypeError, "reads; received NoneType"),
        (nothing, [], [], keras.optimizers.SGD, ValueError, "trainable weights in trains; received none"),
        (nothing, [lambda k: frozen()], [], keras.optimizers.SGD, ValueError, "Is it frozen?"),
        (
            nothing,
            [lambda k: keras.layers.Dense(3, name="raw")],
            [],
            keras.optimizers.SGD,
            ValueError,
            r"'raw' in trains has no weights yet. Call it once, or call its build",
        ),
    ],
)
def test_an_argument_without_sense_is_refused(loss_fn, trains, reads, optimizer, error, words):
    trains, reads = ([make([[1.0]]) for make in makers] for makers in (trains, reads))
    with pytest.raises(error, match=words):
        compile_update(loss_fn, trains, reads, optimizer())


def test_a_layer_in_both_lists_is_named():
    critic = dense([[1.0]], name="critic")
    with pytest.raises(ValueError, match="one list; in both: critic"):
        compile_update(nothing, [critic], [critic], keras.optimizers.SGD())


@pytest.mark.parametrize("make", [keras.optimizers.SGD, keras.optimizers.Adam], ids=["sgd", "adam"])
def test_an_optimizer_that_moves_other_weights_is_refused(make):
    optimizer = make(0.1)
    compile_update(nothing, [dense([[1.0]])], [], optimizer)
    with pytest.raises(ValueError, match="an optimizer of its own; .* already moves other weights"):
        compile_update(nothing, [dense([[1.0]])], [], optimizer)


def test_an_optimizer_that_already_moves_these_weights_goes_on_with_its_memory():
    layer = dense([[1.0]])
    optimizer = keras.optimizers.SGD(0.1, momentum=0.5)
    optimizer.build(layer.trainable_variables)
    optimizer.momentums[0].assign([[2.0]])
    compile_update(lambda x: (ops.sum(layer(x)), {}), [layer], [], optimizer)(np.ones((1, 1), "float32"))
    # velocity 0.5 * 2 - 0.1 * 1
    assert float(values(layer)[0][0, 0]) == pytest.approx(1.9)
