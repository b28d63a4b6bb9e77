"""Random degradations: every family, chance from the generator alone, wrong recipes."""

import dataclasses

import numpy as np
import pytest

from course_lib import serial
from course_lib.degradation import blur, draw, kernels, noise, rain
from course_lib.degradation.draw import DegradationRecipe
from course_lib.degradation.rain import RainRecipe

FAMILIES = ("trajectory", "gaussian", "disk", "line", "ramp", "none")


@pytest.fixture
def sharp():
    return np.random.default_rng(0).random((24, 30, 3)).astype("float32")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size, smallest", [(1, 1), (3, 3), (13, 3), (21, 9)])
def test_every_family_draws_kernels_of_one_size_that_sum_to_1(family, size, smallest):
    recipe, rng = (
        DegradationRecipe(kernel=family, kernel_size=size, smallest=smallest),
        np.random.default_rng(1),
    )
    for _ in range(20):
        kernel = draw.draw_kernel(recipe, rng)
        assert (kernel.shape, kernel.dtype) == ((size, size), np.float32)
        assert kernel.min() >= 0
        assert abs(float(kernel.astype("float64").sum()) - 1) < 1e-6


@pytest.mark.parametrize("family", FAMILIES)
def test_a_kernel_is_decided_by_the_state_of_the_generator(family):
    recipe = DegradationRecipe(kernel=family)
    first, again, other = (draw.draw_kernel(recipe, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first == other).all() == (family == "none")


def test_no_kernel_is_a_delta(sharp):
    recipe = DegradationRecipe(kernel="none", sigma=0)
    np.testing.assert_array_equal(draw.draw_kernel(recipe, np.random.default_rng(0)), kernels.delta(13))
    np.testing.assert_allclose(draw.degrade(sharp, recipe, np.random.default_rng(0)), sharp, atol=1e-7)


@pytest.mark.parametrize("family, pixels", [("disk", np.pi * 5.5**2), ("line", 11)])
def test_the_smallest_extent_is_respected(family, pixels):
    recipe, rng = DegradationRecipe(kernel=family, kernel_size=13, smallest=11), np.random.default_rng(3)
    for _ in range(20):
        covered = 1 / (draw.draw_kernel(recipe, rng) ** 2).sum()
        assert covered > 0.5 * pixels


def test_small_trajectories_stand_in_a_frame_of_zeros():
    recipe, rng = DegradationRecipe(kernel_size=21, smallest=3), np.random.default_rng(4)
    extents = []
    for _ in range(60):
        rows, columns = np.nonzero(draw.draw_kernel(recipe, rng))
        extents.append(2 * max(np.abs(rows - 10).max(), np.abs(columns - 10).max()) + 1)
    assert min(extents) <= 5 and max(extents) >= 17


def test_ramps_have_odd_sides_whole_angles_and_every_direction():
    recipe, rng = DegradationRecipe(kernel="ramp", kernel_size=9, smallest=3), np.random.default_rng(8)
    again = np.random.default_rng(8)
    sides, angles, directions = [], [], []
    for _ in range(300):
        side = 2 * int(again.integers(1, 5)) + 1
        angle, direction = int(again.integers(-180, 181)), again.uniform(-1, 1)
        expected = np.zeros((9, 9))
        middle = slice(4 - side // 2, 5 + side // 2)
        expected[middle, middle] = kernels.ramp(side, angle, direction)
        np.testing.assert_array_equal(draw.draw_kernel(recipe, rng), expected)
        sides.append(side), angles.append(angle), directions.append(direction)
    assert set(sides) == {3, 5, 7, 9}
    assert min(angles) < -170 and max(angles) > 170 and np.ptp(directions) > 1.9


def test_a_ramp_may_have_its_angle_and_direction_told():
    recipe = DegradationRecipe(kernel="ramp", kernel_size=9, smallest=9, sigma=0.0, angle=90, direction=1.0)
    drawn = draw.draw_kernel(recipe, np.random.default_rng(4))
    np.testing.assert_array_equal(drawn, kernels.ramp(9, 90, 1.0))
    assert recipe.fixed
    for changes in ({"angle": None}, {"direction": None}, {"smallest": 3}, {"sigma": 0.01}):
        assert not dataclasses.replace(recipe, **changes).fixed
    assert DegradationRecipe(kernel="none", kernel_size=1, smallest=1, sigma=0.0).fixed


@pytest.mark.parametrize("settings", [{"angle": 400}, {"direction": -1.5}])
def test_an_angle_or_direction_outside_its_range_is_refused(settings):
    with pytest.raises(ValueError, match=f"DegradationRecipe needs {next(iter(settings))} in"):
        DegradationRecipe(kernel="ramp", **settings)


def test_sigma_is_fixed_or_drawn_between_its_bounds():
    rng = np.random.default_rng(5)
    assert draw.draw_sigma(DegradationRecipe(sigma=0.03), rng) == 0.03
    blind = DegradationRecipe(sigma=0.2, sigma_low=0.05)
    drawn = np.array([draw.draw_sigma(blind, rng) for _ in range(500)])
    assert 0.05 <= drawn.min() < 0.06 and 0.19 < drawn.max() <= 0.2
    assert drawn.mean() == pytest.approx(0.125, abs=0.006)


def test_a_degradation_is_a_kernel_then_a_level_then_noise(sharp):
    recipe = DegradationRecipe(sigma=0.1, sigma_low=0.0, border="circular")
    rng = np.random.default_rng(6)
    kernel, sigma = draw.draw_kernel(recipe, rng), draw.draw_sigma(recipe, rng)
    expected = noise.add_gaussian(blur.convolve(sharp, kernel, "circular"), sigma, rng, clip=True)
    np.testing.assert_array_equal(draw.degrade(sharp, recipe, np.random.default_rng(6)), expected)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("border", blur.BLUR_BORDERS)
def test_a_degraded_picture_keeps_shape_and_type_and_stays_in_range(sharp, family, border):
    recipe = DegradationRecipe(kernel=family, sigma=0.3, border=border)
    for picture in (sharp, sharp[..., 0].astype("float64")):
        blurred = draw.degrade(picture, recipe, np.random.default_rng(7))
        assert (blurred.shape, blurred.dtype) == (picture.shape, picture.dtype)
        assert blurred.min() >= 0 and blurred.max() <= 1


def test_a_recipe_survives_json():
    recipe = DegradationRecipe(kernel="disk", kernel_size=9, sigma=0.2, sigma_low=0.1)
    assert serial.from_json(DegradationRecipe, serial.to_json(recipe)) == recipe


def test_a_recipe_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        DegradationRecipe().sigma = 0.5


WRONG = {
    "family": (dict(kernel="trajektory"), "Did you mean 'trajectory'"),
    "even size": (dict(kernel_size=12), "odd kernel_size.*received 12"),
    "even smallest": (dict(smallest=2), "odd smallest.*received 2"),
    "smallest above size": (dict(kernel_size=5, smallest=7), "kernel_size of at least 7; received 5"),
    "sigma of bytes": (dict(sigma=25), "sigma in .0, 1.; received 25"),
    "negative sigma": (dict(sigma=-0.1), "received -0.1"),
    "sigma_low above sigma": (dict(sigma=0.1, sigma_low=0.2), "sigma_low in .0, 0.1.; received 0.2"),
    "border": (dict(border="mirror"), "knows border 'reflect'.*'grey'; received 'mirror'"),
}


@pytest.mark.parametrize("settings, message", WRONG.values(), ids=WRONG.keys())
def test_a_recipe_refuses_and_says_why(settings, message):
    with pytest.raises(ValueError, match=message):
        DegradationRecipe(**settings)


def test_drawing_needs_a_generator_and_a_picture_in_range(sharp):
    recipe = DegradationRecipe(sigma=0)
    for call in (draw.draw_kernel, draw.draw_sigma):
        with pytest.raises(ValueError, match=f"{call.__name__}.*needs rng"):
            call(recipe, None)
        with pytest.raises(TypeError, match="received RandomState"):
            call(recipe, np.random.RandomState(0))
    with pytest.raises(ValueError, match="received uint8"):
        draw.degrade((sharp * 255).astype("uint8"), recipe, np.random.default_rng(0))
    with pytest.raises(ValueError, match="can mirror at most 3 pixels"):
        draw.degrade(sharp[:4], recipe, np.random.default_rng(0))


GRAY = DegradationRecipe(kernel="none", kernel_size=1, smallest=1, sigma=70 / 255, gray=True, clip=False)


def test_a_gray_recipe_gives_one_channel_whether_the_scene_is_gray_already_or_not(sharp):
    scene = draw.scene(sharp, GRAY)
    assert scene.shape == (24, 30, 1)
    np.testing.assert_allclose(scene[..., 0], sharp @ [0.299, 0.587, 0.114], atol=1e-6)
    of_colour, of_gray = (draw.degrade(x, GRAY, np.random.default_rng(2)) for x in (sharp, scene))
    np.testing.assert_array_equal(of_colour, of_gray)
    assert draw.scene(sharp, DegradationRecipe()) is sharp


def test_noise_that_is_not_clipped_keeps_its_deviation_in_black():
    black = np.zeros((120, 120, 1), "float32")
    free = draw.degrade(black, GRAY, np.random.default_rng(3))
    assert free.mean() == pytest.approx(0, abs=0.01) and free.std() == pytest.approx(70 / 255, rel=0.02)
    cut = draw.degrade(black, dataclasses.replace(GRAY, clip=True), np.random.default_rng(3))
    np.testing.assert_array_equal(cut, np.clip(free, 0, 1))


def test_one_of_several_levels_is_drawn_and_all_are_met():
    levels = (30 / 255, 50 / 255, 70 / 255)
    recipe, rng = DegradationRecipe(sigma=0.0, sigmas=levels), np.random.default_rng(4)
    drawn = [draw.draw_sigma(recipe, rng) for _ in range(300)]
    assert set(drawn) == set(levels) and min(drawn.count(level) for level in levels) > 70
    assert recipe.levels == levels and DegradationRecipe(sigma=0.2).levels == (0.2,)


def test_a_recipe_with_every_setting_survives_json():
    recipe = DegradationRecipe(sigmas=(0.1, 0.2), gray=True, clip=False, rain=RainRecipe(density=2.0))
    assert serial.from_json(DegradationRecipe, serial.to_json(recipe)) == recipe


def test_a_recipe_written_before_gray_rain_and_levels_means_what_it_meant():
    plain = serial.to_plain(DegradationRecipe(kernel="disk"))
    older = {key: plain[key] for key in plain.keys() - {"gray", "clip", "sigmas", "rain"}}
    assert serial.from_plain(DegradationRecipe, older) == DegradationRecipe(kernel="disk")


def test_rain_falls_after_the_blur_and_before_the_noise(sharp):
    wet = DegradationRecipe(sigma=0.1, rain=RainRecipe(density=8.0))
    rng = np.random.default_rng(5)
    kernel, sigma = draw.draw_kernel(wet, rng), draw.draw_sigma(wet, rng)
    expected = noise.add_gaussian(rain.fall(blur.blur(sharp, kernel), wet.rain, rng), sigma, rng, clip=True)
    np.testing.assert_array_equal(draw.degrade(sharp, wet, np.random.default_rng(5)), expected)


def test_rain_leaves_something_to_chance():
    dry = DegradationRecipe(kernel="none", kernel_size=1, smallest=1, sigma=0.0)
    assert dry.fixed and not dataclasses.replace(dry, rain=RainRecipe()).fixed
    assert not dataclasses.replace(dry, sigmas=(0.0, 0.1)).fixed


@pytest.mark.parametrize(
    "settings, message",
    [
        (dict(sigmas=()), "sigmas as a tuple of levels, at least one"),
        (dict(sigmas=[0.1, 0.2]), "sigmas as a tuple"),
        (dict(sigmas=(0.1, 30)), r"sigmas in \[0, 1\]; received 30"),
        (dict(sigmas=(0.1, 0.2), sigma_low=0.001), "sigmas or sigma_low, not both"),
    ],
)
def test_levels_without_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        DegradationRecipe(**settings)
