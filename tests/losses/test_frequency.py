"""The frequency loss: transforms known by heart, agreement with NumPy, gradients, refusals."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.losses.frequency import FrequencyLoss, spectral_distance

# Even and odd sides: the half spectrum has width // 2 + 1 columns in both cases.
SIZES = [(6, 8), (6, 7), (5, 8), (5, 7)]


def _distance(sharp, restored):
    return ops.convert_to_numpy(spectral_distance(sharp, restored))


def _pair(height, width, channels=2):
    rng = np.random.default_rng(height * width)
    return rng.random((2, 2, height, width, channels)).astype("float32")


@pytest.mark.parametrize("height, width", SIZES)
def test_one_wrong_pixel_is_wrong_at_every_frequency(height, width):
    sharp = np.zeros((1, height, width, 2), "float32")
    restored = sharp.copy()
    restored[0, 2, 3, 1] = 0.7
    # Magnitude 0.7 everywhere in one of the two channels.
    np.testing.assert_allclose(_distance(sharp, restored), 0.35, rtol=1e-5)


@pytest.mark.parametrize("height, width", SIZES)
def test_a_shift_in_brightness_is_wrong_at_one_frequency(height, width):
    sharp = np.full((1, height, width, 1), 0.2, "float32")
    expected = 0.5 * height * width / (height * (width // 2 + 1))
    np.testing.assert_allclose(_distance(sharp, sharp + 0.5), expected, rtol=1e-5)


@pytest.mark.parametrize("height, width", SIZES)
def test_the_distance_agrees_with_the_transform_of_numpy(height, width):
    sharp, restored = _pair(height, width)
    spectra = [np.fft.rfft2(picture.astype("float64"), axes=(1, 2)) for picture in (sharp, restored)]
    expected = np.abs(spectra[0] - spectra[1]).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(_distance(sharp, restored), expected, rtol=1e-5)


@pytest.mark.parametrize("weight", [0.01, 0.5])
def test_the_loss_is_l1_plus_the_weighted_distance(weight):
    sharp, restored = _pair(6, 7)
    spectral = np.abs(np.fft.rfft2(sharp.astype("float64") - restored, axes=(1, 2))).mean()
    expected = np.abs(sharp - restored).mean() + weight * spectral
    assert float(FrequencyLoss(weight)(sharp, restored)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("height, width", [(6, 8), (5, 7)])
def test_the_gradient_is_the_slope_that_numpy_measures(height, width):
    sharp, restored = _pair(height, width)
    direction = np.random.default_rng(1).standard_normal(restored.shape)

    def along(step):
        difference = restored.astype("float64") + step * direction - sharp
        return np.abs(np.fft.rfft2(difference, axes=(1, 2))).mean(axis=(1, 2, 3)).sum()

    measured = (along(1e-5) - along(-1e-5)) / 2e-5
    gradient = input_gradient(lambda x: spectral_distance(sharp, x), restored)
    assert np.sum(ops.convert_to_numpy(gradient) * direction) == pytest.approx(measured, rel=1e-3, abs=1e-4)


def test_the_gradient_of_equal_pictures_is_zero_and_not_nan():
    sharp, _ = _pair(6, 7)
    gradient = input_gradient(lambda restored: spectral_distance(sharp, restored), sharp)
    np.testing.assert_array_equal(ops.convert_to_numpy(gradient), 0)


def test_the_loss_of_equal_pictures_is_zero_and_its_gradient_at_most_that_of_l1():
    sharp, _ = _pair(6, 7)
    assert float(FrequencyLoss()(sharp, sharp)) == 0
    # Engines disagree on the slope of |x| at 0: anything from -1 to 1 is right.
    gradient = input_gradient(lambda restored: FrequencyLoss()(sharp, restored), sharp)
    assert np.abs(ops.convert_to_numpy(gradient)).max() <= 1.0001 / sharp.size


def test_the_gradient_stays_finite_where_only_some_frequencies_agree():
    sharp = np.zeros((1, 8, 8, 1), "float32")
    gradient = input_gradient(lambda restored: spectral_distance(sharp, restored), sharp + 0.5)
    assert np.isfinite(ops.convert_to_numpy(gradient)).all()


def test_fit_lowers_the_loss():
    sharp, blurred = _pair(8, 8, channels=3)
    picture = keras.Input((None, None, 3))
    model = keras.Model(picture, keras.layers.Conv2D(3, 3, padding="same")(picture))
    model.compile(keras.optimizers.Adam(0.01), FrequencyLoss())
    history = model.fit(blurred, sharp, epochs=10, verbose=0).history["loss"]
    assert history[-1] < 0.9 * history[0]


def test_the_loss_survives_its_config():
    loss = FrequencyLoss(weight=0.05, name="spectrum")
    twin = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(twin) is FrequencyLoss
    assert twin.get_config() == loss.get_config()


@pytest.mark.parametrize(
    "weight, error, words",
    [
        (-0.01, ValueError, "FrequencyLoss needs weight of at least 0; received -0.01"),
        (float("nan"), ValueError, "received nan"),
        (None, TypeError, "weight as a number; received NoneType"),
    ],
)
def test_a_weight_without_sense_is_refused(weight, error, words):
    with pytest.raises(error, match=words):
        FrequencyLoss(weight)
