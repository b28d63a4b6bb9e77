"""DeblurGAN's generator: size on paper, batch norm, range, skip, start, dropout, what is refused."""

import math

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.adversarial.deblurgan import MULTIPLE, DeblurGANRecipe, deblurgan_generator
from course_lib.inference.restore import restore
from course_lib.weights import load_official, official_state

TOY = {"width": 2, "blocks": 1}
X = np.random.default_rng(0).random((1, 8, 12, 3)).astype("float32")


def run(model, x, training=False):
    return ops.convert_to_numpy(model(x, training=training))


def conv(side, c_in, c_out):
    return side * side * c_in * c_out + c_out


def test_a_toy_has_as_many_parameters_as_counted_by_hand():
    # lift, two shrinks, two convolutions a block, two grows, paint
    expected = conv(7, 3, 2) + conv(3, 2, 4) + conv(3, 4, 8) + 3 * 2 * conv(3, 8, 8)
    expected += conv(3, 8, 4) + conv(3, 4, 2) + conv(7, 2, 3)
    assert deblurgan_generator(DeblurGANRecipe(width=2, blocks=3)).count_params() == expected


def test_with_batch_norm_only_the_last_convolution_has_a_bias():
    model = deblurgan_generator(DeblurGANRecipe(width=2, blocks=3, norm="batch"))
    assert [v.path for v in model.weights if v.path.endswith("bias")] == ["paint_conv/bias"]
    # Each convolution but the last loses a bias and gains a scale and a shift for each channel.
    channels = 2 + 4 + 8 + 3 * 2 * 8 + 4 + 2
    plain = deblurgan_generator(DeblurGANRecipe(width=2, blocks=3)).count_params()
    assert sum(math.prod(v.shape) for v in model.trainable_weights) == plain + channels


def batch_normed(stage):
    return {f"{stage}.{name}" for name in ("weight", "bias", "running_mean", "running_var")}


@pytest.mark.parametrize("dropout, second", [(0.5, 6), (0.0, 5)])
def test_batch_norms_have_the_official_names_behind_their_convolutions(dropout, second):
    model = deblurgan_generator(DeblurGANRecipe(**TOY, dropout=dropout, norm="batch"))
    expected = {f"model.{place}.weight" for place in (1, 4, 7, 11, 14, 18)} | {"model.18.bias"}
    expected |= {f"model.10.conv_block.{place}.weight" for place in (1, second)}
    for stage in ("2", "5", "8", "10.conv_block.2", f"10.conv_block.{second + 1}", "12", "15"):
        expected |= batch_normed(f"model.{stage}")
    state = official_state(model)
    assert state.keys() == expected
    other = deblurgan_generator(DeblurGANRecipe(**TOY, dropout=dropout, norm="batch"))
    state = {name: array + 0.5 for name, array in state.items()}
    load_official(other, state | {"model.2.num_batches_tracked": np.array(3)}, ignore="num_batches_tracked")
    for name, array in official_state(other).items():
        np.testing.assert_array_equal(array, state[name])


def test_a_batch_norm_learns_statistics_in_training_and_uses_them_at_test():
    model = deblurgan_generator(DeblurGANRecipe(**TOY, dropout=0.0, norm="batch"))
    lift, norm = model.get_layer("lift_conv"), model.get_layer("lift_norm")
    features = keras.Model(model.input, lift.output)(X)
    np.testing.assert_array_equal(run(model, X), run(model, X))
    run(model, X, training=True)
    # A tenth of the way from 0 to this batch's mean, and from 1 to its variance.
    mean, variance = (f(ops.convert_to_numpy(features), axis=(0, 1, 2)) for f in (np.mean, np.var))
    np.testing.assert_allclose(norm.get_weights()[2], 0.1 * mean, atol=1e-6)
    np.testing.assert_allclose(norm.get_weights()[3], 0.9 + 0.1 * variance, atol=1e-6)


def test_scales_of_batch_norms_start_near_one_and_shifts_at_zero():
    norm = deblurgan_generator(DeblurGANRecipe(width=400, blocks=0, norm="batch")).get_layer("shrink_0_norm")
    scales, shifts = norm.get_weights()[:2]
    assert scales.mean() == pytest.approx(1, abs=0.003) and scales.std() == pytest.approx(0.02, rel=0.15)
    np.testing.assert_array_equal(shifts, 0)
    assert norm.epsilon == 1e-5


