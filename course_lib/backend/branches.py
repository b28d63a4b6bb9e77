"""One of several functions, chosen by a number that is known only when the step runs."""

import contextlib
import functools

import keras

from course_lib import checks


def run_one(index, branches, x, detached=False):
    """Run `branches[index](x)`; the others cost no time.

    For the backward pass TensorFlow and torch keep what the branch that ran needs. JAX sets memory aside for
    what any branch needs, but shares it among tensors of one shape. Branches must not write variables, such
    as the statistics of a batch norm. On a CPU JAX runs the backward pass of a convolution inside a branch
    about 20 times slower than outside of one (measured with JAX 0.10): search on TensorFlow there.

    Args:
        index: scalar int32 tensor, 0 or more and below the number of branches.
        branches: list of functions or layers of one tensor; all answer with the same shape and type.
        x: tensor.
        detached: whether no gradient goes through, neither to x nor to weights; then nothing is kept.

    Returns:
        tensor.

    Raises:
        ValueError: there are no branches.
    """
    checks.at_least("run_one()", "the number of branches", len(branches), 1)
    engine = keras.config.backend()
    if engine == "torch":
        import torch

        with torch.no_grad() if detached else contextlib.nullcontext():
            return branches[int(index)](x)
    x = keras.ops.stop_gradient(x) if detached else x
    if engine == "jax":
        import jax

        # JAX asks a branch for a name, which a layer has not.
        answer = jax.lax.switch(index, [functools.partial(_call, branch) for branch in branches], x)
    else:
        import tensorflow as tf

        answer = tf.switch_case(index, [functools.partial(branch, x) for branch in branches])
    return keras.ops.stop_gradient(answer) if detached else answer


def _call(branch, x):
    return branch(x)
