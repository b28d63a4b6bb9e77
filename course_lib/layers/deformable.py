"""A convolution that decides at every pixel where its taps look, and how much each of them counts."""

import math

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.serial import serializable
from course_lib.weights import CONVOLUTION

MASKS = ("sigmoid", "2*sigmoid")


# More arguments than elsewhere: those of an ordinary convolution, and where its taps look.
def deformable_conv2d(x, offsets, mask, kernel, bias=None, strides=1, padding=0, dilation=1, groups=1):
    """Convolve with taps that are moved and weighed: sum over taps k of w_k x(p_k + offset_k) mask_k.

    p_k is where an ordinary convolution has tap k; between pixels x is bilinear. A tap counts while it is
    less than one pixel outside the picture, which goes on as zeros there; farther out it gives 0 and has no
    gradient. At whole coordinates the gradient with respect to an offset is the one from the right.

    Four corners of 9 taps are 36 pictures, so they are not kept for the backward pass but looked up again:
    about a quarter more time, and on TensorFlow no second derivative. (On a CPU, JAX's compiler undoes it.)

    Args:
        x: (b, h, w, c) float tensor.
        offsets: (b, h', w', 2 groups taps) float tensor, pixels. For each group and tap, row after row, how
            far down and how far right.
        mask: (b, h', w', groups taps) float tensor, factors.
        kernel: (k, k', c, filters) float tensor.
        bias: (filters,) float tensor, or None.
        strides: int, or two for down and right, as the next two.
        padding: pixels by which the first tap starts outside.
        dilation: pixels between taps.
        groups: how many equal parts of the channels have offsets and masks of their own.

    Returns:
        (b, h', w', filters) tensor of `x`'s type; h' and w' as of an ordinary convolution.

    Raises:
        TypeError: a setting is no number.
        ValueError: groups that do not divide the channels, or tensors that do not fit.

    Source:
        Zhu et al., Deformable ConvNets v2, CVPR 2019, section 3.2; borders as in its code.
    """
    taps = _Taps(kernel.shape[:2], _pair(strides, 1), _pair(padding, 0), _pair(dilation, 1), groups)
    taps.demand(x.shape, offsets.shape, mask.shape, kernel.shape)

    def convolve(x, offsets, mask, kernel):
        samples = _samples(x, offsets, mask, taps)
        b, h, w, _ = ops.shape(samples)
        filters = kernel.shape[-1]
        # Samples come group by group, so the kernel's rows must.
        matrix = ops.reshape(kernel, (taps.count, groups, -1, filters))
        matrix = ops.reshape(ops.transpose(matrix, (1, 0, 2, 3)), (-1, filters))
        made = ops.matmul(ops.reshape(samples, (-1, matrix.shape[0])), ops.cast(matrix, x.dtype))
        return ops.reshape(made, (b, h, w, filters))

    made = keras.remat(convolve)(*map(ops.convert_to_tensor, (x, offsets, mask, kernel)))
    return made if bias is None else made + ops.cast(bias, made.dtype)


