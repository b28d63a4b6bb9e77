"""Atrous spatial pyramid pooling: the same features seen at several distances."""

import keras
from keras import ops

from course_lib import checks
from course_lib.serial import serializable

ACTIVATIONS = ("relu", "leaky_relu")


@serializable
class ASPP(keras.layers.Layer):
    """Dilated separable convolutions of several rates and a 1 x 1 one side by side, then joined by a 1 x 1.

    Maps (b, h, w, c) to (b, h, w, width). Branches: for each rate depthwise 3 x 3, norm, activation, 1 x 1,
    norm, activation; then 1 x 1, norm, activation; then, with `pooling`, that of the mean over all pixels.

    Args:
        width: channels of every branch and of the answer.
        rates: dilations in pixels, at least one.
        pooling: whether there is a branch of the global mean.
        activation: "relu" or "leaky_relu" (slope 0.2).
        affine: whether batch norms outside the dilated branches learn a scale and a shift; those inside do.

    Raises:
        ValueError: no rates, a number below 1, or an unknown activation.

    Source:
        Chen et al., Rethinking Atrous Convolution (DeepLab v3), 2017, section 3.3; hkzhang-git/HiNAS,
        one_stage_nas/modeling/decoders.py, whose order and separable branches these are.
    """

    def __init__(self, width, rates, pooling=False, activation="relu", affine=True, **kwargs):
        super().__init__(**kwargs)
        checks.at_least("ASPP", "width", width, 1)
        checks.at_least("ASPP", "the number of rates", len(rates), 1)
        for rate in rates:
            checks.at_least("ASPP", "rates", rate, 1)
        checks.one_of("ASPP", "activation", activation, ACTIVATIONS)
        self.width, self.rates, self.pooling = width, tuple(rates), pooling
        self.activation, self.affine = activation, affine
        self.spreads = [_spread(rate, f"spread_{rate}") for rate in self.rates]
        self.spread_norms = [_norm(True, f"spread_norm_{rate}") for rate in self.rates]
        self.mixes = [_mix(width, f"mix_{rate}") for rate in self.rates]
        self.mix_norms = [_norm(True, f"mix_norm_{rate}") for rate in self.rates]
        self.point, self.point_norm = _mix(width, "point"), _norm(affine, "point_norm")
        self.pool, self.pool_norm = (
            (_mix(width, "pool"), _norm(affine, "pool_norm")) if pooling else (None, None)
        )
        self.join, self.join_norm = _mix(width, "join"), _norm(affine, "join_norm")
        parts = {"point": "conv1.0", "point_norm": "conv1.1"}
        for i in range(len(self.rates)):
            children = {"spreads": 0, "spread_norms": 1, "mixes": 3, "mix_norms": 4}
            parts |= {f"{child}/{i}": f"atrous.{i}.{place}" for child, place in children.items()}
        if pooling:
            parts |= {"pool": "gap.1.0", "pool_norm": "gap.1.1"}
        self.official = {**parts, "join": "conv_last.0", "join_norm": "conv_last.1"}

    def build(self, shape):
        wide = (*shape[:-1], self.width)
        for i in range(len(self.rates)):
            self.spreads[i].build(shape)
            self.spread_norms[i].build(shape)
            self.mixes[i].build(shape)
            self.mix_norms[i].build(wide)
        self.point.build(shape)
        self.point_norm.build(wide)
        if self.pooling:
            self.pool.build(shape)
            self.pool_norm.build(wide)
        self.join.build((*shape[:-1], self.width * (len(self.rates) + 1 + self.pooling)))
        self.join_norm.build(wide)

    def call(self, x, training=None):
        branches = []
        for i in range(len(self.rates)):
            y = self._active(self.spread_norms[i](self.spreads[i](x), training=training))
            branches.append(self._active(self.mix_norms[i](self.mixes[i](y), training=training)))
        branches.append(self._active(self.point_norm(self.point(x), training=training)))
        if self.pooling:
            y = self.pool(ops.mean(x, axis=(1, 2), keepdims=True))  # (b, 1, 1, width)
            y = self._active(self.pool_norm(y, training=training))
            branches.append(y + ops.zeros_like(branches[-1]))
        y = self.join(ops.concatenate(branches, axis=-1))
        return self._active(self.join_norm(y, training=training))

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.width)

    def get_config(self):
        fields = ("width", "rates", "pooling", "activation", "affine")
        return {**super().get_config(), **{name: getattr(self, name) for name in fields}}

    def _active(self, x):
        return ops.relu(x) if self.activation == "relu" else ops.leaky_relu(x, negative_slope=0.2)


