"""Rounds instead of `fit`: for duels and searches, driving ordinary keras callbacks."""

import keras
from keras import ops

from course_lib import checks


def play(system, batches, start, stop, every, callbacks, model):
    """Run rounds start, ..., stop - 1; an interval of `every` rounds is an epoch to the callbacks.

    Args:
        system: object with `round(batches)` -> dict of scalars, such as `duel.Duel`.
        batches: iterator over tuples of arrays, standing at the first batch of round `start`.
        start: rounds done before; a multiple of `every`.
        stop: rounds in all; a multiple of `every`.
        every: rounds in an interval.
        callbacks: list of keras callbacks. They see each round as a batch, and the means of an interval's
            logs at its end.
        model: keras model that callbacks know as `self.model`.

    Returns:
        list of dicts, the means of each interval's logs as floats.

    Raises:
        ValueError: start or stop is no multiple of `every`.
    """
    checks.at_least("play()", "every", every, 1)
    for name, value in (("start", start), ("stop", stop)):
        if value % every:
            raise ValueError(f"play() needs {name} to be a multiple of every={every}; received {value}.")
    watched = keras.callbacks.CallbackList(
        callbacks, model=model, epochs=stop // every, steps=every, verbose=0
    )
    means = []
    watched.on_train_begin()
    for epoch in range(start // every, stop // every):
        watched.on_epoch_begin(epoch)
        seen = [_round(system, batches, i, watched) for i in range(every)]
        means.append({name: sum(logs[name] for logs in seen) / every for name in seen[0]})
        watched.on_epoch_end(epoch, means[-1])
        if getattr(model, "stop_training", False):
            break
    watched.on_train_end(means[-1] if means else None)
    return means


def _round(system, batches, number, watched):
    watched.on_train_batch_begin(number)
    logs = {name: float(ops.convert_to_numpy(value)) for name, value in system.round(batches).items()}
    watched.on_train_batch_end(number, logs)
    return logs
