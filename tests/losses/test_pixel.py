"""Pixel losses: known answers, gradients, configs, refusals."""

import math

import keras
import numpy as np
import pytest

from course_lib.backend.derivatives import input_gradient
from course_lib.losses.pixel import Charbonnier, PSNRLoss

FLAT = np.full((2, 4, 5, 3), 0.5, "float32")


def test_charbonnier_of_equal_pictures_is_epsilon():
    assert float(Charbonnier(epsilon=0.01)(FLAT, FLAT)) == pytest.approx(0.01, rel=1e-5)


def test_charbonnier_is_the_hypotenuse_of_difference_and_epsilon():
    assert float(Charbonnier(epsilon=0.4)(FLAT, FLAT + 0.3)) == pytest.approx(0.5, rel=1e-5)


def test_charbonnier_tends_to_l1_for_large_differences():
    apart = FLAT + np.array([0.2, -0.4], "float32").reshape(2, 1, 1, 1)
    assert float(Charbonnier()(FLAT, apart)) == pytest.approx(0.3, abs=1e-5)


def test_charbonnier_is_flat_where_pictures_agree():
    gradient = input_gradient(lambda restored: Charbonnier()(FLAT, restored), FLAT)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(gradient), 0)


def test_psnr_loss_is_minus_the_decibels():
    assert float(PSNRLoss()(FLAT, FLAT + 0.1)) == pytest.approx(-20, abs=1e-3)
    assert float(PSNRLoss(weight=0.5)(FLAT, FLAT + 0.1)) == pytest.approx(-10, abs=1e-3)


def test_psnr_loss_averages_decibels_not_errors():
    apart = FLAT + np.array([0.1, 0.01], "float32").reshape(2, 1, 1, 1)
    assert float(PSNRLoss()(FLAT, apart)) == pytest.approx(-30, abs=1e-2)


def test_psnr_loss_of_equal_pictures_is_its_floor():
    assert float(PSNRLoss()(FLAT, FLAT)) == pytest.approx(-80, abs=1e-3)
    assert float(PSNRLoss(floor=1e-4)(FLAT, FLAT)) == pytest.approx(-40, abs=1e-3)


def test_the_slope_of_psnr_loss_follows_from_the_logarithm():
    # d/dx of 10 log10(mean(x^2)) at x = 0.1 everywhere is 20 / (n ln 10 x); half of it for a mean of two.
    gradient = input_gradient(lambda restored: PSNRLoss()(FLAT, restored), FLAT + np.float32(0.1))
    expected = 20 / (60 * math.log(10) * 0.1) / 2
    np.testing.assert_allclose(keras.ops.convert_to_numpy(gradient), expected, rtol=1e-3)


@pytest.mark.parametrize("loss", [Charbonnier(epsilon=0.02), PSNRLoss(weight=0.5, floor=1e-6)])
def test_a_loss_survives_its_config(loss):
    twin = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(twin) is type(loss)
    assert twin.get_config() == loss.get_config()


@pytest.mark.parametrize(
    "build, error, words",
    [
        (lambda: Charbonnier(epsilon=0), ValueError, "Charbonnier needs epsilon above 0; received 0"),
        (lambda: Charbonnier(epsilon=math.nan), ValueError, "received nan"),
        (lambda: PSNRLoss(weight=-1), ValueError, "PSNRLoss needs weight above 0; received -1"),
        (lambda: PSNRLoss(floor=0), ValueError, "PSNRLoss needs floor above 0"),
        (lambda: PSNRLoss(weight="1"), TypeError, "weight as a number; received str"),
    ],
)
def test_a_setting_without_sense_is_refused(build, error, words):
    with pytest.raises(error, match=words):
        build()