@serializable
class DeepLabASPP(keras.layers.Layer):
    """Auto-DeepLab's pyramid: dilated convolutions that mix channels at once, and the mean of the picture.

    Maps (b, h, w, c) to (b, h, w, width), or to (b, h, w, classes). Branches: 1 x 1; for each rate 3 x 3; the
    mean over all pixels, 1 x 1; each followed by norm and activation. They are joined by 1 x 1, norm,
    activation. With `classes` it is the pyramid of the search, where only the branch of the mean has an
    activation and a last 1 x 1 gives a score for each class.

    Args:
        width: channels of every branch.
        rates: dilations in pixels, at least one.
        classes: channels of the answer while searching, or None.
        epsilon: what the last norm adds to its variance. (The code of the search passes its momentum, 3e-4,
            in this place.)

    Raises:
        ValueError: no rates, or a number below 1.

    Source:
        Chen et al., Rethinking Atrous Convolution (DeepLab v3), 2017, section 3.3; Liu et al., Auto-DeepLab,
        CVPR 2019, section 4; NoamRosenberg/autodeeplab, operations.py and retrain_model/aspp.py.
    """

    def __init__(self, width, rates, classes=None, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        checks.at_least("DeepLabASPP", "width", width, 1)
        checks.at_least("DeepLabASPP", "the number of rates", len(rates), 1)
        for rate in rates:
            checks.at_least("DeepLabASPP", "rates", rate, 1)
        if classes is not None:
            checks.at_least("DeepLabASPP", "classes", classes, 1)
        self.width, self.rates, self.classes, self.epsilon = width, tuple(rates), classes, epsilon
        self.branches = [
            _mix(width, "point"),
            *[_dilated(width, rate, f"spread_{rate}") for rate in self.rates],
            _mix(width, "pool"),
        ]
        self.norms = [_norm(True, f"{branch.name}_norm") for branch in self.branches]
        self.join, self.join_norm = _mix(width, "join"), _norm(True, "join_norm", epsilon)
        self.scores = None if classes is None else _mix(classes, "scores")
        self.official = _final_names(self.rates) if classes is None else _search_names(self.rates)

    def build(self, shape):
        wide = (*shape[:-1], self.width)
        for branch, norm in zip(self.branches, self.norms, strict=True):
            branch.build(shape)
            norm.build(wide)
        self.join.build((*shape[:-1], self.width * len(self.branches)))
        self.join_norm.build(wide)
        if self.scores is not None:
            self.scores.build(wide)

    def call(self, x, training=None):
        searching, last = self.scores is not None, len(self.branches) - 1
        made = []
        for i, (branch, norm) in enumerate(zip(self.branches, self.norms, strict=True)):
            seen = ops.mean(x, axis=(1, 2), keepdims=True) if i == last else x
            y = norm(branch(seen), training=training)
            made.append(y if searching and i < last else ops.relu(y))
        made[last] = made[last] + ops.zeros_like(made[0])  # (b, 1, 1, width) -> (b, h, w, width)
        y = self.join_norm(self.join(ops.concatenate(made, axis=-1)), training=training)
        return self.scores(y) if searching else ops.relu(y)

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.classes or self.width)

    def get_config(self):
        fields = ("width", "rates", "classes", "epsilon")
        return {**super().get_config(), **{name: getattr(self, name) for name in fields}}


def _final_names(rates):
    names = {"join": "conv2", "join_norm": "bn2.op.0"}
    for i in range(len(rates) + 2):
        names |= {f"branches/{i}": f"aspp{i + 1}", f"norms/{i}": f"aspp{i + 1}_bn.op.0"}
    return names


def _search_names(rates):
    # The code has one rate; further ones are numbered here.
    theirs = ["conv11", "conv33", *[f"conv33_{i}" for i in range(1, len(rates))], "conv_p"]
    names = {"join": "concate_conv", "join_norm": "concate_bn", "scores": "final_conv"}
    for i, name in enumerate(theirs):
        names |= {f"branches/{i}": f"{name}.0", f"norms/{i}": f"{name}.1"}
    return names


def _dilated(width, rate, name):
    return keras.layers.Conv2D(width, 3, dilation_rate=rate, padding="same", use_bias=False, name=name)


def _spread(rate, name):
    return keras.layers.DepthwiseConv2D(3, dilation_rate=rate, padding="same", use_bias=False, name=name)


def _mix(width, name):
    return keras.layers.Conv2D(width, 1, use_bias=False, name=name)


def _norm(affine, name, epsilon=1e-5):
    return keras.layers.BatchNormalization(
        epsilon=epsilon, momentum=0.9, center=affine, scale=affine, name=name
    )
