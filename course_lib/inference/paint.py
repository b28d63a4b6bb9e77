"""One picture from one label map: check, pad, run, cut, clip."""

import numpy as np

from course_lib import checks
from course_lib.backend import forward
from course_lib.layers import borders


def paint(network, condition, classes):
    """Let a label-to-picture network paint one label map of any size.

    Args:
        network: keras.Model from conditions (b, h, w, c) to pictures (b, h, w, 3) in [0, 1].
        condition: (h, w, c) float array as `course_lib.data.labels.condition` makes it.
        classes: how many of its channels are classes.

    Returns:
        (h, w, 3) float32 in [0, 1].

    Raises:
        TypeError: `condition` is no NumPy array.
        ValueError: no one-hot labels, such as a picture, or another number of channels than the network's.
    """
    demand_one_hot("paint()", condition, classes)
    wanted = network.input_shape[-1]
    if condition.ndim != 3 or condition.shape[-1] != wanted:
        raise ValueError(
            f"paint() needs one condition (h, w, {wanted}) for {network.name}; received {condition.shape}. "
            "Labels of another data set need a network trained on them."
        )
    height, width = condition.shape[:2]
    padded = borders.pad_to_multiple(condition.astype("float32"), borders.multiple_of(network, unsaid=1))
    painted = forward.predict(network, padded[None])[0, :height, :width]
    return np.clip(painted, 0, 1)


def demand_one_hot(owner, condition, classes):
    """Demand what a label-to-picture network is given, and no picture: classes as zeros and ones come first.

    Args:
        owner: who asks, for the message.
        condition: (h, w, c) or (b, h, w, c) float array as `condition` makes it, or with looks behind.
        classes: how many of its channels are classes, with `unlabelled` one more than there are ids.

    Raises:
        TypeError: `condition` is no NumPy array, or `classes` no number.
        ValueError: other axes or types, too few channels, or a pixel of classes that are not 0 or 1, or of
            more than one class. A pixel of no class is welcome.
    """
    checks.at_least(owner, "classes", classes, 1)
    if not isinstance(condition, np.ndarray):
        raise TypeError(f"{owner} needs condition as a NumPy array; received {type(condition).__name__}.")
    channels = condition.shape[-1] if condition.ndim in (3, 4) else 0
    if np.issubdtype(condition.dtype, np.floating) and channels >= classes and condition.size:
        told = condition[..., :classes]
        if np.isin(told, (0, 1)).all() and told.sum(axis=-1).max() <= 1:
            return
    guess = {0: " A label map?", 1: " A picture?", 3: " A picture?", 4: " A picture?"}.get(channels, "")
    held = f" in [{condition.min():g}, {condition.max():g}]" if condition.size else ""
    raise ValueError(
        f"{owner} needs one-hot labels, (h, w, c) or (b, h, w, c) floats whose first {classes} channels are "
        f"0 or 1, at most one of them 1 at a pixel; "
        f"received {condition.dtype} {condition.shape}{held}.{guess} "
        f"Make them of a map of ids: course_lib.data.labels.condition(ids, instances, classes)."
    )
