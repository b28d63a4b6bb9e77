"""Computing without learning: one graph for all sizes, states move, gradients do not pass."""

import gc
import weakref

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.forward import compile_forward, predict


def halver():
    pictures = keras.Input((None, None, 3))
    add = keras.layers.Conv2D(3, 1, kernel_initializer="ones", use_bias=False)
    return keras.Model(pictures, add(pictures))


@pytest.mark.parametrize("shape", [(1, 4, 6, 3), (2, 5, 3, 3), (1, 1, 1, 3)])
def test_a_network_answers_pictures_of_any_size(shape):
    x = np.random.default_rng(0).random(shape).astype("float32")
    expected = np.repeat(x.sum(-1, keepdims=True), 3, -1)
    np.testing.assert_allclose(predict(halver(), x), expected, atol=1e-6)


def test_new_weights_count_at_once():
    network, x = halver(), np.ones((1, 2, 2, 3), "float32")
    assert predict(network, x).max() == 3
    network.set_weights([2 * w for w in network.get_weights()])
    assert predict(network, x).max() == 6


def test_a_network_that_nobody_needs_is_let_go():
    network = halver()
    predict(network, np.ones((1, 2, 2, 3), "float32"))
    held = weakref.ref(network)
    del network
    gc.collect()
    assert held() is None


def test_dropout_is_off_in_a_prediction():
    x = keras.Input((None, None, 3))
    network = keras.Model(x, keras.layers.Dropout(0.9, seed=1)(x))
    ones = np.ones((1, 4, 4, 3), "float32")
    np.testing.assert_array_equal(predict(network, ones), ones)


def test_a_compiled_forward_moves_seeds_as_training_does():
    layer = keras.layers.Dropout(0.5, seed=1)
    layer.build((4, 4))
    run = compile_forward(lambda x: layer(x, training=True), [layer])
    ones = ops.ones((4, 4))
    first, second = (ops.convert_to_numpy(run(ones)) for _ in range(2))
    assert not np.array_equal(first, second)


def test_weights_that_an_answer_leaves_alone_are_not_copied():
    layer = keras.layers.Dense(1)
    layer.build((1, 2))
    before = layer.kernel.value
    compile_forward(layer, [layer])(ops.ones((1, 2)))
    assert layer.kernel.value is before


def test_a_layer_that_is_read_is_not_frozen():
    layer = keras.layers.Dense(1, kernel_initializer="ones")
    layer.build((1, 2))
    run = compile_forward(layer, [layer])
    assert float(run(ops.ones((1, 2)))[0, 0]) == 2
    layer.kernel.assign([[3.0], [4.0]])
    assert float(run(ops.ones((1, 2)))[0, 0]) == 7


@pytest.mark.parametrize(
    "fn, reads, error, word",
    [
        (None, [], TypeError, "needs a function"),
        (len, ["layer"], TypeError, "needs keras layers in reads"),
        (len, [keras.layers.Dense(1)], ValueError, "no weights yet"),
    ],
)
def test_what_cannot_be_compiled_is_refused(fn, reads, error, word):
    with pytest.raises(error, match=word):
        compile_forward(fn, reads)
