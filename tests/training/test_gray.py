"""One channel through the whole house: batches, windows, a run with its samples, a card, a resumed run."""

import dataclasses
import json

import keras
import numpy as np
import PIL.Image
import pytest

from course_lib.data import images
from course_lib.degradation.draw import DegradationRecipe
from course_lib.training import evaluation, feeding, held_out, runs, supervised

LEVELS = (30 / 255, 70 / 255)
NOISE = DegradationRecipe(
    kernel="none", kernel_size=1, smallest=1, sigma=0.0, sigmas=LEVELS, gray=True, clip=False
)


def gray_network(recipe):
    noisy = keras.Input((None, None, 1))
    quiet = keras.initializers.Zeros()
    residual = keras.layers.Conv2D(1, 3, padding="same", kernel_initializer=quiet, name="lower")(noisy)
    return keras.Model(noisy, keras.layers.Add()([noisy, residual]), name="gray_network")


@pytest.fixture(scope="module")
def gray(tiny):
    return dataclasses.replace(tiny, degradation=NOISE, build=gray_network)


@pytest.fixture(scope="module")
def idle(gray):
    return gray_network(gray.network)


@pytest.fixture(scope="module")
def card(gray, idle):
    return evaluation.evaluate(idle, gray, draws=1)


def test_a_gray_run_trains_watches_and_shows_its_samples(gray, tmp_path):
    supervised.train(gray, tmp_path / "run", say=None)
    run = runs.Run(tmp_path / "run")
    assert [row["step"] for row in run.rows()] == [2, 4, 6]
    assert all(np.isfinite(list(row.values())).all() for row in run.rows())
    sheet = np.asarray(PIL.Image.open(run.samples / "step_00000006.png").convert("RGB"))
    assert np.ptp(sheet[..., 0]) > 200


def test_held_out_windows_are_gray_and_their_noise_is_not_clipped(gray):
    noisy, clean = feeding.held_out_windows(gray)
    assert noisy.shape == clean.shape and noisy.shape[-1] == 1
    assert noisy.min() < 0 and noisy.max() > 1 and 0 <= clean.min() and clean.max() <= 1
    shown = feeding.shown(gray)(noisy[0])
    np.testing.assert_array_equal(shown, np.clip(noisy[0], 0, 1))


def test_a_network_of_colour_is_refused_before_gray_training_starts(gray, tiny, tmp_path):
    with pytest.raises(ValueError, match="gives 1 channels, residual_cnn takes 3"):
        supervised.train(dataclasses.replace(gray, build=tiny.build), tmp_path / "run", say=None)
    assert not (tmp_path / "run").exists()


def test_every_picture_is_held_out_at_every_level(gray):
    pairs = list(held_out.held_out_pairs(gray, draws=2))
    assert [pair.sigma for pair in pairs[:4]] == [*LEVELS, *LEVELS]
    for pair in pairs:
        assert pair.given.shape == pair.true.shape == (256, 256, 1)
        assert (pair.given - pair.true).std() == pytest.approx(pair.sigma, rel=0.02)


def test_many_pictures_are_degraded_once(gray, monkeypatch):
    assert len(list(held_out.held_out_pairs(dataclasses.replace(gray, degradation=one_level())))) == 20
    monkeypatch.setattr(held_out, "MANY", 4)
    assert len(list(held_out.held_out_pairs(gray))) == 4 * len(LEVELS)


def one_level():
    return dataclasses.replace(NOISE, sigmas=None, sigma=0.1)


def test_a_card_says_that_it_is_gray_and_what_each_level_costs(card):
    assert "gray (luma of BT.601, not rounded)" in card["protocol"]
    assert "noise neither clipped nor rounded" in card["protocol"]
    for sigma, means in zip(LEVELS, card["levels"].values(), strict=True):
        assert means["psnr_blurred"] == pytest.approx(-20 * np.log10(sigma), abs=0.05)
    assert list(card["levels"]) == ["30 / 255", "70 / 255"]
    middle = np.mean([means["psnr_network"] for means in card["levels"].values()])
    assert card["mean"]["psnr_network"] == pytest.approx(middle, abs=1e-3)
    # The network's answer is clipped, what it was given is not.
    assert card["gain_db"] > 0.1


def test_a_gray_card_has_every_score_of_a_coloured_one(card, gray):
    assert {"piqe_true", "luminance_true", "falsely_black_network"} <= card["mean"].keys()
    assert card["realism"]["frechet"]["network"] == pytest.approx(card["realism"]["frechet"]["blurred"])
    pair = next(held_out.held_out_pairs(gray, draws=1))
    assert card["rows"][0]["luminance_true"] == pytest.approx(float(pair.true.mean()), abs=1e-4)


def test_realism_may_be_left_out(gray, idle, card):
    plain = evaluation.evaluate(idle, gray, draws=1, realism=False)
    assert plain["realism"] is None and "PIQE" not in plain["protocol"]
    assert not any(column.startswith("piqe") for column in plain["mean"])
    assert all(card["mean"][column] == value for column, value in plain["mean"].items())


def test_a_run_older_than_a_setting_is_resumed_where_the_setting_has_its_default(tiny, tmp_path):
    folder = tmp_path / "run"
    runs.Run.create(folder, tiny)
    stored = json.loads((folder / "recipe.json").read_text())
    del stored["degradation"]["gray"], stored["degradation"]["clip"]
    (folder / "recipe.json").write_text(json.dumps(stored))
    runs.Run.reopen(folder, tiny)
    with pytest.raises(ValueError, match="gray False there, True now"):
        runs.Run.reopen(folder, dataclasses.replace(tiny, degradation=NOISE))


def test_a_run_with_a_setting_that_nobody_knows_is_refused(tiny, tmp_path):
    folder = tmp_path / "run"
    runs.Run.create(folder, tiny)
    stored = json.loads((folder / "recipe.json").read_text())
    stored["degradation"]["fog"] = 0.5
    (folder / "recipe.json").write_text(json.dumps(stored))
    with pytest.raises(ValueError, match="fog 0.5 there, None now"):
        runs.Run.reopen(folder, tiny)


def test_a_gray_picture_is_repeated_for_what_asks_for_colour():
    picture = np.random.default_rng(0).random((4, 5, 1))
    np.testing.assert_array_equal(images.coloured(picture), np.concatenate([picture] * 3, axis=-1))
    colour = np.zeros((4, 5, 3))
    assert images.coloured(colour) is colour
    with pytest.raises(ValueError, match=r"received \(4, 5\)"):
        images.coloured(colour[..., 0])
