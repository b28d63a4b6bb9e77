"""Undoing a known blur: exact cases, gains in decibels, agreement with scikit-image, wrong inputs."""

import numpy as np
import pytest
import skimage.data
import skimage.restoration

from course_lib.degradation import blur, deconvolution, kernels, trajectory

KERNELS = {
    "gaussian": kernels.gaussian(1.5),
    "disk": kernels.disk(3),
    "line": kernels.line(7, 20),
    "trajectory": trajectory.trajectory_kernel(13, np.random.default_rng(3), length=30.0),
}
MILD = np.array([[0, 0.05, 0], [0.1, 0.7, 0.1], [0, 0.05, 0]])  # |K| is at least 0.4 everywhere
LOPSIDED = np.array([[0.0, 0.1, 0.0], [0.5, 0.2, 0.0], [0.0, 0.1, 0.1]])


def _psnr(first, second):
    return -10 * np.log10(np.mean((first.astype("float64") - second) ** 2))


@pytest.fixture(scope="module")
def sharp():
    return skimage.data.camera()[100:292:2, 150:400:2] / 255  # (96, 125) float64


@pytest.mark.parametrize("shape", [(20, 24), (17, 23, 3)])
def test_an_invertible_circular_blur_without_noise_is_undone_exactly(shape):
    picture = np.random.default_rng(0).random(shape)
    restored = deconvolution.inverse_filter(blur.convolve(picture, MILD, "circular"), MILD)
    np.testing.assert_allclose(restored, picture, atol=1e-12)


def test_the_floor_bounds_what_noise_can_grow_to():
    noise, kernel = np.random.default_rng(1).normal(size=(32, 40)), KERNELS["disk"]
    for floor in (0.5, 0.1, 0.001):
        grown = deconvolution.inverse_filter(noise, kernel, floor)
        assert np.linalg.norm(grown) <= np.linalg.norm(noise) / floor
    assert np.linalg.norm(grown) > 10 * np.linalg.norm(noise)  # and without much of a floor it does grow


def test_the_floor_leaves_strong_frequencies_alone():
    picture = np.random.default_rng(2).random((18, 18))
    blurred = blur.convolve(picture, MILD, "circular")
    low, lower = (deconvolution.inverse_filter(blurred, MILD, floor) for floor in (0.3, 1e-9))
    np.testing.assert_allclose(low, lower, atol=1e-12)


@pytest.mark.parametrize("shape", [(16, 20), (15, 21, 3)])
def test_wiener_solves_its_normal_equations_on_a_torus(shape):
    blurred, ratio = np.random.default_rng(3).random(shape), 0.02
    x = deconvolution.wiener(blurred, LOPSIDED, ratio, "circular")
    aax = blur.convolve_adjoint(blur.convolve(x, LOPSIDED, "circular"), LOPSIDED, "circular")
    expected = blur.convolve_adjoint(blurred, LOPSIDED, "circular")
    np.testing.assert_allclose(aax + ratio * x, expected, atol=1e-12)


@pytest.mark.parametrize("border", blur.BORDERS[:1] + blur.BORDERS[2:])
def test_wiener_for_a_photograph_keeps_the_brightness(border):
    grey = np.full((20, 31), 0.6)
    restored = deconvolution.wiener(grey, LOPSIDED, 0.5, border, scene="photograph")
    np.testing.assert_allclose(restored, 0.6, atol=1e-9)


def test_wiener_for_a_photograph_weakens_each_wave_by_its_squared_frequency():
    height, width, ratio = 8, 12, 0.3
    y, x = np.mgrid[:height, :width]
    wave = np.cos(2 * np.pi * (2 * y / height + 3 * x / width))
    squares = np.add.outer(np.fft.fftfreq(height) ** 2, np.fft.fftfreq(width) ** 2)
    expected = wave / (1 + ratio * ((2 / height) ** 2 + (3 / width) ** 2) / squares.mean())
    restored = deconvolution.wiener(wave, kernels.delta(3), ratio, "circular", scene="photograph")
    np.testing.assert_allclose(restored, expected, atol=1e-12)


def test_wiener_names_the_scenes_it_knows():
    with pytest.raises(ValueError, match="Did you mean 'photograph'"):
        deconvolution.wiener(np.full((9, 9), 0.5), kernels.delta(3), 0.1, scene="photo")


