"""Moments and Frechet distance against stored values of another implementation."""

import numpy as np
import pytest

from course_lib.metrics import realism
from tests.parity.fixtures_folder import fixture_files


def _cases():
    for path in fixture_files("gan_metrics*.npz"):
        with np.load(path) as stored:
            names = [key.removesuffix("/out/frechet") for key in stored if key.endswith("/out/frechet")]
        yield from (pytest.param(path, name, id=f"{path.stem}-{name}") for name in names)


@pytest.mark.parametrize("path, case", list(_cases()))
def test_mean_and_covariance_are_theirs(path, case):
    with np.load(path) as stored:
        for side, number in (("x", 1), ("y", 2)):
            mean, covariance = realism.moments(stored[f"{case}/in/{side}"])
            np.testing.assert_allclose(mean, stored[f"{case}/mu{number}"], rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(covariance, stored[f"{case}/sigma{number}"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("path, case", list(_cases()))
def test_the_frechet_distance_is_theirs(path, case):
    with np.load(path) as stored:
        four = [stored[f"{case}/{name}"] for name in ("mu1", "sigma1", "mu2", "sigma2")]
        expected = float(stored[f"{case}/out/frechet"])
    assert realism.frechet_distance(*four) == pytest.approx(expected, rel=1e-8)
