"""Losses of the deblurring papers against stored values and one stored gradient."""

import re

import keras
import numpy as np
import pytest

from course_lib.backend.derivatives import input_gradient
from course_lib.losses.frequency import FrequencyLoss, spectral_distance
from course_lib.losses.pixel import PSNRLoss
from course_lib.metrics import fidelity
from tests.parity.fixtures_folder import fixture_files


@pytest.fixture(params=fixture_files("rev_losses*.npz"), ids=lambda path: path.stem)
def stored(request):
    with np.load(request.param) as file:
        return {key: file[key] for key in file}


def _expected(stored, name):
    if name not in stored:
        pytest.skip(f"this file does not hold {name}")
    return stored[name]


@pytest.mark.parametrize(
    "name, loss",
    [
        ("L1_single", keras.losses.MeanAbsoluteError()),
        ("PSNRLoss_single", PSNRLoss()),
        ("FreqLoss_single", FrequencyLoss()),
    ],
)
def test_the_loss_of_one_output_is_theirs(stored, name, loss):
    value = float(loss(stored["in/gt"], stored["in/pred0"]))
    assert value == pytest.approx(float(_expected(stored, f"out/{name}")), rel=1e-5)


def test_the_spectral_distance_is_theirs(stored):
    values = keras.ops.convert_to_numpy(spectral_distance(stored["in/gt"], stored["in/pred0"]))
    assert values.mean() == pytest.approx(float(_expected(stored, "out/freq_term_single")), rel=1e-5)


def test_several_outputs_cost_the_mean_of_their_losses(stored):
    expected = float(_expected(stored, "out/FreqLoss_list"))
    outputs = [stored[key] for key in sorted(stored) if re.fullmatch(r"in/pred\d+", key)]
    values = [float(FrequencyLoss()(stored["in/gt"], output)) for output in outputs]
    assert np.mean(values) == pytest.approx(expected, rel=1e-5)


def test_the_gradient_of_the_frequency_loss_is_theirs(stored):
    names = [key for key in stored if re.fullmatch(r"grad/FreqLoss_pred\d+_alone", key)]
    if not names:
        pytest.skip("this file holds no gradient of the frequency loss")
    for name in names:
        expected, output = stored[name], stored[f"in/{name.split('_')[1]}"]
        gradient = input_gradient(lambda restored: FrequencyLoss()(stored["in/gt"], restored), output)
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(gradient), expected, atol=1e-4 * np.abs(expected).max(), rtol=0
        )


def test_psnr_of_a_batch_taken_as_one_picture_is_theirs(stored):
    expected = float(_expected(stored, "out/psnr_float_batch"))
    sharp, restored = (np.concatenate(stored[f"in/{name}"]) for name in ("gt", "pred0"))  # (b * h, w, c)
    assert fidelity.psnr(sharp, restored, 1.0) == pytest.approx(expected, abs=1e-4)
