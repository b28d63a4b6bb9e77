"""input_gradient: known derivatives, its own derivative in a gradient penalty, refusals."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.backend.updates import compile_update

X = np.array([[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]], "float32")


@pytest.mark.parametrize(
    "fn, expected",
    [
        (lambda x: x**3, 3 * X**2),
        (lambda x: ops.sum(x**2, axis=-1), 2 * X),
        (lambda x: ops.sum(x) * ops.sum(x), np.full_like(X, 2 * X.sum())),
        (lambda x: ops.sin(x) * 2, 2 * np.cos(X)),
        (lambda x: 5 * x[:, :1], np.array([[5, 0, 0], [5, 0, 0]])),
    ],
    ids=["cube", "square norm", "squared sum", "sine", "one column"],
)
def test_a_known_function_has_its_known_derivative(fn, expected):
    found = ops.convert_to_numpy(input_gradient(fn, X))
    assert found.shape == X.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_the_gradient_is_zero_where_the_function_does_not_look():
    found = input_gradient(lambda x: ops.ones((2, 2)), X)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), np.zeros_like(X))


def test_a_gradient_of_a_gradient_is_the_second_derivative():
    found = input_gradient(lambda x: input_gradient(lambda y: y**3, x), X)
    np.testing.assert_allclose(ops.convert_to_numpy(found), 6 * X, rtol=1e-5, atol=1e-6)


def linear_critic(kernel):
    critic = keras.layers.Dense(1, use_bias=False)
    critic.build((None, len(kernel)))
    critic.set_weights([np.array(kernel, "float32").reshape(-1, 1)])
    return critic


def test_a_gradient_penalty_moves_the_critic_by_its_known_derivative():
    critic = linear_critic([3.0, 4.0])

    def loss_fn(x):
        slope = input_gradient(critic, x)
        length = ops.sqrt(ops.sum(ops.square(slope), axis=-1))
        return ops.mean(ops.square(length - 1)), {"length": ops.mean(length)}

    step = compile_update(loss_fn, [critic], [], keras.optimizers.SGD(0.1))
    loss, logs = step(np.ones((5, 2), "float32"))
    # The slope of w . x is w, of length 5: the loss is 16 and its gradient 2 (5 - 1) w / 5 = (4.8, 6.4).
    assert float(loss) == pytest.approx(16, rel=1e-5)
    assert float(logs["length"]) == pytest.approx(5, rel=1e-5)
    moved = ops.convert_to_numpy(critic.kernel)[:, 0]
    np.testing.assert_allclose(moved, [3 - 0.48, 4 - 0.64], rtol=1e-5)


def test_a_gradient_penalty_trains_the_slope_of_a_curved_critic_to_one():
    critic = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)]
    )
    points = np.random.default_rng(0).standard_normal((16, 2)).astype("float32")

    def loss_fn(x):
        length = ops.sqrt(ops.sum(ops.square(input_gradient(critic, x)), axis=-1) + 1e-12)
        return ops.mean(ops.square(length - 1)), {}

    step = compile_update(loss_fn, [critic], [], keras.optimizers.Adam(0.05))
    losses = [float(step(points)[0]) for _ in range(60)]
    assert losses[-1] < 0.1 * losses[0]


@pytest.mark.parametrize(
    "fn, x, words",
    [
        ("cube", X, "needs a function; received str"),
        (lambda x: x, X.astype("int32"), "floating-point x; received int32"),
    ],
)
def test_an_argument_of_another_kind_is_refused(fn, x, words):
    with pytest.raises(TypeError, match=words):
        input_gradient(fn, x)
