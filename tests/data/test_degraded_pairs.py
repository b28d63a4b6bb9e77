"""Pairs made by degrading: the blur sees beyond the window, chance comes from rng, pictures are checked."""

import dataclasses

import numpy as np
import pytest

from course_lib.data import augment
from course_lib.data.pairs import DegradedPairs, halves
from course_lib.degradation import draw
from course_lib.degradation.draw import DegradationRecipe

CLEAR = DegradationRecipe(kernel="none", kernel_size=5, sigma=0.0)
DISK = DegradationRecipe(kernel="disk", kernel_size=7, smallest=7, sigma=0.0)
PICTURE = np.random.default_rng(0).random((40, 50, 3)).astype("float32")


def sample(pairs, seed, patch=12):
    return pairs.sample(patch, np.random.default_rng(seed))


@pytest.mark.parametrize("vary_colour", [False, True])
def test_without_blur_and_noise_both_halves_are_equal(vary_colour):
    pairs = DegradedPairs([PICTURE], CLEAR, vary_colour=vary_colour)
    for seed in range(5):
        blurred, sharp = sample(pairs, seed)
        assert blurred.shape == sharp.shape == (12, 12, 3)
        np.testing.assert_allclose(blurred, sharp, atol=1e-6)


def test_a_window_agrees_with_degrading_the_whole_picture():
    rows, columns = np.mgrid[0:40, 0:50]
    picture = np.stack([rows / 40, columns / 50, (rows + columns) % 7 / 7], axis=-1).astype("float32")
    # A disk of always the same extent: the whole picture is blurred as the window is.
    whole = draw.degrade(picture, DISK, np.random.default_rng(9))
    pairs = DegradedPairs([picture], DISK, vary_colour=False)
    seen = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rng.integers(1)
        view = augment.draw_view(picture.shape, 12 + 6, rng)
        if view.mirror or view.turns:
            continue
        blurred, sharp = sample(pairs, seed)
        window = np.s_[view.top + 3 : view.top + 15, view.left + 3 : view.left + 15]
        np.testing.assert_allclose(sharp, picture[window], atol=1e-7)
        np.testing.assert_allclose(blurred, whole[window], atol=1e-5)
        seen += 1
    assert seen > 2


def test_the_blur_differs_from_one_that_mirrors_the_window():
    pairs = DegradedPairs([PICTURE], DISK, vary_colour=False)
    blurred, sharp = sample(pairs, 0)
    mirrored = draw.degrade(np.ascontiguousarray(sharp), DISK, np.random.default_rng(0))
    np.testing.assert_allclose(blurred[3:-3, 3:-3], mirrored[3:-3, 3:-3], atol=1e-5)
    assert np.abs(blurred - mirrored).max() > 0.01


class Late(dict):
    """Pictures by name that count how often they are opened."""

    opened = 0

    def __getitem__(self, name):
        self.opened += 1
        return super().__getitem__(name)


GREY = dataclasses.replace(DISK, border="grey")


@pytest.mark.parametrize("recipe, own", [(GREY, None), (DISK, True)])
def test_a_window_with_its_own_border_is_degraded_as_a_whole_picture(recipe, own):
    pairs = DegradedPairs([PICTURE], recipe, vary_colour=False, own_border=own)
    blurred, sharp = sample(pairs, 0)
    # The disk is always the same, so that no other draw matters.
    expected = draw.degrade(np.ascontiguousarray(sharp), recipe, np.random.default_rng(0))
    np.testing.assert_allclose(blurred, expected, atol=1e-6)


def test_a_window_with_its_own_border_may_be_the_whole_picture():
    pairs = DegradedPairs([PICTURE], GREY, vary_colour=False, upright=True)
    blurred, sharp = sample(pairs, 1, patch=(40, 50))
    assert any(np.array_equal(sharp, side) for side in (PICTURE, PICTURE[:, ::-1]))
    assert blurred.shape == (40, 50, 3)
    with pytest.raises(ValueError, match="at least 46 x 56; received 40 x 50"):
        sample(DegradedPairs([PICTURE], GREY, own_border=False), 1, patch=(40, 50))


def test_grey_shows_at_the_edge_of_windows():
    white = [np.ones((40, 40, 3), "float32")]
    blurred, _ = sample(DegradedPairs(white, GREY, vary_colour=False), 0)
    np.testing.assert_allclose(blurred[3:-3, 3:-3], 1, atol=1e-6)
    assert blurred[0, 0].max() < 0.9