@pytest.mark.parametrize("border", blur.BORDERS)
def test_wiener_without_blur_only_weakens(border):
    picture = np.random.default_rng(4).random((14, 15, 3))
    restored = deconvolution.wiener(picture, kernels.delta(5), 0.25, border)
    np.testing.assert_allclose(restored, picture / 1.25, atol=1e-7)


@pytest.mark.parametrize("border", ["reflect", "replicate", "circular"])
def test_wiener_and_richardson_lucy_keep_a_constant_picture_constant(border):
    grey = np.full((30, 33), 0.6)
    np.testing.assert_allclose(deconvolution.wiener(grey, LOPSIDED, 0.01, border), 0.6 / 1.01, atol=1e-9)
    np.testing.assert_allclose(deconvolution.inverse_filter(grey, LOPSIDED, 0.01, border), 0.6, atol=1e-9)
    restored = deconvolution.richardson_lucy(grey, LOPSIDED, 1, "circular")
    np.testing.assert_allclose(restored, 0.6, atol=1e-9)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS.keys())
def test_the_true_kernel_without_noise_raises_psnr_on_a_torus(sharp, kernel):
    blurred = blur.convolve(sharp, kernel, "circular")
    before = _psnr(sharp, blurred)
    assert _psnr(sharp, deconvolution.wiener(blurred, kernel, 1e-5, "circular")) > before + 4
    assert _psnr(sharp, deconvolution.richardson_lucy(blurred, kernel, 30, "circular")) > before + 2


@pytest.mark.parametrize("border", blur.BORDERS)
def test_richardson_lucy_raises_psnr_at_every_border(sharp, border):
    for kernel in KERNELS.values():
        blurred = blur.convolve(sharp, kernel, border)
        restored = deconvolution.richardson_lucy(blurred, kernel, 30, border)
        assert _psnr(sharp, restored) > _psnr(sharp, blurred) + 2


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS.keys())
def test_a_mirrored_border_serves_a_photograph_better_than_a_torus(sharp, kernel):
    # A photograph has more scene outside: here it is cut out of a larger blurred one.
    whole = skimage.data.camera()[::2, ::2] / 255
    noise = 0.01 * np.random.default_rng(5).standard_normal(whole.shape)
    window = np.s_[40:136, 70:195]
    blurred, truth = (blur.convolve(whole, kernel) + noise)[window], whole[window]
    mirrored, torus = (deconvolution.wiener(blurred, kernel, 0.01, b) for b in ("reflect", "circular"))
    assert _psnr(truth, mirrored) > _psnr(truth, torus) + 1
    assert _psnr(truth, mirrored) > _psnr(truth, blurred) + 0.3


def test_dividing_spectra_fails_where_wiener_does_not(sharp):
    blurred = blur.convolve(sharp, KERNELS["disk"], "circular")
    noisy = blurred + 0.01 * np.random.default_rng(6).standard_normal(sharp.shape)
    inverse = deconvolution.inverse_filter(noisy, KERNELS["disk"], 1e-3)
    wiener = deconvolution.wiener(noisy, KERNELS["disk"], 0.01, "circular")
    assert _psnr(sharp, inverse) < _psnr(sharp, noisy) - 10
    assert _psnr(sharp, wiener) > _psnr(sharp, noisy)


@pytest.mark.parametrize("kernel", [MILD, LOPSIDED, KERNELS["disk"]])
@pytest.mark.parametrize("shape", [(32, 40), (31, 37)])
def test_wiener_agrees_with_scikit_image_for_a_white_signal(kernel, shape):
    blurred = np.random.default_rng(7).random(shape)
    theirs = skimage.restoration.wiener(blurred, kernel, 0.03, reg=np.ones((1, 1)), clip=False)
    ours = deconvolution.wiener(blurred, kernel, 0.03, "circular")
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("kernel", [MILD, LOPSIDED, KERNELS["line"].astype("float64")])
def test_richardson_lucy_agrees_with_scikit_image_on_a_scene_in_the_dark(kernel):
    scene = np.zeros((40, 44))
    scene[15:25, 16:28] = np.random.default_rng(8).uniform(0.2, 1, (10, 12))
    blurred = blur.convolve(scene, kernel, "zero", "direct")
    theirs = skimage.restoration.richardson_lucy(blurred, kernel, num_iter=8, clip=False)
    ours = deconvolution.richardson_lucy(blurred, kernel, 8, "zero")
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("border", blur.BORDERS)
def test_richardson_lucy_never_lowers_the_likelihood_of_counted_photons(sharp, border):
    blurred = np.random.default_rng(9).poisson(50 * blur.convolve(sharp, LOPSIDED, border)) / 50
    likelihoods = []
    for iterations in (1, 2, 3, 5, 8):
        again = blur.convolve(
            deconvolution.richardson_lucy(blurred, LOPSIDED, iterations, border), LOPSIDED, border
        )
        likelihoods.append((blurred * np.log(again) - again).sum())
    assert (np.diff(likelihoods) > 0).all()


