"""The losses of the duel of DeblurGAN are those of the paper; parts without weight cost nothing."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.adversarial.critics import PatchCriticRecipe
from course_lib.adversarial.deblurgan import DeblurGANRecipe, deblurgan_generator
from course_lib.adversarial.deblurgan_duel import DeblurGANRules, deblurgan_duel, signed_penalty
from course_lib.losses.gan import gradient_penalty
from course_lib.losses.perceptual import PerceptualRecipe
from course_lib.training.duel_recipe import DuelRecipe

CRITIC = PatchCriticRecipe(width=2, layers=1)
RULES = DeblurGANRules(critic=CRITIC, content=PerceptualRecipe(layers=("block1_conv2",), width=2))
TRAINING = DuelRecipe(steps=2, batch=2, patch=16, critic_steps=2, checkpoint_every=1)


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(2)
    return [ops.convert_to_tensor(rng.random((2, 16, 16, 3)).astype("float32")) for _ in range(2)]


@pytest.fixture(scope="module")
def generator():
    return deblurgan_generator(DeblurGANRecipe(width=2, blocks=1, dropout=0.0))


def first_round(generator, rules, batch):
    before = generator.get_weights()
    duel = deblurgan_duel(generator, rules, TRAINING)
    logs = duel.round(iter([batch]))
    generator.set_weights(before)
    return {name: float(ops.convert_to_numpy(value)) for name, value in logs.items()}


def test_the_generators_loss_is_the_weighted_sum_of_its_parts(generator, batch):
    rules = dataclasses.replace(RULES, adversarial_weight=2.0, content_weight=100.0, pixel_weight=3.0)
    logs = first_round(generator, rules, batch)
    total = 2 * logs["adversarial"] + 100 * logs["content"] + 3 * logs["pixel"]
    assert logs["generator"] == pytest.approx(total, rel=1e-5)


def test_a_part_without_weight_is_not_computed(generator, batch):
    logs = first_round(generator, dataclasses.replace(RULES, content_weight=0.0, pixel_weight=1.0), batch)
    assert "content" not in logs and "pixel" in logs


def test_without_a_penalty_none_is_logged(generator, batch):
    logs = first_round(generator, dataclasses.replace(RULES, adversarial="hinge", penalty=0.0), batch)
    assert "penalty" not in logs and "critic" in logs


def test_slopes_are_those_of_pictures_in_minus_one_to_one(batch):
    x = keras.Input((None, None, 3))
    critic = keras.Model(x, keras.layers.Conv2D(1, 1)(x))
    sharp, restored = batch
    for form in ("per_sample", "per_pixel"):
        seeds = [keras.random.SeedGenerator(4) for _ in range(2)]
        signed = signed_penalty(critic, sharp, restored, seeds[0], form)

        def halved(picture):
            return critic(picture) / 2

        unit = gradient_penalty(halved, sharp, restored, seed=seeds[1], form=form)
        assert float(signed) == pytest.approx(float(unit), rel=1e-4)


def test_a_duel_with_dropout_and_two_critic_updates_moves_both_players(batch):
    generator = deblurgan_generator(DeblurGANRecipe(width=2, blocks=1, dropout=0.5))
    duel = deblurgan_duel(generator, RULES, TRAINING)
    before = [player.get_weights() for player in (duel.generator, duel.critic)]
    duel.round(iter([batch]))
    for player, old in zip((duel.generator, duel.critic), before, strict=True):
        kernels = [i for i, weight in enumerate(old) if weight.ndim == 4]
        new = player.get_weights()
        assert all(not np.array_equal(old[i], new[i]) for i in kernels)


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"penalty": 0.0}, "needs a penalty above 0 with 'wasserstein'"),
        ({"penalty": -1.0}, "penalty"),
        ({"penalty_form": "per_picture"}, "per_sample"),
        ({"adversarial": "wassertein"}, "did you mean 'wasserstein'"),
    ],
)
def test_rules_refuse_nonsense(wrong, word):
    with pytest.raises(ValueError, match=f"(?i){word}"):
        DeblurGANRules(**wrong)


def test_a_generator_without_any_loss_is_refused(generator, batch):
    with pytest.raises(ValueError, match="needs a factor above 0"):
        first_round(generator, dataclasses.replace(RULES, adversarial_weight=0.0, content_weight=0.0), batch)