@serializable
class DeformableConv2D(keras.layers.Layer):
    """A deformable convolution that predicts its own offsets and masks: (b, h, w, c) to (b, h', w', filters).

    An ordinary convolution of the same side and stride, without dilation, predicts both. It starts at 0, so
    that the layer starts as an ordinary convolution times the mask's start. The picture goes on as zeros;
    h' = ceil(h / strides).

    Args:
        filters: channels of the output.
        kernel_size: odd, the side of the kernel in pixels.
        strides: int.
        dilation: pixels between taps.
        groups: how many equal parts of the channels are moved apart.
        mask: "sigmoid", which starts at 0.5, or "2*sigmoid", which starts at 1.
        use_bias: bool.

    Raises:
        TypeError: a setting is no number.
        ValueError: a number below its least, an even side, an unknown mask, or groups that do not divide the
            channels.

    Source:
        Zhu et al., Deformable ConvNets v2, CVPR 2019; the authors' example has "2*sigmoid", the code that
        IR-NAS' lineage uses has "sigmoid".
    """

    official = {"offset_mask": "offset_mask", "kernel": ("main.weight", CONVOLUTION), "bias": "main.bias"}

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=1,
        dilation=1,
        groups=1,
        mask="sigmoid",
        use_bias=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        checks.odd("DeformableConv2D", "kernel_size", kernel_size)
        least_one = {"filters": filters, "strides": strides, "dilation": dilation, "groups": groups}
        for name, value in least_one.items():
            checks.at_least("DeformableConv2D", name, value, 1)
        checks.one_of("DeformableConv2D", "mask", mask, MASKS)
        self.filters, self.kernel_size, self.strides = filters, kernel_size, strides
        self.dilation, self.groups, self.mask, self.use_bias = dilation, groups, mask, use_bias
        # Named like Keras' own, so that a training seed reaches the kernel. Uniform up to 1 / sqrt(fan in).
        self.kernel_initializer = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
        self.offset_mask = keras.layers.Conv2D(
            3 * groups * kernel_size**2,
            kernel_size,
            strides=strides,
            kernel_initializer="zeros",
            name="offset_mask",
        )

    def build(self, shape):
        _divides(self.name, shape[-1], self.groups)
        side = self.kernel_size
        self.kernel = self.add_weight(
            name="kernel", shape=(side, side, shape[-1], self.filters), initializer=self.kernel_initializer
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")
        self.offset_mask.build(shape)

    def call(self, x):
        reach = self.kernel_size // 2
        predicted = self.offset_mask(ops.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0))))
        cut = 2 * self.groups * self.kernel_size**2
        mask = ops.sigmoid(predicted[..., cut:])
        return deformable_conv2d(
            x,
            predicted[..., :cut],
            2 * mask if self.mask == "2*sigmoid" else mask,
            ops.convert_to_tensor(self.kernel),
            None if self.bias is None else ops.convert_to_tensor(self.bias),
            strides=self.strides,
            padding=self.dilation * reach,
            dilation=self.dilation,
            groups=self.groups,
        )

    def compute_output_shape(self, shape):
        b, h, w, _ = shape
        return (b, *[None if side is None else -(-side // self.strides) for side in (h, w)], self.filters)

    def own_multiply_adds(self, input_shape, output_shape):
        """Count what `course_lib.metrics.cost` asks for: the kernel, and four corners for each sample.

        Args:
            input_shape: (b, h, w, c).
            output_shape: (b, h', w', filters).

        Returns:
            int; the convolution that predicts is counted for itself.
        """
        samples = math.prod(output_shape[:3]) * self.kernel_size**2 * input_shape[-1]
        return samples * (self.filters + 4)

    def get_config(self):
        names = ("filters", "kernel_size", "strides", "dilation", "groups", "mask", "use_bias")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class _Taps:
    """Where an ordinary convolution looks; strides, padding and dilation are pairs for down and right."""

    def __init__(self, sides, strides, padding, dilation, groups):
        checks.at_least("deformable_conv2d()", "groups", groups, 1)
        self.sides, self.strides, self.padding, self.dilation = sides, strides, padding, dilation
        self.groups, self.count = groups, math.prod(sides)

    def demand(self, x, offsets, mask, kernel):
        _divides("deformable_conv2d()", x[-1], self.groups)
        if kernel[2] != x[-1]:
            raise ValueError(
                f"deformable_conv2d() needs a kernel for {x[-1]} channels; received {tuple(kernel)}."
            )
        sizes = [None if side is None else self.positions(side, axis) for axis, side in enumerate(x[1:3])]
        for name, shape, channels in (("offsets", offsets, 2), ("mask", mask, 1)):
            wanted = (x[0], *sizes, channels * self.groups * self.count)
            if len(shape) != 4 or any(a != b for a, b in zip(wanted, shape, strict=True) if a and b):
                raise ValueError(
                    f"deformable_conv2d() needs {name} of shape {wanted} for {self.groups} groups of "
                    f"{self.count} taps; received {tuple(shape)}."
                )

    def positions(self, side, axis):
        reach = self.dilation[axis] * (self.sides[axis] - 1) + 1
        return (side + 2 * self.padding[axis] - reach) // self.strides[axis] + 1

    def places(self, count, axis):
        """(count, 1, taps) float32: rows or columns of the taps, from 0 at the picture's edge."""
        tap = np.indices(self.sides)[axis].ravel() * self.dilation[axis] - self.padding[axis]
        first = ops.cast(ops.arange(count), "float32") * self.strides[axis]
        return ops.reshape(first, (-1, 1, 1)) + ops.convert_to_tensor(tap, dtype="float32")


def _samples(x, offsets, mask, taps):
    """(b, h', w', groups taps c / groups): what the taps see, weighed by the mask."""
    b, h, w, c = ops.shape(x)
    high, wide = ops.shape(offsets)[1:3]
    # Places stay float32 where pictures are not: 16 bits cannot tell the pixels of a large one apart.
    moved = ops.reshape(ops.cast(offsets, "float32"), (b, high, wide, taps.groups, taps.count, 2))
    row = moved[..., 0] + taps.places(high, 0)[:, None]  # (b, h', w', groups, taps)
    column = moved[..., 1] + taps.places(wide, 1)
    bottom, end = ops.cast(h, "float32"), ops.cast(w, "float32")
    counts = (row > -1) & (row < bottom) & (column > -1) & (column < end)
    # What does not count looks at the corner of a frame of zeros around the picture.
    row, column = ops.where(counts, row, -1.0), ops.where(counts, column, -1.0)
    above, before = ops.stop_gradient(ops.floor(row)), ops.stop_gradient(ops.floor(column))
    down, right = row - above, column - before
    mask = ops.reshape(ops.cast(mask, "float32"), (b, high, wide, taps.groups, taps.count))
    upper, lower = mask * (1 - down), mask * down
    shares = (upper * (1 - right), upper * right, lower * (1 - right), lower * right)

    part = c // taps.groups
    framed = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    values = ops.reshape(framed, (-1, part))  # (b (h + 2) (w + 2) groups, part)
    line = w + 2
    picture = ops.reshape(ops.arange(b), (-1, 1, 1, 1, 1)) * (h + 2)
    cell = (picture + ops.cast(above, "int32") + 1) * line + ops.cast(before, "int32") + 1
    cell = ops.reshape(cell * taps.groups + ops.reshape(ops.arange(taps.groups), (-1, 1)), (-1,))
    # Corner by corner: one gather of all four would hold four times as much at once.
    seen = 0
    for share, step in zip(shares, (0, 1, line, line + 1), strict=True):
        corner = ops.take(values, cell + step * taps.groups, axis=0)
        seen += corner * ops.cast(ops.reshape(share, (-1, 1)), x.dtype)
    return ops.reshape(seen, (b, high, wide, taps.count * c))


def _divides(owner, channels, groups):
    if channels % groups:
        raise ValueError(
            f"{owner} needs deformable groups that divide the channels; received {groups} groups and "
            f"{channels} channels."
        )


def _pair(setting, least):
    pair = tuple(setting) if isinstance(setting, tuple | list) else (setting, setting)
    for number in pair:
        checks.at_least("deformable_conv2d()", "strides, padding and dilation", number, least)
    return pair
