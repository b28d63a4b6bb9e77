"""What a search moves: matrices of logits, whose rows become weights by a softmax."""

import keras
import numpy as np
from keras import ops

from course_lib import checks


class Architecture(keras.layers.Layer):
    """Logits of every choice, as the weights of a layer, so that an optimiser can move them; it has no input.

    Args:
        matrices: dict from a name to (rows, columns): a row a choice, a column a candidate.
        start: dict from a name to the first values, arrays of that shape, for instance with -50 where a
            choice is not allowed; or one number for all. None draws from N(0, 0.001^2), as DARTS' code does.
        seed: int; fixes what is drawn.

    Raises:
        ValueError: a matrix without rows or columns, or first values of another shape.

    Source:
        Liu et al., DARTS, ICLR 2019, section 2.2.
    """

    def __init__(self, matrices, start=None, seed=0, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.matrices = {name: tuple(shape) for name, shape in matrices.items()}
        self.start, self.seed = start, seed
        rng, self.logits = np.random.default_rng(seed), {}
        for name, shape in self.matrices.items():
            for count in shape:
                checks.at_least("Architecture", f"rows and columns of {name!r}", count, 1)
            first = start[name] if isinstance(start, dict) else start
            drawn = 1e-3 * rng.standard_normal(shape)
            first = drawn if first is None else np.broadcast_to(np.asarray(first, "float64"), shape)
            self.logits[name] = self.add_weight(
                shape=shape, initializer=_Given(first.astype("float32")), dtype="float32", name=name
            )
        self.built = True

    def build(self, shape=None):
        pass

    def softmax(self):
        """Turn logits into weights, inside a loss as well.

        Returns:
            dict from name to (rows, columns) float32 tensor; rows sum to 1.
        """
        return {name: ops.softmax(ops.convert_to_tensor(logits)) for name, logits in self.logits.items()}

    def values(self):
        """Read the softmaxed weights.

        Returns:
            dict from name to (rows, columns) float32 NumPy array; rows sum to 1.
        """
        return {name: np.array(ops.convert_to_numpy(weights)) for name, weights in self.softmax().items()}


class _Given(keras.initializers.Initializer):
    def __init__(self, array):
        self.array = array

    def __call__(self, shape, dtype=None):
        return ops.convert_to_tensor(self.array, dtype=dtype)
