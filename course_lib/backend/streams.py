"""Batches by number, prepared beside the training step: tf.data on TensorFlow, PyDataset elsewhere."""

import concurrent.futures

import keras

from course_lib import checks

_AHEAD = 4  # batches that are prepared before they are asked for


def stream(batch_at, start, stop, shapes, workers=2):
    """Turn `batch_at(i)` into what `keras.Model.fit` reads, in the order start, start + 1, ..., stop - 1.

    Pass `shuffle=False` to `fit`: its default draws the order of a PyDataset anew. With `steps_per_epoch`
    an epoch goes on where the last one stopped, so that every batch is seen once.

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
    return _Numbered(batch_at, start, stop, workers)


def batches(stream):
    """Read a stream outside `fit`, in its order.

    Args:
        stream: what `stream` returned.

    Returns:
        iterator over tuples of NumPy arrays.
    """
    if hasattr(stream, "as_numpy_iterator"):
        return stream.as_numpy_iterator()
    return (stream[i] for i in range(len(stream)))


def _tensorflow(batch_at, start, stop, shapes, workers):
    import tensorflow as tf

    def load(i):
        arrays = tf.numpy_function(lambda i: batch_at(int(i)), [i], [tf.float32] * len(shapes))
        return tuple(tf.ensure_shape(array, shape) for array, shape in zip(arrays, shapes, strict=True))

    numbers = tf.data.Dataset.range(start, stop)
    return numbers.map(load, num_parallel_calls=workers, deterministic=True).prefetch(_AHEAD)


class _Numbered(keras.utils.PyDataset):
    def __init__(self, batch_at, start, stop, workers):
        # Keras' own threads (workers above 1) would start again at the first batch with every epoch.
        super().__init__(workers=1)
        self.batch_at, self.start, self.stop = batch_at, start, stop
        self.threads = concurrent.futures.ThreadPoolExecutor(workers)
        self.coming = {}

    def __len__(self):
        return self.stop - self.start

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(f"stream has {len(self)} batches; received index {index}.")
        wanted = range(index, min(index + _AHEAD + 1, len(self)))
        for i in wanted:
            if i not in self.coming:
                self.coming[i] = self.threads.submit(self.batch_at, self.start + i)
        self.coming = {i: self.coming[i] for i in wanted}
        return self.coming.pop(index).result()
