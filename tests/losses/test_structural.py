"""Log-SSIM: against the metric, known answers, the guard, gradients, refusals."""

import math

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.losses.structural import MSELogSSIM, log_ssim, ssim_map
from course_lib.metrics.fidelity import ssim

RNG = np.random.default_rng(0)
TRUE = RNG.random((2, 14, 13, 3)).astype("float32")
MADE = (TRUE + 0.2 * RNG.standard_normal(TRUE.shape)).astype("float32")


def test_the_map_averages_to_the_metric_with_zeros_outside():
    ours = ops.convert_to_numpy(ops.mean(ssim_map(TRUE, MADE), axis=(1, 2, 3)))
    theirs = [ssim(t, m, 1.0, variant="gauss11_same_zero") for t, m in zip(TRUE, MADE, strict=True)]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_loss_is_the_logarithm_of_one_mean_over_all_pictures():
    mean = np.mean([ssim(t, m, 1.0, variant="gauss11_same_zero") for t, m in zip(TRUE, MADE, strict=True)])
    assert float(log_ssim(TRUE, MADE)) == pytest.approx(-math.log10(mean), abs=1e-5)


def test_equal_pictures_cost_nothing_and_pull_nowhere():
    assert float(log_ssim(TRUE, TRUE)) == pytest.approx(0, abs=1e-6)
    gradient = input_gradient(lambda made: MSELogSSIM()(TRUE, made), TRUE)
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), 0, atol=1e-5)


def test_flat_pictures_differ_in_brightness_alone():
    # In the middle, 5 pixels from every border, only the first fraction of SSIM is not 1.
    flat = np.full((1, 15, 15, 1), 0.5, "float32")
    middle = ops.convert_to_numpy(ssim_map(flat, flat + 0.25))[0, 7, 7, 0]
    assert middle == pytest.approx((2 * 0.5 * 0.75 + 1e-4) / (0.5**2 + 0.75**2 + 1e-4), abs=5e-4)


def test_bright_pictures_of_little_contrast_keep_their_variance():
    # The variance is a difference of two numbers near 0.8 that are equal to five digits.
    true = (0.9 + 0.003 * RNG.standard_normal((1, 16, 16, 1))).astype("float32")
    made = (0.9 + 0.003 * RNG.standard_normal((1, 16, 16, 1))).astype("float32")
    value = ssim(true[0], made[0], 1.0, variant="gauss11_same_zero")
    assert float(ops.mean(ssim_map(true, made))) == pytest.approx(value, abs=5e-4)


def test_the_opposite_of_a_picture_meets_the_guard_not_a_logarithm_of_less_than_nothing():
    inverse = 1 - TRUE
    assert float(ops.mean(ssim_map(TRUE, inverse))) < 0
    assert float(log_ssim(TRUE, inverse)) == pytest.approx(6, abs=1e-4)
    gradient = ops.convert_to_numpy(input_gradient(lambda made: log_ssim(TRUE, made), inverse))
    np.testing.assert_array_equal(gradient, 0)
    # The squared error goes on pulling.
    gradient = ops.convert_to_numpy(input_gradient(lambda made: MSELogSSIM()(TRUE, made), inverse))
    assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0


def test_paper_and_code_weigh_the_two_terms():
    square, structure = np.mean((MADE - TRUE) ** 2), float(log_ssim(TRUE, MADE))
    assert float(MSELogSSIM()(TRUE, MADE)) == pytest.approx(square + 0.5 * structure, rel=1e-5)
    code = MSELogSSIM(factor=0.6, mean=True)
    assert float(code(TRUE, MADE)) == pytest.approx((square + 0.6 * structure) / 2, rel=1e-5)
    assert float(MSELogSSIM(factor=0)(TRUE, MADE)) == pytest.approx(square, rel=1e-5)


def test_a_network_of_open_size_trains_with_it():
    picture = keras.Input((None, None, 1))
    model = keras.Model(picture, keras.layers.Conv2D(1, 3, padding="same")(picture))
    model.compile(keras.optimizers.SGD(0.1), MSELogSSIM())
    losses = [float(model.train_on_batch(MADE[..., :1], TRUE[..., :1])) for _ in range(5)]
    assert losses[-1] < losses[0]


def test_the_loss_survives_its_config():
    loss = MSELogSSIM(factor=0.6, mean=True)
    twin = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(twin) is MSELogSSIM
    assert twin.get_config() == loss.get_config()


@pytest.mark.parametrize(
    "factor, error, words",
    [
        (-0.5, ValueError, "MSELogSSIM needs factor of at least 0; received -0.5"),
        (math.nan, ValueError, "received nan"),
        ("half", TypeError, "factor as a number; received str"),
    ],
)
def test_a_factor_without_sense_is_refused(factor, error, words):
    with pytest.raises(error, match=words):
        MSELogSSIM(factor=factor)
