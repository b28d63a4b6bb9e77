"""The gradient of a function with respect to its input, itself differentiable."""

import keras
from keras import ops


def input_gradient(fn, x):
    """d sum(fn(x)) / dx; a gradient penalty differentiates it once more.

    Args:
        fn: tensor of x's shape -> tensor of any shape; only `keras.ops` inside.
        x: float tensor of any shape.

    Returns:
        tensor, shape of `x`. Zero where `fn` does not depend on `x`.

    Raises:
        TypeError: `fn` cannot be called, or `x` is not of a floating-point type.
    """
    if not callable(fn):
        raise TypeError(f"input_gradient() needs a function; received {type(fn).__name__}.")
    x = ops.convert_to_tensor(x)
    kind = keras.backend.standardize_dtype(x.dtype)
    if not keras.backend.is_float_dtype(kind):
        raise TypeError(f"input_gradient() needs a floating-point x; received {kind}.")
    engine = keras.config.backend()
    if engine == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(x)
            total = ops.sum(fn(x))
        return tape.gradient(total, x, unconnected_gradients="zero")
    if engine == "jax":
        import jax

        return jax.grad(lambda t: ops.sum(fn(t)))(x)
    import torch

    x = x if x.requires_grad else x.detach().requires_grad_()
    total = ops.sum(fn(x))
    if not total.requires_grad:
        return torch.zeros_like(x)
    gradient = torch.autograd.grad(total, x, create_graph=True, allow_unused=True)[0]
    return torch.zeros_like(x) if gradient is None else gradient
