"""The weights that ship are those of their cards, small, and as good as promised on held-out photographs."""

import importlib.resources
import json

import numpy as np
import pytest

from course_lib import recipes
from course_lib.data import photographs
from course_lib.inference.restore import restore
from course_lib.metrics import fidelity
from course_lib.recipes import pretrained
from course_lib.training import held_out

LEAST_GAIN_DB = {
    "baseline_deblur": 0.8,
    "baseline_denoise": 3.0,
    "deblurgan": 0.0,
    "deblurgan_l1": 0.0,
    "hybrid_repaired": 0.9,
}


@pytest.mark.parametrize("name", pretrained.names())
def test_a_card_names_data_split_protocol_seed_and_engine(name):
    card = pretrained.card(name)
    assert card["split"] == "test" and card["pairs"] == len(card["rows"])
    assert {"protocol", "seed", "engine", "degradation", "recipe", "training", "chosen"} <= card.keys()
    assert card["training"]["seconds"] < 45 * 60  # on cores that were shared


@pytest.mark.parametrize("name", LEAST_GAIN_DB)
def test_a_restorer_is_better_than_nothing_on_held_out_photographs(name):
    card = pretrained.card(name)
    assert card["pictures"] == photographs.names("test")
    assert card["gain_db"] >= LEAST_GAIN_DB[name]


def test_the_duel_looks_better_than_l1_and_l1_scores_more_decibels():
    """Perception against distortion, on one generator and as many updates."""
    duel, l1 = (pretrained.card(name) for name in ("deblurgan", "deblurgan_l1"))
    assert [row["picture"] for row in duel["rows"]] == [row["picture"] for row in l1["rows"]]
    assert duel["recipe"]["network"] == l1["recipe"]["network"]
    assert duel["mean"]["piqe_network"] < l1["mean"]["piqe_network"]
    assert duel["realism"]["frechet"]["network"] < l1["realism"]["frechet"]["network"]
    assert duel["mean"]["psnr_network"] < l1["mean"]["psnr_network"]


def test_pictures_from_labels_look_more_real_than_flat_colours():
    found = pretrained.card("pix2pixhd")["realism"]
    assert found["frechet"]["network"] < found["frechet"]["flat"] and not found["biased"]


@pytest.mark.parametrize("name", pretrained.names())
def test_weights_are_small(name):
    path = importlib.resources.files("course_lib.pretrained") / f"{name}.weights.h5"
    assert path.stat().st_size < (3_000_000 if name.startswith("baseline") else 4_000_000)


@pytest.mark.parametrize("name", LEAST_GAIN_DB)
def test_the_network_scores_what_its_card_says(name):
    card = pretrained.card(name)
    network = pretrained.load(name)
    experiment = recipes.find(card["experiment"]).with_settings(card["recipe"])
    pair = next(held_out.held_out_pairs(experiment, "test", card["seed"], draws=1))
    scored = fidelity.psnr(pair.true, restore(network, pair.given), data_range=1.0)
    said = {row["picture"]: row["psnr_network"] for row in card["rows"]}[pair.name]
    assert scored == pytest.approx(said, abs=0.02)


def test_unknown_weights_are_answered_with_the_nearest_name():
    with pytest.raises(ValueError, match="did you mean 'baseline_deblur'"):
        pretrained.load("baseline_deblurr")


def test_weights_that_differ_from_their_card_are_refused(monkeypatch):
    real = pretrained.card("baseline_deblur")
    forged = json.loads(json.dumps(real))
    forged["weights"]["sha256"] = "0" * 64
    monkeypatch.setattr(pretrained, "card", lambda name: forged)
    with pytest.raises(ValueError, match="not those of its card"):
        pretrained.load("baseline_deblur")


def test_a_black_and_a_white_picture_stay_black_and_white():
    network = pretrained.load("baseline_deblur")
    for value in (0.0, 1.0):
        restored = restore(network, np.full((40, 40, 3), value, "float32"))
        assert abs(restored.mean() - value) < 0.02
