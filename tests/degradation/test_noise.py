"""Noise: strengths, laws, the published protocol on BSDS500, wrong inputs."""

import os
import pathlib

import numpy as np
import PIL.Image
import pytest

from course_lib.degradation import noise

GRAY = np.full((300, 300), 0.5)


def test_gaussian_noise_has_the_wanted_mean_and_deviation():
    added = noise.add_gaussian(GRAY, 0.1, np.random.default_rng(0)) - GRAY
    assert abs(added.mean()) < 0.001
    assert added.std() == pytest.approx(0.1, rel=0.01)


def test_gaussian_noise_of_the_protocol_begins_with_the_published_values():
    noisy = noise.add_gaussian(np.zeros((321, 481)), 30 / 255, np.random.default_rng([2020, 30, 0]))
    np.testing.assert_allclose(255 * noisy[0, :3], [-10.26043392, -4.1498494, 11.94402303], atol=1e-7)


def test_one_seed_gives_one_noise_in_both_precisions():
    exact = noise.add_gaussian(GRAY, 0.1, np.random.default_rng(1))
    single = noise.add_gaussian(GRAY.astype("float32"), 0.1, np.random.default_rng(1))
    assert (exact.dtype, single.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(single, exact, atol=1e-6)


def test_gaussian_noise_is_cut_to_the_unit_range_only_when_asked():
    free, cut = (noise.add_gaussian(GRAY, 0.5, np.random.default_rng(2), clip) for clip in (False, True))
    assert free.min() < 0 and free.max() > 1
    np.testing.assert_array_equal(cut, np.minimum(np.maximum(free, 0), 1))


def test_no_noise_is_a_copy_and_needs_no_generator():
    clean = noise.add_gaussian(GRAY, 0, None)
    np.testing.assert_array_equal(clean, GRAY)
    assert not np.shares_memory(clean, GRAY)


@pytest.mark.parametrize("value", [0.1, 0.9])
def test_shot_noise_counts_photons(value):
    noisy = noise.add_shot(np.full((300, 300), value), 50, np.random.default_rng(3))
    assert noisy.mean() == pytest.approx(value, rel=0.01)
    assert noisy.var() == pytest.approx(value / 50, rel=0.03)
    np.testing.assert_allclose(noisy * 50, np.round(noisy * 50), atol=1e-9)


def test_darkness_has_no_shot_noise_and_the_type_is_kept():
    noisy = noise.add_shot(np.zeros((4, 5, 3), "float32"), 1000, np.random.default_rng(4))
    assert noisy.dtype == np.float32
    np.testing.assert_array_equal(noisy, 0)


def test_quantising_rounds_to_the_nearest_level():
    picture = np.array([[0, 0.3, 0.49, 0.51, 0.8, 1]])
    assert noise.quantise(picture, bits=1).tolist() == [[0, 0, 0, 1, 1, 1]]
    np.testing.assert_allclose(noise.quantise(picture, bits=2) * 3, [[0, 1, 1, 2, 2, 3]], atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bits", [1, 5, 8, 12])
def test_quantising_moves_by_at_most_half_a_level_and_twice_is_once(dtype, bits):
    picture = np.random.default_rng(5).random((40, 40)).astype(dtype)
    once = noise.quantise(picture, bits)
    assert once.dtype == picture.dtype
    assert np.abs(once - picture).max() <= 0.5 / (2**bits - 1) + 1e-6
    assert len(np.unique(once)) <= 2**bits
    np.testing.assert_array_equal(noise.quantise(once, bits), once)


def test_bytes_survive_quantising_to_8_bits():
    every_byte = np.arange(256, dtype="uint8").reshape(16, 16)
    unit = every_byte.astype("float32") / 255
    np.testing.assert_array_equal(np.round(noise.quantise(unit) * 255), every_byte)


def _bsds500_test_pictures():
    beside = pathlib.Path(__file__).parents[2].parent / "shared" / "data"
    folder = pathlib.Path(os.environ.get("COURSE_DATA") or beside) / "BSR/BSDS500/data/images/test"
    paths = sorted(folder.glob("*.jpg"), key=lambda path: path.name)
    if len(paths) != 200:
        pytest.skip(f"BSDS500 is not at hand: {folder} holds {len(paths)} of 200 pictures; set COURSE_DATA")
    return [np.asarray(PIL.Image.open(path).convert("L"), "float64") / 255 for path in paths]


def test_noisy_bsds500_has_the_published_psnr():
    pictures = _bsds500_test_pictures()
    for sigma, expected in ((30, 18.588), (50, 14.151), (70, 11.227)):
        decibels = []
        for index, picture in enumerate(pictures):
            rng = np.random.default_rng([2020, sigma, index])
            noisy = noise.add_gaussian(picture, sigma / 255, rng)
            decibels.append(-10 * np.log10(np.mean((noisy - picture) ** 2)))
        assert np.mean(decibels) == pytest.approx(expected, abs=0.01)


RNG = np.random.default_rng(0)
BYTES = np.full((4, 4), 128, "uint8")
WRONG = {
    "uint8": (lambda: noise.add_gaussian(BYTES, 0.1, RNG), ValueError, "received uint8.*to_unit"),
    "NaN": (lambda: noise.add_gaussian(GRAY * np.nan, 0.1, RNG), ValueError, "NaN or infinite"),
    "empty": (lambda: noise.add_gaussian(GRAY[:0], 0.1, RNG), ValueError, "at least one pixel"),
    "no rng": (lambda: noise.add_gaussian(GRAY, 0.1, None), ValueError, "needs rng because sigma > 0"),
    "a seed": (lambda: noise.add_gaussian(GRAY, 0.1, 7), TypeError, "Generator; received int"),
    "negative sigma": (lambda: noise.add_gaussian(GRAY, -0.1, RNG), ValueError, "received -0.1"),
    "sigma of bytes": (lambda: noise.add_gaussian(GRAY, 25, RNG), ValueError, "sigma in .0, 1.; received 25"),
    "NaN sigma": (lambda: noise.add_gaussian(GRAY, float("nan"), RNG), ValueError, "received nan"),
    "shot uint8": (lambda: noise.add_shot(BYTES, 10, RNG), ValueError, "received uint8"),
    "shot too bright": (lambda: noise.add_shot(GRAY * 4, 10, RNG), ValueError, "in .2, 2."),
    "no photons": (lambda: noise.add_shot(GRAY, 0, RNG), ValueError, "photons above 0; received 0"),
    "shot without rng": (lambda: noise.add_shot(GRAY, 10, None), ValueError, "needs rng because counting"),
    "quantise uint8": (lambda: noise.quantise(BYTES), ValueError, "received uint8"),
    "no bits": (lambda: noise.quantise(GRAY, 0), ValueError, "bits in .1, 16.; received 0"),
    "half a bit": (lambda: noise.quantise(GRAY, 2.5), ValueError, "whole number; received 2.5"),
}


@pytest.mark.parametrize("call, error, message", WRONG.values(), ids=WRONG.keys())
def test_noise_refuses_and_says_why(call, error, message):
    with pytest.raises(error, match=message):
        call()
