"""The shape that DeblurGAN and pix2pixHD share: shrink the picture, think at the small size, grow back.

Every stage is a convolution, an instance norm and a ReLU. The biases before a norm change nothing; they stay,
so that weights of the papers' code fit and parameter counts agree.
"""

import keras

from course_lib import checks
from course_lib.layers.borders import ReflectPad
from course_lib.layers.norms import InstanceNorm
from course_lib.layers.resampling import DoublingConv
from course_lib.serial import serializable


def quiet():
    """Make the initialiser of these papers, N(0, 0.02^2); a new one for each layer, or all would start alike.

    Returns:
        keras.initializers.RandomNormal.
    """
    return keras.initializers.RandomNormal(stddev=0.02)


@serializable
class InstanceResidualBlock(keras.layers.Layer):
    """x + norm(conv(drop(relu(norm(conv(x)))))), both 3 x 3 on mirrored borders; keeps (b, h, w, width).

    Nothing follows the addition. With one convolution: x + drop(relu(norm(conv(x)))), or x + norm(conv(x))
    without dropout, as a slip in DeblurGAN's code of 2019 has it.

    Args:
        width: channels in and out.
        dropout: share of values that training sets to 0, in [0, 1).
        convolutions: 2, or 1 as said above.
        seed: int, of the dropout.

    Raises:
        ValueError: `width` below 1, `dropout` outside [0, 1), or another number of convolutions.

    Source:
        Johnson et al., Perceptual Losses, ECCV 2016, supplement; Kupyn et al., DeblurGAN, CVPR 2018,
        figure 3.
    """

    def __init__(self, width, dropout=0.0, convolutions=2, seed=0, **kwargs):
        super().__init__(**kwargs)
        checks.at_least("InstanceResidualBlock", "width", width, 1)
        checks.within("InstanceResidualBlock", "dropout", dropout, 0, 0.99)
        checks.one_of("InstanceResidualBlock", "convolutions", convolutions, (1, 2))
        self.width, self.dropout, self.convolutions, self.seed = width, dropout, convolutions, seed
        self.pad = ReflectPad(1, name="pad")
        self.first = keras.layers.Conv2D(width, 3, kernel_initializer=quiet(), name="first")
        self.norm = InstanceNorm(name="norm")
        self.drop = keras.layers.Dropout(dropout, seed=seed, name="drop") if dropout else None
        self.official = {"first": "conv_block.1"}
        if convolutions == 2:
            self.second = keras.layers.Conv2D(width, 3, kernel_initializer=quiet(), name="second")
            # The papers' code counts the dropout as a module of its own.
            self.official["second"] = "conv_block.6" if dropout else "conv_block.5"

    def build(self, shape):
        if shape[-1] != self.width:
            raise ValueError(f"{self.name} has width {self.width}; received {shape[-1]} channels.")
        self.first.build(shape)
        self.norm.build(shape)
        if self.convolutions == 2:
            self.second.build(shape)

    def call(self, x, training=False):
        y = self.norm(self.first(self.pad(x)))
        if self.convolutions == 2 or self.drop is not None:
            y = keras.ops.relu(y)
        if self.drop is not None:
            y = self.drop(y, training=training)
        if self.convolutions == 2:
            y = self.norm(self.second(self.pad(y)))
        return x + y  # (b, h, w, width)

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        own = {name: getattr(self, name) for name in ("width", "dropout", "convolutions", "seed")}
        return {**super().get_config(), **own}


def lift(x, width, name):
    """Look at 7 x 7 pixels, mirrored at the border.

    Args:
        x: (b, h, w, c) symbolic tensor.
        width: channels of the output.
        name: str, begins the names of the layers.

    Returns:
        (b, h, w, width) symbolic tensor, 0 or more.
    """
    x = ReflectPad(3, name=f"{name}_pad")(x)
    return _finish(keras.layers.Conv2D(width, 7, kernel_initializer=quiet(), name=f"{name}_conv")(x), name)


def shrink(x, width, name):
    """Halve height and width with a 3 x 3 convolution, one pixel of zeros around.

    Args:
        x: (b, h, w, c) symbolic tensor; h and w even.
        width: channels of the output.
        name: str, begins the names of the layers.

    Returns:
        (b, h / 2, w / 2, width) symbolic tensor, 0 or more.
    """
    # Keras' padding "same" would put the zeros below and to the right only.
    x = keras.layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    conv = keras.layers.Conv2D(width, 3, strides=2, kernel_initializer=quiet(), name=f"{name}_conv")
    return _finish(conv(x), name)


def grow(x, width, name):
    """Double height and width with a transposed 3 x 3 convolution.

    Args:
        x: (b, h, w, c) symbolic tensor.
        width: channels of the output.
        name: str, begins the names of the layers.

    Returns:
        (b, 2 h, 2 w, width) symbolic tensor, 0 or more.
    """
    return _finish(DoublingConv(width, kernel_initializer=quiet(), name=f"{name}_conv")(x), name)


def paint(x, channels, name):
    """Turn features into a picture: 7 x 7 pixels, mirrored at the border, and tanh.

    Args:
        x: (b, h, w, c) symbolic tensor.
        channels: of the picture.
        name: str, begins the names of the layers.

    Returns:
        (b, h, w, channels) symbolic float32 tensor in [-1, 1].
    """
    x = ReflectPad(3, name=f"{name}_pad")(x)
    x = keras.layers.Conv2D(channels, 7, kernel_initializer=quiet(), name=f"{name}_conv")(x)
    return keras.layers.Activation("tanh", dtype="float32", name=f"{name}_tanh")(x)


def hourglass(x, width, depth, middle, prefix=""):
    """Lift, shrink `depth` times, run the layers of `middle`, grow `depth` times.

    Args:
        x: (b, h, w, c) symbolic tensor; 2^depth divides h and w.
        width: channels at full size; each halving of the sides doubles them.
        depth: int, how often the sides are halved.
        middle: list of layers that keep the shape (b, h / 2^depth, w / 2^depth, width * 2^depth).
        prefix: str, begins the names of all layers but those of `middle`.

    Returns:
        (b, h, w, width) symbolic tensor, 0 or more.
    """
    x = lift(x, width, f"{prefix}lift")  # (b, h, w, width)
    for i in range(depth):
        x = shrink(x, width * 2 ** (i + 1), f"{prefix}shrink_{i}")
    for layer in middle:  # (b, h / 2^depth, w / 2^depth, width * 2^depth)
        x = layer(x)
    for i in reversed(range(depth)):
        x = grow(x, width * 2**i, f"{prefix}grow_{i}")
    return x  # (b, h, w, width)


def official_names(depth, middle, prefix=""):
    """Say what the papers' code calls the layers of an `hourglass` and of a `paint` behind it.

    There the network is one list, in which pads, norms and activations count: stages begin at 1, 4, 7, ...

    Args:
        depth: as in `hourglass`.
        middle: as in `hourglass`.
        prefix: as in `hourglass`.

    Returns:
        dict, our layer's name -> "model.<number>", as `course_lib.weights` takes it; the paint is called
        prefix + "paint".
    """
    names, place = {f"{prefix}lift_conv": "model.1"}, 4
    for i in range(depth):
        names[f"{prefix}shrink_{i}_conv"], place = f"model.{place}", place + 3
    for layer in middle:
        names[layer.name], place = f"model.{place}", place + 1
    for i in reversed(range(depth)):
        names[f"{prefix}grow_{i}_conv"], place = f"model.{place}", place + 3
    return {**names, f"{prefix}paint_conv": f"model.{place + 1}"}


def _finish(x, name):
    x = InstanceNorm(name=f"{name}_norm")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)