def test_a_mapping_is_opened_picture_by_picture_and_checked_then():
    late = Late(good=PICTURE, bytes=(PICTURE * 255).astype("uint8"))
    pairs = DegradedPairs(late, DISK, vary_colour=False)
    assert late.opened == 0
    outcomes = set()
    for seed in range(12):
        try:
            outcomes.add(sample(pairs, seed)[0].shape)
        except ValueError as error:
            assert "picture bytes as float32" in str(error)
            outcomes.add("refused")
        assert late.opened == seed + 1
    assert outcomes == {(12, 12, 3), "refused"}
    again = DegradedPairs([PICTURE], DISK, vary_colour=False)
    alone = DegradedPairs(Late(good=PICTURE), DISK, vary_colour=False)
    for first, second in zip(sample(again, 3), sample(alone, 3), strict=True):
        np.testing.assert_array_equal(first, second)
    with pytest.raises(ValueError, match="number of pictures of at least 1"):
        DegradedPairs({}, DISK)


def test_a_window_is_found_in_the_picture_when_colours_stay():
    pairs = DegradedPairs([PICTURE], CLEAR, vary_colour=False)
    _, sharp = sample(pairs, 1)
    windows = np.lib.stride_tricks.sliding_window_view(PICTURE, (12, 12, 3))[:, :, 0]
    ways = [np.rot90(side, turns) for side in (sharp, sharp[:, ::-1]) for turns in range(4)]
    assert sum((windows == way).all(axis=(2, 3, 4)).sum() for way in ways) == 1


def test_a_window_need_not_be_square():
    pairs = DegradedPairs([PICTURE], DISK)
    blurred, sharp = sample(pairs, 2, patch=(10, 24))
    assert blurred.shape == sharp.shape == (10, 24, 3)
    for one, other in zip(sample(pairs, 2, patch=(12, 12)), sample(pairs, 2), strict=True):
        np.testing.assert_array_equal(one, other)


def test_it_says_how_many_channels_its_halves_have():
    halves = sample(DegradedPairs([PICTURE], CLEAR), 0)
    assert DegradedPairs.channels == tuple(half.shape[-1] for half in halves)


def test_chance_that_is_missing_is_asked_for():
    with pytest.raises(ValueError, match="DegradedPairs needs rng because picture, window and blur"):
        DegradedPairs([PICTURE], CLEAR).sample(12, None)


def test_colours_vary_by_a_permutation_and_a_factor():
    flat = np.broadcast_to(np.array([0.2, 0.4, 0.8], "float32"), (30, 30, 3))
    pairs = DegradedPairs([flat], CLEAR)
    colours = np.array([sample(pairs, seed)[1][0, 0] for seed in range(60)])
    factors = colours.sum(axis=1) / 1.4
    assert (factors >= 0.7).all() and (factors <= 1).all() and np.ptp(factors) > 0.2
    orders = {tuple(np.argsort(colour)) for colour in colours}
    assert len(orders) == 6
    np.testing.assert_allclose(
        np.sort(colours / factors[:, None], axis=1), flat[0, :60:1][:1].repeat(60, 0), rtol=1e-5
    )


def test_every_picture_is_drawn():
    pictures = [np.full((30, 30, 3), level, "float32") for level in (0.1, 0.5, 0.9)]
    pairs = DegradedPairs(pictures, CLEAR, vary_colour=False)
    levels = {round(float(sample(pairs, seed)[1].mean()), 1) for seed in range(40)}
    assert levels == {0.1, 0.5, 0.9}


def test_noise_falls_on_the_blurred_half_alone():
    flat = [np.full((80, 80, 3), 0.5, "float32")]
    noisy = DegradationRecipe(kernel="none", kernel_size=3, sigma=0.1)
    blurred, sharp = sample(DegradedPairs(flat, noisy, vary_colour=False), 0, patch=64)
    np.testing.assert_array_equal(sharp, 0.5)
    assert (blurred - sharp).std() == pytest.approx(0.1, rel=0.05)


