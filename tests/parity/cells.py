"""Cells of fixtures beside ours: names, layouts, gradients and tolerances."""

import keras
import numpy as np
from keras import ops

from course_lib.backend.updates import compile_update
from course_lib.search.genotype import Cell

TOLERANCE = 2e-5  # of values
GRADIENTS = 1e-4  # relative to the largest


def last(array):
    """Turn stored (b, c, h, w) into (b, h, w, c)."""
    return ops.convert_to_tensor(array.transpose(0, 2, 3, 1))


def close(ours, theirs, atol=TOLERANCE):
    np.testing.assert_allclose(ops.convert_to_numpy(ours), theirs, atol=atol, rtol=0)


def close_pictures(ours, theirs):
    theirs = theirs.transpose(0, 2, 3, 1)
    close(ours, theirs, TOLERANCE * max(1, np.abs(theirs).max()))


def close_gradient(ours, theirs):
    close(ours, theirs, GRADIENTS * np.abs(theirs).max())


def renamed(state):
    """Sequences within sequences, as one sequence: sep_0.1 is op.1 and sep_1.1 is op.5."""
    names = {}
    for name, array in state.items():
        for part, first in (("sep_0.", 0), ("sep_1.", 4)):
            head, found, tail = name.partition(part)
            if found:
                number, _, rest = tail.partition(".")
                name = f"{head}{int(number) + first}.{rest}"
        names[name] = array
    return names


def cell_of(pairs, nodes):
    """A cell from (our operator, source) pairs, node after node."""
    each = len(pairs) // nodes
    return Cell(nodes=tuple(tuple(pairs[i * each : (i + 1) * each]) for i in range(nodes)))


def softmaxed(logits):
    return ops.softmax(ops.convert_to_tensor(logits))


def gradients(matrices, loss_of, reads):
    """The gradient of `loss_of(dict of tensors)` at the given arrays: one step of 1 from zeros beside."""
    beside = keras.layers.Layer(dtype="float32")
    for name, array in matrices.items():
        beside.add_weight(shape=array.shape, initializer="zeros", name=name)
    beside.built = True

    def loss_fn(x):
        at = {
            name: weight + ops.convert_to_tensor(array)
            for (name, array), weight in zip(matrices.items(), beside.weights, strict=True)
        }
        return loss_of(at), {}

    compile_update(loss_fn, [beside], [reads], keras.optimizers.SGD(1.0))(ops.zeros((1,)))
    moved = [-ops.convert_to_numpy(weight) for weight in beside.weights]
    return dict(zip(matrices, moved, strict=True))
