"""Frechet distance: analytic answers, covariances without full rank, what a score says, refusals."""

import numpy as np
import pytest

from course_lib.metrics import realism

RNG = np.random.default_rng(0)
FEATURES = RNG.standard_normal((40, 6)) @ RNG.standard_normal((6, 6))


class ColourMeans:
    """Three features a picture, so that few pictures are enough."""

    name, dimension, distance = "means of red, green and blue", 3, "Frechet distance"

    def __call__(self, pictures):
        return np.stack([picture.mean(axis=(0, 1)) for picture in pictures]).astype("float64")


def pictures(count, seed=0):
    return np.random.default_rng(seed).random((count, 16, 16, 3)).astype("float32")


def test_shifted_features_are_as_far_apart_as_the_shift_squared():
    shift = np.arange(6) / 10
    distance = realism.frechet_distance(*realism.moments(FEATURES), *realism.moments(FEATURES + shift))
    assert distance == pytest.approx(shift @ shift, rel=1e-9)


def test_equal_moments_are_no_distance_apart_even_without_full_rank():
    few = RNG.standard_normal((5, 30))
    assert realism.frechet_distance(*realism.moments(few), *realism.moments(few)) == pytest.approx(
        0, abs=1e-9
    )


def test_uncorrelated_features_differ_by_the_squares_of_their_deviations():
    # For diagonal covariances the distance is sum (s1 - s2)^2.
    s1, s2, zero = np.array([1.0, 2.0, 0.0]), np.array([1.5, 0.5, 2.0]), np.zeros(3)
    distance = realism.frechet_distance(zero, np.diag(s1**2), zero, np.diag(s2**2))
    assert distance == pytest.approx(np.sum((s1 - s2) ** 2), rel=1e-12)


def test_covariances_of_one_direction_each_have_the_distance_of_that_plane():
    # a a' and b b' as covariances: trace of the root of their product is |a . b|.
    a, b, zero = np.array([3.0, 0.0, 4.0]), np.array([1.0, 2.0, 2.0]), np.zeros(3)
    distance = realism.frechet_distance(zero, np.outer(a, a), zero, np.outer(b, b))
    assert distance == pytest.approx(25 + 9 - 2 * 11, rel=1e-12)


def test_the_distance_is_symmetric_and_does_not_depend_on_the_axes():
    other = RNG.standard_normal((50, 6)) + 1
    turn = np.linalg.qr(RNG.standard_normal((6, 6)))[0]
    first, second = realism.moments(FEATURES), realism.moments(other)
    distance = realism.frechet_distance(*first, *second)
    assert realism.frechet_distance(*second, *first) == pytest.approx(distance, rel=1e-9)
    turned = realism.frechet_distance(*realism.moments(FEATURES @ turn), *realism.moments(other @ turn))
    assert turned == pytest.approx(distance, rel=1e-9)


def test_the_covariance_is_divided_by_one_less_than_the_count():
    mean, covariance = realism.moments(np.array([[0.0, 1.0], [2.0, 1.0]]))
    np.testing.assert_allclose(mean, [1, 1])
    np.testing.assert_allclose(covariance, [[2, 0], [0, 0]])


def test_float32_moments_are_computed_in_double_precision():
    far = (1e4 + RNG.standard_normal((50, 2))).astype("float32")
    np.testing.assert_allclose(realism.moments(far)[1], np.cov(far.astype("float64").T), rtol=1e-9)


def test_a_score_states_its_features_and_both_counts():
    score = realism.frechet(pictures(40), list(pictures(50, seed=1)))
    assert (score.real, score.generated, score.dimension, score.full_rank) == (40, 50, 29, True)
    assert str(score) == (
        f"Frechet distance {score.value:.4g} (features: 29 steerable and colour statistics, hand-made; "
        "40 real and 50 generated pictures)"
    )


def test_a_score_is_the_distance_of_the_networks_features():
    bright = pictures(20) * 0.5 + 0.5
    score = realism.frechet(pictures(20), bright, ColourMeans())
    a, b = (x.mean(axis=(1, 2)).astype("float64") for x in (pictures(20), bright))
    # One is half the other plus a half, so that deviations halve: trace of (s - s / 2)^2.
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(np.cov(a.T)) / 4
    assert score.value == pytest.approx(expected, rel=1e-3)
    assert "means of red, green and blue" in str(score)


def test_too_few_pictures_are_refused_or_said_aloud():
    with pytest.raises(
        ValueError, match="more than 29 pictures on each side.*received 29 real and 40 generated"
    ):
        realism.frechet(pictures(29), pictures(40))
    score = realism.frechet(pictures(29), pictures(40), allow_few=True)
    assert not score.full_rank
    assert str(score).endswith("biased upward: a covariance of rank 28 in 29 dimensions")


def test_few_pictures_are_judged_worse_than_many_of_the_same_kind():
    few = realism.frechet(pictures(12), pictures(12, seed=1), allow_few=True).value
    many = realism.frechet(pictures(200), pictures(200, seed=1)).value
    assert few > 3 * many


@pytest.mark.parametrize("counts", [(1, 40), (40, 1)])
def test_one_picture_has_no_covariance_and_is_always_refused(counts):
    with pytest.raises(ValueError, match="pictures of at least 2; received 1"):
        realism.frechet(pictures(counts[0]), pictures(counts[1]), allow_few=True)


ZERO, UNIT = np.zeros(2), np.eye(2)


@pytest.mark.parametrize(
    "four, error, words",
    [
        (
            (ZERO, UNIT, np.zeros(3), UNIT),
            ValueError,
            r"mean1 and mean2 of one shape; received \(2,\) and \(3,\)",
        ),
        ((ZERO, UNIT, ZERO, np.eye(3)), ValueError, r"covariance2 of shape \(2, 2\); received \(3, 3\)"),
        ((ZERO, UNIT, ZERO, ZERO), ValueError, "covariance2 with 2 axes"),
        ((ZERO, UNIT * np.nan, ZERO, UNIT), ValueError, "finite values in covariance1"),
        ((ZERO, np.array([[1.0, 2.0], [0.0, 1.0]]), ZERO, UNIT), ValueError, "symmetric covariance1"),
        ((ZERO, UNIT, ZERO, -UNIT), ValueError, "covariance2 without negative eigenvalues; received -1"),
        (([0, 0], UNIT, ZERO, UNIT), TypeError, "mean1 as a NumPy array; received list"),
    ],
)
def test_what_is_no_mean_or_covariance_is_refused(four, error, words):
    with pytest.raises(error, match=words):
        realism.frechet_distance(*four)


@pytest.mark.parametrize(
    "features, error, words",
    [
        (np.zeros((1, 3)), ValueError, "rows of at least 2; received 1"),
        (np.zeros(5), ValueError, "2 axes"),
        (np.full((3, 2), np.inf), ValueError, "finite"),
        ([[0.0], [1.0]], TypeError, "NumPy array; received list"),
    ],
)
def test_what_holds_no_feature_vectors_is_refused(features, error, words):
    with pytest.raises(error, match=words):
        realism.moments(features)
