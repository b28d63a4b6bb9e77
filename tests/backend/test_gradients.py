"""compile_moves: gradients between moves have known answers, weights come back, statistics are kept."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.gradients import compile_moves


def variable(value, **kwargs):
    return keras.Variable(np.array(value, "float32"), **kwargs)


def test_gradients_follow_the_weights_as_they_move():
    w, a = variable([1.0, 2.0]), variable(3.0)

    def fn(gradients, x):
        def loss():
            return a * a * ops.sum(x * w * w)  # d/dw = 2 a^2 x w, d/da = 2 a sum(x w^2)

        before, (first,) = gradients(loss, [w])
        kept = ops.copy(w)
        w.assign(2 * ops.convert_to_tensor(w))
        after, (second, of_a) = gradients(loss, [w, a])
        w.assign(kept)
        a.assign(a + 1)
        return before, first, after, second, of_a

    step = compile_moves(fn, [w, a])
    found = [ops.convert_to_numpy(t) for t in step(np.array([1.0, 10.0], "float32"))]
    # a = 3, x = (1, 10), w = (1, 2), then (2, 4).
    for value, wanted in zip(found, [369, [18, 360], 1476, [36, 720], 984], strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-6)
    np.testing.assert_array_equal(ops.convert_to_numpy(w), [1, 2])
    assert ops.convert_to_numpy(a) == 4
    assert float(step(np.array([1.0, 10.0], "float32"))[0]) == pytest.approx(16 * 41)  # with the new a


def test_what_a_loss_returns_beside_its_scalar_comes_back():
    w = variable([2.0])

    def fn(gradients, x):
        (loss, logs), (gradient,) = gradients(lambda: (ops.sum(x * w), {"twice": 2 * x * w}), [w])
        return loss, logs["twice"], gradient

    found = compile_moves(fn, [w])(np.array([5.0], "float32"))
    assert [float(ops.convert_to_numpy(t).squeeze()) for t in found] == [10, 20, 5]


def test_a_variable_that_the_loss_does_not_reach_has_a_gradient_of_zeros():
    w, aside = variable([2.0]), variable([[7.0, 8.0]])
    step = compile_moves(lambda gradients, x: gradients(lambda: ops.sum(x * w), [aside])[1], [w, aside])
    (gradient,) = step(np.ones(1, "float32"))
    np.testing.assert_array_equal(ops.convert_to_numpy(gradient), [[0, 0]])
    step = compile_moves(lambda gradients, x: gradients(lambda: ops.sum(x), [w, aside])[1], [w, aside])
    assert not any(ops.convert_to_numpy(found).any() for found in step(np.ones(1, "float32")))


def test_statistics_and_seeds_move_with_every_gradient():
    network = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.BatchNormalization(momentum=0.5),
            keras.layers.Dropout(0.5, seed=3),
            keras.layers.Dense(1),
        ]
    )
    statistics, seeds = network.layers[0].moving_mean, network.layers[1].seed_generator.state

    def fn(gradients, x):
        for _ in range(2):
            gradients(lambda: ops.mean(network(x, training=True)), network.trainable_variables)
        return ops.mean(x)

    seed = ops.convert_to_numpy(seeds).copy()
    compile_moves(fn, network.variables)(np.array([[2.0, 4.0], [6.0, 4.0]], "float32"))
    # Half way to the mean (4, 4) from 0, twice.
    np.testing.assert_allclose(ops.convert_to_numpy(statistics), [3, 3], rtol=1e-6)
    assert (ops.convert_to_numpy(seeds) != seed).any()


def test_an_optimiser_moves_inside_a_step():
    w = variable([4.0])
    sgd = keras.optimizers.SGD(0.5, momentum=0.5)
    sgd.build([w])

    def fn(gradients):
        for _ in range(2):
            _, found = gradients(lambda: ops.sum(3 * ops.convert_to_tensor(w)), [w])
            sgd.apply(found, [w])
        return ops.copy(w)

    # 4 - 1.5, then another 1.5 and half of the first again.
    assert float(compile_moves(fn, [w, *sgd.variables])()[0]) == pytest.approx(0.25)
    assert int(sgd.iterations) == 2


def test_what_is_no_function_or_no_variable_is_refused():
    with pytest.raises(TypeError, match="needs a function; received int"):
        compile_moves(3, [])
    with pytest.raises(TypeError, match="needs keras variables; received Dense"):
        compile_moves(lambda gradients: None, [keras.layers.Dense(2)])
