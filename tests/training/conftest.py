"""A run small enough to be trained many times."""

import dataclasses

import pytest

from course_lib import recipes
from course_lib.baseline import ResidualCNNRecipe
from course_lib.training.recipe import TrainingRecipe


@pytest.fixture(scope="session")
def tiny():
    """The smoke experiment, smaller still: 6 steps, a checkpoint every 2, procedural pictures."""
    return dataclasses.replace(
        recipes.find("baseline_deblur_smoke"),
        network=ResidualCNNRecipe(width=4, depth=1),
        training=TrainingRecipe(steps=6, batch=2, patch=16, warmup=2, ema=0.8, checkpoint_every=2, seed=3),
        data="leaves",
    )
