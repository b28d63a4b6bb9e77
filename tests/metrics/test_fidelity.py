"""PSNR and SSIM: known answers, agreement with scikit-image, refusals."""

import math

import numpy as np
import pytest
import skimage.data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from course_lib.metrics.fidelity import VARIANTS, psnr, ssim, ssim_map


@pytest.fixture(scope="module")
def sharp():
    return skimage.data.astronaut()[60:140, 190:286].astype("float32") / 255  # (80, 96, 3)


@pytest.fixture(scope="module")
def restored(sharp):
    rng = np.random.default_rng(0)
    return np.clip(sharp + 0.05 * rng.standard_normal(sharp.shape), 0, 1).astype("float32")


# PSNR


@pytest.mark.parametrize("data_range, expected", [(1, 20.0), (2, 20 + 20 * math.log10(2)), (10.0, 40.0)])
def test_an_error_of_a_tenth_everywhere_has_a_known_psnr(data_range, expected):
    flat = np.full((4, 5, 3), 0.5)
    assert psnr(flat, flat + 0.1, data_range) == pytest.approx(expected, abs=1e-9)


def test_one_gray_level_in_bytes_is_48_dB():
    flat = np.full((3, 3), 255, "uint8")
    assert psnr(flat, flat - np.uint8(1), 255) == pytest.approx(20 * math.log10(255), abs=1e-9)


def test_differences_of_bytes_do_not_wrap_around():
    black, white = np.zeros((3, 3), "uint8"), np.full((3, 3), 255, "uint8")
    assert psnr(black, white, 255) == psnr(white, black, 255) == 0


def test_a_range_taken_from_a_byte_array_does_not_wrap_around():
    flat = np.full((12, 12), 255, "uint8")
    assert psnr(flat, flat - np.uint8(1), np.uint8(255)) == pytest.approx(20 * math.log10(255), abs=1e-9)
    assert ssim(flat, flat - np.uint8(1), np.uint8(255)) == ssim(flat, flat - np.uint8(1), 255)


def test_equal_pictures_have_infinite_psnr(sharp):
    assert psnr(sharp, sharp.copy(), 1.0) == math.inf


def test_psnr_agrees_with_scikit_image(sharp, restored):
    expected = peak_signal_noise_ratio(sharp.astype("float64"), restored.astype("float64"), data_range=1)
    assert psnr(sharp, restored, 1.0) == pytest.approx(expected, abs=1e-9)


# SSIM


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name != "gauss11_same_zero"])
def test_two_flat_pictures_differ_in_brightness_alone(variant):
    dark, bright = np.full((14, 15, 3), 0.2), np.full((14, 15, 3), 0.6)
    expected = (2 * 0.2 * 0.6 + 0.01**2) / (0.2**2 + 0.6**2 + 0.01**2)
    assert ssim(dark, bright, 1.0, variant) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("variant", VARIANTS)
def test_equal_pictures_have_ssim_1(sharp, variant):
    assert ssim(sharp, sharp.copy(), 1.0, variant) == pytest.approx(1, abs=1e-9)


def test_a_contrast_turned_round_is_worse_than_unrelated():
    stripes = np.tile([0.0, 1.0], (20, 10))
    assert ssim(stripes, 1 - stripes, 1.0) < -0.9


@pytest.mark.parametrize("gray", [False, True])
def test_the_reference_variant_agrees_with_scikit_image(sharp, restored, gray):
    a, b = (x[..., 0] if gray else x for x in (sharp.astype("float64"), restored.astype("float64")))
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = structural_similarity(a, b, data_range=1, channel_axis=None if gray else 2, **settings)
    assert ssim(a, b, 1.0) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "variant, border",
    [("gauss11_same_zero", "constant"), ("gauss11_same_reflect", "reflect"), ("gauss3d_replicate", "edge")],
)
def test_a_same_size_variant_is_the_reference_on_padded_gray_pictures(sharp, restored, variant, border):
    # Three equal channels make the colour axis of the 3-D window idle.
    a, b = (np.repeat(x[..., :1], 3, axis=-1).astype("float64") for x in (sharp, restored))
    padded = [np.pad(x, ((5, 5), (5, 5), (0, 0)), mode=border) for x in (a, b)]
    assert ssim(a, b, 1.0, variant) == pytest.approx(ssim_map(*padded, 1.0).mean(), abs=1e-9)


