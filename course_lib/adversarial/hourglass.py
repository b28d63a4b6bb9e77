"""The shape that DeblurGAN and pix2pixHD share: shrink the picture, think at the small size, grow back.

Every stage is a convolution, a norm and a ReLU. As in the papers' code, into whose weights ours must fit, a
convolution before an instance norm has a bias, though the norm takes it away again, and one before a batch
norm has none.
"""

import keras

from course_lib import checks
from course_lib.layers.borders import ReflectPad
from course_lib.layers.norms import InstanceNorm
from course_lib.layers.resampling import DoublingConv
from course_lib.serial import serializable

NORMS = ("instance", "batch")


def quiet():
    """Make the initialiser of these papers, N(0, 0.02^2); a new one for each layer, or all would start alike.

    Returns:
        keras.initializers.RandomNormal.
    """
    return keras.initializers.RandomNormal(stddev=0.02)


def normed(norm, name):
    """Make a norm with the settings of these papers.

    Args:
        norm: "instance", without weights; or "batch", with scales drawn around 1 and moving statistics.
        name: str, of the layer.

    Returns:
        keras layer that keeps (b, h, w, c).
    """
    if norm == "instance":
        return InstanceNorm(name=name)
    around_one = keras.initializers.RandomNormal(mean=1.0, stddev=0.02)
    # PyTorch's epsilon; its momentum of 0.1 counts the other way round.
    return keras.layers.BatchNormalization(
        momentum=0.9, epsilon=1e-5, gamma_initializer=around_one, name=name
    )


@serializable
class NormedResidualBlock(keras.layers.Layer):
    """x + norm(conv(drop(relu(norm(conv(x)))))), both 3 x 3 on mirrored borders; keeps (b, h, w, width).

    Nothing follows the addition. With one convolution: x + drop(relu(norm(conv(x)))), or x + norm(conv(x))
    without dropout, as a slip in DeblurGAN's code of 2019 has it.

    Args:
        width: channels in and out.
        dropout: share of values that training sets to 0, in [0, 1).
        convolutions: 2, or 1 as said above.
        seed: int, of the dropout.
        norm: "instance" or "batch".

    Raises:
        ValueError: `width` below 1, `dropout` outside [0, 1), another number of convolutions, or an unknown
            norm.

    Source:
        Johnson et al., Perceptual Losses, ECCV 2016, supplement; Kupyn et al., DeblurGAN, CVPR 2018,
        figure 3.
    """

    def __init__(self, width, dropout=0.0, convolutions=2, seed=0, norm="instance", **kwargs):
        super().__init__(**kwargs)
        checks.at_least("NormedResidualBlock", "width", width, 1)
        checks.within("NormedResidualBlock", "dropout", dropout, 0, 0.99)
        checks.one_of("NormedResidualBlock", "convolutions", convolutions, (1, 2))
        checks.one_of("NormedResidualBlock", "norms", norm, NORMS)
        self.width, self.dropout, self.convolutions = width, dropout, convolutions
        self.seed, self.norm = seed, norm
        self.pad = ReflectPad(1, name="pad")
        self.first = _conv(width, 3, norm, "first")
        self.first_norm = normed(norm, "first_norm")
        self.drop = keras.layers.Dropout(dropout, seed=seed, name="drop") if dropout else None
        if convolutions == 2:
            self.second = _conv(width, 3, norm, "second")
            self.second_norm = normed(norm, "second_norm")
        self.official = self._official()

    def _official(self):
        # The papers' code counts the dropout as a module of its own.
        places = {"first": 1, "second": 6 if self.dropout else 5}
        names = {}
        for layer in ("first", "second")[: self.convolutions]:
            names[layer] = f"conv_block.{places[layer]}"
            if self.norm == "batch":
                names[f"{layer}_norm"] = f"conv_block.{places[layer] + 1}"
        return names

    def build(self, shape):
        if shape[-1] != self.width:
            raise ValueError(f"{self.name} has width {self.width}; received {shape[-1]} channels.")
        self.first.build(shape)
        self.first_norm.build(shape)
        if self.convolutions == 2:
            self.second.build(shape)
            self.second_norm.build(shape)

    def call(self, x, training=False):
        y = self.first_norm(self.first(self.pad(x)))
        if self.convolutions == 2 or self.drop is not None:
            y = keras.ops.relu(y)
        if self.drop is not None:
            y = self.drop(y, training=training)
        if self.convolutions == 2:
            y = self.second_norm(self.second(self.pad(y)))
        return x + y  # (b, h, w, width)

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        own = {name: getattr(self, name) for name in ("width", "dropout", "convolutions", "seed", "norm")}
        return {**super().get_config(), **own}


