"""Feature matching: a generated picture shall move the critic's inner layers as its real partner does."""

from keras import ops

from course_lib import checks


def feature_matching(real, fake, weight=10.0, n_layers=None):
    """L1 between the critic's features of real and generated pictures, all scales and layers but the scores.

    Each layer costs its mean absolute difference. The sum over layers and scales is multiplied by
    weight / number of scales (SPADE), and by 4 / (n_layers + 1) as well if `n_layers` is given (pix2pixHD);
    with its usual 3 layers both agree.

    Args:
        real: what the critic returned for real pictures: a list with one list a scale, of (b, h', w', width)
            features with the score map last. No gradient flows into it.
        fake: the same for the generated pictures.
        weight: factor of the whole, 0 or more.
        n_layers: the critic's number of strided layers, for pix2pixHD's weighting; None for SPADE's.

    Returns:
        float32 scalar, 0 or more.

    Raises:
        TypeError: `weight` or `n_layers` is no number, or a scale is no list of features.
        ValueError: a negative weight, `n_layers` below 1, scales or layers that do not correspond, or a
            critic that shows no features.

    Source:
        Wang et al., pix2pixHD, CVPR 2018, section 3.3; Park et al., SPADE, CVPR 2019.
    """
    checks.at_least("feature_matching()", "weight", weight, 0)
    if n_layers is not None:
        checks.at_least("feature_matching()", "n_layers", n_layers, 1)
    _demand_pairs(real, fake)
    total = 0.0
    for scale_real, scale_fake in zip(real, fake, strict=True):
        for target, feature in zip(scale_real[:-1], scale_fake[:-1], strict=True):
            target = ops.stop_gradient(ops.cast(target, "float32"))
            total = total + ops.mean(ops.abs(ops.cast(feature, "float32") - target))
    layer_factor = 1.0 if n_layers is None else 4 / (n_layers + 1)
    return total * weight * layer_factor / len(real)


def _demand_pairs(real, fake):
    for name, scales in (("real", real), ("fake", fake)):
        lists = isinstance(scales, list | tuple) and all(isinstance(scale, list | tuple) for scale in scales)
        if not lists:
            raise TypeError(
                f"feature_matching() needs {name} as a list of scales, each a list of features with the "
                "score map last. Build the critic so that it returns its features."
            )
    counts = [[len(scale) for scale in scales] for scales in (real, fake)]
    if counts[0] != counts[1] or not counts[0]:
        raise ValueError(
            "feature_matching() needs the same scales and layers of real and fake; received "
            f"{counts[0]} and {counts[1]} tensors a scale."
        )
    if min(counts[0]) < 2:
        raise ValueError(
            f"feature_matching() needs features before the score map; received {counts[0]} tensors a scale."
        )
    for scale_real, scale_fake in zip(real, fake, strict=True):
        for a, b in zip(scale_real, scale_fake, strict=True):
            checks.same_shape("feature_matching()", ("real", "fake"), a, b)
