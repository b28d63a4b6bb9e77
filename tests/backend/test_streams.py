"""Streams: batches in order, each once, across epochs, prepared beside the training step."""

import threading
import time

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.streams import stream

SHAPES = ((1, 2, 3, 3), (1, 2, 3, 3))
WITHOUT_TENSORFLOW = keras.config.backend() != "tensorflow"


def numbered(i):
    """Batch i is full of i, and of -i."""
    return np.full(SHAPES[0], i, "float32"), np.full(SHAPES[1], -i, "float32")


def read(batches):
    arrays = batches if WITHOUT_TENSORFLOW else batches.as_numpy_iterator()
    return [(float(first.mean()), float(second.mean())) for first, second in arrays]


class Diary(keras.layers.Layer):
    """Writes down the mean of every batch that a training step sees."""

    def build(self, shape):
        self.pages = self.add_weight(shape=(40,), initializer="zeros", trainable=False, name="pages")
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def call(self, x, training=False):
        if training:
            here = ops.cast(ops.arange(40.0) == self.count, "float32")
            self.pages.assign(self.pages + here * ops.mean(x))
            self.count.assign(self.count + 1)
        return x * self.scale


@pytest.fixture(scope="module")
def network():
    picture = keras.Input(SHAPES[0][1:])
    model = keras.Model(picture, Diary(name="diary")(picture))
    model.compile("sgd", "mse")
    return model


def seen_by(network, batches, **settings):
    diary = network.get_layer("diary")
    diary.set_weights([np.ones((), "float32"), np.zeros(40, "float32"), np.zeros((), "float32")])
    network.fit(batches, shuffle=False, verbose=0, **settings)
    return ops.convert_to_numpy(diary.pages)[: int(diary.count)].tolist()


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("start, stop", [(0, 7), (5, 17), (100, 101)])
def test_batches_come_in_order_from_start_to_stop(start, stop, workers):
    found = read(stream(numbered, start, stop, SHAPES, workers))
    assert found == [(i, -i) for i in range(start, stop)]


def test_a_slow_batch_is_waited_for_not_overtaken():
    def sometimes_slow(i):
        time.sleep(0.05 if i % 3 == 0 else 0)
        return numbered(i)

    assert [first for first, _ in read(stream(sometimes_slow, 0, 8, SHAPES, workers=3))] == list(range(8))


def test_from_start_to_start_there_is_no_batch():
    assert read(stream(numbered, 3, 3, SHAPES)) == []


@pytest.mark.parametrize("epochs, steps_per_epoch", [(1, 12), (3, 4), (6, 2), (12, 1)])
def test_fit_sees_each_batch_once_and_in_order_across_epochs(network, epochs, steps_per_epoch):
    batches = stream(numbered, 5, 17, SHAPES)
    seen = seen_by(network, batches, epochs=epochs, steps_per_epoch=steps_per_epoch)
    assert seen == list(range(5, 17))


def test_fit_without_steps_sees_the_whole_stream_in_every_epoch(network):
    assert seen_by(network, stream(numbered, 2, 6, SHAPES), epochs=2) == [2, 3, 4, 5] * 2


def test_a_fit_that_goes_on_later_sees_what_was_left(network):
    whole = seen_by(network, stream(numbered, 0, 10, SHAPES), epochs=5, steps_per_epoch=2)
    first = seen_by(network, stream(numbered, 0, 4, SHAPES), epochs=2, steps_per_epoch=2)
    rest = stream(numbered, 4, 10, SHAPES)
    assert first + seen_by(network, rest, initial_epoch=2, epochs=5, steps_per_epoch=2) == whole


def test_batches_are_prepared_in_other_threads_before_they_are_asked_for():
    asked, threads = [], set()
    ahead = threading.Event()

    def note(i):
        asked.append(i)
        threads.add(threading.get_ident())
        if len(asked) > 2:
            ahead.set()
        return numbered(i)

    # The reader must be held: tf.data stops its threads with it.
    reader = iter(stream(note, 0, 20, SHAPES, workers=2))
    next(reader)
    assert ahead.wait(timeout=10)
    assert threading.get_ident() not in threads


def test_an_error_while_a_batch_is_made_reaches_the_reader():
    def fails_at_two(i):
        if i == 2:
            raise ValueError("picture 7 is damaged")
        return numbered(i)

    with pytest.raises(Exception, match="picture 7 is damaged"):
        read(stream(fails_at_two, 0, 5, SHAPES))


@pytest.mark.skipif(not WITHOUT_TENSORFLOW, reason="tf.data knows no position")
def test_a_stream_by_position_may_be_read_in_any_order():
    batches = stream(numbered, 10, 20, SHAPES)
    assert [float(batches[i][0].mean()) for i in (7, 2, 2, 9, 0)] == [17, 12, 12, 19, 10]
    with pytest.raises(IndexError, match="10 batches; received index 10"):
        batches[10]


@pytest.mark.parametrize(
    "start, stop, workers, words",
    [(5, 4, 1, "stop of at least 5; received 4"), (0, 4, 0, "workers of at least 1; received 0")],
)
def test_a_stream_that_runs_backwards_or_without_workers_is_refused(start, stop, workers, words):
    with pytest.raises(ValueError, match=words):
        stream(numbered, start, stop, SHAPES, workers)
