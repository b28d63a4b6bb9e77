"""ASAP-Net's duel: SPADE's losses and rates, spectral norms that move, every published row as a recipe."""

import dataclasses
import math

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import recipes
from course_lib.adversarial.critics import PatchCriticRecipe, patch_critic
from course_lib.adversarial.label_duel import label_duel
from course_lib.losses.perceptual import PerceptualRecipe
from course_lib.pixelwise.asapnet import ASAPNetRecipe, asapnet
from course_lib.pixelwise.asapnet_duel import ASAPNetRules, two_rates
from course_lib.pixelwise.hypernet import HypernetRecipe
from course_lib.training import duelling

SMALL = HypernetRecipe(width=3, halvings=1, widest=6, blocks=1)
TOY = ASAPNetRecipe(channels=4, tile=4, width=5, depth=3, hypernet=SMALL)
RULES = ASAPNetRules(
    critic=PatchCriticRecipe(channels=7, width=2, layers=2, scales=2, spectral=True, features=True),
    content=PerceptualRecipe(layers=("block1_relu1",), width=2, distance="absolute"),
)
TRAINING = two_rates(steps=2, patch=32, aspect=2, checkpoint_every=1)
# Recipe: weights of the generator and of the critic that are trained.
PUBLISHED = {
    "asapnet_cityscapes": (83_201_411, 5_601_410),
    "asapnet_cityscapes_1024": (83_463_811, 5_601_410),
    "asapnet_facades_256": (81_744_963, 5_554_306),
    "asapnet_facades_512": (82_007_363, 5_554_306),
    "asapnet_facades_1024": (82_269_763, 5_554_306),
}


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(2)
    return [ops.convert_to_tensor(rng.random((1, 32, 64, c)).astype("float32")) for c in (4, 3)]


def test_the_critics_first_loss_is_a_hinge_averaged_over_scales(batch):
    duel = label_duel(asapnet(TOY), RULES, TRAINING)
    condition, picture = batch
    made = duel.generate(*batch)
    # The first call improves the singular vectors by one step, as the duel's own first call will.
    before = duel.critic.get_weights()
    fake = duel.critic(ops.concatenate([condition, made], axis=-1), training=True)
    real = duel.critic(ops.concatenate([condition, picture], axis=-1), training=False)
    expected = 0.0
    for sign, seen in ((-1, real), (1, fake)):
        scales = [ops.convert_to_numpy(scale[-1]) for scale in seen]
        expected += np.mean([np.maximum(0, 1 + sign * scores).mean() for scores in scales])
    duel.critic.set_weights(before)
    _, logs = duel.improve_critic(made, *batch)
    assert float(logs["critic"]) == pytest.approx(expected, rel=1e-4)


def test_the_generators_loss_is_the_weighted_sum_of_its_parts(batch):
    logs = {k: float(v) for k, v in label_duel(asapnet(TOY), RULES, TRAINING).round(iter([batch])).items()}
    total = logs["adversarial"] + 10 * logs["matching"] + 10 * logs["content"]
    assert logs["generator"] == pytest.approx(total, rel=1e-5)


def test_a_round_moves_the_singular_vectors_once_for_each_player(batch):
    duel = label_duel(asapnet(TOY), RULES, TRAINING)
    layer = duel.critic.get_layer("scale_0_conv_1")
    made = duel.generate(*batch)
    for improve in (lambda: duel.improve_critic(made, *batch), lambda: duel.improve_generator(*batch)):
        kernel, u = (ops.convert_to_numpy(w) for w in (layer.kernel, layer.u))
        improve()
        rows = kernel.transpose(3, 2, 0, 1).reshape(len(u), -1)
        v = u @ rows / np.linalg.norm(u @ rows)
        np.testing.assert_allclose(
            ops.convert_to_numpy(layer.u), rows @ v / np.linalg.norm(rows @ v), atol=1e-4
        )


def test_the_critic_learns_four_times_as_fast_and_both_forget_their_direction():
    generators, critics = duelling.optimizers(two_rates(steps=300))
    assert [float(ops.convert_to_numpy(o.learning_rate)) for o in (generators, critics)] == pytest.approx(
        [1e-4, 4e-4]
    )
    assert (critics.beta_1, critics.beta_2) == (0.0, 0.9)
    rate = generators.learning_rate if callable(generators.learning_rate) else generators._learning_rate
    assert [float(rate(step)) for step in (200, 250, 300)] == pytest.approx([1e-4, 0.5e-4, 0.0])


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_row_has_a_recipe_of_its_size(name):
    experiment = recipes.find(name)
    with keras.StatelessScope(initialize_variables=False):
        generator = experiment.build(experiment.network)
        critic = patch_critic(experiment.rules.critic)
        found = [sum(math.prod(w.shape) for w in m.trainable_weights) for m in (generator, critic)]
    keras.utils.clear_session()
    assert tuple(found) == PUBLISHED[name]
    assert experiment.rules.critic.channels == generator.input_shape[-1] + 3
    height, width = experiment.training.window
    assert height == 16 * experiment.network.tile and width % experiment.network.tile == 0


def test_a_critic_for_other_channels_is_refused():
    with pytest.raises(ValueError, match=r"label_duel\(\) needs a critic with 8 channels.*received 7"):
        label_duel(asapnet(dataclasses.replace(TOY, channels=5)), RULES, TRAINING)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"over_scales": "max"}, "ASAPNetRules knows over_scales"),
        ({"critic_factor": 0.0}, "ASAPNetRules needs critic_factor"),
        ({"critic": PatchCriticRecipe(channels=39, scales=2)}, "features=True"),
    ],
)
def test_rules_without_sense_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        ASAPNetRules(**settings)


def wrongly(**changes):
    smoke = recipes.find("asapnet_smoke")
    training = changes.pop("training", {})
    return dataclasses.replace(smoke, training=dataclasses.replace(smoke.training, **training), **changes)


@pytest.mark.parametrize(
    "experiment, words",
    [
        (
            wrongly(
                network=dataclasses.replace(recipes.find("asapnet_smoke").network, channels=12),
                rules=ASAPNetRules(
                    critic=dataclasses.replace(RULES.critic, channels=15), content=RULES.content
                ),
            ),
            "streets_small gives 11 channels, asapnet takes 12. Set channels=11",
        ),
        (wrongly(training={"patch": 31, "aspect": 1}), "asapnet needs .*divisible by 2; received 31 x 31"),
        (wrongly(training={"patch": 32, "aspect": 3}), "at least 32 x 96; street_.* has 32 x 64"),
    ],
    ids=["another number of labels", "a window that the tile does not divide", "another aspect"],
)
def test_what_does_not_fit_is_refused_before_a_run_folder_is_made(tmp_path, experiment, words):
    with pytest.raises(ValueError, match=words):
        duelling.train(experiment, tmp_path / "run", say=None)
    assert not (tmp_path / "run").exists()
