"""PairFeed: batch i depends on (seed, i) alone; fit reads it on every engine."""

import concurrent.futures
import random

import keras
import numpy as np
import pytest

from course_lib.data.feed import PairFeed
from course_lib.data.pairs import DegradedPairs
from course_lib.degradation.draw import DegradationRecipe

PICTURES = [np.random.default_rng(seed).random((30, 34, 3)).astype("float32") for seed in range(3)]


@pytest.fixture(scope="module")
def feed():
    pairs = DegradedPairs(PICTURES, DegradationRecipe(kernel_size=5, sigma=0.02))
    return PairFeed(pairs, batch=2, patch=8, seed=7)


def assert_equal_batches(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_batch_is_two_float32_arrays_of_windows(feed):
    for half in feed[0]:
        assert (half.shape, half.dtype) == ((2, 8, 8, 3), np.float32)


def test_a_batch_does_not_depend_on_which_were_made_before(feed):
    forwards = [feed[i] for i in range(4)]
    for i in (3, 0, 2, 1, 3):
        assert_equal_batches(feed[i], forwards[i])


def test_a_batch_does_not_depend_on_the_thread_that_makes_it(feed):
    expected = [feed[i] for i in range(16)]
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        for found, wanted in zip(threads.map(feed.__getitem__, range(16)), expected, strict=True):
            assert_equal_batches(found, wanted)


def test_a_batch_does_not_depend_on_global_chance(feed):
    np.random.seed(1)
    random.seed(1)
    first = feed[5]
    np.random.seed(2)
    random.seed(2)
    assert_equal_batches(first, feed[5])


def test_another_number_or_another_seed_is_another_batch(feed):
    other = PairFeed(feed.pairs, batch=2, patch=8, seed=8)
    sharp = [feed[0][1], feed[1][1], other[0][1], other[1][1]]
    for i, one in enumerate(sharp):
        assert all(not np.array_equal(one, two) for two in sharp[i + 1 :])


def test_the_windows_of_a_batch_differ(feed):
    _, sharp = feed[0]
    assert not np.array_equal(sharp[0], sharp[1])


def test_a_stream_delivers_the_feeds_batches(feed):
    stream = feed.stream(3, 7)
    found = list(stream.as_numpy_iterator() if keras.config.backend() == "tensorflow" else stream)
    assert len(found) == 4
    for i, batch in enumerate(found):
        assert_equal_batches(batch, feed[3 + i])


def test_fit_reads_a_stream(feed):
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    history = model.fit(feed.stream(0, 30), epochs=3, steps_per_epoch=10, shuffle=False, verbose=0)
    losses = history.history["loss"]
    assert len(losses) == 3
    assert losses[-1] < losses[0]


def test_pairs_of_another_kind_need_only_give_samples():
    class Numbers:
        channels = (5, 3)

        def sample(self, window, rng):
            level = rng.integers(1000)
            return np.full((*window, 5), level), np.full((*window, 3), -level)

    feed = PairFeed(Numbers(), batch=3, patch=(2, 4), seed=0)
    given, true = feed[4]
    expected = np.random.default_rng((0, 4)).integers(1000, size=3)
    np.testing.assert_array_equal(given[:, 0, 0, 0], expected)
    (streamed,) = feed.batches(4, 5)
    assert [half.shape for half in streamed] == [(3, 2, 4, 5), (3, 2, 4, 3)]
    blurred, sharp = given[..., :3], true
    np.testing.assert_array_equal(sharp, -blurred)
    assert blurred.dtype == np.float32


@pytest.mark.parametrize(
    "settings, words", [({"batch": 0}, "batch of at least 1"), ({"patch": 0}, "patch of at least")]
)
def test_a_feed_without_windows_is_refused(feed, settings, words):
    with pytest.raises(ValueError, match=f"PairFeed needs {words}"):
        PairFeed(feed.pairs, **{"batch": 2, "patch": 8, "seed": 0, **settings})
