"""Argument checks: what is welcome passes in silence, what is not is named with what came and the way out."""

import math

import numpy as np
import pytest

from course_lib import checks

PICTURE = np.full((4, 5, 3), 0.5, "float32")
KERNEL = np.full((3, 5), 1 / 15)


@pytest.mark.parametrize(
    "image",
    [
        PICTURE,
        PICTURE.astype("float16"),
        PICTURE.astype("float64"),
        PICTURE[..., 0],
        np.zeros((1, 1), "float32"),
        np.array([[0.0, 1.0]], "float32"),
    ],
    ids=["float32", "float16", "float64", "gray", "one pixel", "both ends of the range"],
)
def test_a_picture_in_the_unit_range_passes(image):
    checks.unit_image("blur()", "sharp", image)


def with_value(value):
    image = PICTURE.copy()
    image[1, 2, 0] = value
    return image


@pytest.mark.parametrize(
    "image, error, words",
    [
        ([[0.5]], TypeError, r"blur\(\) needs sharp as a NumPy array; received list"),
        (np.zeros((0, 4, 3), "float32"), ValueError, r"at least one pixel; received shape \(0, 4, 3\)"),
        (
            np.array([[0, 254]], "uint8"),
            ValueError,
            r"received uint8 in \[0, 254\]. Convert: .*to_unit\(sharp\)",
        ),
        (np.array([[False, True]]), ValueError, "received bool"),
        (np.zeros(5, "float32"), ValueError, r"of shape \(h, w\) or \(h, w, c\); received \(5,\)"),
        (np.zeros((1, 4, 4, 3), "float32"), ValueError, r"received \(1, 4, 4, 3\)"),
        (with_value(np.nan), ValueError, "finite values in sharp; received 1 NaN or infinite of 60"),
        (with_value(np.inf), ValueError, "finite values in sharp"),
        (with_value(1.5), ValueError, r"sharp in \[0, 1\]; received float32 in \[0.5, 1.5\]"),
        (with_value(-0.25), ValueError, r"received float32 in \[-0.25, 0.5\]. Convert: .*to_unit"),
    ],
    ids=["list", "empty", "bytes", "bool", "one axis", "four axes", "NaN", "infinity", "above", "below"],
)
def test_a_picture_without_sense_is_refused(image, error, words):
    with pytest.raises(error, match=words):
        checks.unit_image("blur()", "sharp", image)


def test_the_welcome_numbers_of_axes_can_be_chosen():
    checks.unit_image("ssim()", "sharp", PICTURE[None], dims=(4,))
    with pytest.raises(ValueError, match=r"of shape \(b, h, w, c\); received \(4, 5, 3\)"):
        checks.unit_image("ssim()", "sharp", PICTURE, dims=(4,))


def test_a_finite_picture_may_leave_the_unit_range():
    checks.finite_image("convolve()", "picture", PICTURE * 300 - 7)
    with pytest.raises(ValueError, match=r"convolve\(\) needs finite values in picture"):
        checks.finite_image("convolve()", "picture", with_value(-np.inf))


@pytest.mark.parametrize("kernel", [KERNEL, np.ones((1, 1)), np.eye(3, dtype="float32") / 3])
def test_a_kernel_with_odd_sides_and_sum_one_passes(kernel):
    checks.kernel("blur()", kernel)


def test_rounding_of_float32_does_not_make_a_kernel_wrong():
    checks.kernel("blur()", np.full((31, 31), 1 / 961, "float32"))


@pytest.mark.parametrize(
    "kernel, error, words",
    [
        (KERNEL.tolist(), TypeError, "kernel as a NumPy array; received list"),
        (np.ones(3) / 3, ValueError, r"of shape \(k, k\); received \(3,\)"),
        (np.ones((0, 3)), ValueError, r"of shape \(k, k\); received \(0, 3\)"),
        (np.ones((4, 3)) / 12, ValueError, "odd sides.*received 4 x 3. Pad one row or column of zeros"),
        (np.ones((3, 4)) / 12, ValueError, "odd sides.*received 3 x 4"),
        (np.full((3, 3), np.nan), ValueError, "finite weights in kernel"),
        (np.array([[1.5, -0.5, 0]]), ValueError, "0 or more; received -0.5"),
        (np.ones((3, 3)), ValueError, r"sums to 1.*received sum 9. Divide: kernel / kernel.sum\(\)"),
        (KERNEL * 1.001, ValueError, "sums to 1.*received sum 1.001"),
    ],
    ids=["list", "one axis", "empty", "even rows", "even columns", "NaN", "negative", "sum 9", "sum 1.001"],
)
def test_a_kernel_without_sense_is_refused(kernel, error, words):
    with pytest.raises(error, match=words):
        checks.kernel("blur()", kernel)


