"""Published configurations are as large and as costly as the papers' code; no weight is allocated."""

import math

import keras
import pytest

from course_lib.adversarial.critics import PatchCriticRecipe, patch_critic
from course_lib.adversarial.deblurgan import DeblurGANRecipe, deblurgan_generator
from course_lib.adversarial.encoder import FeatureEncoderRecipe, feature_encoder
from course_lib.adversarial.looks import EncodedGeneratorRecipe, encoded_generator
from course_lib.adversarial.pix2pixhd import (
    GlobalGeneratorRecipe,
    LocalEnhancerRecipe,
    global_generator,
    local_enhancer,
)
from course_lib.metrics.cost import multiply_adds


@pytest.fixture
def nothing_allocated():
    """Build networks whose weights have shapes but no values, and forget them afterwards."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    keras.utils.clear_session()


@pytest.mark.parametrize(
    "build, recipe, count",
    [
        (deblurgan_generator, DeblurGANRecipe(), 11_378_179),
        (deblurgan_generator, DeblurGANRecipe(blocks=6), 7_837_699),
        (deblurgan_generator, DeblurGANRecipe(convolutions=1), 6_067_459),
        (deblurgan_generator, DeblurGANRecipe(norm="batch"), 11_383_427),
        (patch_critic, PatchCriticRecipe(), 2_764_737),
        (global_generator, GlobalGeneratorRecipe(), 182_546_755),
        (global_generator, GlobalGeneratorRecipe(channels=3), 182_443_267),
        (local_enhancer, LocalEnhancerRecipe(), 182_857_059),
        (patch_critic, PatchCriticRecipe(channels=39, scales=2), 5_603_202),
        (patch_critic, PatchCriticRecipe(channels=39, scales=3), 8_404_803),
        (patch_critic, PatchCriticRecipe(channels=39, scales=2, spectral=True), 5_601_410),
        (patch_critic, PatchCriticRecipe(channels=16, scales=2, spectral=True), 5_554_306),
        (feature_encoder, FeatureEncoderRecipe(), 788_803),
        (encoded_generator, EncodedGeneratorRecipe(), 182_546_755 + 3 * 7 * 7 * 64 + 788_803),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_a_published_network_has_its_number_of_trained_parameters(nothing_allocated, build, recipe, count):
    assert sum(math.prod(weight.shape) for weight in build(recipe).trainable_weights) == count


@pytest.mark.parametrize(
    "build, recipe, height, width, giga",
    [
        (deblurgan_generator, DeblurGANRecipe(), 256, 256, 49.55),
        (deblurgan_generator, DeblurGANRecipe(), 720, 1280, 696.8),
        (deblurgan_generator, DeblurGANRecipe(convolutions=1), 256, 256, 27.8),
        (patch_critic, PatchCriticRecipe(), 256, 256, 3.61),
        (global_generator, GlobalGeneratorRecipe(), 512, 1024, 489.3),
        (local_enhancer, LocalEnhancerRecipe(), 1024, 2048, 747.9),
        (patch_critic, PatchCriticRecipe(channels=39, scales=2), 512, 1024, 40.3),
        (patch_critic, PatchCriticRecipe(channels=39, scales=3), 1024, 2048, 166.6),
        (patch_critic, PatchCriticRecipe(channels=39, scales=2, spectral=True), 256, 512, 10.5),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_a_published_network_costs_what_was_measured_of_the_papers_code(
    nothing_allocated, build, recipe, height, width, giga
):
    digits = len(str(giga).split(".")[1])
    assert round(multiply_adds(build(recipe), height, width) / 1e9, digits) == giga
