"""Batches by number, prepared beside the training step: tf.data on TensorFlow, PyDataset elsewhere."""

import keras

from course_lib import checks


def stream(batch_at, start, stop, shapes, workers=2):
    """Turn `batch_at(i)` into what `keras.Model.fit` reads, in the order start, start + 1, ..., stop - 1.

    Args:
        batch_at: int i -> tuple of float32 NumPy arrays; depends on i alone, so that order is the only state.
        start: first i.
        stop: one past the last i.
        shapes: tuple of the arrays' shapes, each (b, h, w, c).
        workers: threads that prepare batches ahead.

    Returns:
        tf.data.Dataset on TensorFlow, keras.utils.PyDataset on JAX and torch; stop - start batches.

    Raises:
        ValueError: stop is before start, or there is no worker.
    """
    checks.at_least("stream()", "stop", stop, start)
    checks.at_least("stream()", "workers", workers, 1)
    if keras.config.backend() == "tensorflow":
        return _tensorflow(batch_at, start, stop, shapes, workers)
    return _Numbered(batch_at, start, stop, workers=workers, max_queue_size=4)


def _tensorflow(batch_at, start, stop, shapes, workers):
    import tensorflow as tf

    def load(i):
        arrays = tf.numpy_function(lambda i: batch_at(int(i)), [i], [tf.float32] * len(shapes))
        return tuple(tf.ensure_shape(array, shape) for array, shape in zip(arrays, shapes, strict=True))

    numbers = tf.data.Dataset.range(start, stop)
    return numbers.map(load, num_parallel_calls=workers, deterministic=True).prefetch(4)


class _Numbered(keras.utils.PyDataset):
    def __init__(self, batch_at, start, stop, **kwargs):
        super().__init__(**kwargs)
        self.batch_at, self.start, self.stop = batch_at, start, stop

    def __len__(self):
        return self.stop - self.start

    def __getitem__(self, index):
        return self.batch_at(self.start + index)
