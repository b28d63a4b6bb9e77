"""Initial weights from a seed, without touching any global state."""

import numpy as np


def seed_weights(model, seed):
    """Draw every randomly initialised weight of a model again, from a seed of its own.

    A weight `kernel` is found by its layer's `kernel_initializer`, as Keras layers name them; that of a
    depthwise convolution by `depthwise_initializer`. Initialisers without chance (zeros, ones) are left
    alone.

    Args:
        model: built keras model.
        seed: int, or tuple of ints; the same seed gives the same weights on the same engine.

    Returns:
        int, the number of weights drawn.
    """
    streams = np.random.SeedSequence(seed)
    drawn = 0
    for layer in model._flatten_layers():
        for name in sorted(vars(layer)):
            if not name.endswith("_initializer"):
                continue
            weight = name.removesuffix("_initializer")
            variable = getattr(layer, "kernel" if weight == "depthwise" else weight, None)
            initializer = getattr(layer, name)
            config = initializer.get_config() if hasattr(initializer, "get_config") else {}
            if variable is None or "seed" not in config:
                continue
            number = int(streams.spawn(1)[0].generate_state(1)[0] % 2**31)
            fresh = type(initializer).from_config({**config, "seed": number})
            variable.assign(fresh(variable.shape, dtype=variable.dtype))
            drawn += 1
    return drawn
