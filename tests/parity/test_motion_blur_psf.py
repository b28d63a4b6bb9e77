"""The official motion-blur generator, replayed: tracks, exposures and pictures from its own code."""

import numpy as np
import pytest

from course_lib.degradation import trajectory
from tests.parity.fixtures_folder import fixture_files


class Replay:
    """Hands out recorded draws in their order, and refuses a draw of the wrong kind."""

    def __init__(self, kinds, values):
        self.left = list(zip(kinds, values, strict=True))[::-1]

    def uniform(self):
        return self._next(0)

    def standard_normal(self):
        return self._next(1)

    def _next(self, wanted):
        kind, value = self.left.pop()
        if kind != wanted:
            raise ValueError(f"draw {len(self.left)} from the end is of kind {kind}, not {wanted}")
        return float(value)


def _cases(having):
    """(path, prefix) of every case that holds the key `having`."""
    found = []
    for path in fixture_files("gan_motion_blur_psf*.npz"):
        with np.load(path) as stored:
            prefixes = sorted(key.removesuffix(f"/{having}") for key in stored if key.endswith(f"/{having}"))
        found += [pytest.param((path, prefix), id=f"{path.name}-{prefix}") for prefix in prefixes]
    nothing = pytest.mark.skip(reason=f"no gan_motion_blur_psf*.npz with {having} here")
    return found or [pytest.param(None, marks=nothing)]


@pytest.fixture(params=_cases(having="cfg/canvas"))
def case(request):
    return _load(*request.param)


@pytest.fixture(params=_cases(having="out/blur_bgr"))
def case_with_picture(request):
    return _load(*request.param)


def _load(path, prefix):
    with np.load(path) as stored:
        return {key.removeprefix(f"{prefix}/"): stored[key] for key in stored if key.startswith(f"{prefix}/")}


def _walk(case, rng):
    settings = (int(case["cfg/canvas"]), int(case["cfg/iters"]), float(case["cfg/max_len"]))
    return trajectory.trajectory(rng, *settings, shake=float(case["cfg/expl"]))


def _official_path(case):
    return case["traj/re"] + 1j * case["traj/im"]


def test_replayed_draws_give_the_official_track_and_none_is_left_over(case):
    replay = Replay(case["draws/kind"], case["draws/value"])
    np.testing.assert_allclose(_walk(case, replay), _official_path(case), rtol=0, atol=1e-10)
    assert replay.left == []


def test_numpys_legacy_generator_gives_the_official_track_from_its_seed(case):
    path = _walk(case, np.random.RandomState(int(case["cfg/seed"])))
    np.testing.assert_allclose(path, _official_path(case), rtol=0, atol=1e-10)


def test_the_track_has_the_official_length_and_number_of_turns_back(case):
    replay = Replay(case["draws/kind"], case["draws/value"])
    path = _walk(case, replay)
    assert np.abs(np.diff(path)).sum() == pytest.approx(float(case["traj/tot_length"]), abs=1e-9)
    # Four draws come first; then each step takes one uniform draw, and a turn back one more.
    turns = int((case["draws/kind"] == 0).sum()) - 4 - (len(path) - 1)
    assert turns == int(case["traj/big_count"])


def test_exposures_of_the_official_track_are_the_official_ones(case):
    exposures = trajectory.psfs(_official_path(case), int(case["cfg/canvas"]), case["cfg/fraction"])
    np.testing.assert_allclose(exposures, case["out/psf"], rtol=0, atol=1e-10)


def test_exposures_of_our_own_track_are_the_official_ones(case):
    path = _walk(case, Replay(case["draws/kind"], case["draws/value"]))
    exposures = trajectory.psfs(path, int(case["cfg/canvas"]), case["cfg/fraction"])
    np.testing.assert_allclose(exposures, case["out/psf"], rtol=0, atol=1e-10)


def test_the_official_blur_is_reproduced_in_rgb_order(case_with_picture):
    case = case_with_picture
    for psf, blurred_bgr in zip(case["out/psf"], case["out/blur_bgr"], strict=True):
        blurred = trajectory.official_blur(case["in/image_u8_rgb"], psf)
        np.testing.assert_allclose(blurred, blurred_bgr[..., ::-1], rtol=0, atol=1e-5)
