"""A card says what was measured: doing nothing gains nothing, and Wiener gets the kernel that was used."""

import dataclasses

import keras
import numpy as np
import pytest

from course_lib import recipes
from course_lib.degradation import blur
from course_lib.metrics import fidelity
from course_lib.training import evaluation, feeding, held_out


@pytest.fixture(scope="module")
def leaves():
    return dataclasses.replace(recipes.find("baseline_deblur_smoke"), data="leaves")


@pytest.fixture(scope="module")
def idle():
    """A network that returns its input."""
    blurred = keras.Input((None, None, 3))
    return keras.Model(blurred, keras.layers.Identity()(blurred))


@pytest.fixture(scope="module")
def card(idle, leaves):
    return evaluation.evaluate(idle, leaves, "test", draws=1)


def test_doing_nothing_gains_nothing(card):
    assert card["gain_db"] == 0
    assert card["mean"]["psnr_network"] == card["mean"]["psnr_blurred"]


def test_the_true_kernel_helps_wiener_more_than_the_average_one(card):
    assert card["mean"]["psnr_wiener_true"] > card["mean"]["psnr_wiener_average"]


def test_a_row_holds_the_scores_of_its_own_pair(card, leaves):
    pair = list(held_out.held_out_pairs(leaves, "test", draws=1))[1]
    row = card["rows"][1]
    assert row["picture"] == pair.name
    assert row["psnr_blurred"] == pytest.approx(fidelity.psnr(pair.true, pair.given, 1.0), abs=1e-4)


def test_darkness_stands_in_every_row_and_in_the_mean():
    experiment = dataclasses.replace(recipes.find("baseline_deblur_smoke"), data="leaves")
    blurred = keras.Input((None, None, 3))
    night = keras.Model(blurred, keras.layers.Rescaling(0.0)(blurred))
    card = evaluation.evaluate(night, experiment, "test", draws=1, with_wiener=False)
    pairs = list(held_out.held_out_pairs(experiment, "test", draws=1))
    for pair, row in zip(pairs, card["rows"], strict=True):
        # Gray values weigh 0.299, 0.587 and 0.114.
        for name, picture in (("true", pair.true), ("blurred", pair.given)):
            expected = np.mean(picture.astype(float), axis=(0, 1)) @ [0.299, 0.587, 0.114]
            assert row[f"luminance_{name}"] == pytest.approx(expected, abs=1e-5)
        assert row["luminance_network"] == 0
        assert row["falsely_black_network"] == pytest.approx(np.mean(pair.true > 0.025), abs=1e-6)
        assert row["falsely_black_blurred"] < 0.01
    falsely = [row["falsely_black_network"] for row in card["rows"]]
    assert card["mean"]["falsely_black_network"] == pytest.approx(sum(falsely) / len(falsely), abs=1e-4)


def test_the_kernel_of_a_pair_is_the_one_that_blurred_it(leaves):
    for pair in held_out.held_out_pairs(leaves, "test", draws=1):
        noise = pair.given - blur.convolve(pair.true, pair.kernel)
        inside = (pair.given > 0) & (pair.given < 1)
        assert noise[inside].std() == pytest.approx(pair.sigma, rel=0.05)


def test_pairs_depend_on_their_seed_alone(leaves):
    first, again, other = (list(held_out.held_out_pairs(leaves, "test", seed, draws=1)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first[2].given, again[2].given)
    assert not np.array_equal(first[2].given, other[2].given)


def test_noise_without_blur_needs_no_wiener(idle, leaves):
    noisy = dataclasses.replace(recipes.find("baseline_denoise_course"), data="leaves")
    card = evaluation.evaluate(idle, noisy, "validation", draws=1)
    assert not any("wiener" in column for column in card["mean"])
    # Clipping to [0, 1] takes away a part of the noise of 20 log10(255 / 25) dB.
    assert 20.17 < card["mean"]["psnr_blurred"] < 21.5


def test_the_average_kernel_is_a_kernel(leaves):
    kernel = evaluation.average_kernel(leaves.degradation, count=50)
    assert kernel.shape == (13, 13) and kernel.min() >= 0
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    assert kernel[6, 6] == kernel.max()


@pytest.fixture(scope="module")
def street_card():
    experiment = recipes.find("pix2pixhd_smoke")
    return evaluation.evaluate(experiment.build(experiment.network), experiment, "validation")


def test_pictures_from_labels_are_judged_beside_flat_colours_and_have_no_gain(street_card):
    assert street_card["gain_db"] is None and street_card["degradation"] is None
    assert set(street_card["realism"]["frechet"]) == {"flat", "network"}
    assert {"psnr_flat", "psnr_network", "piqe_true"} <= street_card["mean"].keys()
    assert not any(column.startswith(("luminance", "falsely_black")) for column in street_card["mean"])
    assert street_card["pairs"] == 4


def test_flat_colours_are_the_means_of_their_classes():
    experiment = recipes.find("pix2pixhd_smoke")
    paint = evaluation._flat(experiment)
    train = feeding.pairs(experiment, "train")
    sky = np.concatenate(
        [picture[condition[..., 0] == 1] for condition, picture in map(train.load, range(8))]
    )
    pair = next(held_out.held_out_pairs(experiment, "validation"))
    painted = paint(pair)[pair.given[..., 0] == 1]
    np.testing.assert_allclose(painted, np.broadcast_to(sky.mean(axis=0), painted.shape), atol=1e-5)


def test_realism_compares_windows_of_every_pair(card):
    assert card["realism"]["frechet"].keys() == {"blurred", "network"}
    assert card["realism"]["frechet"]["blurred"] == card["realism"]["frechet"]["network"] > 0
    assert card["mean"]["piqe_network"] == card["mean"]["piqe_blurred"]