def test_chance_needs_a_generator():
    checks.generator("blur()", np.random.default_rng(0), "sigma > 0")
    with pytest.raises(
        ValueError, match=r"needs rng because sigma > 0; pass numpy.random.default_rng\(seed\)"
    ):
        checks.generator("blur()", None, "sigma > 0")
    with pytest.raises(TypeError, match="numpy.random.Generator; received RandomState"):
        checks.generator("blur()", np.random.RandomState(0), "sigma > 0")


@pytest.mark.parametrize("value", [1, 1.0, np.int64(1), np.float32(1), 7, math.inf])
def test_a_number_of_at_least_the_minimum_passes(value):
    checks.at_least("Duel", "critic_steps", value, 1)


def test_above_leaves_the_bound_itself_out():
    checks.above("Charbonnier", "epsilon", 1e-9, 0)
    with pytest.raises(ValueError, match="Charbonnier needs epsilon above 0; received 0"):
        checks.above("Charbonnier", "epsilon", 0, 0)


@pytest.mark.parametrize("value", [0, 0.5, 1])
def test_within_keeps_both_ends(value):
    checks.within("DegradationRecipe", "sigma", value, 0, 1)


@pytest.mark.parametrize(
    "check, words",
    [
        (
            lambda: checks.at_least("Duel", "critic_steps", 0, 1),
            "Duel needs critic_steps of at least 1; received 0",
        ),
        (lambda: checks.at_least("Duel", "critic_steps", math.nan, 1), "received nan"),
        (lambda: checks.above("Duel", "rate", math.nan, 0), "above 0; received nan"),
        (lambda: checks.within("Duel", "ema", 1.5, 0, 1), r"Duel needs ema in \[0, 1\]; received 1.5"),
        (lambda: checks.within("Duel", "ema", -1, 0, 1), r"in \[0, 1\]; received -1"),
        (lambda: checks.within("Duel", "ema", math.nan, 0, 1), "received nan"),
        (lambda: checks.odd("delta()", "size", 4), "odd size.*received 4"),
        (lambda: checks.odd("delta()", "size", -3), "at least 1; received -3"),
        (lambda: checks.odd("delta()", "size", 3.5), "odd size.*received 3.5"),
    ],
)
def test_a_number_out_of_bounds_is_refused(check, words):
    with pytest.raises(ValueError, match=words):
        check()


@pytest.mark.parametrize("value", ["3", None, True, [3], 3 + 0j, np.bool_(True)], ids=repr)
@pytest.mark.parametrize(
    "check",
    [
        lambda value: checks.at_least("Duel", "steps", value, 1),
        lambda value: checks.above("Duel", "steps", value, 0),
        lambda value: checks.within("Duel", "steps", value, 0, 9),
        lambda value: checks.odd("Duel", "steps", value),
    ],
    ids=["at_least", "above", "within", "odd"],
)
def test_what_is_no_number_is_refused_by_type(check, value):
    with pytest.raises(TypeError, match="Duel needs steps as a number; received"):
        check(value)


def test_a_misspelt_word_is_answered_with_its_neighbour():
    checks.one_of("blur()", "borders", "zero", ("reflect", "zero"))
    words = r"blur\(\) knows borders 'reflect', 'zero'; received 'refelct'. Did you mean 'reflect'\?"
    with pytest.raises(ValueError, match=words):
        checks.one_of("blur()", "borders", "refelct", ("reflect", "zero"))


def test_a_word_unlike_all_others_gets_the_list_alone():
    with pytest.raises(ValueError, match="received 7.$"):
        checks.one_of("blur()", "borders", 7, iter(("reflect", "zero")))


def test_the_known_may_be_numbers():
    checks.one_of("write()", "bits", 16, (8, 16))
    with pytest.raises(ValueError, match=r"write\(\) knows bits 8, 16; received 12.$"):
        checks.one_of("write()", "bits", 12, (8, 16))


def test_two_shapes_must_agree():
    checks.same_shape("psnr()", ("sharp", "restored"), PICTURE, PICTURE + 1)
    words = r"psnr\(\) needs sharp and restored of one shape; received \(4, 5, 3\) and \(4, 5\)"
    with pytest.raises(ValueError, match=words):
        checks.same_shape("psnr()", ("sharp", "restored"), PICTURE, PICTURE[..., 0])


@pytest.mark.parametrize("shape", [(16, 32, 3), (2, 16, 48, 3)])
def test_divisible_sides_pass(shape):
    checks.divisible("nafnet", shape, 16)


@pytest.mark.parametrize("shape, sides", [((360, 647, 3), "360 x 647"), ((1, 16, 15, 3), "16 x 15")])
def test_a_remainder_is_answered_with_how_to_pad(shape, sides):
    words = rf"nafnet needs height and width divisible by 16; received {sides}. Pad first: .*pad_to_multiple"
    with pytest.raises(ValueError, match=words):
        checks.divisible("nafnet", shape, 16)
