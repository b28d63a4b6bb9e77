"""Objects of one kind told apart: labels and edges as a generator takes them, and the mean over an object.

Paper: Wang et al., pix2pixHD, CVPR 2018, sections 3.3 and 3.4.
Code:  NVIDIA/pix2pixHD, models/pix2pixHD_model.py, get_edges and encode_input; models/networks.py, Encoder.
Differs: channels last; one sort instead of a loop over objects, the same means.
"""

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.serial import serializable


def edges(instances):
    """Mark every pixel that has a neighbour above, below, left or right from another object.

    Both sides of a border are marked, so that lines are two pixels wide.

    Args:
        instances: (h, w) or (b, h, w) integer array, one number an object.

    Returns:
        float32 array of the same shape, 1 at edges, 0 elsewhere.

    Raises:
        TypeError: no NumPy array of integers.
        ValueError: other axes.
    """
    _demand_integers("edges()", "instances", instances)
    marked = np.zeros(instances.shape, "float32")
    for axis in (-2, -1):
        there, here = (np.moveaxis(a, axis, 0) for a in (instances, marked))  # views: writing marks `marked`
        differs = there[1:] != there[:-1]
        here[1:][differs] = 1
        here[:-1][differs] = 1
    return marked


def condition(labels, classes, instances=None):
    """Turn a map of labels, and of objects if there is one, into the input of a generator.

    Args:
        labels: (h, w) or (b, h, w) integer array in [0, classes).
        classes: int, how many labels there are.
        instances: None, or an integer array of the labels' shape, one number an object.

    Returns:
        (..., h, w, classes) float32, 0 but for a 1 at the label; with `instances` one more channel, their
        `edges`.

    Raises:
        TypeError: no NumPy array of integers.
        ValueError: instances without labels or of another shape, other axes, or a label outside the table.
    """
    checks.at_least("condition()", "classes", classes, 1)
    if labels is None:
        raise ValueError(
            "condition() needs labels; received None. Instances only tell objects of one label apart. "
            "Pass the label map of the same picture."
        )
    _demand_integers("condition()", "labels", labels)
    outside = np.unique(labels[(labels < 0) | (labels >= classes)])
    if outside.size:
        raise ValueError(
            f"condition() needs labels in [0, {classes}); received {', '.join(map(str, outside[:8]))} too. "
            f"Map them into the table first, or raise classes."
        )
    one_hot = (labels[..., None] == np.arange(classes)).astype("float32")  # (..., h, w, classes)
    if instances is None:
        return one_hot
    _demand_integers("condition()", "instances", instances)
    checks.same_shape("condition()", ("labels", "instances"), labels, instances)
    return np.concatenate([one_hot, edges(instances)[..., None]], axis=-1)


@serializable
class InstanceMean(keras.layers.Layer):
    """Replace the features of every object by their mean over it, for each picture and channel by itself.

    Takes a list: features (b, h, w, c) and instances (b, h, w, 1), any numbers, equal within an object.
    Returns (b, h, w, c).
    """

    def call(self, inputs):
        features, instances = inputs
        b, h, w, c = ops.shape(features)
        ids = ops.reshape(instances, (b, h * w))
        # Objects are numbered 0, 1, ... in the order of their ids: sort, count the changes, sort back.
        order = ops.argsort(ids, axis=1)
        ranked = ops.take_along_axis(ids, order, axis=1)
        changes = ops.cast(ranked[:, 1:] != ranked[:, :-1], "int32")
        numbers = ops.pad(ops.cumsum(changes, axis=1), ((0, 0), (1, 0)))  # (b, h w), sorted
        numbers = ops.take_along_axis(numbers, ops.argsort(order, axis=1), axis=1)  # (b, h w), in place
        # No picture has more objects than pixels.
        places = ops.reshape(numbers + h * w * ops.arange(b, dtype="int32")[:, None], (-1,))  # (b h w,)
        pixels = ops.cast(ops.reshape(features, (b * h * w, c)), "float32")
        sums = ops.segment_sum(pixels, places, num_segments=b * h * w)
        sizes = ops.segment_sum(ops.ones_like(pixels[:, :1]), places, num_segments=b * h * w)
        means = ops.take(sums / ops.maximum(sizes, 1), places, axis=0)
        return ops.cast(ops.reshape(means, (b, h, w, c)), self.compute_dtype)

    def compute_output_shape(self, shapes):
        return shapes[0]


def _demand_integers(owner, name, array):
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iu":
        kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise TypeError(f"{owner} needs {name} as a NumPy array of integers; received {kind}.")
    if array.ndim not in (2, 3):
        raise ValueError(f"{owner} needs {name} of shape (h, w) or (b, h, w); received {array.shape}.")
