"""Rain: streaks of the length, width, angle and number asked for; it adds light and nothing else."""

import dataclasses

import numpy as np
import pytest
import scipy.ndimage

from course_lib import serial
from course_lib.degradation import rain
from course_lib.degradation.rain import RainRecipe

STRAIGHT = RainRecipe(
    density=0.05, length=21, shortest=21, width=3, lean=0, spread=0, brightness=0.8, faintest=0.8
)


def lone_streaks(recipe, seeds=200, side=120):
    """Layers with one streak that lies inside as a whole, and the seeds they are of."""
    for seed in range(seeds):
        layer = rain.streaks(side, side, recipe, np.random.default_rng(seed))[..., 0].astype("float64")
        edge = max(part.max() for part in (layer[:2], layer[-2:], layer[:, :2], layer[:, -2:]))
        if edge == 0 and scipy.ndimage.label(layer)[1] == 1 and layer.max() <= recipe.brightness + 1e-6:
            yield seed, layer


def test_a_streak_covers_its_length_times_its_width():
    _, layer = next(lone_streaks(STRAIGHT))
    assert layer.sum() == pytest.approx(0.8 * 21 * 3, rel=0.02)
    assert layer.max() == pytest.approx(0.8, abs=1e-6)
    rows, columns = np.nonzero(layer > 0.4)
    assert 20 <= np.ptp(rows) + 1 <= 22 and 2 <= np.ptp(columns) + 1 <= 4


def test_lengths_lie_between_their_bounds():
    recipe = dataclasses.replace(STRAIGHT, shortest=10)
    lengths = [np.ptp(np.nonzero(layer > 0.4)[0]) + 1 for _, layer in lone_streaks(recipe)]
    assert 9 <= min(lengths) <= 12 and 19 <= max(lengths) <= 22 and len(lengths) > 20


def test_the_wind_leans_within_its_bounds_and_to_the_right_where_it_is_positive():
    recipe = dataclasses.replace(STRAIGHT, lean=45)
    leans = []
    for seed, layer in lone_streaks(recipe):
        rows, columns = np.indices(layer.shape)
        places = np.stack([rows.ravel(), columns.ravel()])
        down, right = np.linalg.eigh(np.cov(places, aweights=layer.ravel()))[1][:, 1]
        leans.append(np.rad2deg(np.arctan(right / down)))
        # The wind is the first thing that is drawn.
        assert leans[-1] == pytest.approx(np.random.default_rng(seed).uniform(-45, 45), abs=1.5)
    assert min(leans) < -35 and max(leans) > 35 and len(leans) > 20


def test_streaks_are_as_many_as_asked_at_the_border_as_in_the_middle():
    recipe = dataclasses.replace(STRAIGHT, density=2.0, length=11, shortest=11, width=1)
    mean = np.mean(
        [rain.streaks(96, 96, recipe, np.random.default_rng(seed))[..., 0] for seed in range(150)], axis=0
    )
    expected = 2.0 / 1000 * 11 * 0.8
    assert mean.mean() == pytest.approx(expected, rel=0.06)
    assert mean[:8].mean() == pytest.approx(expected, rel=0.15)
    assert mean[:, -8:].mean() == pytest.approx(expected, rel=0.15)


def test_more_streaks_than_are_painted_at_once_are_all_painted(monkeypatch):
    recipe = RainRecipe(density=20.0)
    whole = rain.streaks(80, 90, recipe, np.random.default_rng(1))
    monkeypatch.setattr(rain, "_AT_ONCE", 7)
    np.testing.assert_allclose(rain.streaks(80, 90, recipe, np.random.default_rng(1)), whole, atol=1e-6)


@pytest.mark.parametrize("recipe", [rain.LIGHT, RainRecipe(), rain.HEAVY, RainRecipe(density=100, lean=90)])
def test_the_layer_is_gray_and_stays_in_the_unit_range(recipe):
    layer = rain.streaks(40, 50, recipe, np.random.default_rng(2))
    assert (layer.shape, layer.dtype) == ((40, 50, 1), np.float32)
    assert layer.min() >= 0 and layer.max() <= 1


def test_rain_depends_on_the_generator_alone():
    first, again, other = (rain.streaks(30, 30, rain.HEAVY, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("channels", [None, 1, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_adds_the_same_to_every_channel_and_cuts_at_white(channels, dtype):
    shape = (40, 50) if channels is None else (40, 50, channels)
    picture = np.random.default_rng(3).random(shape).astype(dtype)
    wet = rain.fall(picture, rain.HEAVY, np.random.default_rng(4))
    layer = rain.streaks(40, 50, rain.HEAVY, np.random.default_rng(4))
    expected = np.minimum(picture + (layer[..., 0] if channels is None else layer), 1)
    assert wet.dtype == dtype
    np.testing.assert_allclose(wet, expected, atol=1e-6)
    assert (wet >= picture).all()


def test_without_streaks_it_stays_dry():
    picture = np.random.default_rng(5).random((20, 20, 3)).astype("float32")
    dry = rain.fall(picture, RainRecipe(density=0), np.random.default_rng(0))
    np.testing.assert_array_equal(dry, picture)


def test_a_rain_recipe_survives_json():
    assert serial.from_json(RainRecipe, serial.to_json(rain.HEAVY)) == rain.HEAVY


@pytest.mark.parametrize(
    "settings, words",
    [
        (dict(density=-1), r"density in \[0, 100\]; received -1"),
        (dict(length=5, shortest=9), r"length in \[9, 500\]; received 5"),
        (dict(shortest=0), r"shortest in \[1, 500\]"),
        (dict(width=0.1), r"width in \[0.5, 50\]"),
        (dict(lean=91), r"lean in \[0, 90\]"),
        (dict(spread=-2), r"spread in \[0, 90\]"),
        (dict(brightness=1.5), r"brightness in \[0, 1\]"),
        (dict(brightness=0.1, faintest=0.2), r"faintest in \[0, 0.1\]"),
    ],
)
def test_rain_without_sense_is_refused(settings, words):
    with pytest.raises(ValueError, match=f"RainRecipe needs {words}"):
        RainRecipe(**settings)


def test_it_rains_on_pictures_in_range_and_by_chance_that_is_given():
    with pytest.raises(ValueError, match="fall.. needs picture as float32.*received uint8"):
        rain.fall(np.zeros((8, 8, 3), "uint8"), rain.LIGHT, np.random.default_rng(0))
    with pytest.raises(ValueError, match="streaks.. needs rng because every streak"):
        rain.streaks(8, 8, rain.LIGHT, None)
    with pytest.raises(ValueError, match="height of at least 1"):
        rain.streaks(0, 8, rain.LIGHT, np.random.default_rng(0))
