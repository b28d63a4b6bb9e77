"""Blur that differs from place to place: a camera that rolls, a lens that zooms, an edge that is softer."""

import math

import numpy as np

from course_lib import checks
from course_lib.degradation import blur, kernels


class VaryingBlur:
    """Blur with several kernels, mixed by maps: B = sum_i w_i * (K_i conv S), mixed after the blur.

    Each pixel of the photograph gathers light through its own mix of kernels. The other convention, first mix
    and then blur, sum_i K_i conv (w_i * S), lets each point of the scene scatter its light by its own mix;
    `adjoint` is of that kind, with flipped kernels. Gathering keeps a constant scene constant.

    Args:
        kernels: list of n arrays (k, k') float, each with odd sides and sum 1; sizes may differ.
        weights: (n, h, w) float maps, not negative, sum 1 over n at every pixel.
        border: "reflect", "zero", "replicate" or "circular".

    Raises:
        TypeError: an array is no NumPy array.
        ValueError: a bad kernel, numbers of kernels and maps that differ, or maps that do not sum to 1.

    Source:
        Nagy and O'Leary, Restoring images degraded by spatially variant blur, SIAM J. Sci. Comput. 1998.
    """

    def __init__(self, kernels, weights, border="reflect"):
        owner = "VaryingBlur"
        checks.finite_image(owner, "weights", weights, dims=(3,))
        checks.one_of(owner, "border", border, blur.BORDERS)
        if len(kernels) != len(weights):
            raise ValueError(
                f"{owner} needs one map for each kernel; "
                f"received {len(kernels)} kernels and {len(weights)} maps."
            )
        for kernel in kernels:
            checks.kernel(owner, kernel)
        total = weights.sum(axis=0)
        if weights.min() < 0 or np.abs(total - 1).max() > 1e-4:
            raise ValueError(
                f"{owner} needs weights of 0 or more that sum to 1 at every pixel; received weights from "
                f"{weights.min():g} and sums in [{total.min():g}, {total.max():g}]. "
                f"Divide: weights / weights.sum(axis=0)."
            )
        self.kernels, self.weights, self.border = list(kernels), weights, border

    def apply(self, picture):
        """Blur a picture of the maps' size. Linear: nothing is clipped.

        Args:
            picture: (h, w) or (h, w, c) float array of any finite range.

        Returns:
            Array of `picture`'s shape and type.

        Raises:
            TypeError: `picture` is no NumPy array.
            ValueError: a bad picture, or one of another size than the maps.
        """
        maps = self._maps("VaryingBlur.apply()", picture)
        return sum(
            w * blur.convolve(picture, k, self.border) for w, k in zip(maps, self.kernels, strict=True)
        )

    def adjoint(self, picture):
        """Apply the transposed map: <apply(x), y> = <x, adjoint(y)>. Weigh first, then take the light back.

        Args:
            picture: (h, w) or (h, w, c) float array of any finite range.

        Returns:
            Array of `picture`'s shape and type.

        Raises:
            TypeError: `picture` is no NumPy array.
            ValueError: a bad picture, or one of another size than the maps.
        """
        maps = self._maps("VaryingBlur.adjoint()", picture)
        pairs = zip(maps, self.kernels, strict=True)
        return sum(blur.convolve_adjoint(w * picture, k, self.border) for w, k in pairs)

    def _maps(self, owner, picture):
        checks.finite_image(owner, "picture", picture)
        if picture.shape[:2] != self.weights.shape[1:]:
            raise ValueError(
                f"{owner} was made for pictures of {self.weights.shape[1]} x {self.weights.shape[2]}; "
                f"received {picture.shape[0]} x {picture.shape[1]}."
            )
        maps = self.weights.astype(picture.dtype)
        return maps if picture.ndim == 2 else maps[..., None]  # (n, h, w[, 1])


def rotation_blur(shape, degrees, count=5, border="reflect"):
    """Make the blur of a camera that rolls about the picture's middle: none there, arcs at the edges.

    Kernels are taken at count x count places, straight along the arc; between them the maps go over linearly.

    Args:
        shape: (h, w, ...) of the pictures to blur.
        degrees: angle of the roll during the exposure, above 0 and at most 90.
        count: odd number of places along each side, at least 3; one is the middle.
        border: "reflect", "zero", "replicate" or "circular".

    Returns:
        VaryingBlur with count ** 2 kernels; at distance r from the middle they are r * radians(degrees) long.

    Raises:
        TypeError: a number is none.
        ValueError: a number out of range, an empty shape, or an unknown border.
    """
    checks.above("rotation_blur()", "degrees", degrees, 0)
    checks.within("rotation_blur()", "degrees", degrees, 0, 90)
    return _local_lines("rotation_blur()", shape, count, border, math.radians(degrees) * 1j)


def zoom_blur(shape, share, count=5, border="reflect"):
    """Make the blur of a lens that zooms during the exposure: none in the middle, rays at the edges.

    Args:
        shape: (h, w, ...) of the pictures to blur.
        share: growth of the picture during the exposure, above 0 and at most 1; 0.1 for a tenth.
        count: odd number of places along each side, at least 3; one is the middle.
        border: "reflect", "zero", "replicate" or "circular".

    Returns:
        VaryingBlur with count ** 2 kernels; at distance r from the middle they are r * share long.

    Raises:
        TypeError: a number is none.
        ValueError: a number out of range, an empty shape, or an unknown border.
    """
    checks.above("zoom_blur()", "share", share, 0)
    checks.within("zoom_blur()", "share", share, 0, 1)
    return _local_lines("zoom_blur()", shape, count, border, share)


def _local_lines(owner, shape, count, border, speed):
    """Give each of count x count places the line along speed * (place - middle), in complex numbers."""
    checks.at_least(owner, "count", count, 3)
    checks.odd(owner, "count", count)
    checks.at_least(owner, "the smaller side of shape", min(shape[:2]), 2)
    height, width = shape[:2]
    rows, columns = np.linspace(0, height - 1, count), np.linspace(0, width - 1, count)
    local = []
    for row in rows:
        for column in columns:
            # y points up here, as angles of `line` do.
            motion = speed * complex(column - (width - 1) / 2, (height - 1) / 2 - row)
            angle = math.degrees(math.atan2(motion.imag, motion.real))
            local.append(kernels.line(abs(motion), angle) if abs(motion) > 1 else kernels.delta(1))
    weights = np.einsum("ih,jw->ijhw", _tents(rows, height), _tents(columns, width))
    return VaryingBlur(local, weights.reshape(count**2, height, width), border)


def _tents(places, length):
    spacing = places[1] - places[0]
    tents = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(length)) / spacing)  # (count, length)
    return (tents / tents.sum(axis=0)).astype("float32")
