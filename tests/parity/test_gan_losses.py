"""Adversarial losses and feature matching against values of pix2pixHD and SPADE for stored predictions."""

import re

import numpy as np
import pytest

from course_lib.losses.gan import GANLoss
from course_lib.losses.matching import feature_matching
from tests.parity.fixtures_folder import fixture_files

PIX2PIXHD = GANLoss(kind="least_squares", over_scales="sum", critic_factor=0.5)
# Their name: our loss, the player's view, whose predictions.
THEIRS = {
    "p2phd/lsgan_fake_as_false": (PIX2PIXHD.on_fake, "fake"),
    "p2phd/lsgan_real_as_true": (PIX2PIXHD.on_real, "real"),
    "p2phd/lsgan_fake_as_true": (PIX2PIXHD.generator, "fake"),
}
for _name, _kind in (
    ("hinge", "hinge"),
    ("ls", "least_squares"),
    ("original", "vanilla"),
    ("w", "wasserstein"),
):
    _loss = GANLoss(kind=_kind)
    THEIRS[f"spade/{_name}_D_fake"] = (_loss.on_fake, "fake")
    THEIRS[f"spade/{_name}_D_real"] = (_loss.on_real, "real")
    THEIRS[f"spade/{_name}_G"] = (_loss.generator, "fake")


@pytest.fixture(params=fixture_files("gan_losses*.npz"), ids=lambda path: path.stem)
def stored(request):
    with np.load(request.param) as file:
        return {key: file[key] for key in file}


def _predictions(stored, who):
    """What a critic returned: a list of scales, each a list of (b, h', w', width), the scores last."""
    places = sorted(
        tuple(map(int, re.findall(r"\d+", key))) for key in stored if key.startswith(f"in/{who}_")
    )
    scales = sorted({scale for scale, _ in places})
    return [
        [np.transpose(stored[f"in/{who}_{scale}_{k}"], (0, 2, 3, 1)) for s, k in places if s == scale]
        for scale in scales
    ]


@pytest.mark.parametrize("name", THEIRS)
def test_the_adversarial_loss_is_theirs(stored, name):
    if name not in stored:
        pytest.skip(f"this file does not hold {name}")
    loss, who = THEIRS[name]
    assert float(loss(_predictions(stored, who))) == pytest.approx(float(stored[name]), rel=1e-5)


def test_every_stored_adversarial_loss_is_compared(stored):
    names = {key for key in stored if key.startswith(("p2phd/", "spade/")) and "feature_matching" not in key}
    assert names <= set(THEIRS)


def test_pix2pixhds_critic_pays_half_the_sum_of_both_kinds(stored):
    halves = [stored.get(f"p2phd/lsgan_{name}") for name in ("fake_as_false", "real_as_true")]
    if any(half is None for half in halves):
        pytest.skip("this file does not hold both halves")
    value = PIX2PIXHD.critic(_predictions(stored, "real"), _predictions(stored, "fake"))
    assert float(value) == pytest.approx(0.5 * float(sum(halves)), rel=1e-5)


def test_feature_matching_is_theirs(stored):
    names = [key for key in stored if "feature_matching" in key]
    if not names:
        pytest.skip("this file holds no feature matching")
    real, fake = _predictions(stored, "real"), _predictions(stored, "fake")
    for name in names:
        weight = float(re.search(r"lambda(\d+)", name).group(1))
        assert int(re.search(r"numD(\d+)", name).group(1)) == len(real)
        depth = re.search(r"nlayers(\d+)", name)
        value = feature_matching(real, fake, weight=weight, n_layers=int(depth.group(1)) if depth else None)
        assert float(value) == pytest.approx(float(stored[name]), rel=1e-5)
