"""The logarithm of a spectrum: NumPy's transform, blind to contrast; it tells a blur's direction."""

import keras
import numpy as np
import pytest

from course_lib.degradation import blur, kernels
from course_lib.layers.spectrum import LogSpectrum

RNG = np.random.default_rng(0)


def run(x, side=8):
    return keras.ops.convert_to_numpy(LogSpectrum(side)(x.astype("float32")))


def test_it_is_the_mean_power_of_windows_as_numpy_transforms_them():
    x = RNG.random((2, 20, 17, 3))
    light = x @ np.array([0.299, 0.587, 0.114])
    window = np.sin(np.pi * (np.arange(8) + 0.5) / 8) ** 2
    down, across = np.minimum(np.arange(8), 8 - np.arange(8))[:, None], np.arange(5)
    fall = 3 * np.log(np.maximum(np.sqrt(down**2 + across**2), 1.5))
    for b in range(2):
        blocks = [light[b, y : y + 8, c : c + 8] for y in range(0, 13, 4) for c in range(0, 10, 4)]
        blocks = [(block - block.mean()) * np.outer(window, window) for block in blocks]
        logs = np.log(np.mean([np.abs(np.fft.rfft2(block)) ** 2 for block in blocks], axis=0) + 1e-4) + fall
        np.testing.assert_allclose(run(x)[b], (logs - logs.mean()).ravel(), atol=1e-4)


def test_less_contrast_and_another_brightness_change_next_to_nothing():
    x = RNG.random((1, 32, 32, 3))
    np.testing.assert_allclose(run(0.5 * x + 0.2), run(x), atol=0.01)


def test_a_blur_takes_away_the_waves_along_its_direction():
    sharp = RNG.random((64, 64, 3)).astype("float32")
    found = {}
    for angle in (0, 90):
        blurred = blur.blur(sharp, kernels.line(7, angle))
        found[angle] = (run(blurred[None]) - run(sharp[None])).reshape(8, 5)
    # Rows are waves from top to bottom, columns from left to right; both go to 4 in a window of 8.
    assert found[0][0, 2:].mean() < found[0][2:5, 0].mean() - 2
    assert found[90][2:5, 0].mean() < found[90][0, 2:].mean() - 2


def test_a_flat_picture_has_a_finite_one():
    assert np.isfinite(run(np.full((1, 16, 16, 3), 0.5))).all()


def test_a_picture_smaller_than_a_window_and_odd_sides_are_refused():
    with pytest.raises(ValueError, match="at least 8 x 8 pixels; received 6 x 16"):
        run(np.zeros((1, 6, 16, 3)))
    with pytest.raises(ValueError, match="LogSpectrum needs .*divisible by 2"):
        LogSpectrum(7)
    with pytest.raises(ValueError, match="LogSpectrum needs side of at least 4"):
        LogSpectrum(2)
