"""pix2pixHD's duel: losses as published, coarse to fine, and what does not fit is refused."""

import dataclasses

import numpy as np
import pytest
from keras import ops

from course_lib import recipes, serial
from course_lib.adversarial.critics import PatchCriticRecipe
from course_lib.adversarial.pix2pixhd import (
    GlobalGeneratorRecipe,
    LocalEnhancerRecipe,
    global_generator,
    local_enhancer,
)
from course_lib.adversarial.pix2pixhd_duel import Pix2PixHDRules, adopt, pix2pixhd_duel
from course_lib.losses.perceptual import PerceptualRecipe
from course_lib.training import duelling
from course_lib.training.duel_recipe import DuelRecipe

RULES = Pix2PixHDRules(
    critic=PatchCriticRecipe(channels=7, width=2, layers=2, scales=2, features=True),
    content=PerceptualRecipe(layers=("block1_relu1",), width=2, distance="absolute"),
)
TRAINING = DuelRecipe(steps=2, patch=32, aspect=2, checkpoint_every=1)
COARSE = GlobalGeneratorRecipe(channels=4, width=4, depth=1, blocks=1)
FINE = LocalEnhancerRecipe(channels=4, width=2, depth=1, blocks=1, enhancer_blocks=1)


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(2)
    return [ops.convert_to_tensor(rng.random((1, 32, 64, c)).astype("float32")) for c in (4, 3)]


def test_the_generators_loss_is_the_weighted_sum_of_its_parts(batch):
    duel = pix2pixhd_duel(global_generator(COARSE), RULES, TRAINING)
    logs = {name: float(value) for name, value in duel.round(iter([batch])).items()}
    total = logs["adversarial"] + 10 * logs["matching"] + 10 * logs["content"]
    assert logs["generator"] == pytest.approx(total, rel=1e-5)


def test_the_critics_first_loss_is_half_of_least_squares_summed_over_scales(batch):
    generator = global_generator(COARSE)
    duel = pix2pixhd_duel(generator, RULES, TRAINING)
    condition, picture = batch
    made = duel.generate(*batch)
    expected = 0.0
    for target, seen in ((1.0, picture), (0.0, made)):
        for scale in duel.critic(ops.concatenate([condition, seen], axis=-1)):
            expected += 0.5 * np.mean((ops.convert_to_numpy(scale[-1]) - target) ** 2)
    _, logs = duel.improve_critic(made, *batch)
    assert float(logs["critic"]) == pytest.approx(expected, rel=1e-4)


def test_one_scale_works_like_several(batch):
    one = dataclasses.replace(RULES, critic=dataclasses.replace(RULES.critic, scales=1))
    logs = pix2pixhd_duel(global_generator(COARSE), one, TRAINING).round(iter([batch]))
    assert np.isfinite(float(logs["matching"]))


def test_a_fixed_global_generator_keeps_still_while_the_enhancer_learns(batch):
    enhancer = local_enhancer(FINE)
    duel = pix2pixhd_duel(enhancer, dataclasses.replace(RULES, fix_global=True), TRAINING)
    before = {layer.name: layer.get_weights() for layer in enhancer.layers if layer.get_weights()}
    duel.round(iter([batch]))
    for name, weights in before.items():
        now = enhancer.get_layer(name).get_weights()
        still = np.array_equal(now[0], weights[0])
        assert still == name.startswith("global_"), name


def test_coarse_to_fine_in_three_runs(tmp_path):
    """A global generator, the enhancer alone upon it, then everything: each run begins where one ended."""
    smoke = recipes.find("pix2pixhd_smoke")
    training = dataclasses.replace(smoke.training, steps=2, checkpoint_every=2)
    network = GlobalGeneratorRecipe(channels=11, width=4, depth=1, blocks=1)
    coarse = dataclasses.replace(smoke, training=training, network=network)
    trained = duelling.train(coarse, tmp_path / "coarse", say=None)
    fine = dataclasses.replace(
        coarse,
        build=local_enhancer,
        network=dataclasses.replace(FINE, channels=11),
        rules=dataclasses.replace(smoke.rules, fix_global=True),
        adopt=adopt,
        start_from=str(tmp_path / "coarse"),
    )
    enhanced = duelling.train(fine, tmp_path / "fine", say=None)
    kernel = trained.get_layer("lift_conv").get_weights()[0]
    np.testing.assert_array_equal(enhanced.get_layer("global_lift_conv").get_weights()[0], kernel)
    joint = dataclasses.replace(fine, rules=smoke.rules, start_from=str(tmp_path / "fine"))
    begun = duelling.build_duel(joint)
    duelling.begin_from(begun, joint, say=pytest.fail)
    for a, b in zip(begun.generator.get_weights(), enhanced.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    everything = duelling.train(joint, tmp_path / "joint", say=None)
    assert not np.array_equal(everything.get_layer("global_lift_conv").get_weights()[0], kernel)


def test_a_critic_that_does_not_fit_is_named_with_the_right_number():
    rules = dataclasses.replace(RULES, critic=dataclasses.replace(RULES.critic, channels=6))
    with pytest.raises(ValueError, match="needs a critic with 7 channels.*received 6"):
        pix2pixhd_duel(global_generator(COARSE), rules, TRAINING)


def test_a_critic_without_features_is_refused():
    with pytest.raises(ValueError, match="features=True"):
        Pix2PixHDRules(critic=PatchCriticRecipe(channels=7))


def test_a_global_generator_has_nothing_inside_to_fix():
    with pytest.raises(ValueError, match="local_enhancer"):
        pix2pixhd_duel(global_generator(COARSE), dataclasses.replace(RULES, fix_global=True), TRAINING)


def test_another_global_generator_is_not_adopted(tmp_path):
    wide = dataclasses.replace(COARSE, width=8)
    path = tmp_path / "wide.weights.h5"
    global_generator(wide).save_weights(path)
    with pytest.raises(ValueError, match="adopt_global"):
        adopt(local_enhancer(FINE), serial.to_plain(wide), path)
