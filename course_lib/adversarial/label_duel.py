"""A duel over pictures from labels: critics judge label map and picture together.

Paper: Wang et al., pix2pixHD, CVPR 2018, sections 3.2 and 3.3; Park et al., SPADE, CVPR 2019, section 3.
Code:  NVIDIA/pix2pixHD, models/pix2pixHD_model.py; NVlabs/SPADE, models/pix2pix_model.py.
Differs: the critic moves first and the generator meets the moved critic (in pix2pixHD's code both losses come
       from one pass, in SPADE's the generator moves first); VGG19's weights are those of keras.applications
       when asked for, and random by default.
"""

import dataclasses

from keras import ops

from course_lib import checks
from course_lib.adversarial.critics import PatchCriticRecipe, critic_for
from course_lib.adversarial.deblurgan_duel import weighted
from course_lib.data.labelled_folders import LOOK_CHANNELS
from course_lib.losses.gan import KINDS, SCALE_JOINS, GANLoss
from course_lib.losses.matching import feature_matching
from course_lib.losses.perceptual import FIVE_SLICES, PerceptualLoss, PerceptualRecipe
from course_lib.training import duelling, supervised


@dataclasses.dataclass(frozen=True, kw_only=True)
class LabelRules:
    """What both players are punished for; the default is pix2pixHD's, with random features.

    Args:
        critic: PatchCriticRecipe with features; it sees the generator's input and the picture.
        adversarial: "vanilla", "least_squares", "hinge" or "wasserstein".
        over_scales: "sum" or "mean", how the critic's scales are joined.
        critic_factor: factor of the critic's loss, above 0.
        adversarial_weight: factor of the generator's adversarial loss.
        matching_weight: factor of feature matching; 0 for none.
        content: PerceptualRecipe, the features that must agree.
        content_weight: their factor; 0 for none (the paper's "without VGG").
        pixel_weight: factor of the mean absolute difference of pixels in [0, 1].

    Raises:
        TypeError: a number is none.
        ValueError: a negative factor, an unknown word, or a critic that shows no features.
    """

    critic: PatchCriticRecipe = PatchCriticRecipe(channels=39, scales=2, features=True)
    adversarial: str = "least_squares"
    over_scales: str = "sum"
    critic_factor: float = 0.5
    adversarial_weight: float = 1.0
    matching_weight: float = 10.0
    content: PerceptualRecipe = FIVE_SLICES
    content_weight: float = 10.0
    pixel_weight: float = 0.0

    def __post_init__(self):
        owner = type(self).__name__
        checks.one_of(owner, "adversarial losses", self.adversarial, KINDS)
        checks.one_of(owner, "over_scales", self.over_scales, SCALE_JOINS)
        checks.above(owner, "critic_factor", self.critic_factor, 0)
        for name in ("adversarial_weight", "matching_weight", "content_weight", "pixel_weight"):
            checks.at_least(owner, name, getattr(self, name), 0)
        if not self.critic.features:
            raise ValueError(f"{owner} needs a critic with features=True for feature matching.")


def label_duel(generator, rules, training):
    """Set a label-to-picture generator against new critics.

    Args:
        generator: keras.Model by `global_generator`, `local_enhancer`, `encoded_generator` or `asapnet`,
            pictures in [0, 1].
        rules: LabelRules; its critic has 3 channels more than the condition.
        training: DuelRecipe.

    Returns:
        duel.Duel on batches (condition, picture). It logs "critic", then "generator" and its parts
        "adversarial", "matching", "content" and "pixel", each before its factor.

    Raises:
        FileNotFoundError: ImageNet's weights are asked for and not on this machine.
        ValueError: critic and generator do not fit.
    """
    told = generator.input_shape[-1] - (LOOK_CHANNELS if generator.name == "encoded_generator" else 0)
    wanted = told + 3
    if rules.critic.channels != wanted:
        raise ValueError(
            f"label_duel() needs a critic with {wanted} channels, those of the condition and 3; "
            f"received {rules.critic.channels}."
        )
    critics = critic_for(rules.critic, training)
    with supervised.precision(training.precision):
        content = PerceptualLoss(rules.content)
    adversarial = GANLoss(
        kind=rules.adversarial, over_scales=rules.over_scales, critic_factor=rules.critic_factor
    )

    def judge(condition, picture, improve):
        condition = condition[..., :told]  # the critic is not shown what the encoder sees
        pairs = ops.concatenate([condition, ops.cast(picture, condition.dtype)], axis=-1)
        found = critics(pairs, training=improve)
        return found if rules.critic.scales > 1 else [found]

    def judge_both(condition, picture, made):
        # One power iteration of a spectral norm for both, as if they were one batch.
        fake = judge(condition, made, improve=True)
        return judge(condition, picture, improve=False), fake

    def generator_loss(condition, picture):
        made = generator(condition, training=True)  # (b, h, w, 3)
        real, fake = judge_both(condition, picture, made)
        return weighted(
            rules,
            adversarial=lambda: adversarial.generator(fake),
            matching=lambda: feature_matching(real, fake, weight=1.0, n_layers=rules.critic.layers),
            content=lambda: content(picture, made),
            pixel=lambda: ops.mean(ops.abs(made - picture)),
        )

    def critic_loss(made, condition, picture):
        loss = adversarial.critic(*judge_both(condition, picture, made))
        return loss, {"critic": loss}

    reads = [content.network]
    return duelling.duel_for(training, generator, critics, generator_loss, critic_loss, reads)
