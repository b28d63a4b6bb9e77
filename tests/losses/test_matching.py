"""Feature matching: known answers, both weightings, where gradients flow, refusals."""

import numpy as np
import pytest
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.losses.matching import feature_matching


def features(*values):
    return [np.full((1, 2, 3, 4), value, "float32") for value in values]


REAL = [features(0, 0, 0), features(0, 0, 0)]
FAKE = [features(1, -2, 50), features(4, 0, 50)]


def test_layers_are_compared_by_mean_absolute_difference_and_the_scores_left_out():
    # (1 + 2 + 4 + 0) * 10 / 2 scales
    assert float(feature_matching(REAL, FAKE)) == pytest.approx(35)
    assert float(feature_matching(REAL, FAKE, weight=1)) == pytest.approx(3.5)


def test_pix2pixhd_weighs_by_the_critics_depth_and_agrees_with_spade_at_three_layers():
    assert float(feature_matching(REAL, FAKE, n_layers=3)) == pytest.approx(35)
    assert float(feature_matching(REAL, FAKE, n_layers=4)) == pytest.approx(28)


def test_equal_features_cost_nothing():
    assert float(feature_matching(FAKE, FAKE)) == 0


def test_gradients_flow_into_the_generated_pictures_alone():
    x = np.full((1, 2, 3, 4), 0.5, "float32")
    others = features(0, 0)
    into_fake = input_gradient(lambda t: feature_matching([[others[0], others[1]]], [[t, others[1]]]), x)
    into_real = input_gradient(lambda t: feature_matching([[t, others[1]]], [[others[0], others[1]]]), x)
    np.testing.assert_allclose(ops.convert_to_numpy(into_fake), 10 / 24, rtol=1e-5)
    np.testing.assert_array_equal(ops.convert_to_numpy(into_real), 0)


@pytest.mark.parametrize(
    "real, fake, settings, error, words",
    [
        (REAL, FAKE[:1], {}, ValueError, r"same scales and layers.*\[3, 3\] and \[3\]"),
        (REAL, [FAKE[0], FAKE[1][:2]], {}, ValueError, r"\[3, 3\] and \[3, 2\]"),
        ([], [], {}, ValueError, r"received \[\] and \[\]"),
        ([features(0)], [features(0)], {}, ValueError, "features before the score map"),
        (features(0, 0), features(0, 0), {}, TypeError, "list of scales, each a list of features"),
        (REAL, FAKE, {"weight": -1}, ValueError, "weight of at least 0"),
        (REAL, FAKE, {"n_layers": 0}, ValueError, "n_layers of at least 1"),
        (
            [features(0, 0)],
            [[np.zeros((1, 2, 3, 5), "float32")] * 2],
            {},
            ValueError,
            "real and fake of one shape",
        ),
    ],
)
def test_features_that_do_not_correspond_are_refused(real, fake, settings, error, words):
    with pytest.raises(error, match=words):
        feature_matching(real, fake, **settings)
