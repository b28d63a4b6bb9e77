"""Recipes refuse nonsense at birth and travel as JSON."""

import dataclasses
import json

import pytest

from course_lib import recipes, serial
from course_lib.training.recipe import TrainingRecipe

SMOKE = recipes.find("baseline_deblur_smoke")


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"steps": 0}, "steps"),
        ({"batch": 0}, "batch"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"ema": 1.5}, "ema"),
        ({"loss": "charbonier"}, "did you mean 'charbonnier'"),
        ({"precision": "bfloat16"}, "mixed_bfloat16"),
        ({"steps": 150}, "Try 200"),
        ({"warmup": 500}, "warmup"),
        ({"darkest": 40.0}, r"darkest in \[0, 1\]"),
    ],
)
def test_a_training_recipe_refuses_nonsense_and_says_the_way_out(wrong, word):
    with pytest.raises(ValueError, match=f"(?i){word}"):
        TrainingRecipe(**wrong)


@pytest.mark.parametrize("name", recipes.names())
def test_an_experiment_travels_as_json(name):
    experiment = recipes.find(name)
    plain = json.loads(json.dumps(experiment.to_plain()))
    assert experiment.with_settings(plain) == experiment


def test_changed_settings_win_over_the_named_ones():
    plain = SMOKE.to_plain()
    plain["training"]["seed"] = 41
    assert SMOKE.with_settings(plain).training.seed == 41


@pytest.mark.parametrize(
    "change, word",
    [
        ({"name": "another"}, "belong to 'another'"),
        ({"colour": 3}, "no setting 'colour'"),
        ({"training": {"step": 3}}, "did you mean 'steps'"),
    ],
)
def test_settings_of_another_kind_are_refused(change, word):
    with pytest.raises(ValueError, match=word):
        SMOKE.with_settings({**SMOKE.to_plain(), **change})


@pytest.mark.parametrize(
    "typo, near", [("baseline_deblur_cuorse", "baseline_deblur_course"), ("smoke", "smoke")]
)
def test_a_misspelt_experiment_is_answered_with_its_neighbours(typo, near):
    with pytest.raises(ValueError, match=near):
        recipes.find(typo)


def test_a_recipe_cannot_be_changed_only_replaced():
    recipe = TrainingRecipe()
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.steps = 3
    assert dataclasses.replace(recipe, steps=200).steps == 200
    assert serial.from_json(TrainingRecipe, serial.to_json(recipe)) == recipe