def test_a_pair_depends_on_the_generator_alone():
    pairs = DegradedPairs([PICTURE, PICTURE[::-1]], DegradationRecipe(kernel_size=5, sigma=0.05))
    for first, second in zip(sample(pairs, 4), sample(pairs, 4), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(sample(pairs, 4)[0], sample(pairs, 5)[0])


def test_both_halves_are_float32_in_the_unit_range():
    pairs = DegradedPairs([PICTURE], DegradationRecipe(kernel_size=5, sigma=0.3))
    for half in sample(pairs, 0):
        assert half.dtype == np.float32
        assert half.min() >= 0 and half.max() <= 1


def with_nan():
    picture = PICTURE.copy()
    picture[3, 4, 1] = np.nan
    return picture


@pytest.mark.parametrize(
    "pictures, error, words",
    [
        ([], ValueError, "number of pictures of at least 1; received 0"),
        (
            [PICTURE, (PICTURE * 255).astype("uint8")],
            ValueError,
            r"needs pictures\[1\].*received uint8.*to_unit",
        ),
        ([PICTURE, PICTURE, with_nan()], ValueError, r"finite values in pictures\[2\]; received 1 NaN"),
        ([PICTURE * 2], ValueError, r"pictures\[0\] in \[0, 1\]"),
        ([PICTURE[..., 0]], ValueError, r"pictures\[0\] of shape \(h, w, c\); received \(40, 50\)"),
        ([PICTURE[..., :1]], ValueError, r"pictures\[0\] with 3 channels; received \(40, 50, 1\)"),
        ([PICTURE.tolist()], TypeError, r"pictures\[0\] as a NumPy array; received list"),
    ],
    ids=["none", "bytes", "NaN", "out of range", "gray", "one channel", "list"],
)
def test_a_picture_without_sense_is_refused_at_once(pictures, error, words):
    with pytest.raises(error, match=f"DegradedPairs needs .*{words.removeprefix('needs ')}"):
        DegradedPairs(pictures, CLEAR)


def test_a_picture_smaller_than_the_window_and_its_surroundings_is_refused():
    # 36 pixels and 2 on either side, of 40 rows.
    assert sample(DegradedPairs([PICTURE], CLEAR), 0, patch=36)[0].shape == (36, 36, 3)
    with pytest.raises(ValueError, match="at least 41 x 41; received 40 x 50"):
        sample(DegradedPairs([PICTURE], CLEAR), 0, patch=37)


GRAY = DegradationRecipe(kernel="none", kernel_size=1, smallest=1, sigma=0.3, gray=True, clip=False)


def test_a_gray_recipe_makes_pairs_of_one_channel_and_leaves_their_noise_alone():
    pairs = DegradedPairs([PICTURE], GRAY)
    blurred, sharp = sample(pairs, 0, patch=32)
    assert pairs.channels == (1, 1) and blurred.shape == sharp.shape == (32, 32, 1)
    assert blurred.min() < 0 and blurred.max() > 1 and 0 <= sharp.min() and sharp.max() <= 1
    assert (blurred - sharp).std() == pytest.approx(0.3, rel=0.1)


def test_gray_changes_no_draw():
    colour = dataclasses.replace(GRAY, gray=False, sigma=0.0)
    seen, gray = (
        sample(DegradedPairs([PICTURE], recipe), 6)[1]
        for recipe in (colour, dataclasses.replace(colour, gray=True))
    )
    np.testing.assert_allclose(gray[..., 0], seen @ [0.299, 0.587, 0.114], atol=1e-6)


def levels_of(pairs):
    return {round(float(sample(pairs, seed)[1].mean()), 2) for seed in range(40)}


@pytest.mark.parametrize("count", [2, 5, 6])
def test_two_halves_share_no_picture_and_leave_none_out(count):
    pictures = [np.full((20, 20, 3), i / 10, "float32") for i in range(count)]
    whole = DegradedPairs(pictures, CLEAR, vary_colour=False)
    first, second = halves(whole, seed=1)
    assert len(levels_of(first)) == count // 2 and len(levels_of(second)) == count - count // 2
    assert levels_of(first) | levels_of(second) == levels_of(whole) and not levels_of(first) & levels_of(
        second
    )
    for one, other in zip(halves(whole, seed=1), (first, second), strict=True):
        assert levels_of(one) == levels_of(other)
    assert len({tuple(sorted(levels_of(halves(whole, seed)[0]))) for seed in range(8)}) > 1


def test_halves_of_a_mapping_open_only_their_own():
    late = Late({str(i): np.full((20, 20, 3), i / 10, "float32") for i in range(4)})
    first, second = halves(DegradedPairs(late, CLEAR, vary_colour=False), seed=0)
    assert late.opened == 0
    assert len(levels_of(first)) == len(levels_of(second)) == 2 and not levels_of(first) & levels_of(second)


def test_pictures_of_one_scene_stay_together():
    pictures = [np.full((20, 20, 3), i / 10, "float32") for i in range(6)]
    shown = ["a", "b", "c", "a", "b", "c"]
    for seed in range(5):
        whole = DegradedPairs(pictures, CLEAR, vary_colour=False, scenes=shown)
        first, second = halves(whole, seed)
        assert len(levels_of(first)) == 2 and len(levels_of(second)) == 4
        for level in (0.0, 0.1, 0.2):
            assert (level in levels_of(first)) == (round(level + 0.3, 1) in levels_of(first))


@pytest.mark.parametrize("shown", [None, ["camera", "camera"]])
def test_too_small_a_data_set_for_two_halves_is_refused(shown):
    pictures = [PICTURE] * (1 if shown is None else 2)
    with pytest.raises(ValueError, match="at least 2 pictures of different scenes.*Take a larger data set"):
        halves(DegradedPairs(pictures, CLEAR, scenes=shown), seed=0)


def test_what_has_no_parts_has_no_halves():
    with pytest.raises(TypeError, match="halves.. needs pairs that have scenes.*received list"):
        halves([PICTURE, PICTURE], seed=0)
    with pytest.raises(ValueError, match="seed of at least 0"):
        halves(DegradedPairs([PICTURE, PICTURE], CLEAR), seed=-1)
    with pytest.raises(ValueError, match="a scene for each picture; received 1 scenes for 2"):
        DegradedPairs([PICTURE, PICTURE], CLEAR, scenes=["a"])
