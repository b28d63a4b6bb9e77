"""What a search demands before it starts and while it runs."""

import keras
import numpy as np
from keras import ops


def demand_architecture(owner, supernet, architecture, inputs_per_matrix):
    """Demand a supernet with the architecture's inputs beside its picture, and finite logits.

    Args:
        owner: who asks, for the message.
        supernet: keras.Model.
        architecture: architecture.Architecture.
        inputs_per_matrix: inputs that the supernet has for each matrix.

    Raises:
        TypeError: no keras model, or no layer with logits.
        ValueError: no trainable logits, inputs that do not fit, or logits that are not finite.
    """
    if not isinstance(supernet, keras.Model):
        raise TypeError(f"{owner} needs a keras model as supernet; received {type(supernet).__name__}.")
    if not isinstance(getattr(architecture, "logits", None), dict):
        raise TypeError(
            f"{owner} needs a course_lib.search.architecture.Architecture; "
            f"received {type(architecture).__name__}."
        )
    names = list(architecture.logits)
    if not names or not architecture.trainable_variables:
        raise ValueError(
            f"{owner} needs an architecture with trainable logits; {architecture.name!r} has none."
        )
    wanted, found = 1 + inputs_per_matrix * len(names), len(supernet.inputs)
    if found == 1:
        raise ValueError(
            f"{owner} needs a supernet with inputs for its architecture; {supernet.name!r} takes a picture "
            f"only. A network without choices is trained by course_lib.training.supervised."
        )
    if found != wanted:
        raise ValueError(
            f"{owner} needs a supernet of {wanted} inputs: a picture and {inputs_per_matrix} for each of "
            f"{', '.join(names)}; {supernet.name!r} has {found}."
        )
    demand_finite(owner, architecture.logits)


def demand_finite(owner, matrices):
    """Demand architecture values without NaN or infinity.

    Args:
        owner: who asks, for the message.
        matrices: dict from name to (rows, columns) array or variable.

    Raises:
        ValueError: a value is not finite; matrix, row and column are named.
    """
    for name, matrix in matrices.items():
        bad = np.argwhere(~np.isfinite(np.asarray(ops.convert_to_numpy(matrix))))
        if len(bad):
            row, column = bad[0][0], bad[0][-1]
            raise ValueError(
                f"{owner} needs finite alphas; {len(bad)} of {name!r} are NaN or infinite, the first in row "
                f"{row}, column {column}. Lower the learning rates, set clip_norm, or go on from an earlier "
                f"checkpoint."
            )


def claim(owner, optimizer, variables):
    """Give an optimiser its slots; it must be new.

    Args:
        owner: who asks, for the message.
        optimizer: keras optimizer.
        variables: list of keras variables that it will move.

    Raises:
        TypeError: no keras optimizer.
        ValueError: it already moves other weights.
    """
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise TypeError(f"{owner} needs keras optimizers; received {type(optimizer).__name__}.")
    if optimizer.built:
        raise ValueError(f"{owner} needs new optimizers; {optimizer.name!r} already moves other weights.")
    optimizer.build(variables)
