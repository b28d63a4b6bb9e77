"""Computing without learning, compiled: the same on TensorFlow, JAX and torch."""

import typing
import weakref

import keras
import numpy as np
from keras import ops

from course_lib.backend import updates

_traced = weakref.WeakKeyDictionary()


def predict(network, batch):
    """Run a network in inference mode on pictures of any size.

    On TensorFlow one graph serves all sizes; on JAX each new size is compiled once.

    Args:
        network: keras.Model of one input and one output.
        batch: (b, h, w, c) float32 NumPy array.

    Returns:
        NumPy float32 array, the network's output; it owns its memory.
    """
    if keras.config.backend() == "tensorflow":
        return _graph(network)(ops.convert_to_tensor(batch, "float32")).numpy()
    return np.array(network.predict_on_batch(batch), "float32")


def _graph(network):
    import tensorflow as tf

    if network not in _traced:
        held: typing.Any = weakref.ref(network)  # the graph must not keep the network alive
        any_size = tf.TensorSpec((None, None, None, network.input_shape[-1]), tf.float32)

        @tf.function(input_signature=[any_size])
        def run(batch):
            return tf.cast(held()(batch, training=False), tf.float32)

        _traced[network] = run
    return _traced[network]


def compile_forward(fn, reads):
    """Compile `run(*tensors)`, which computes `fn` without learning from it.

    Args:
        fn: called with the batch tensors; returns a tensor or a nest of tensors.
        reads: list of every built layer that `fn` calls; on JAX a layer missing here would be frozen.

    Returns:
        run: batch tensors -> what `fn` returns, cut off from any gradient; seeds and statistics of `reads`
            move as in a training step.

    Raises:
        TypeError: `fn` cannot be called, or `reads` holds something that is no keras layer.
        ValueError: a layer is not built.
    """
    if not callable(fn):
        raise TypeError(f"compile_forward() needs a function; received {type(fn).__name__}.")
    updates.demand_built("compile_forward()", "reads", reads)
    variables = [v for layer in reads for v in layer.variables]
    build = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.config.backend()]
    return build(fn, variables)


def _tensorflow(fn, variables):
    import tensorflow as tf

    return tf.function(lambda *batch: keras.tree.map_structure(ops.stop_gradient, fn(*batch)))


def _torch(fn, variables):
    import torch

    def run(*batch):
        with torch.no_grad():
            return fn(*[ops.convert_to_tensor(x) for x in batch])

    return run


def _jax(fn, variables):
    import jax

    @jax.jit
    def pure(values, batch):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))) as scope:
            outputs = fn(*batch)
        now = [scope.get_current_value(v) for v in variables]
        # What only passed through would be copied: with 80 million weights that costs more than some answers.
        moved = {i: new for i, new in enumerate(now) if new is not None and new is not values[i]}
        return outputs, moved

    def run(*batch):
        outputs, moved = pure([v.value for v in variables], batch)
        for i, value in moved.items():
            variables[i].assign(value)
        return outputs

    return run
