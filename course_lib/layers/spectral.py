"""A convolution that can stretch its input by a factor of about 1 at most, for critics."""

import math

import keras
from keras import ops

from course_lib.serial import serializable
from course_lib.weights import CONVOLUTION

EPSILON = 1e-12  # smallest length that a direction is divided by


@serializable
class Direction(keras.initializers.RandomNormal):
    """Draw a vector of length 1, every direction as likely as any other.

    Args:
        seed: int, or None to draw it.
    """

    def __init__(self, seed=None):
        super().__init__(mean=0.0, stddev=1.0, seed=seed)

    def __call__(self, shape, dtype=None):
        return _unit(super().__call__(shape, dtype=dtype))

    def get_config(self):
        return {"seed": super().get_config()["seed"]}


@serializable
class SpectralConv2D(keras.layers.Conv2D):
    """A convolution with its kernel divided by the kernel's largest singular value; arguments as Conv2D's.

    The kernel counts as a matrix with one row for each output channel. Its first singular vectors u and v are
    kept as weights that no gradient moves; a call with training=True improves them by one power iteration, a
    call with training=False uses them as they are. They start at random: make one training call first.

    Keras' own SpectralNormalization overwrites the kernel in each training call. Here the kernel stays what
    the optimiser made it, and the gradient goes through the division, as in the papers' code.

    Source:
        Miyato et al., Spectral Normalization for GANs, ICLR 2018, section 2.1 and appendix A; details as in
        torch.nn.utils.spectral_norm.
    """

    official = {"kernel": ("weight_orig", CONVOLUTION), "bias": "bias", "u": "weight_u", "v": "weight_v"}
    # A Conv2D saves its kernel and bias by hand and would forget u and v.
    save_own_variables = keras.layers.Layer.save_own_variables
    load_own_variables = keras.layers.Layer.load_own_variables

    def build(self, shape):
        super().build(shape)
        # Named like Keras' own, so that a training seed reaches them, see training.seeding.
        self.u_initializer, self.v_initializer = Direction(), Direction()
        entries = math.prod(self.kernel.shape[:3])
        self.u = self.add_weight(
            name="u", shape=(self.filters,), initializer=self.u_initializer, trainable=False, autocast=False
        )
        self.v = self.add_weight(
            name="v", shape=(entries,), initializer=self.v_initializer, trainable=False, autocast=False
        )

    def call(self, x, training=False):
        kernel = ops.convert_to_tensor(self.kernel)  # (k, k, c, filters)
        # Rows in the order (c, k, k), so that v of an official checkpoint fits as it is.
        rows = ops.reshape(ops.transpose(kernel, (3, 2, 0, 1)), (self.filters, -1))
        rows = ops.cast(rows, "float32")
        u, v = ops.convert_to_tensor(self.u), ops.convert_to_tensor(self.v)
        if training:
            fixed = ops.stop_gradient(rows)
            v = _unit(ops.matmul(u, fixed))
            u = _unit(ops.matmul(fixed, v))
            self.u.assign(u)
            self.v.assign(v)
        stretch = ops.sum(u * ops.matmul(rows, v))
        x = self.convolution_op(x, kernel / ops.cast(stretch, kernel.dtype))
        if self.use_bias:
            x = x + ops.convert_to_tensor(self.bias)
        return x if self.activation is None else self.activation(x)


def _unit(vector):
    return vector / ops.maximum(ops.norm(vector), EPSILON)
