"""One optimiser step, the same on TensorFlow, JAX and torch."""

import typing

import keras
from keras import ops


def compile_update(loss_fn, trains, reads, optimizer):
    """Compile `step(*tensors)`, which lowers `loss_fn` by moving the weights of `trains`.

    Args:
        loss_fn: called with the batch tensors; returns (scalar loss, dict of scalars to log).
        trains: list of built layers whose trainable weights move.
        reads: list of every other built layer that `loss_fn` calls. On JAX a layer missing here
            would be frozen into the compiled step at its first value.
        optimizer: a keras optimizer that no other step uses.

    Returns:
        step: batch tensors -> (loss, logs); weights and statistics change in place.

    Raises:
        TypeError: `loss_fn` cannot be called, `trains` or `reads` holds something that is no keras layer,
            or `optimizer` is no keras optimizer.
        ValueError: nothing to train, a layer is not built or stands in both lists, or the optimizer already
            moves other weights.
    """
    _check(loss_fn, trains, reads, optimizer)
    moving = [v for layer in trains for v in layer.trainable_variables]
    if not moving:
        raise ValueError("compile_update() needs trainable weights in trains; received none. Is it frozen?")
    chosen = {id(v) for v in moving}
    others = [v for layer in [*trains, *reads] for v in layer.variables if id(v) not in chosen]
    _claim(optimizer, moving)
    build = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.config.backend()]
    return build(loss_fn, moving, others, optimizer)


def _check(loss_fn, trains, reads, optimizer):
    if not callable(loss_fn):
        raise TypeError(f"compile_update() needs a function as loss_fn; received {type(loss_fn).__name__}.")
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise TypeError(f"compile_update() needs a keras optimizer; received {type(optimizer).__name__}.")
    demand_built("compile_update()", "trains", trains)
    demand_built("compile_update()", "reads", reads)
    twice = {id(layer) for layer in trains} & {id(layer) for layer in reads}
    if twice:
        names = [layer.name for layer in trains if id(layer) in twice]
        raise ValueError(f"compile_update() needs each layer in one list; in both: {', '.join(names)}.")


def demand_built(owner, name, layers):
    """Demand keras layers that have their weights already.

    Args:
        owner: who asks, for the message.
        name: the argument's name.
        layers: list of layers or models.

    Raises:
        TypeError: something in the list is no keras layer.
        ValueError: a layer is not built.
    """
    for layer in layers:
        if not isinstance(layer, keras.layers.Layer):
            raise TypeError(f"{owner} needs keras layers in {name}; received {type(layer).__name__}.")
        if not layer.built:
            raise ValueError(
                f"{owner} needs built layers; {layer.name!r} in {name} has no weights yet. "
                f"Call it once, or call its build(shape)."
            )


def _claim(optimizer, moving):
    # Keras would keep the slots of the first weights: on JAX silently, elsewhere until an error much later.
    if optimizer.built and [id(v) for v in optimizer._trainable_variables] != [id(v) for v in moving]:
        raise ValueError(
            f"compile_update() needs an optimizer of its own; {optimizer.name!r} already moves other "
            f"weights. Make one for each step."
        )
    optimizer.build(moving)


def _tensorflow(loss_fn, moving, others, optimizer):
    import tensorflow as tf

    @tf.function
    def step(*batch):
        with tf.GradientTape() as tape:
            loss, logs = loss_fn(*batch)
            scaled = optimizer.scale_loss(loss)
        weights = [v.value for v in moving]
        optimizer.apply(tape.gradient(scaled, weights, unconnected_gradients="zero"), moving)
        return loss, logs

    return step


def _torch(loss_fn, moving, others, optimizer):
    import torch

    def step(*batch):
        loss, logs = loss_fn(*[ops.convert_to_tensor(x) for x in batch])
        weights = [v.value for v in moving]
        scaled = optimizer.scale_loss(loss)
        gradients = torch.autograd.grad(scaled, weights, allow_unused=True, materialize_grads=True)
        with torch.no_grad():
            optimizer.apply(list(gradients), moving)
        return loss.detach(), {name: x.detach() for name, x in logs.items()}

    return step


def _jax(loss_fn, moving, others, optimizer):
    import jax

    @jax.jit
    def pure(moved, rest, slots, batch):
        def loss_of(moved):
            known = [*zip(moving, moved, strict=True), *zip(others, rest, strict=True)]
            known += zip(optimizer.variables, slots, strict=True)
            with keras.StatelessScope(state_mapping=known) as scope:
                loss, logs = loss_fn(*batch)
                scaled = optimizer.scale_loss(loss)
            written = [scope.get_current_value(v) for v in others]
            kept = [old if new is None else new for old, new in zip(rest, written, strict=True)]
            return scaled, (loss, logs, kept)

        (_, (loss, logs, rest)), gradients = jax.value_and_grad(loss_of, has_aux=True)(moved)
        moved, slots = optimizer.stateless_apply(slots, gradients, moved)
        return loss, logs, moved, rest, slots

    def step(*batch):
        groups = (moving, others, optimizer.variables)
        loss, logs, *news = pure(*[[v.value for v in group] for group in groups], batch)
        for group, values in zip(groups, news, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)
        return loss, logs

    def lower(*batch):
        return pure.lower(
            *[[v.value for v in group] for group in (moving, others, optimizer.variables)], batch
        )

    called: typing.Any = step
    called.lower = lower  # for machine.step_bytes
    return called
