"""All operators at once: the relaxation that gives a choice a gradient."""

import keras
from keras import ops

from course_lib import checks
from course_lib.search.operations import operation
from course_lib.serial import serializable


@serializable
class MixedOperation(keras.layers.Layer):
    """The sum of every operator's answer, each times its weight: [x, weights] to one feature map.

    x is (b, h, w, width), weights (operators,), such as a softmax or a one-hot choice; the answer is
    (b, ceil(h / stride), ceil(w / stride), width).

    Args:
        names: list of operators, see `operations.SPACES`.
        width: channels in and out.
        stride: 1, or 2 for DARTS' operators.
        affine: whether batch norms learn a scale and a shift.
        activation: "relu" or "leaky_relu".

    Raises:
        ValueError: no or unknown operators.

    Source:
        Liu et al., DARTS, ICLR 2019, equation 2.
    """

    def __init__(self, names, width, stride=1, affine=False, activation="relu", **kwargs):
        super().__init__(**kwargs)
        checks.at_least("MixedOperation", "the number of operators", len(names), 1)
        self.names, self.width, self.stride = tuple(names), width, stride
        self.affine, self.activation = affine, activation
        self.operators = [
            operation(name, width, stride, affine, activation, searching=True) for name in names
        ]

    def build(self, shapes):
        for operator in self.operators:
            operator.build(shapes[0])
        learning = [i for i, operator in enumerate(self.operators) if operator.weights]
        self.official = {f"operators/{i}": f"_ops.{i}" for i in learning}

    def call(self, inputs, training=None):
        x, weights = inputs
        total = None
        for i, operator in enumerate(self.operators):
            if self.names[i] == "none":  # adds nothing
                continue
            y = operator(x) if not operator.weights else operator(x, training=training)
            y = ops.cast(weights[i], y.dtype) * y
            total = y if total is None else total + y
        return ops.zeros_like(x[:, :: self.stride, :: self.stride]) if total is None else total

    def compute_output_shape(self, shapes):
        return self.operators[0].compute_output_shape(shapes[0])

    def get_config(self):
        fields = ("names", "width", "stride", "affine", "activation")
        return {**super().get_config(), **{name: getattr(self, name) for name in fields}}
