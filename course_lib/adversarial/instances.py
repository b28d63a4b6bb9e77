"""Objects of one kind told apart: the mean of features over each object.

Paper: Wang et al., pix2pixHD, CVPR 2018, section 3.4.
Code:  NVIDIA/pix2pixHD, models/networks.py, class Encoder.
Differs: channels last; one sort instead of a loop over objects, the same means.
"""

import keras
from keras import ops

from course_lib.serial import serializable


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
