"""Steps that take several gradients and move weights in between, compiled: TensorFlow, JAX and torch."""

import typing

import keras
from keras import ops


def compile_moves(fn, variables):
    """Compile `step(*tensors)`, inside which weights are read, moved and put back at will.

    `updates.compile_update` is for the ordinary case of one loss and one optimiser.

    Args:
        fn: called with `gradients` and the step's tensors; returns a tensor or a nest of tensors. It moves
            variables by `variable.assign(...)` and `optimizer.apply(...)`. `gradients(loss_fn, moving)` calls
            `loss_fn()` with all variables as they are at that moment and returns (what it returned, list of
            gradients); `loss_fn` returns a scalar, or a scalar and a nest of further tensors; `moving` is a
            list of variables, and one that the loss does not reach has a gradient of zeros.
        variables: list of every keras variable that `fn` reads or moves: those of layers, statistics and
            seeds included, and of optimisers. On JAX one missing here would be frozen into the step.

    Returns:
        step: tensors -> what `fn` returns, cut off from any gradient; variables change in place.

    Raises:
        TypeError: `fn` cannot be called, or `variables` holds something else.
    """
    if not callable(fn):
        raise TypeError(f"compile_moves() needs a function; received {type(fn).__name__}.")
    for variable in variables:
        if not isinstance(variable, keras.Variable):
            raise TypeError(f"compile_moves() needs keras variables; received {type(variable).__name__}.")
    variables = list({id(v): v for v in variables}.values())
    build = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.config.backend()]
    return build(fn, variables)


def _scalar(returned):
    return returned[0] if isinstance(returned, tuple) else returned


def _tensorflow(fn, variables):
    import tensorflow as tf

    def gradients(loss_fn, moving):
        with tf.GradientTape() as tape:
            returned = loss_fn()
        weights = [v.value for v in moving]
        return returned, tape.gradient(_scalar(returned), weights, unconnected_gradients="zero")

    return tf.function(lambda *batch: fn(gradients, *batch), autograph=False)


def _torch(fn, variables):
    import torch

    def gradients(loss_fn, moving):
        with torch.enable_grad():
            returned = loss_fn()
            loss, weights = _scalar(returned), [v.value for v in moving]
            if loss.requires_grad:
                found = torch.autograd.grad(loss, weights, allow_unused=True, materialize_grads=True)
            else:
                found = [torch.zeros_like(weight) for weight in weights]
        return keras.tree.map_structure(lambda x: x.detach(), returned), list(found)

    def step(*batch):
        with torch.no_grad():
            return fn(gradients, *[ops.convert_to_tensor(x) for x in batch])

    return step


def _jax(fn, variables):
    import jax

    def gradients(loss_fn, moving):
        chosen = {id(v) for v in moving}
        others = [v for v in variables if id(v) not in chosen]
        rest = [v.value for v in others]

        def loss_of(moved):
            known = [*zip(moving, moved, strict=True), *zip(others, rest, strict=True)]
            with keras.StatelessScope(state_mapping=known) as scope:
                returned = loss_fn()
            return _scalar(returned), (returned, [scope.get_current_value(v) for v in others])

        found, (returned, written) = jax.grad(loss_of, has_aux=True)([v.value for v in moving])
        for variable, old, new in zip(others, rest, written, strict=True):
            if new is not old:  # a statistic or a seed
                variable.assign(new)
        return returned, found

    @jax.jit
    def pure(values, batch):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))) as scope:
            outputs = fn(gradients, *batch)
        now = [scope.get_current_value(v) for v in variables]
        return outputs, {i: new for i, new in enumerate(now) if new is not values[i]}

    def step(*batch):
        outputs, moved = pure([v.value for v in variables], batch)
        for i, value in moved.items():
            variables[i].assign(value)
        return outputs

    def lower(*batch):
        return pure.lower([v.value for v in variables], batch)

    called: typing.Any = step
    called.lower = lower  # for machine.step_bytes
    return called