def test_richardson_lucy_keeps_the_light_and_stays_positive_on_a_torus(sharp):
    for iterations in (1, 4, 10):
        restored = deconvolution.richardson_lucy(sharp, KERNELS["line"], iterations, "circular")
        assert restored.min() >= 0
        assert restored.sum() == pytest.approx(sharp.sum(), rel=1e-6)


def test_shape_and_type_are_kept_and_the_input_left_alone():
    for dtype in ("float32", "float64"):
        for shape in ((20, 26), (21, 25, 3), (22, 31, 1)):
            blurred = np.random.default_rng(10).random(shape).astype(dtype)
            before = blurred.copy()
            for restored in (
                deconvolution.inverse_filter(blurred, LOPSIDED),
                deconvolution.wiener(blurred, LOPSIDED, 0.01),
                deconvolution.richardson_lucy(blurred, LOPSIDED, 2),
            ):
                assert (restored.shape, restored.dtype) == (shape, blurred.dtype)
            np.testing.assert_array_equal(blurred, before)


def test_restored_pictures_are_not_clipped(sharp):
    ringing = deconvolution.wiener(sharp, KERNELS["disk"], 0.001)
    assert ringing.min() < 0 and ringing.max() > 1


PICTURE = np.full((8, 8), 0.5)
BOX = np.full((3, 3), 1 / 9)
CALLS = {
    "inverse_filter": lambda picture, kernel, **more: deconvolution.inverse_filter(picture, kernel, **more),
    "wiener": lambda picture, kernel, **more: deconvolution.wiener(picture, kernel, 0.01, **more),
    "richardson_lucy": lambda picture, kernel, **more: deconvolution.richardson_lucy(
        picture, kernel, 2, **more
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_every_method_refuses_bad_pictures_kernels_and_borders(call):
    for picture, kernel, settings, message in (
        (np.full((8, 8), 128, "uint8"), BOX, {}, "received uint8"),
        (PICTURE * np.nan, BOX, {}, "NaN or infinite"),
        (PICTURE[:0], BOX, {}, "at least one pixel"),
        (PICTURE, np.full((2, 3), 1 / 6), {}, "odd sides"),
        (PICTURE, BOX * 2, {}, "sums to 1"),
        (PICTURE, np.array([[-1.0, 1.0, 1.0]]), {}, "0 or more; received -1"),
        (PICTURE, BOX, {"border": "circula"}, "Did you mean 'circular'"),
        (PICTURE, kernels.gaussian(3), {"border": "reflect"}, "can mirror at most 7 pixels of a side of 8"),
    ):
        with pytest.raises(ValueError, match=message):
            call(picture, kernel, **settings)
    with pytest.raises(TypeError, match="received list"):
        call([[0.5]], BOX)


WRONG = {
    "no floor": (lambda: deconvolution.inverse_filter(PICTURE, BOX, 0), "floor above 0; received 0"),
    "no ratio": (lambda: deconvolution.wiener(PICTURE, BOX, 0), "noise_to_signal above 0; received 0"),
    "no turn": (
        lambda: deconvolution.richardson_lucy(PICTURE, BOX, 0),
        "iterations of at least 1; received 0",
    ),
    "negative light": (
        lambda: deconvolution.richardson_lucy(PICTURE - 0.6, BOX, 2),
        "blurred of 0 or more, because light is; received -0.1. Clip",
    ),
}


@pytest.mark.parametrize("call, message", WRONG.values(), ids=WRONG.keys())
def test_deconvolution_refuses_settings_and_says_why(call, message):
    with pytest.raises(ValueError, match=message):
        call()
