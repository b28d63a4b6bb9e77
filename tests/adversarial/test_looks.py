"""An encoder beside the generator: it is told more than the critic, and both learn as one."""

import dataclasses

import numpy as np
import pytest
from keras import ops

from course_lib import recipes
from course_lib.adversarial.encoder import FeatureEncoderRecipe
from course_lib.adversarial.looks import EncodedGeneratorRecipe, encoded_generator
from course_lib.adversarial.pix2pixhd import GlobalGeneratorRecipe
from course_lib.training import duelling, feeding, supervised

RECIPE = EncodedGeneratorRecipe(
    generator=GlobalGeneratorRecipe(channels=7, width=2, depth=1, blocks=1),
    encoder=FeatureEncoderRecipe(width=2, depth=1),
)


@pytest.fixture(scope="module")
def given():
    rng = np.random.default_rng(5)
    numbers = np.where(np.arange(16) < 9, 26001, 26002) * np.ones((1, 16, 16))
    parts = [rng.random((1, 16, 16, 7)), numbers[..., None]]  # 4 of condition, 3 of picture, 1 of instances
    return np.concatenate(parts, axis=-1).astype("float32")


def test_it_is_the_generator_on_condition_and_features(given):
    model = encoded_generator(RECIPE)
    features = model.get_layer("feature_encoder")([given[..., 4:7], given[..., 7:].astype("int32")])
    told = ops.concatenate([given[..., :4], features], axis=-1)
    expected = ops.convert_to_numpy(model.get_layer("global_generator")(told))
    np.testing.assert_allclose(ops.convert_to_numpy(model(given)), expected, atol=1e-6)


def test_objects_with_large_numbers_are_told_apart_in_bfloat16_too(given):
    with supervised.precision("mixed_bfloat16"):
        model = encoded_generator(RECIPE)

    def answer(first, second):
        numbered = given.copy()
        numbered[..., 7] = np.where(given[..., 7] == 26001, first, second)
        return ops.convert_to_numpy(model(numbered))

    apart = answer(26001, 26002)  # bfloat16 would round both to 26112
    np.testing.assert_array_equal(apart, answer(1, 2))
    assert not np.array_equal(apart, answer(1, 1))


def test_encoder_and_generator_learn_as_one():
    smoke = recipes.find("pix2pixhd_looks_smoke")
    duel = duelling.build_duel(smoke)
    kernels = [w for w in duel.generator.trainable_weights if w.path.endswith("kernel")]
    before = [ops.convert_to_numpy(kernel).copy() for kernel in kernels]
    duel.round(feeding.training_feed(smoke).batches(0, 1))
    for kernel, old in zip(kernels, before, strict=True):
        assert not np.array_equal(ops.convert_to_numpy(kernel), old), kernel.path


def test_the_critic_is_shown_condition_and_picture_alone():
    smoke = recipes.find("pix2pixhd_looks_smoke")
    duel = duelling.build_duel(smoke)
    assert duel.critic.input_shape[-1] == 11 + 3
    condition, picture = next(feeding.training_feed(smoke).batches(0, 1))
    assert condition.shape[-1] == 11 + 4
    np.testing.assert_array_equal(condition[..., 11:14], picture)


def test_a_critic_counts_the_condition_without_looks():
    smoke = recipes.find("pix2pixhd_looks_smoke")
    critic = dataclasses.replace(smoke.rules.critic, channels=18)
    rules = dataclasses.replace(smoke.rules, critic=critic)
    with pytest.raises(ValueError, match="critic with 14 channels.*received 18"):
        duelling.build_duel(dataclasses.replace(smoke, rules=rules))


def test_looks_without_labels_are_refused():
    with pytest.raises(ValueError, match="more channels than the encoder has features; received 3 and 3"):
        EncodedGeneratorRecipe(generator=GlobalGeneratorRecipe(channels=3))
