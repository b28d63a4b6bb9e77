"""Neighbours for a network that has none: a predicted kernel at every pixel.

Paper: the idea of kernels predicted by a network is that of Mildenhall et al., Burst Denoising with Kernel
       Prediction Networks, CVPR 2018; that they are mixtures of a few, Xia et al., Basis Prediction Networks,
       CVPR 2020. The mixtures here are predicted small and interpolated, as Gharbi et al., HDRNet, SIGGRAPH
       2017, do with colour curves.
Differs: the basis is learned once for all pictures, not predicted; one kernel serves all colours.
Check: 24 kernels of 15 x 15 have 2904 weights, 11 x 11 each.
"""

import math

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.layers.borders import ReflectPad
from course_lib.layers.resampling import enlarge
from course_lib.serial import serializable

MAGNIFY = 8  # of the detail


@serializable
class KernelMix(keras.layers.Layer):
    """Weigh every pixel's neighbourhood with a mixture of learned kernels that changes from place to place.

    Takes a list: pixels (b, h, w, c) and shares (b, h / tile, w / tile, kernels), of any sign. Returns
    (b, h, w, c), what is to be added. The shares belong to the middles of tiles and are interpolated between
    them, bilinearly, so that kernels have no seams. The border mirrors without repeating its sample.

    Kernels are learned for fine detail, the difference between a pixel and the binomial mean around it, in
    which long and short waves are about equally strong and are learned equally fast; `size` counts the mean
    in. A kernel of one pixel has no neighbours and sees the pixel itself.

    Args:
        size: odd, the side of the kernels in pixels.
        kernels: how many kernels are learned and mixed.
        tile: side of a tile in pixels.
        detail: odd, side of the binomial mean; a smaller kernel takes one of its own size.
        interpolate: whether shares change from pixel to pixel; else all pixels of a tile have its own.

    Raises:
        ValueError: a number below its least, an even size, or tensors that do not fit.
    """

    def __init__(self, size, kernels, tile, detail=5, interpolate=True, **kwargs):
        super().__init__(**kwargs)
        checks.odd("KernelMix", "size", size)
        checks.at_least("KernelMix", "kernels", kernels, 1)
        checks.at_least("KernelMix", "tile", tile, 1)
        checks.odd("KernelMix", "detail", detail)
        self.size, self.kernels, self.tile = size, kernels, tile
        self.detail, self.interpolate = detail, interpolate
        self.reach = min(detail, size) // 2  # of the mean
        self.inner = size - 2 * self.reach
        self.mirror = ReflectPad(size // 2) if size > 1 else None

    def build(self, shapes):
        # Named like Keras' own, so that a training seed reaches it, see training.seeding.
        self.basis_initializer = keras.initializers.VarianceScaling(1.0, mode="fan_in")
        self.basis = self.add_weight(
            name="basis",
            shape=(self.inner, self.inner, 1, self.kernels),
            initializer=self.basis_initializer,
        )

    def call(self, inputs):
        pixels, shares = inputs
        self._demand(pixels.shape, shares.shape)
        b, h, w, c = ops.shape(pixels)
        planes = ops.reshape(ops.transpose(pixels, (0, 3, 1, 2)), (-1, h, w, 1))  # (b c, h, w, 1)
        basis = ops.cast(self.basis, self.compute_dtype)
        planes = self.mirror(planes) if self.mirror else planes
        planes = _detail(planes, self.reach) if self.reach else planes
        seen = ops.conv(planes, basis, padding="valid", data_format="channels_last")
        seen = ops.reshape(seen, (b, c, h, w, self.kernels))
        if self.interpolate:
            here = enlarge(shares, self.tile)  # (b, h, w, kernels)
        else:
            here = ops.repeat(ops.repeat(shares, self.tile, axis=1), self.tile, axis=2)
        mixed = ops.sum(seen * ops.cast(here, seen.dtype)[:, None], axis=-1)  # (b, c, h, w)
        return ops.transpose(mixed, (0, 2, 3, 1))

    def compute_output_shape(self, shapes):
        self._demand(*shapes)
        return tuple(shapes[0])

    def own_multiply_adds(self, input_shapes, output_shape):
        """Count what `course_lib.metrics.cost` asks for: kernels, shares and the detail.

        Args:
            input_shapes: list with (b, h, w, c) of the pixels and the shape of the shares.
            output_shape: (b, h, w, c).

        Returns:
            int.
        """
        return math.prod(output_shape) * (
            self.kernels * (self.inner**2 + 1) + ((2 * self.reach + 1) ** 2 if self.reach else 0)
        )

    def get_config(self):
        own = {name: getattr(self, name) for name in ("size", "kernels", "tile", "detail", "interpolate")}
        return {**super().get_config(), **own}

    def _demand(self, pixels, shares):
        if shares[3] != self.kernels:
            raise ValueError(f"{self.name} needs {self.kernels} shares a tile; received {shares[3]}.")
        for side, cells in zip(pixels[1:3], shares[1:3], strict=True):
            if side is not None and cells is not None and side != cells * self.tile:
                raise ValueError(
                    f"{self.name} needs shares for every {self.tile} x {self.tile} pixels; received pixels "
                    f"{pixels[1]} x {pixels[2]} and shares {shares[1]} x {shares[2]}."
                )


def _detail(planes, reach):
    """Fine detail, `reach` smaller on each side, magnified to about the size of what it is taken from."""
    line = np.array([math.comb(2 * reach, i) for i in range(2 * reach + 1)], "float32") / 4**reach
    kernel = -np.outer(line, line)
    kernel[reach, reach] += 1
    kernel = ops.convert_to_tensor(MAGNIFY * kernel[:, :, None, None], dtype=planes.dtype)
    return ops.conv(planes, kernel, padding="valid", data_format="channels_last")
