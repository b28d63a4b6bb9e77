"""What a recipe names is what trains: optimisers, schedules, losses."""

import dataclasses

import keras
import numpy as np
import pytest

from course_lib.losses.pixel import EveryPicture
from course_lib.training import supervised
from course_lib.training.recipe import TrainingRecipe
from course_lib.training.schedules import Waves, schedule

PLAIN = TrainingRecipe(warmup=0, ema=None, clip_norm=None)


def varied(**settings):
    return dataclasses.replace(PLAIN, **settings)


@pytest.mark.parametrize(
    "name, kind",
    [("adamw", keras.optimizers.AdamW), ("adam", keras.optimizers.Adam), ("sgd", keras.optimizers.SGD)],
)
def test_the_named_optimizer_moves_the_weights(name, kind):
    made = supervised.optimizer_of(varied(optimizer=name, clip_value=5.0, weight_decay=1e-4))
    assert type(made) is kind
    assert (made.clipvalue, made.global_clipnorm, made.weight_decay) == (5.0, None, 1e-4)


def test_a_rate_falls_to_a_tenth_again_and_again():
    falling = schedule(varied(learning_rate=1e-4, schedule="tenths", decay_every=10))
    rates = [float(falling(step)) for step in (0, 9, 10, 19, 20)]
    np.testing.assert_allclose(rates, [1e-4, 1e-4, 1e-5, 1e-5, 1e-6], rtol=1e-5)


def test_structure_joins_the_loss_with_its_weight():
    rng = np.random.default_rng(0)
    true, made = rng.random((2, 1, 16, 16, 1)).astype("float32")
    plain, half, whole, mean = (
        float(supervised.loss_of(varied(loss="mse_log_ssim", **settings))(true, made))
        for settings in (
            {"structure": 0.0},
            {"structure": 0.5},
            {"structure": 1.0},
            {"structure": 1.0, "mean_of_terms": True},
        )
    )
    assert plain == pytest.approx(np.mean((true - made) ** 2), rel=1e-5)
    assert half - plain == pytest.approx((whole - plain) / 2, rel=1e-4)
    assert mean == pytest.approx(whole / 2, rel=1e-5)


def test_every_picture_in_the_channels_is_compared():
    rng = np.random.default_rng(1)
    true, first, second = rng.random((3, 2, 4, 5, 3)).astype("float32")
    loss = EveryPicture(keras.losses.MeanSquaredError())
    both = float(loss(true, np.concatenate([first, second], axis=-1)))
    alone = np.mean((true - first) ** 2) + np.mean((true - second) ** 2)
    assert both == pytest.approx(alone, rel=1e-5)
    again = EveryPicture.from_config(loss.get_config())
    assert float(again(true, first)) == pytest.approx(np.mean((true - first) ** 2), rel=1e-5)


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"optimizer": "adan"}, "Did you mean 'adam'"),
        ({"schedule": "step"}, "schedules"),
        ({"schedule": "tenths"}, "needs decay_every"),
        ({"decay_every": 5}, "needs decay_every with the schedule 'tenths', and only there"),
        ({"schedule": "poly", "warmup": 5}, "set warmup=0 for 'poly'"),
        ({"clip_norm": 1.0, "clip_value": 5.0}, "set clip_norm or clip_value to None"),
        ({"structure": -1}, "structure of at least 0"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(wrong, word):
    with pytest.raises(ValueError, match=word):
        varied(**wrong)


def test_waves_need_whole_parts():
    with pytest.raises(ValueError, match="steps that epochs=100 divides; received 250"):
        Waves(0.025, 0.001, 250)
    assert Waves.from_config(Waves(0.025, 0.001, 200).get_config()).steps == 200
