"""Networks of chapter 4 are as large and as costly as the papers' code; no weight is allocated."""

import math

import keras
import pytest

from course_lib.metrics.cost import multiply_adds
from course_lib.search.dmphn import (
    GRIDS_1_2_4,
    GRIDS_1_2_4_8,
    GRIDS_1_3_9,
    GRIDS_1_4_16,
    DMPHNRecipe,
    dmphn,
)
from course_lib.search.hierarchy import decoder, encoder

WIDTHS = (32, 64, 128)


@pytest.fixture
def nothing_allocated():
    """Build networks whose weights have shapes but no values, and forget them afterwards."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    keras.utils.clear_session()


def size(model):
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


@pytest.mark.parametrize("build, count", [(encoder, 868_288), (decoder, 939_843)])
def test_a_part_of_dmphn_has_its_number_of_parameters(nothing_allocated, build, count):
    assert size(build(WIDTHS, "part")) == count


@pytest.mark.parametrize(
    "settings, count",
    [
        ({"grids": GRIDS_1_2_4}, 5_424_393),
        ({"grids": GRIDS_1_2_4_8}, 7_232_524),
        ({"grids": GRIDS_1_2_4, "stages": 2}, 10_848_786),
        ({"grids": GRIDS_1_2_4, "stages": 3}, 16_273_179),
        ({"grids": GRIDS_1_2_4, "stages": 4}, 21_697_572),
        ({"grids": GRIDS_1_2_4_8, "shared": True}, 868_288 + 939_843),
        ({"grids": GRIDS_1_3_9}, 5_424_393),
    ],
    ids=str,
)
def test_a_dmphn_has_its_number_of_parameters(nothing_allocated, settings, count):
    assert size(dmphn(DMPHNRecipe(**settings))) == count


@pytest.mark.parametrize(
    "grids, height, width",
    [(GRIDS_1_2_4_8, 720, 1280), (GRIDS_1_4_16, 720, 1280), (GRIDS_1_3_9, 720, 1284)],
    ids=["1-2-4-8", "1-4-16", "1-3-9"],
)
def test_a_level_costs_the_same_whatever_its_number_of_patches(nothing_allocated, grids, height, width):
    spent = multiply_adds(dmphn(DMPHNRecipe(grids=grids)), height, width)
    assert spent == len(grids) * 248_512 * height * width
