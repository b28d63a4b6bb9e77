"""Learning rates of HiNAS' search and of its final training: stored values against our schedules."""

import json

import numpy as np
import pytest

from course_lib.training.recipe import TrainingRecipe
from course_lib.training.schedules import Waves, schedule
from tests.parity.fixtures_folder import fixture_files


@pytest.fixture(params=fixture_files("nas_hinas_protocol*.json"), ids=lambda path: path.stem)
def stored(request):
    return json.loads(request.param.read_text())


def test_the_search_rises_and_falls_as_theirs(stored):
    told = stored["search_lr"]
    epochs, each = told["max_epoch"], 3
    waves = Waves(told["start"], told["end"], epochs * each, epochs, told["T_max"])
    ours = [float(waves(epoch * each + step)) for epoch in range(epochs) for step in (0, each - 1)]
    np.testing.assert_allclose(ours[::2], told["values"], rtol=1e-5)
    np.testing.assert_allclose(ours[1::2], told["values"], rtol=1e-5)


def test_the_final_training_falls_as_theirs(stored):
    told = stored["train_lr"]
    assert told["power"] == 0.9
    recipe = TrainingRecipe(
        steps=told["max_iter"], learning_rate=told["init"], schedule="poly", warmup=0, checkpoint_every=1
    )
    for step, rate in told["values"].items():
        assert float(schedule(recipe)(int(step))) == pytest.approx(rate, rel=2e-3, abs=1e-8)
