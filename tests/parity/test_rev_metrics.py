"""The evaluation of the deblurring papers: rounding to bytes, PSNR on RGB and on luma, two kinds of SSIM."""

import json

import numpy as np
import pytest
import skimage.color

from course_lib.data import images
from course_lib.metrics import fidelity
from tests.parity.fixtures_folder import fixture_files


@pytest.fixture(params=fixture_files("rev_metrics*.npz"), ids=lambda path: path.stem)
def stored(request):
    with np.load(request.param) as file:
        return {key: file[key] for key in file}


@pytest.fixture
def pair(stored):
    """Two byte pictures, truth first."""
    return stored["in/gt_uint8"], stored["out/pred_uint8"]


def _expected(stored, name):
    known = json.loads(str(stored["meta"]))
    if name not in known:
        pytest.skip(f"this file does not say {name}")
    return known[name]


def _luma(picture_u8):
    return skimage.color.rgb2ycbcr(picture_u8)[..., 0]


def test_an_output_becomes_bytes_by_clipping_and_rounding(stored):
    clipped = np.clip(stored["in/pred_float"], 0, 1)
    np.testing.assert_array_equal(images.to_u8(clipped), stored["out/pred_uint8"])


def test_psnr_of_bytes_is_theirs(stored, pair):
    assert fidelity.psnr(*pair, 255) == pytest.approx(_expected(stored, "psnr_uint8"), abs=1e-6)


def test_psnr_of_the_same_bytes_in_unit_range_is_theirs(stored, pair):
    sharp, restored = (picture / 255 for picture in pair)
    expected = _expected(stored, "psnr_float01_skimage")
    assert fidelity.psnr(sharp, restored, 1.0) == pytest.approx(expected, abs=1e-6)


def test_psnr_of_luma_is_theirs(stored, pair):
    sharp, restored = map(_luma, pair)
    assert fidelity.psnr(sharp, restored, 255) == pytest.approx(_expected(stored, "psnr_y"), abs=1e-5)


@pytest.mark.parametrize(
    "name, variant, tolerance",
    [("ssim3d_uint8", "gauss3d_replicate", 1e-4), ("ssim2d_per_channel_mean_uint8", "gauss11_valid", 1e-6)],
)
def test_ssim_of_bytes_is_theirs(stored, pair, name, variant, tolerance):
    assert fidelity.ssim(*pair, 255, variant) == pytest.approx(_expected(stored, name), abs=tolerance)


def test_ssim_of_the_same_bytes_in_unit_range_is_theirs(stored, pair):
    sharp, restored = (picture / 255 for picture in pair)
    ours = fidelity.ssim(sharp, restored, 1.0, "gauss3d_replicate")
    assert ours == pytest.approx(_expected(stored, "ssim3d_float01"), abs=1e-4)
