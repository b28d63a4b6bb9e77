"""Three rounds of a small DeblurGAN from weights and batches that NumPy draws; prints the losses as JSON."""

import itertools
import json
import sys

import keras
import numpy as np
from keras import ops

from course_lib.adversarial.critics import PatchCriticRecipe, patch_critic
from course_lib.adversarial.deblurgan import DeblurGANRecipe, deblurgan_generator
from course_lib.losses.gan import GANLoss, gradient_penalty
from course_lib.training.duel import Duel


def settle(model, seed):
    """Give every weight a value from NumPy, so that engines start alike."""
    rng = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        weight.assign(rng.normal(0, 0.1, weight.shape).astype("float32"))


def batches():
    """Number pairs (blurred, sharp), each (2, 32, 32, 3), from (7, i)."""
    for i in itertools.count():
        rng = np.random.default_rng((7, i))
        yield tuple(rng.random((2, 32, 32, 3)).astype("float32") for _ in range(2))


def rounds(form, count=3):
    """Play rounds with a gradient penalty.

    Args:
        form: "per_sample" or "per_pixel".
        count: rounds.

    Returns:
        list of dicts from name to float.
    """
    generator = deblurgan_generator(DeblurGANRecipe(width=4, blocks=1, dropout=0.0))
    critic = patch_critic(PatchCriticRecipe(width=4, layers=2))
    for seed, model in enumerate((generator, critic)):
        settle(model, seed)
    gan = GANLoss(kind="wasserstein")

    def generator_loss(blurred, sharp):
        restored = generator(blurred, training=True)
        pixel = ops.mean(ops.square(restored - sharp))
        adversarial = gan.generator(critic(restored))
        return adversarial + 100 * pixel, {"adversarial": adversarial, "pixel": pixel}

    def critic_loss(fake, blurred, sharp):
        penalty = gradient_penalty(critic, sharp, fake, alpha=0.3, form=form)
        judged = gan.critic(critic(sharp), critic(fake))
        return judged + 10 * penalty, {"critic": judged, "penalty": penalty}

    optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.999) for _ in range(2)]
    duel = Duel(generator, critic, generator_loss, critic_loss, optimizers, critic_steps=2, fresh=False)
    drawn = batches()
    return [{name: float(value) for name, value in duel.round(drawn).items()} for _ in range(count)]


if __name__ == "__main__":
    json.dump({form: rounds(form) for form in ("per_sample", "per_pixel")}, sys.stdout)
