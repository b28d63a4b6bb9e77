"""The denoiser by hand: what it must not touch, what it must remove, and every setting it refuses."""

import numpy as np
import pytest

from course_lib.data import photographs
from course_lib.degradation.thresholding import dct_threshold
from course_lib.metrics import fidelity


@pytest.mark.parametrize("shape", [(16, 24), (17, 5, 3), (3, 2, 1), (40, 41)])
@pytest.mark.parametrize("stride", [1, 4, 8])
def test_without_a_threshold_nothing_changes(shape, stride):
    picture = np.random.default_rng(0).normal(size=shape).astype("float32")
    kept = dct_threshold(picture, 0.1, stride=stride, threshold=0)
    assert kept.dtype == picture.dtype
    np.testing.assert_allclose(kept, picture, atol=1e-5)


def test_a_huge_threshold_leaves_the_mean_of_every_block():
    picture = np.random.default_rng(1).random((16, 24))
    flat = dct_threshold(picture, 1.0, stride=8, threshold=100)
    means = picture.reshape(2, 8, 3, 8).mean(axis=(1, 3))
    np.testing.assert_allclose(flat, means.repeat(8, axis=0).repeat(8, axis=1), atol=1e-12)


def test_a_lone_cosine_of_a_block_passes_and_noise_below_the_threshold_goes():
    wave = 0.5 + 0.3 * np.cos(np.pi * (np.arange(8) + 0.5) * 3 / 8)
    picture = np.tile(wave, (8, 1))
    noisy = picture + 0.01 * np.random.default_rng(2).standard_normal((8, 8))
    restored = dct_threshold(noisy, 0.01, stride=8, threshold=5)
    # Two coefficients are left of 64: the mean and the wave.
    assert np.linalg.matrix_rank(restored - restored.mean(), tol=1e-9) == 1
    assert np.abs(restored - picture).max() < 0.01


def test_overlapping_blocks_remove_noise_from_a_photograph():
    clean = photographs.load("camera")[100:228, 100:228, 0].astype("float64")
    noisy = clean + 30 / 255 * np.random.default_rng(3).standard_normal(clean.shape)
    scores = [
        fidelity.psnr(clean, dct_threshold(noisy, 30 / 255, stride=stride), data_range=1.0)
        for stride in (8, 4, 1)
    ]
    assert fidelity.psnr(clean, noisy, data_range=1.0) + 5 < scores[0] < scores[1] < scores[2]


def test_channels_do_not_meet():
    picture = np.random.default_rng(4).random((12, 12, 2))
    both = dct_threshold(picture, 0.2)
    for i in range(2):
        np.testing.assert_allclose(both[..., i], dct_threshold(picture[..., i], 0.2), atol=1e-12)


@pytest.mark.parametrize(
    "changes, error, words",
    [
        (dict(noisy=np.zeros((4, 4), "uint8")), ValueError, "received uint8"),
        (dict(noisy=[[0.0]]), TypeError, "received list"),
        (dict(sigma=0), ValueError, "sigma above 0; received 0"),
        (dict(block=1), ValueError, "block of at least 2"),
        (dict(stride=3), ValueError, "stride that divides block=8; received 3"),
        (dict(stride=0), ValueError, "stride of at least 1"),
        (dict(threshold=-1), ValueError, "threshold of at least 0"),
        (dict(sigma="30"), TypeError, "sigma as a number"),
    ],
)
def test_settings_without_sense_are_refused(changes, error, words):
    with pytest.raises(error, match=words):
        dct_threshold(**{"noisy": np.zeros((8, 8)), "sigma": 0.1, **changes})
