"""DARTS' networks have exactly the parameters that the official code counts."""

import math

import pytest

from course_lib.search.darts import (
    DARTS_V1,
    DARTS_V2,
    DARTSRecipe,
    DARTSSearchRecipe,
    architecture_of,
    darts,
    darts_supernet,
)

IMAGENET = {"stem": "imagenet", "width": 48, "cells": 14, "classes": 1000}


def trainable(layer):
    return sum(math.prod(weight.shape) for weight in layer.trainable_weights)


def test_the_search_network_has_1_930_618_parameters_and_twice_112_logits():
    recipe = DARTSSearchRecipe()
    assert trainable(darts_supernet(recipe)) == 1_930_618
    assert trainable(architecture_of(recipe)) == 2 * 112


@pytest.mark.parametrize(
    "settings, count",
    [
        ({"genotype": DARTS_V1, "auxiliary": True}, 3_645_840),
        ({"genotype": DARTS_V2, "auxiliary": True}, 3_825_768),
        ({"genotype": DARTS_V1, **IMAGENET}, 4_510_432),
        ({"genotype": DARTS_V2, **IMAGENET}, 4_718_752),
    ],
    ids=["DARTS_V1", "DARTS_V2", "DARTS_V1 ImageNet", "DARTS_V2 ImageNet"],
)
def test_final_networks_have_the_published_parameters(settings, count):
    model = darts(DARTSRecipe(**settings))
    assert trainable(model) == count
    if settings.get("auxiliary"):
        head = sum(trainable(layer) for layer in model.layers if layer.name.startswith("auxiliary"))
        assert count - head == {3_645_840: 3_169_414, 3_825_768: 3_349_342}[count]