def painting(value, **settings):
    """A generator whose tanh gives tanh(value) everywhere."""
    model = deblurgan_generator(DeblurGANRecipe(**TOY, **settings))
    last = model.get_layer("paint_conv")
    last.set_weights([np.zeros_like(last.get_weights()[0]), np.full(3, value, "float32")])
    return model


@pytest.mark.parametrize("value", [0.0, 0.2, -3.0])
def test_the_output_is_added_to_the_picture_and_clipped_to_its_range(value):
    expected = np.clip(X + np.tanh(value) / 2, 0, 1)
    np.testing.assert_allclose(run(painting(value), X), expected, atol=1e-6)
    signed = np.clip(2 * X - 1 + np.tanh(value), -1, 1)
    np.testing.assert_allclose(run(painting(value, pixels="signed"), 2 * X - 1), signed, atol=1e-6)


def test_without_skip_the_output_is_the_picture():
    np.testing.assert_allclose(run(painting(0.2, skip=False), X), (np.tanh(0.2) + 1) / 2, rtol=1e-6)
    np.testing.assert_allclose(run(painting(0.2, skip=False, pixels="signed"), X), np.tanh(0.2), rtol=1e-6)


def test_no_two_blocks_drop_alike():
    model = deblurgan_generator(DeblurGANRecipe(width=2, blocks=2, seed=5))
    assert [model.get_layer(f"block_{i}").seed for i in range(2)] == [5, 6]


def test_without_dropout_training_makes_no_difference():
    model = deblurgan_generator(DeblurGANRecipe(**TOY, dropout=0.0))
    np.testing.assert_array_equal(run(model, X, training=True), run(model, X))


def test_dropout_changes_the_picture_only_while_training():
    model = deblurgan_generator(DeblurGANRecipe(**TOY))
    np.testing.assert_array_equal(run(model, X), run(model, X))
    assert np.abs(run(model, X, training=True) - run(model, X)).max() > 0


def test_its_multiple_is_what_restore_pads_to():
    picture = np.random.default_rng(0).random((9, 14, 3)).astype("float32")
    restored = restore(painting(0.0), picture)
    assert MULTIPLE == 4
    np.testing.assert_allclose(restored, picture, atol=1e-6)


def test_a_picture_that_is_no_multiple_is_refused_with_the_way_out():
    model = deblurgan_generator(DeblurGANRecipe(**TOY))
    words = (
        r"deblurgan_generator needs .* divisible by 4; received 10 x 12. Pad .*pad_to_multiple\(image, 4\)"
    )
    with pytest.raises(ValueError, match=words):
        model(np.zeros((1, 10, 12, 3), "float32"))
    with pytest.raises(ValueError, match=words):
        model(keras.Input((10, 12, 3)))


def test_a_picture_that_shrinks_to_a_point_is_refused():
    model = deblurgan_generator(DeblurGANRecipe(**TOY))
    with pytest.raises(ValueError, match="at least 8 x 8 pixels; received 4 x 12"):
        model(np.zeros((1, 4, 12, 3), "float32"))


def test_under_bfloat16_the_picture_itself_passes_in_full_precision():
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        model = painting(0.0)
    finally:
        keras.config.set_dtype_policy(before)
    blurred = np.full_like(X, 1 / 3)
    np.testing.assert_allclose(run(model, blurred), blurred, atol=1e-7)


@pytest.mark.parametrize(
    "settings, error",
    [
        ({"width": 0}, ValueError),
        ({"blocks": -1}, ValueError),
        ({"dropout": 1.0}, ValueError),
        ({"convolutions": 3}, ValueError),
        ({"pixels": "bytes"}, ValueError),
        ({"seed": -1}, ValueError),
        ({"norm": "group"}, ValueError),
        ({"width": "64"}, TypeError),
    ],
)
def test_a_recipe_without_sense_is_refused(settings, error):
    with pytest.raises(error, match=f"DeblurGANRecipe (needs|knows) {next(iter(settings))}"):
        DeblurGANRecipe(**settings)