def test_the_map_is_low_where_the_damage_is(sharp):
    damaged = sharp.copy()
    damaged[20:40, 30:50] = 0.5
    values = ssim_map(sharp, damaged, 1.0)
    assert values.shape == (70, 86, 3)
    assert values[15:35, 25:45].mean() < 0.6
    np.testing.assert_allclose(values[46:], 1, atol=1e-9)


# Refusals


@pytest.mark.parametrize("ask", [psnr, ssim, ssim_map])
def test_a_range_is_never_guessed(ask, sharp):
    with pytest.raises(TypeError, match="data_range"):
        ask(sharp, sharp)


@pytest.mark.parametrize("data_range", [0, -1.0, math.nan, math.inf])
def test_a_range_that_is_no_positive_number_is_refused(sharp, data_range):
    for ask in (psnr, ssim):
        with pytest.raises(ValueError, match="data_range"):
            ask(sharp, sharp, data_range)


@pytest.mark.parametrize("data_range", [None, "1"])
def test_a_range_that_is_no_number_is_refused(sharp, data_range):
    for ask in (psnr, ssim):
        with pytest.raises(TypeError, match="data_range as a number"):
            ask(sharp, sharp, data_range)


def test_bytes_with_range_1_are_refused_with_the_way_out(sharp):
    picture = np.round(sharp * 255).astype("uint8")
    for ask in (psnr, ssim):
        with pytest.raises(ValueError, match="data_range 255 for whole numbers.*to_unit"):
            ask(picture, picture, 1.0)


def test_bytes_beside_floats_are_refused(sharp):
    with pytest.raises(ValueError, match="one kind; received uint8 and float32"):
        psnr(np.round(sharp * 255).astype("uint8"), sharp, 255)


@pytest.mark.parametrize("other", ["uint16", "int64", "bool"])
def test_other_whole_numbers_are_refused(sharp, other):
    with pytest.raises(ValueError, match=f"received {other}"):
        psnr(sharp.astype(other), sharp.astype(other), 255)


def test_pictures_of_two_shapes_are_refused(sharp):
    for ask in (psnr, ssim):
        with pytest.raises(ValueError, match=r"one shape; received \(80, 96, 3\) and \(80, 96, 1\)"):
            ask(sharp, sharp[..., :1], 1.0)


def test_nan_is_refused_by_name(sharp):
    broken = sharp.copy()
    broken[0, 0, 0] = np.nan
    for ask in (psnr, ssim):
        with pytest.raises(ValueError, match="finite values in restored; received 1 NaN"):
            ask(sharp, broken, 1.0)


@pytest.mark.parametrize("kind", ["float32", "uint8"])
def test_an_empty_picture_is_refused(kind):
    with pytest.raises(ValueError, match="at least one pixel"):
        psnr(np.zeros((0, 5, 3), kind), np.zeros((0, 5, 3), kind), 255)


def test_a_list_is_refused():
    with pytest.raises(TypeError, match="sharp as a NumPy array; received list"):
        psnr([[0.5]], np.array([[0.5]]), 1.0)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_picture_smaller_than_the_window_is_refused(variant):
    side = 6 if variant == "uniform7" else 10
    with pytest.raises(ValueError, match=f"at least {side + 1} pixels"):
        ssim(np.zeros((side, 40, 3)), np.zeros((side, 40, 3)), 1.0, variant)


def test_an_unknown_variant_is_answered_with_its_neighbour(sharp):
    with pytest.raises(ValueError, match="Did you mean 'gauss11_valid'"):
        ssim(sharp, sharp, 1.0, "gauss_valid")


def test_a_window_across_colours_needs_colours(sharp):
    with pytest.raises(ValueError, match="A gray picture has no colour axis"):
        ssim(sharp[..., 0], sharp[..., 0], 1.0, "gauss3d_replicate")
