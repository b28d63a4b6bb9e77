"""Losses that compare pixel with pixel. The plainest, L1, is `keras.losses.MeanAbsoluteError`."""

import math

import keras
from keras import ops

from course_lib import checks
from course_lib.serial import serializable


@serializable
class Charbonnier(keras.losses.Loss):
    """L1 with a rounded tip: mean of sqrt((restored - sharp)^2 + epsilon^2), so that the slope never jumps.

    Args:
        epsilon: radius of the rounding, in units of the pictures; above 0. Equal pictures cost `epsilon`.
        name: str.
        reduction: how Keras joins the (b,) values of the pictures into one.

    Returns:
        (b,) float from (b, h, w, c) `sharp` and `restored`, before reduction; in units of the pictures.

    Raises:
        TypeError: `epsilon` is no number.
        ValueError: `epsilon` is not above 0.

    Source:
        Charbonnier et al., Two deterministic half-quadratic regularization algorithms, ICIP 1994;
        Lai et al., LapSRN, CVPR 2017, for its use in restoration.
    """

    def __init__(self, epsilon=1e-3, name="charbonnier", reduction="sum_over_batch_size"):
        super().__init__(name=name, reduction=reduction)
        checks.above("Charbonnier", "epsilon", epsilon, 0)
        self.epsilon = epsilon

    def call(self, sharp, restored):
        distance = ops.sqrt(ops.square(restored - sharp) + self.epsilon**2)
        return ops.mean(distance, axis=(1, 2, 3))

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}


@serializable
class PSNRLoss(keras.losses.Loss):
    """Minus the PSNR of every picture, in dB at range 1: weight * 10 log10(mean squared error + floor).

    A picture that is nearly right pulls as hard as a bad one: halving the error always gains 3 dB.

    Args:
        weight: number above 0.
        floor: added to the error, so that equal pictures cost 10 log10(floor) dB, not minus infinity.
        name: str.
        reduction: how Keras joins the (b,) values of the pictures into one.

    Returns:
        (b,) float from (b, h, w, c) `sharp` and `restored` in [0, 1], before reduction; dB.

    Raises:
        TypeError: `weight` or `floor` is no number.
        ValueError: `weight` or `floor` is not above 0.

    Source:
        Chen et al., HINet, CVPRW 2021, section 3; used to train NAFNet.
    """

    def __init__(self, weight=1.0, floor=1e-8, name="psnr_loss", reduction="sum_over_batch_size"):
        super().__init__(name=name, reduction=reduction)
        checks.above("PSNRLoss", "weight", weight, 0)
        checks.above("PSNRLoss", "floor", floor, 0)
        self.weight, self.floor = weight, floor

    def call(self, sharp, restored):
        error = ops.mean(ops.square(restored - sharp), axis=(1, 2, 3))  # (b,)
        return self.weight * 10 / math.log(10) * ops.log(error + self.floor)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight, "floor": self.floor}


@serializable
class EveryPicture(keras.losses.Loss):
    """Punish several answers to one question: the sum of a loss over pictures that lie in the channels.

    Args:
        loss: keras loss, called with (true, made).
        name: str.

    Returns:
        scalar from (b, h, w, c) `true` and (b, h, w, n c) `made`.

    Source:
        Zhang et al., DMPHN, CVPR 2019, section 3.3: every stage is compared with the sharp picture.
    """

    def __init__(self, loss, name="every_picture"):
        super().__init__(name=name)
        self.loss = keras.losses.get(loss)

    def call(self, true, made):
        return sum(self.loss(true, one) for one in ops.split(made, made.shape[-1] // true.shape[-1], axis=-1))

    def get_config(self):
        return {"loss": keras.losses.serialize(self.loss), "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(keras.losses.deserialize(config["loss"]), config["name"])
