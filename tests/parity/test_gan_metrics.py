"""PSNR and SSIM against the values that other implementations give for stored pictures."""

import numpy as np
import pytest

from course_lib.metrics import fidelity
from tests.parity.fixtures_folder import fixture_files

# Their name: our variant, tolerance. Two of them computed in float32.
THEIRS = {
    "ssim_gauss11_valid": ("gauss11_valid", 1e-9),
    "ssim_gauss11_same_zero": ("gauss11_same_zero", 1e-9),
    "ssim_gauss11_same_reflect": ("gauss11_same_reflect", 1e-9),
    "ssim_ignite": ("gauss11_same_reflect", 1e-4),
    "ssim_uniform7_skimage_default": ("uniform7", 1e-9),
    "ssim_gauss3d_replicate": ("gauss3d_replicate", 1e-4),
}


def _results(wanted):
    """(path, case, result name) of every result `wanted` accepts; a case is a prefix that holds in/a."""
    found = []
    for path in fixture_files("gan_metrics*.npz"):
        with np.load(path) as stored:
            for case in [key.removesuffix("/in/a") for key in stored if key.endswith("/in/a")]:
                names = [key.removeprefix(f"{case}/out/") for key in stored if key.startswith(f"{case}/out/")]
                found += [
                    pytest.param(path, case, n, id=f"{path.stem}-{case}-{n}") for n in names if wanted(n)
                ]
    return found


def _load(path, case, name):
    with np.load(path) as stored:
        pair = stored[f"{case}/in/a"], stored[f"{case}/in/b"]
        return *pair, float(stored[f"{case}/data_range"]), stored[f"{case}/out/{name}"]


def _batch(picture):
    return picture[None, ..., None] if picture.ndim == 2 else picture[None]


@pytest.mark.parametrize("path, case, name", _results(lambda name: name == "psnr"))
def test_psnr_is_theirs(path, case, name):
    a, b, data_range, expected = _load(path, case, name)
    assert fidelity.psnr(a, b, data_range) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("path, case, name", _results(lambda name: name == "mse"))
def test_psnr_follows_from_their_mean_squared_error(path, case, name):
    a, b, data_range, error = _load(path, case, name)
    assert fidelity.psnr(a, b, data_range) == pytest.approx(10 * np.log10(data_range**2 / error), rel=1e-9)


@pytest.mark.parametrize("path, case, name", _results(lambda name: name in THEIRS))
def test_every_variant_of_ssim_is_theirs(path, case, name):
    a, b, data_range, expected = _load(path, case, name)
    variant, tolerance = THEIRS[name]
    assert fidelity.ssim(a, b, data_range, variant) == pytest.approx(float(expected), abs=tolerance)


@pytest.mark.parametrize("path, case, name", _results(lambda name: name == "ssim_map_valid"))
def test_the_map_of_ssim_is_theirs_pixel_by_pixel(path, case, name):
    a, b, data_range, expected = _load(path, case, name)
    np.testing.assert_allclose(fidelity.ssim_map(a, b, data_range), expected, atol=1e-6)


@pytest.mark.parametrize("path, case, name", _results(lambda name: name in ("psnr", "ssim_gauss11_valid")))
def test_the_keras_metrics_are_theirs(path, case, name):
    a, b, data_range, expected = _load(path, case, name)
    metric = fidelity.PSNR(data_range) if name == "psnr" else fidelity.SSIM(data_range)
    metric.update_state(_batch(a), _batch(b))
    assert float(metric.result()) == pytest.approx(float(expected), abs=1e-4)