def lift(x, width, name, norm="instance"):
    """Look at 7 x 7 pixels, mirrored at the border.

    Args:
        x: (b, h, w, c) symbolic tensor.
        width: channels of the output.
        name: str, begins the names of the layers.
        norm: "instance" or "batch".

    Returns:
        (b, h, w, width) symbolic tensor, 0 or more.
    """
    x = ReflectPad(3, name=f"{name}_pad")(x)
    return _finish(_conv(width, 7, norm, f"{name}_conv")(x), name, norm)


def shrink(x, width, name, norm="instance"):
    """Halve height and width with a 3 x 3 convolution, one pixel of zeros around.

    Args:
        x: (b, h, w, c) symbolic tensor; h and w even.
        width: channels of the output.
        name: str, begins the names of the layers.
        norm: "instance" or "batch".

    Returns:
        (b, h / 2, w / 2, width) symbolic tensor, 0 or more.
    """
    # Keras' padding "same" would put the zeros below and to the right only.
    x = keras.layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return _finish(_conv(width, 3, norm, f"{name}_conv", strides=2)(x), name, norm)


def grow(x, width, name, norm="instance"):
    """Double height and width with a transposed 3 x 3 convolution.

    Args:
        x: (b, h, w, c) symbolic tensor.
        width: channels of the output.
        name: str, begins the names of the layers.
        norm: "instance" or "batch".

    Returns:
        (b, 2 h, 2 w, width) symbolic tensor, 0 or more.
    """
    conv = DoublingConv(width, use_bias=_has_bias(norm), kernel_initializer=quiet(), name=f"{name}_conv")
    return _finish(conv(x), name, norm)


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


def hourglass(x, width, depth, middle, prefix="", norm="instance"):
    """Lift, shrink `depth` times, run the layers of `middle`, grow `depth` times.

    Args:
        x: (b, h, w, c) symbolic tensor; 2^depth divides h and w.
        width: channels at full size; each halving of the sides doubles them.
        depth: int, how often the sides are halved.
        middle: list of layers that keep the shape (b, h / 2^depth, w / 2^depth, width * 2^depth).
        prefix: str, begins the names of all layers but those of `middle`.
        norm: "instance" or "batch", outside `middle`.

    Returns:
        (b, h, w, width) symbolic tensor, 0 or more.
    """
    x = lift(x, width, f"{prefix}lift", norm)  # (b, h, w, width)
    for i in range(depth):
        x = shrink(x, width * 2 ** (i + 1), f"{prefix}shrink_{i}", norm)
    for layer in middle:  # (b, h / 2^depth, w / 2^depth, width * 2^depth)
        x = layer(x)
    for i in reversed(range(depth)):
        x = grow(x, width * 2**i, f"{prefix}grow_{i}", norm)
    return x  # (b, h, w, width)


def official_names(depth, middle, prefix="", norm="instance"):
    """Say what the papers' code calls the layers of an `hourglass` and of a `paint` behind it.

    There the network is one list, in which pads, norms and activations count: stages begin at 1, 4, 7, ...

    Args:
        depth: as in `hourglass`.
        middle: as in `hourglass`.
        prefix: as in `hourglass`.
        norm: as in `hourglass`; a batch norm has weights, which need names.

    Returns:
        dict, our layer's name -> "model.<number>", as `course_lib.weights` takes it; the paint is called
        prefix + "paint".
    """
    names, place = {}, 1
    for stage in ("lift", *(f"shrink_{i}" for i in range(depth))):
        names |= _stage_names(f"{prefix}{stage}", place, norm)
        place += 3
    for layer in middle:
        names[layer.name], place = f"model.{place}", place + 1
    for i in reversed(range(depth)):
        names |= _stage_names(f"{prefix}grow_{i}", place, norm)
        place += 3
    return {**names, f"{prefix}paint_conv": f"model.{place + 1}"}


def _stage_names(stage, place, norm):
    names = {f"{stage}_conv": f"model.{place}"}
    return names | ({f"{stage}_norm": f"model.{place + 1}"} if norm == "batch" else {})


def _conv(width, side, norm, name, strides=1):
    return keras.layers.Conv2D(
        width, side, strides, use_bias=_has_bias(norm), kernel_initializer=quiet(), name=name
    )


def _has_bias(norm):
    return norm == "instance"


def _finish(x, name, norm):
    x = normed(norm, f"{name}_norm")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)
