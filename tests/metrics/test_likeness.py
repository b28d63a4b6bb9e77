"""Likeness: windows cut side by side, the same distances as frechet, collected picture by picture."""

import numpy as np
import pytest

from course_lib.metrics.likeness import Likeness, windows
from course_lib.metrics.realism import frechet


class Means:
    """Mean of each channel: three features that can be worked out by hand."""

    name, dimension, distance = "channel means", 3, "Frechet distance"

    def __call__(self, pictures):
        return np.stack([picture.mean(axis=(0, 1)) for picture in pictures]).astype("float64")


@pytest.fixture
def pictures():
    rng = np.random.default_rng(3)
    return [rng.random((32, 50, 3)) for _ in range(4)]


def test_windows_are_cut_side_by_side_and_the_rest_is_left():
    picture = np.arange(5 * 7).reshape(5, 7, 1)
    cut = windows(picture, 2)
    assert cut.shape == (6, 2, 2, 1)
    np.testing.assert_array_equal(cut[4, ..., 0], [[16, 17], [23, 24]])


def test_a_constant_added_gives_its_squared_length(pictures):
    likeness = Likeness(16, Means())
    for picture in pictures:
        likeness.add(real=picture / 2, shifted=picture / 2 + np.array([0.1, 0.2, 0.3]), same=picture / 2)
    scores = likeness.scores()
    assert scores["frechet"]["same"] == 0
    assert scores["frechet"]["shifted"] == pytest.approx(0.01 + 0.04 + 0.09, abs=1e-4)
    assert (scores["windows"], scores["side"], scores["biased"]) == (4 * 6, 16, False)


def test_picture_by_picture_equals_all_at_once(pictures):
    likeness = Likeness(16)
    darker = [picture**2 for picture in pictures]
    for real, dark in zip(pictures, darker, strict=True):
        likeness.add(real=real, dark=dark)
    cut = [np.concatenate([windows(picture, 16) for picture in half]) for half in (pictures, darker)]
    expected = frechet(*cut, allow_few=True)
    scores = likeness.scores()
    assert scores["frechet"]["dark"] == pytest.approx(expected.value, abs=1e-4)
    assert scores["features"] == expected.features and scores["biased"] is not expected.full_rank


def test_a_scene_without_its_real_picture_is_refused(pictures):
    with pytest.raises(ValueError, match="needs a real picture; received made"):
        Likeness(16).add(made=pictures[0])


def test_pictures_smaller_than_a_window_are_named(pictures):
    with pytest.raises(ValueError, match=r"sides of at least 64; real is \(32, 50\)"):
        Likeness(64).add(real=pictures[0])


def test_a_window_too_small_for_the_features_is_refused():
    with pytest.raises(ValueError, match="side of at least 16"):
        Likeness(8)
