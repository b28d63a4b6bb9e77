"""The protocols: noise as the sheet says, tiles as placed, and what fresh noise in every tile is worth."""

import functools

import numpy as np
import pytest

from course_lib.data import photographs
from course_lib.degradation.thresholding import dct_threshold
from course_lib.metrics import fidelity
from course_lib.training import protocols

CLEAN = np.random.default_rng(0).random((70, 100, 1)).astype("float32")


def noisy_of(clean, sigma, **settings):
    """What a restorer is given, piece by piece."""
    given = []
    protocols.judge(lambda noisy: given.append(noisy) or noisy, {"clean": clean}, sigma, **settings)
    return given


def test_a_seed_a_level_and_a_number_fix_the_noise():
    (noisy,) = noisy_of(np.full((321, 481, 1), 0.5, "float32"), 30 / 255)
    # 30 default_rng([2020, 30, 0]).standard_normal(), as other implementations get it.
    expected = [-10.26043392, -4.1498494, 11.94402303]
    np.testing.assert_allclose(255 * (noisy[0, :3, 0] - 0.5), expected, atol=1e-4)


@pytest.mark.parametrize("sigma", [30, 50, 70])
def test_noise_is_not_clipped_and_its_psnr_is_the_theorys(sigma):
    (noisy,) = noisy_of(np.full((400, 400, 1), 0.9, "float32"), sigma / 255)
    assert noisy.max() > 1 and noisy.dtype == np.float32
    scored = fidelity.psnr(np.full((400, 400, 1), 0.9), noisy.astype("float64"), data_range=1.0)
    assert scored == pytest.approx(20 * np.log10(255 / sigma), abs=0.03)


def test_a_perfect_restorer_in_tiles_gives_the_picture_back():
    restored = protocols.denoise(lambda noisy: noisy, CLEAN, 0.0, np.random.default_rng(0), "tiles", 32, 24)
    np.testing.assert_allclose(restored, CLEAN, atol=1e-6)


def test_tiles_of_one_noise_picture_agree_where_they_overlap_and_fresh_ones_do_not():
    whole, one, fresh = (
        noisy_of(CLEAN, 0.1, protocol=protocol, tile=32, step=24) for protocol in protocols.PROTOCOLS
    )
    # 70 rows: tiles at 0, 24, 38; 100 columns: at 0, 24, 48, 68.
    assert len(whole) == 1 and len(one) == len(fresh) == 3 * 4
    np.testing.assert_array_equal(one[0], whole[0][:32, :32])
    np.testing.assert_array_equal(one[0][:, 24:], one[1][:, :8])
    assert np.abs(fresh[0][:, 24:] - fresh[1][:, :8]).max() > 0.1
    np.testing.assert_array_equal(one[-1], whole[0][38:, 68:])


def test_doing_nothing_gains_by_fresh_noise_what_averaging_is_worth():
    flat = {"flat": np.full((64 + 3 * 32, 64, 1), 0.5, "float32")}
    sigma = 0.02  # so small that nothing is clipped
    settings = dict(sigma=sigma, tile=64, step=32)
    one, fresh = (
        protocols.judge(lambda noisy: noisy, flat, protocol=protocol, **settings)["psnr"]
        for protocol in ("one_noise_tiles", "tiles")
    )
    assert one == pytest.approx(-20 * np.log10(sigma), abs=0.15)
    # 96 of 160 rows are the mean of two tiles and have half the variance.
    assert fresh - one == pytest.approx(-10 * np.log10(0.4 + 0.6 / 2), abs=0.2)


def test_fresh_noise_in_every_tile_flatters_a_filter_and_tiles_alone_do_not():
    pictures = {name: photographs.load(name)[:200, :200] for name in ("camera", "coffee")}
    restorer = functools.partial(dct_threshold, sigma=30 / 255, stride=2)
    found = {
        protocol: protocols.judge(restorer, pictures, 30 / 255, protocol) for protocol in protocols.PROTOCOLS
    }
    assert found["tiles"]["psnr"] - found["whole"]["psnr"] > 0.3
    assert found["tiles"]["ssim"] > found["whole"]["ssim"]
    assert abs(found["one_noise_tiles"]["psnr"] - found["whole"]["psnr"]) < 0.2


def test_scores_are_means_over_pictures_of_clipped_answers():
    pictures = {"one": CLEAN, "two": 1 - CLEAN, "colour": np.repeat(CLEAN, 3, axis=-1)}
    found = protocols.judge(lambda noisy: noisy, pictures, 70 / 255)
    assert found["pictures"] == 3 and [row["picture"] for row in found["rows"]] == list(pictures)
    for column in ("psnr", "ssim", "ssim_zero"):
        assert found[column] == pytest.approx(np.mean([row[column] for row in found["rows"]]))
    noisy = CLEAN + 70 / 255 * np.random.default_rng([2020, 70, 0]).standard_normal(CLEAN.shape)
    expected = fidelity.psnr(CLEAN.astype("float64"), np.clip(noisy, 0, 1), data_range=1.0)
    assert found["rows"][0]["psnr"] == pytest.approx(expected, abs=1e-4)
    assert "one noise picture" in found["protocol"] and found["sigma"] == pytest.approx(70 / 255)


@pytest.mark.parametrize(
    "changes, words",
    [
        (dict(protocol="tile"), "Did you mean 'tiles'"),
        (dict(sigma=30), r"sigma in \[0, 1\]; received 30"),
        (dict(pictures={}), "number of pictures of at least 1"),
        (dict(protocol="tiles", step=65), r"step in \[1, 64\]; received 65"),
        (dict(restorer=lambda noisy: noisy[..., 0]), r"keep the shape \(70, 100, 1\); received \(70, 100\)"),
        (dict(restorer=lambda noisy: noisy * np.nan), "answered NaN"),
        (dict(pictures={"bytes": (255 * CLEAN).astype("uint8")}), "received uint8"),
    ],
)
def test_what_cannot_be_judged_is_refused(changes, words):
    wanted = {"restorer": lambda noisy: noisy, "pictures": {"clean": CLEAN}, "sigma": 0.1, **changes}
    with pytest.raises(ValueError, match=words):
        protocols.judge(**wanted)
