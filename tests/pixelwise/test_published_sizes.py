"""ASAP-Net as large and as costly as the paper's code at every published size; no weight is allocated."""

import math

import keras
import pytest

from course_lib.adversarial.critics import PatchCriticRecipe, patch_critic
from course_lib.metrics.cost import multiply_adds
from course_lib.pixelwise.asapnet import ASAPNetRecipe, asapnet, tile_for
from course_lib.pixelwise.hypernet import HypernetRecipe

FACADES = {"channels": 13, "coarse_edges": False, "hypernet": HypernetRecipe(border="reflect")}
SPECTRAL = {"channels": 3, "hypernet": HypernetRecipe(norm="spectral")}
# Settings, height, width; parameters, and giga multiply-adds in all and of the pixel stage, of the original.
ROWS = {
    "Cityscapes": ({}, 256, 512, 83_201_411, 48.9, 2.06),
    "Cityscapes, 1024 wide": ({}, 512, 1024, 83_463_811, 55.4, 8.39),
    "facades 256": (FACADES, 256, 256, 81_744_963, 23.1, 0.94),
    "facades 512": (FACADES, 512, 512, 82_007_363, 26.1, 3.83),
    "facades 1024": (FACADES, 1024, 1024, 82_269_763, 37.9, 15.57),
    "two colours and spectral norm": (SPECTRAL, 512, 1024, 81_263_107, 50.6, 7.28),
}


@pytest.fixture
def nothing_allocated():
    """Build networks whose weights have shapes but no values, and forget them afterwards."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    keras.utils.clear_session()


def trained(model):
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


@pytest.mark.parametrize("settings, height, width, count, giga, of_pixels", ROWS.values(), ids=ROWS)
def test_asapnet_is_as_large_and_as_costly_as_the_original(
    nothing_allocated, settings, height, width, count, giga, of_pixels
):
    model = asapnet(ASAPNetRecipe(tile=tile_for(height, width), **settings))
    assert trained(model) == count
    assert round(multiply_adds(model, height, width) / 1e9, 1) == giga
    shape = (1, height, width, model.input_shape[-1])
    pixels = model.get_layer("pixel_mlp").own_multiply_adds([shape], (1, height, width, 3))
    assert round(pixels / 1e9, 2) == of_pixels


@pytest.mark.parametrize("channels, count", [(39, 5_601_410), (16, 5_554_306)])
def test_its_critic_has_the_originals_number_of_trained_parameters(nothing_allocated, channels, count):
    critic = patch_critic(PatchCriticRecipe(channels=channels, scales=2, spectral=True, features=True))
    assert trained(critic) == count
