"""The operators among which a search chooses: DARTS', HiNAS' and IR-NAS' sets.

Papers: Liu et al., DARTS, ICLR 2019, section 3; Zhang et al., Memory-Efficient Hierarchical Neural
        Architecture Search for Image Denoising (IR-NAS), CVPR 2020, and its successor HiNAS, IJCV 2022.
Code:   quark0/darts, cnn/operations.py; hkzhang-git/HiNAS, one_stage_nas/darts/operations.py.
Differs: a stored variance is that of the batch, PyTorch's that of the batch times n / (n - 1).
"""

import keras
from keras import ops

from course_lib import checks
from course_lib.layers.deformable import DeformableConv2D
from course_lib.serial import serializable

SPACES = {
    "darts": (
        "none",
        "max_pool_3x3",
        "avg_pool_3x3",
        "skip_connect",
        "sep_conv_3x3",
        "sep_conv_5x5",
        "dil_conv_3x3",
        "dil_conv_5x5",
    ),
    "hinas": ("conv3", "sep3", "sep5", "dil3", "dil5", "skip", "none"),
    "irnas": ("conv3", "sep3", "dil3", "def3", "skip", "none"),
}
NONE = "none"
SKIPS = ("skip", "skip_connect")
ACTIVATIONS = ("relu", "leaky_relu")
SLOPE = 0.2


def operation(name, width, stride=1, affine=True, activation="relu", searching=False):
    """Make one operator: (b, h, w, width) to (b, ceil(h / stride), ceil(w / stride), width).

    Args:
        name: a name from one of the `SPACES`.
        width: channels in and out; even for "def3", and for "skip_connect" at stride 2.
        stride: 1, or 2 for DARTS' operators.
        affine: whether batch norms have a learned scale and shift; off in searches.
        activation: "relu" or "leaky_relu" (slope 0.2), before each convolution.
        searching: whether DARTS' pools are followed by a batch norm, which the final network has not.

    Returns:
        keras layer, not built.

    Raises:
        ValueError: an unknown name or activation, or a stride that the operator does not know.
    """
    known = {key for space in SPACES.values() for key in space}
    checks.one_of("operation()", "operators", name, sorted(known))
    checks.one_of("operation()", "activations", activation, ACTIVATIONS)
    checks.one_of("operation()", "strides", stride, (1, 2) if name in SPACES["darts"] else (1,))
    settings = {"stride": stride, "affine": affine, "activation": activation}
    if name == NONE:
        return Zero(stride)
    if name in SKIPS:
        return Identity() if stride == 1 else FactorisedReduce(width, affine=affine)
    if name.endswith("pool_3x3"):
        return Pool(name[:3], stride=stride, norm=searching)
    if name == "def3":
        return DeformableOperation(width, affine=affine, activation=activation)
    side = int(name[-1])
    if name.startswith("sep"):
        return SeparableTwice(width, side, **settings)
    depthwise = name.startswith("dil_conv")
    return ConvOperation(
        width, side, dilation=2 if name.startswith("dil") else 1, depthwise=depthwise, **settings
    )


def batch_norm(affine, name):
    """Make a batch norm with PyTorch's settings.

    Args:
        affine: whether it learns a scale and a shift.
        name: of the layer.

    Returns:
        keras.layers.BatchNormalization.
    """
    return keras.layers.BatchNormalization(epsilon=1e-5, momentum=0.9, center=affine, scale=affine, name=name)


def activate(x, activation):
    """Apply the activation of a search space.

    Args:
        x: tensor.
        activation: "relu" or "leaky_relu", whose slope is 0.2.

    Returns:
        tensor of the same shape.
    """
    return ops.relu(x) if activation == "relu" else ops.leaky_relu(x, negative_slope=SLOPE)


