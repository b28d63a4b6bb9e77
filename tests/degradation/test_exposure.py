"""Averaged frames: known answers, the shutter equals a convolution, wrong inputs."""

import numpy as np
import pytest

from course_lib.degradation import blur, exposure, kernels, trajectory


@pytest.fixture
def sharp():
    return np.random.default_rng(0).random((15, 18, 3))


def test_the_average_of_black_and_white_is_grey_in_numbers_and_brighter_in_light():
    frames = np.stack([np.zeros((2, 3)), np.ones((2, 3))])
    np.testing.assert_allclose(exposure.average_frames(frames), 0.5)
    # Half the light, encoded: 0.5 ** (1 / 2.2).
    np.testing.assert_allclose(exposure.average_frames(frames, gamma=2.2), 0.7297400528)
    np.testing.assert_allclose(exposure.average_frames(frames, gamma=1), 0.5)


@pytest.mark.parametrize("gamma", [None, 1.8, 2.2])
def test_frames_that_do_not_move_average_to_themselves(sharp, gamma):
    averaged = exposure.average_frames(np.stack([sharp] * 5), gamma)
    np.testing.assert_allclose(averaged, sharp, atol=1e-12)


def test_averaging_light_never_gives_less_than_averaging_numbers(sharp):
    frames = np.stack([sharp, sharp[::-1], sharp[:, ::-1]])
    assert (exposure.average_frames(frames, 2.2) >= exposure.average_frames(frames) - 1e-12).all()


def test_the_adjoint_gives_every_frame_an_equal_share(sharp):
    frames = exposure.average_frames_adjoint(sharp.astype("float32"), 4)
    assert (frames.shape, frames.dtype) == ((4, 15, 18, 3), np.float32)
    for frame in frames:
        np.testing.assert_allclose(frame, sharp / 4, atol=1e-7)


def test_a_path_of_whole_pixels_rolls_the_scene(sharp):
    frames = exposure.moving_frames(sharp, [0, 2 + 0j, -1 + 3j], "circular")
    for frame, (down, right) in zip(frames, [(0, 0), (0, 2), (3, -1)], strict=True):
        np.testing.assert_allclose(frame, np.roll(sharp, (down, right), axis=(0, 1)), atol=1e-12)


@pytest.mark.parametrize("border", blur.BORDERS)
def test_averaging_a_moving_scene_is_one_convolution_with_its_path(sharp, border):
    path = trajectory.centred_path(9, np.random.default_rng(1), 20.0)[::16]
    averaged = exposure.average_frames(exposure.moving_frames(sharp, path, border))
    np.testing.assert_allclose(averaged, blur.convolve(sharp, kernels.splat(path, 9), border), atol=1e-6)


def test_frames_stay_in_range_whatever_the_rounding():
    white = np.ones((12, 12), "float32")
    path = trajectory.centred_path(9, np.random.default_rng(2))
    frames = exposure.moving_frames(white, path)
    assert frames.dtype == np.float32
    assert frames.max() <= 1
    np.testing.assert_allclose(exposure.average_frames(frames), 1, atol=1e-6)


PICTURE = np.full((6, 6), 0.5)
WRONG = {
    "uint8": (lambda: exposure.average_frames(np.zeros((2, 4, 4), "uint8")), ValueError, "received uint8"),
    "out of range": (lambda: exposure.average_frames(np.full((2, 4, 4), 3.0)), ValueError, "in .3, 3."),
    "no frames": (lambda: exposure.average_frames(np.zeros((0, 4, 4))), ValueError, "at least one pixel"),
    "one picture": (lambda: exposure.average_frames(PICTURE), ValueError, "received .6, 6"),
    "list of frames": (lambda: exposure.average_frames([PICTURE]), TypeError, "received list"),
    "gamma 0": (lambda: exposure.average_frames(PICTURE[None], 0), ValueError, "gamma above 0; received 0"),
    "adjoint of none": (
        lambda: exposure.average_frames_adjoint(PICTURE, 0),
        ValueError,
        "count of at least 1",
    ),
    "adjoint of NaN": (lambda: exposure.average_frames_adjoint(PICTURE * np.nan, 2), ValueError, "NaN"),
    "no path": (lambda: exposure.moving_frames(PICTURE, []), ValueError, "received shape .0,"),
    "NaN path": (lambda: exposure.moving_frames(PICTURE, [complex("nan")]), ValueError, "finite offsets"),
    "path too long": (lambda: exposure.moving_frames(PICTURE, [9 + 0j]), ValueError, "can mirror at most 5"),
    "bytes that move": (lambda: exposure.moving_frames(PICTURE * 255, [0j]), ValueError, "in .127.5, 127.5"),
}


@pytest.mark.parametrize("call, error, message", WRONG.values(), ids=WRONG.keys())
def test_exposures_refuse_and_say_why(call, error, message):
    with pytest.raises(error, match=message):
        call()
