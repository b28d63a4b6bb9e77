"""Wrong colours: each setting by hand, pixels that keep to themselves, what is cut, wrong inputs."""

import numpy as np
import PIL.Image
import pytest

from course_lib.degradation import tone
from course_lib.degradation.tone import miscolour

PIXEL = np.array([[[0.25, 0.5, 1.0]]])
PICTURE = np.random.default_rng(0).random((6, 5, 3))


def test_the_defaults_return_a_copy():
    same = miscolour(PICTURE)
    np.testing.assert_array_equal(same, PICTURE)
    assert not np.shares_memory(same, PICTURE)


@pytest.mark.parametrize(
    "settings, expected",
    [
        ({"gain": 0.5}, [0.125, 0.25, 0.5]),
        ({"gamma": 2}, [0.0625, 0.25, 1.0]),
        ({"gamma": 0.5}, [0.5, np.sqrt(0.5), 1.0]),
        ({"cast": (1, 0.5, 0.25)}, [0.25, 0.25, 0.25]),
        ({"gain": 2}, [0.5, 1.0, 1.0]),  # blue is cut
        ({"gain": 0.8, "gamma": 2, "cast": [1, 0.5, 1]}, [0.05, 0.1, 0.8]),
    ],
)
def test_a_pixel_by_hand(settings, expected):
    np.testing.assert_allclose(miscolour(PIXEL, **settings)[0, 0], expected, atol=1e-12)


def test_a_pixel_changes_no_other_pixel():
    touched = PICTURE.copy()
    touched[2, 3] = 1 - touched[2, 3]
    settings = {"gain": 0.7, "gamma": 1.5, "cast": (1, 0.9, 0.8)}
    moved = (miscolour(touched, **settings) != miscolour(PICTURE, **settings)).any(axis=-1)
    assert [tuple(map(int, place)) for place in np.argwhere(moved)] == [(2, 3)]


def test_where_nothing_is_cut_the_inverse_undoes_it():
    wrong = miscolour(PICTURE, gain=0.6, gamma=1.7, cast=(0.9, 1, 0.7))
    np.testing.assert_allclose((wrong / (0.6 * np.array([0.9, 1, 0.7]))) ** (1 / 1.7), PICTURE, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_type_and_range_are_kept(dtype):
    wrong = miscolour(PICTURE.astype(dtype), gain=3, gamma=0.5)
    assert wrong.dtype == dtype
    assert wrong.min() >= 0 and wrong.max() == 1


WRONG = {
    "a list": (([[[0.5, 0.5, 0.5]]],), {}, TypeError, "needs picture as a NumPy array; received list"),
    "uint8": ((np.full((2, 2, 3), 9, "uint8"),), {}, ValueError, "received uint8.*to_unit"),
    "too bright": ((PICTURE * 2,), {}, ValueError, r"needs picture in \[0, 1\]"),
    "NaN": ((PICTURE * np.nan,), {}, ValueError, "NaN or infinite"),
    "gray": ((PICTURE[..., 0],), {}, ValueError, r"shape \(h, w, c\)"),
    "four channels": ((np.ones((2, 2, 4)),), {}, ValueError, "3 channels; received"),
    "no light": ((PICTURE,), {"gain": 0}, ValueError, "gain above 0; received 0"),
    "NaN gain": ((PICTURE,), {"gain": float("nan")}, ValueError, "gain above 0; received nan"),
    "infinite gain": ((PICTURE,), {"gain": float("inf")}, ValueError, "gain in .*received inf"),
    "negative gamma": ((PICTURE,), {"gamma": -1}, ValueError, "gamma above 0; received -1"),
    "a word": ((PICTURE,), {"gamma": "warm"}, TypeError, "gamma as a number; received str"),
    "one factor": ((PICTURE,), {"cast": 0.5}, ValueError, "three factors.*received 0.5"),
    "a black channel": ((PICTURE,), {"cast": (1, 1, 0)}, ValueError, "each cast above 0"),
}


@pytest.mark.parametrize("arguments, settings, error, message", WRONG.values(), ids=WRONG.keys())
def test_miscolour_refuses_and_says_why(arguments, settings, error, message):
    with pytest.raises(error, match=message):
        miscolour(*arguments, **settings)


def test_gray_is_the_luma_that_pillow_rounds():
    picture = np.random.default_rng(0).integers(0, 256, (30, 40, 3)).astype("uint8")
    expected = np.asarray(PIL.Image.fromarray(picture).convert("L")).astype("float64")
    found = 255 * tone.gray(picture / 255.0)
    assert found.shape == (30, 40, 1)
    # Pillow rounds the same sum; its weights have 16 bits.
    assert np.abs(found[..., 0] - expected).max() <= 0.502


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gray_keeps_type_range_and_what_is_gray_already(dtype):
    colour = np.random.default_rng(1).random((9, 9, 1)).astype(dtype)
    found = tone.gray(np.repeat(colour, 3, axis=-1))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, colour, atol=1e-6)
    assert tone.gray(np.ones((4, 4, 3), dtype)).max() <= 1
    np.testing.assert_array_equal(tone.gray(colour), colour)


@pytest.mark.parametrize(
    "picture, message",
    [
        (np.zeros((4, 4, 4), "float32"), "1 or 3 channels.*Drop an alpha"),
        (np.zeros((4, 4), "float32"), r"shape \(h, w, c\)"),
        (np.full((4, 4, 3), 2.0, "float32"), r"in \[0, 1\]"),
        (np.zeros((4, 4, 3), "uint8"), "received uint8"),
    ],
)
def test_gray_refuses_what_is_no_picture(picture, message):
    with pytest.raises(ValueError, match=message):
        tone.gray(picture)