def subsampled(shape, stride):
    """Give the shape of pictures of which every `stride`-th row and column is kept.

    Args:
        shape: (b, h, w, c), sides may be None.
        stride: int.

    Returns:
        tuple of the same length.
    """
    b, h, w, c = shape
    return (b, *[None if side is None else -(-side // stride) for side in (h, w)], c)


@serializable
class Zero(keras.layers.Layer):
    """No connection: zeros of the shape that the other operators give.

    Args:
        stride: every how manieth row and column is kept.
    """

    def __init__(self, stride=1, **kwargs):
        super().__init__(**kwargs)
        self.stride = stride

    def call(self, x):
        return ops.zeros_like(x[:, :: self.stride, :: self.stride])

    def compute_output_shape(self, shape):
        return subsampled(shape, self.stride)

    def get_config(self):
        return {**super().get_config(), "stride": self.stride}


@serializable
class Identity(keras.layers.Layer):
    """What it is given, (b, h, w, width)."""

    official = {}

    def call(self, x):
        return x

    def compute_output_shape(self, shape):
        return shape


@serializable
class Pool(keras.layers.Layer):
    """The largest or the mean value of 3 x 3 pixels; a mean counts only pixels that exist.

    Args:
        kind: "max" or "avg".
        stride: 1 or 2.
        norm: whether a batch norm without scale and shift follows, as in DARTS' search.

    Raises:
        ValueError: another kind or stride.
    """

    def __init__(self, kind, stride=1, norm=False, **kwargs):
        super().__init__(**kwargs)
        checks.one_of("Pool", "kinds", kind, ("max", "avg"))
        checks.one_of("Pool", "strides", stride, (1, 2))
        self.kind, self.stride = kind, stride
        self.norm = batch_norm(False, "norm") if norm else None
        self.official = {"norm": "1"} if norm else {}

    def build(self, shape):
        if self.norm:
            self.norm.build(shape)

    def call(self, x, training=None):
        settings = {"strides": self.stride, "padding": "valid", "data_format": "channels_last"}
        borders = ((0, 0), (1, 1), (1, 1), (0, 0))
        if self.kind == "max":
            # Smaller than any feature, and finite in every precision.
            y = ops.max_pool(ops.pad(x, borders, constant_values=-3e38), 3, **settings)
        else:
            there = ops.pad(ops.ones_like(x[:1, :, :, :1]), borders)
            y = ops.average_pool(ops.pad(x, borders), 3, **settings)
            y = y / ops.average_pool(there, 3, **settings)
        return self.norm(y, training=training) if self.norm else y

    def compute_output_shape(self, shape):
        return subsampled(shape, self.stride)

    def get_config(self):
        own = {"kind": self.kind, "stride": self.stride, "norm": self.norm is not None}
        return {**super().get_config(), **own}


@serializable
class ConvOperation(keras.layers.Layer):
    """Activation, convolution, batch norm; no bias; zeros around the picture keep its size.

    Args:
        width: channels of the output.
        side: of the kernel in pixels, odd.
        dilation: distance of the kernel's taps in pixels.
        stride: 1 or 2.
        depthwise: whether the convolution sees each channel alone and a 1 x 1 convolution mixes them.
        affine: whether the batch norm learns a scale and a shift.
        activation: "relu" or "leaky_relu".

    Raises:
        ValueError: an even side, an unknown activation, or stride 2 with dilation and without depthwise.
    """

    def __init__(
        self,
        width,
        side=3,
        dilation=1,
        stride=1,
        depthwise=False,
        affine=True,
        activation="relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        checks.odd("ConvOperation", "side", side)
        checks.one_of("ConvOperation", "activations", activation, ACTIVATIONS)
        if stride > 1 and dilation > 1 and not depthwise:
            raise ValueError("ConvOperation with a stride and a dilation needs depthwise=True.")
        self.width, self.side, self.dilation, self.stride = width, side, dilation, stride
        self.depthwise, self.affine, self.activation = depthwise, affine, activation
        self.reach = side // 2 * dilation
        settings = {"strides": stride, "padding": "same" if stride == 1 else "valid", "use_bias": False}
        if depthwise:
            self.spread = keras.layers.DepthwiseConv2D(
                side, dilation_rate=dilation, name="spread", **settings
            )
            self.mix = keras.layers.Conv2D(width, 1, use_bias=False, name="mix")
        else:
            self.conv = keras.layers.Conv2D(width, side, dilation_rate=dilation, name="conv", **settings)
        self.norm = batch_norm(affine, "norm")
        parts = ["spread", "mix", "norm"] if depthwise else ["conv", "norm"]
        self.official = {part: f"op.{number}" for number, part in enumerate(parts, 1)}

    def build(self, shape):
        if self.depthwise:
            self.spread.build(self._padded(shape))
            self.mix.build(shape)
        else:
            self.conv.build(self._padded(shape))
        self.norm.build((*shape[:-1], self.width))

    def call(self, x, training=None):
        x = activate(x, self.activation)
        if self.stride > 1:
            # Keras would pad an even picture only at its end.
            x = ops.pad(x, ((0, 0), (self.reach, self.reach), (self.reach, self.reach), (0, 0)))
        x = self.mix(self.spread(x)) if self.depthwise else self.conv(x)
        return self.norm(x, training=training)

    def compute_output_shape(self, shape):
        return (*subsampled(shape, self.stride)[:-1], self.width)

    def _padded(self, shape):
        b, h, w, c = shape
        reach = self.reach if self.stride > 1 else 0
        return (b, *[None if side is None else side + 2 * reach for side in (h, w)], c)

    def get_config(self):
        fields = ("width", "side", "dilation", "stride", "depthwise", "affine", "activation")
        return {**super().get_config(), **{name: getattr(self, name) for name in fields}}


@serializable
class SeparableTwice(keras.layers.Layer):
    """Two depthwise separable convolutions, each with activation and batch norm; only the first strides.

    Args:
        width: channels in and out.
        side: of the kernels in pixels, odd.
        stride: 1 or 2.
        affine: whether the batch norms learn a scale and a shift.
        activation: "relu" or "leaky_relu".

    Raises:
        ValueError: an even side or an unknown activation.
    """

    official = {
        f"{part}/{child}": f"op.{number}"
        for part, start in (("first", 1), ("second", 5))
        for number, child in enumerate(("spread", "mix", "norm"), start)
    }

    def __init__(self, width, side=3, stride=1, affine=True, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.width, self.side, self.stride = width, side, stride
        self.affine, self.activation = affine, activation
        settings = {"depthwise": True, "affine": affine, "activation": activation}
        self.first = ConvOperation(width, side, stride=stride, name="first", **settings)
        self.second = ConvOperation(width, side, name="second", **settings)

    def build(self, shape):
        self.first.build(shape)
        self.second.build(self.first.compute_output_shape(shape))

    def call(self, x, training=None):
        return self.second(self.first(x, training=training), training=training)

    def compute_output_shape(self, shape):
        return self.first.compute_output_shape(shape)

    def get_config(self):
        fields = ("width", "side", "stride", "affine", "activation")
        return {**super().get_config(), **{name: getattr(self, name) for name in fields}}


@serializable
class FactorisedReduce(keras.layers.Layer):
    """Half the size without losing pixels: 1 x 1 convolutions of stride 2, one a pixel further, and a norm.

    Args:
        width: channels of the output, even.
        affine: whether the batch norm learns a scale and a shift.

    Raises:
        ValueError: an odd width.
    """

    official = {"even": "conv_1", "odd": "conv_2", "norm": "bn"}

    def __init__(self, width, affine=True, **kwargs):
        super().__init__(**kwargs)
        if width % 2:
            raise ValueError(f"FactorisedReduce needs an even width; received {width}.")
        self.width, self.affine = width, affine
        self.even = keras.layers.Conv2D(width // 2, 1, strides=2, use_bias=False, name="even")
        self.odd = keras.layers.Conv2D(width // 2, 1, strides=2, use_bias=False, name="odd")
        self.norm = batch_norm(affine, "norm")

    def build(self, shape):
        self.even.build(shape)
        self.odd.build(shape)
        self.norm.build((*shape[:-1], self.width))

    def call(self, x, training=None):
        x = ops.relu(x)
        both = ops.concatenate([self.even(x), self.odd(x[:, 1:, 1:])], axis=-1)
        return self.norm(both, training=training)

    def compute_output_shape(self, shape):
        return (*subsampled(shape, 2)[:-1], self.width)

    def get_config(self):
        return {**super().get_config(), "width": self.width, "affine": self.affine}


@serializable
class DeformableOperation(keras.layers.Layer):
    """Activation, modulated deformable 3 x 3 convolution in two groups, batch norm.

    Args:
        width: channels in and out, even.
        affine: whether the batch norm learns a scale and a shift.
        activation: "relu" or "leaky_relu".

    Raises:
        ValueError: an odd width or an unknown activation.
    """

    def __init__(self, width, affine=True, activation="relu", **kwargs):
        super().__init__(**kwargs)
        checks.one_of("DeformableOperation", "activations", activation, ACTIVATIONS)
        self.width, self.affine, self.activation = width, affine, activation
        self.conv = DeformableConv2D(width, 3, groups=2, name="conv")
        self.norm = batch_norm(affine, "norm")
        self.official = {
            "conv/offset_mask": "offset_mask",
            "conv/kernel": ("main.weight", self.conv.official["kernel"][1]),
            "conv/bias": "main.bias",
            "norm": "bn",
        }

    def build(self, shape):
        self.conv.build(shape)
        self.norm.build((*shape[:-1], self.width))

    def call(self, x, training=None):
        return self.norm(self.conv(activate(x, self.activation)), training=training)

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.width)

    def get_config(self):
        own = {"width": self.width, "affine": self.affine, "activation": self.activation}
        return {**super().get_config(), **own}
