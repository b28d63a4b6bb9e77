"""pix2pixHD's duel: critics at several scales judge label map and picture together.

Paper: Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs,
       CVPR 2018, sections 3.2 and 3.3.
Code:  NVIDIA/pix2pixHD, models/pix2pixHD_model.py.
Differs: the critic moves first and the generator meets the moved critic (there both losses come from one
       pass); VGG19's weights are those of keras.applications when asked for, and random by default.
"""

import dataclasses

from keras import ops

from course_lib import checks, serial
from course_lib.adversarial import pix2pixhd
from course_lib.adversarial.critics import PatchCriticRecipe, critic_for
from course_lib.adversarial.deblurgan_duel import weighted
from course_lib.data.labelled_folders import LOOK_CHANNELS
from course_lib.losses.gan import KINDS, GANLoss
from course_lib.losses.matching import feature_matching
from course_lib.losses.perceptual import FIVE_SLICES, PerceptualLoss, PerceptualRecipe
from course_lib.training import duelling, supervised
from course_lib.training.duel import Duel


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pix2PixHDRules:
    """What both players are punished for; the default is the paper's, with random features.

    Args:
        critic: PatchCriticRecipe with features; it sees the generator's input and the picture.
        adversarial: "vanilla", "least_squares", "hinge" or "wasserstein".
        adversarial_weight: factor of the generator's adversarial loss.
        matching_weight: factor of feature matching; 0 for none.
        content: PerceptualRecipe, the features that must agree.
        content_weight: their factor; 0 for none (the paper's "without VGG").
        pixel_weight: factor of the mean absolute difference of pixels in [0, 1].
        fix_global: whether the global generator inside a local enhancer keeps still.

    Raises:
        TypeError: a number is none.
        ValueError: a negative factor, an unknown word, or a critic that shows no features.
    """

    critic: PatchCriticRecipe = PatchCriticRecipe(channels=39, scales=2, features=True)
    adversarial: str = "least_squares"
    adversarial_weight: float = 1.0
    matching_weight: float = 10.0
    content: PerceptualRecipe = FIVE_SLICES
    content_weight: float = 10.0
    pixel_weight: float = 0.0
    fix_global: bool = False

    def __post_init__(self):
        owner = "Pix2PixHDRules"
        checks.one_of(owner, "adversarial losses", self.adversarial, KINDS)
        for name in ("adversarial_weight", "matching_weight", "content_weight", "pixel_weight"):
            checks.at_least(owner, name, getattr(self, name), 0)
        if not self.critic.features:
            raise ValueError(f"{owner} needs a critic with features=True for feature matching.")


def pix2pixhd_duel(generator, rules, training):
    """Set a label-to-picture generator against new critics.

    Args:
        generator: keras.Model by `global_generator`, `local_enhancer` or `encoded_generator`, pictures in
            [0, 1].
        rules: Pix2PixHDRules; its critic has 3 channels more than the condition.
        training: DuelRecipe.

    Returns:
        duel.Duel on batches (condition, picture). It logs "critic", then "generator" and its parts
        "adversarial", "matching", "content" and "pixel", each before its factor.

    Raises:
        FileNotFoundError: ImageNet's weights are asked for and not on this machine.
        ValueError: critic and generator do not fit, or `fix_global` without a global generator inside.
    """
    told = generator.input_shape[-1] - (LOOK_CHANNELS if generator.name == "encoded_generator" else 0)
    wanted = told + 3
    if rules.critic.channels != wanted:
        raise ValueError(
            f"pix2pixhd_duel() needs a critic with {wanted} channels, those of the condition and 3; "
            f"received {rules.critic.channels}."
        )
    if rules.fix_global:
        pix2pixhd.fix_global(generator)
    critics = critic_for(rules.critic, training)
    with supervised.precision(training.precision):
        content = PerceptualLoss(rules.content)
    adversarial = GANLoss(kind=rules.adversarial, over_scales="sum", critic_factor=0.5)

    def judge(condition, picture):
        condition = condition[..., :told]  # the critic is not shown what the encoder sees
        found = critics(ops.concatenate([condition, ops.cast(picture, condition.dtype)], axis=-1))
        return found if rules.critic.scales > 1 else [found]

    def generator_loss(condition, picture):
        made = generator(condition, training=True)  # (b, h, w, 3)
        real, fake = judge(condition, picture), judge(condition, made)
        return weighted(
            rules,
            adversarial=lambda: adversarial.generator(fake),
            matching=lambda: feature_matching(real, fake, weight=1.0, n_layers=rules.critic.layers),
            content=lambda: content(picture, made),
            pixel=lambda: ops.mean(ops.abs(made - picture)),
        )

    def critic_loss(made, condition, picture):
        loss = adversarial.critic(judge(condition, picture), judge(condition, made))
        return loss, {"critic": loss}

    return Duel(
        generator,
        critics,
        generator_loss,
        critic_loss,
        duelling.optimizers(training),
        critic_steps=training.critic_steps,
        fresh=training.fresh,
        reads=[content.network],
    )


def adopt(enhancer, earlier, weights):
    """Start a local enhancer from an earlier run: of a global generator, or of the same enhancer.

    Args:
        enhancer: keras.Model by `local_enhancer`.
        earlier: dict, the network settings of the earlier run.
        weights: path of its .weights.h5.

    Raises:
        ValueError: the earlier network does not fit.
    """
    if "enhancers" in earlier:
        enhancer.load_weights(weights)
        return
    recipe = serial.from_plain(pix2pixhd.GlobalGeneratorRecipe, earlier)
    generator = pix2pixhd.global_generator(recipe)
    generator.load_weights(weights)
    pix2pixhd.adopt_global(enhancer, generator)
