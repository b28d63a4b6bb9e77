"""PIQE: published check values on free pictures, laws, refusals."""

import time
import warnings

import numpy as np
import pytest
import scipy.ndimage
import skimage.data

from course_lib.metrics.naturalness import judge_blocks, piqe


def _blurred(picture, sigma):
    return np.round(scipy.ndimage.gaussian_filter(picture.astype("float64"), sigma)).astype("uint8")


@pytest.mark.parametrize(
    "picture, expected",
    [
        (skimage.data.coins(), 22.075),  # 303 x 384: the border is padded
        (_blurred(skimage.data.coins(), 2), 83.643),
        (skimage.data.text(), 12.683),  # 172 x 448
    ],
    ids=["coins", "blurred coins", "text"],
)
def test_piqe_gives_the_values_of_the_reference_implementation(picture, expected):
    assert piqe(picture) == pytest.approx(expected, abs=1e-3)


def test_more_blur_scores_worse():
    coins = skimage.data.coins()
    scores = [piqe(coins), piqe(_blurred(coins, 1)), piqe(_blurred(coins, 3))]
    assert scores == sorted(scores)


def test_noise_scores_worse():
    camera = skimage.data.camera() / 255
    noisy = np.clip(camera + 0.2 * np.random.default_rng(0).standard_normal(camera.shape), 0, 1)
    assert piqe(noisy) > piqe(camera) + 5


def test_bytes_and_unit_floats_score_alike():
    astronaut = skimage.data.astronaut()[:200, :300]
    assert piqe(astronaut) == piqe((astronaut / 255).astype("float32")) == piqe(astronaut / 255)


def test_three_equal_channels_score_as_one():
    coins = skimage.data.coins()
    assert piqe(np.repeat(coins[..., None], 3, axis=-1)) == pytest.approx(piqe(coins), abs=1e-9)


def test_the_score_is_the_damage_of_the_judged_blocks():
    judged = judge_blocks(skimage.data.coins())
    assert judged.active.shape == (19, 24)  # 303 x 384 pixels: the last row is continued mirrored
    assert not (judged.flat_edge | judged.noisy)[~judged.active].any()
    damage = (1 - judged.variance)[judged.flat_edge].sum() + judged.variance[judged.noisy].sum()
    assert 100 * (damage + 1) / (judged.active.sum() + 1) == pytest.approx(22.075, abs=1e-3)


def test_noise_makes_flat_blocks_active_and_takes_their_flat_edges():
    ramp = np.tile(np.linspace(0.2, 0.8, 64), (64, 1))
    ramp[:, 24] = 0.9  # a thin line, and flat to both sides of it
    grainy = ramp + 0.02 * np.random.default_rng(0).standard_normal(ramp.shape)
    before, after = judge_blocks(ramp), judge_blocks(grainy)
    assert before.active.sum() < after.active.sum() == 16
    assert before.flat_edge.sum() > after.flat_edge.sum() == 0


@pytest.mark.parametrize(
    "flat", [np.zeros((40, 40), "uint8"), np.full((5, 7, 3), 0.5), np.full((16, 16), 255, "uint8")]
)
def test_a_picture_without_texture_scores_100_without_warnings(flat):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert piqe(flat) == 100


def test_a_block_whose_surround_is_flat_is_scored_without_warnings():
    picture = np.zeros((16, 16), "uint8")
    picture[::2, 7:9] = 255
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(piqe(picture))


def test_512_pixels_square_take_less_than_0_3_seconds():
    astronaut, taken = skimage.data.astronaut(), []
    for _ in range(3):
        begun = time.perf_counter()
        piqe(astronaut)
        taken.append(time.perf_counter() - begun)
    assert min(taken) < 0.3


@pytest.mark.parametrize(
    "picture, error, words",
    [
        (np.full((20, 20), 1.5), ValueError, r"in \[0, 1\]"),
        (np.full((20, 20), np.nan), ValueError, "NaN"),
        (np.zeros((0, 20)), ValueError, "at least one pixel"),
        (np.zeros((0, 20), "uint8"), ValueError, "at least one pixel"),
        (np.zeros((20, 20, 4)), ValueError, "Drop an alpha channel"),
        (np.zeros((20, 20, 1), "uint8"), ValueError, r"\(h, w\) or \(h, w, 3\)"),
        (np.zeros((2, 20, 20, 3)), ValueError, "received"),
        (np.zeros((20, 20), "uint16"), ValueError, "uint16"),
        ([[0.5]], TypeError, "received list"),
    ],
)
def test_what_is_no_picture_is_refused(picture, error, words):
    with pytest.raises(error, match=words):
        piqe(picture)
