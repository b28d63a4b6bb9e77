"""DeblurGAN's duel: a critic that learns what sharp photographs look like, and features that must agree.

Paper: Kupyn et al., DeblurGAN: Blind Motion Deblurring Using Conditional Adversarial Networks, CVPR 2018,
       sections 3.1 and 3.3.
Code:  KupynOrest/DeblurGAN, models/losses.py and models/conditional_gan_model.py, authors' revision of 2018.
Differs: VGG19's weights are those of keras.applications when asked for, and random by default; an L1 term
       can be added, of which the paper has none. Slopes are measured on pictures in [-1, 1], as there.
"""

import dataclasses

import keras
from keras import ops

from course_lib import checks
from course_lib.adversarial.critics import PatchCriticRecipe, critic_for
from course_lib.losses.gan import FORMS, KINDS, GANLoss, gradient_penalty
from course_lib.losses.perceptual import PerceptualLoss, PerceptualRecipe
from course_lib.training import duelling, supervised


@dataclasses.dataclass(frozen=True, kw_only=True)
class DeblurGANRules:
    """What both players are punished for; the default is the authors' code, with random features.

    Args:
        critic: PatchCriticRecipe; it sees pictures alone, not what they were made from.
        adversarial: "vanilla", "least_squares", "hinge" or "wasserstein".
        adversarial_weight: factor of the generator's adversarial loss; 0 trains without a critic.
        penalty: factor of the gradient penalty; 0 for none.
        penalty_form: "per_pixel", as in the authors' code, or "per_sample", as usual.
        content: PerceptualRecipe, the features that must agree.
        content_weight: their factor.
        pixel_weight: factor of the mean absolute difference of pixels in [0, 1].

    Raises:
        TypeError: a number is none.
        ValueError: a negative factor, an unknown word, or Wasserstein without a penalty.
    """

    critic: PatchCriticRecipe = PatchCriticRecipe()
    adversarial: str = "wasserstein"
    adversarial_weight: float = 1.0
    penalty: float = 10.0
    penalty_form: str = "per_pixel"
    content: PerceptualRecipe = PerceptualRecipe()
    content_weight: float = 100.0
    pixel_weight: float = 0.0

    def __post_init__(self):
        owner = "DeblurGANRules"
        checks.one_of(owner, "adversarial losses", self.adversarial, KINDS)
        checks.one_of(owner, "penalty forms", self.penalty_form, FORMS)
        for name in ("adversarial_weight", "penalty", "content_weight", "pixel_weight"):
            checks.at_least(owner, name, getattr(self, name), 0)
        if self.adversarial == "wasserstein" and not self.penalty:
            raise ValueError(f"{owner} needs a penalty above 0 with 'wasserstein': nothing else bounds it.")


def deblurgan_duel(generator, rules, training):
    """Set a generator against a new critic.

    Args:
        generator: keras.Model from blurred to restored, both (b, h, w, 3) in [0, 1].
        rules: DeblurGANRules.
        training: DuelRecipe.

    Returns:
        duel.Duel on batches (blurred, sharp). It logs "critic" and "penalty", then "generator" and its
        parts "adversarial", "content" and "pixel", each before its factor.

    Raises:
        FileNotFoundError: ImageNet's weights are asked for and not on this machine.
    """
    critic = critic_for(rules.critic, training)
    with supervised.precision(training.precision):
        content = PerceptualLoss(rules.content)
    adversarial = GANLoss(kind=rules.adversarial)
    chance = chance_for(training)

    def generator_loss(blurred, sharp):
        restored = generator(blurred, training=True)  # (b, h, w, 3)
        return weighted(
            rules,
            adversarial=lambda: adversarial.generator(critic(restored)),
            content=lambda: content(sharp, restored),
            pixel=lambda: ops.mean(ops.abs(restored - sharp)),
        )

    def critic_loss(restored, blurred, sharp):
        loss = adversarial.critic(critic(sharp), critic(restored))
        if not rules.penalty:
            return loss, {"critic": loss}
        slope = signed_penalty(critic, sharp, restored, chance.seed, rules.penalty_form)
        return loss + rules.penalty * slope, {"critic": loss, "penalty": slope}

    reads = [content.network, chance]
    return duelling.duel_for(training, generator, critic, generator_loss, critic_loss, reads)


def weighted(rules, **parts):
    """Add up a generator's losses; what has the factor 0 is not computed.

    Args:
        rules: recipe with a factor `name_weight` for each part.
        **parts: name to function () -> scalar tensor.

    Returns:
        (scalar tensor, dict): the sum, and it as "generator" beside its parts before their factors.

    Raises:
        ValueError: every factor is 0.
    """
    factors = {name: getattr(rules, f"{name}_weight") for name in parts}
    if not any(factors.values()):
        raise ValueError(f"{type(rules).__name__} needs a factor above 0; received {factors}.")
    found = {name: part() for name, part in parts.items() if factors[name]}
    total = sum(factors[name] * part for name, part in found.items())
    return total, {"generator": total, **found}


def chance_for(training):
    """Make a layer that holds nothing but the seed of the penalty, so that a checkpoint keeps it.

    Args:
        training: DuelRecipe.

    Returns:
        built keras layer with a `seed`, a keras.random.SeedGenerator.
    """
    chance = keras.layers.Layer(name="chance")
    chance.seed = keras.random.SeedGenerator(training.seed)
    chance.build(())
    return chance


def signed_penalty(critic, sharp, restored, seed, form):
    """Penalise the critic's slope as the papers do, on pictures in [-1, 1].

    Args:
        critic: keras.Model that takes pictures in [0, 1].
        sharp: (b, h, w, 3) tensor in [0, 1].
        restored: the same of the generator.
        seed: keras.random.SeedGenerator.
        form: "per_sample" or "per_pixel".

    Returns:
        float32 scalar, see `losses.gan.gradient_penalty`.
    """
    sharp, restored = (2 * ops.cast(x, "float32") - 1 for x in (sharp, restored))
    return gradient_penalty(lambda signed: critic((signed + 1) / 2), sharp, restored, seed=seed, form=form)
