"""The baseline: its size, its start, rectangles, a whole round trip, a gradient for every weight."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.updates import compile_update
from course_lib.baseline import MULTIPLE, ResidualCNNRecipe, residual_cnn
from course_lib.inference.restore import restore


@pytest.fixture(scope="module")
def small():
    return residual_cnn(ResidualCNNRecipe(width=4, depth=2))


def drawn(*shape):
    return np.random.default_rng(0).random(shape).astype("float32")


X = drawn(1, 12, 8, 3)


def run(model, x):
    return ops.convert_to_numpy(model(x))


def count_by_hand(width, depth):
    def conv(side, c_in, c_out):
        return side * side * c_in * c_out + c_out

    def block(w):
        return 2 * conv(3, w, w)

    lift, down = conv(3, 12, width), conv(2, width, 2 * width)
    widen, lower = conv(1, 2 * width, 4 * width), conv(3, width, 12)
    return lift + 2 * block(width) + down + depth * block(2 * width) + widen + lower


def test_the_default_has_as_many_parameters_as_its_card_says():
    assert residual_cnn(ResidualCNNRecipe()).count_params() == count_by_hand(32, 8) == 651_372


def test_another_recipe_has_as_many_parameters_as_counted_by_hand(small):
    assert small.count_params() == count_by_hand(4, 2)


def test_at_first_a_picture_passes_almost_unchanged(small):
    assert 0 < np.abs(run(small, X) - X).max() < 0.05


@pytest.mark.parametrize("height, width", [(4, 8), (12, 4)])
def test_rectangles_of_its_multiple_keep_their_size(small, height, width):
    assert small.predict_on_batch(drawn(2, height, width, 3)).shape == (2, height, width, 3)


def test_its_multiple_is_what_restore_pads_to_by_default(small):
    assert MULTIPLE == 4
    assert restore(small, drawn(5, 7, 3)).shape == (5, 7, 3)


def test_a_known_size_that_is_no_multiple_is_refused(small):
    with pytest.raises(ValueError, match="divisible by 2; received 8 x 7. Pad first"):
        small(keras.Input((8, 7, 3)))


def test_what_was_saved_comes_back_bit_equal(small, tmp_path):
    small.save(tmp_path / "baseline.keras")
    again = keras.saving.load_model(tmp_path / "baseline.keras")
    np.testing.assert_array_equal(run(again, X), run(small, X))


def test_weights_travel_between_two_builds_of_one_recipe(small, tmp_path):
    small.save_weights(tmp_path / "baseline.weights.h5")
    again = residual_cnn(ResidualCNNRecipe(width=4, depth=2))
    assert not np.array_equal(run(again, X), run(small, X))
    again.load_weights(tmp_path / "baseline.weights.h5")
    np.testing.assert_array_equal(run(again, X), run(small, X))


def test_every_weight_of_the_baseline_receives_a_gradient():
    model = residual_cnn(ResidualCNNRecipe(width=4, depth=2))
    before = model.get_weights()

    def loss_fn(blurred):
        return ops.mean(ops.square(model(blurred, training=True) - 0.3)), {}

    step = compile_update(loss_fn, [model], [], keras.optimizers.SGD(100.0))
    step(X)
    weights = zip(model.weights, before, model.get_weights(), strict=True)
    assert [w.path for w, old, new in weights if np.array_equal(old, new)] == []


def test_under_bfloat16_the_picture_itself_passes_in_full_precision():
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        model = residual_cnn(ResidualCNNRecipe(width=4, depth=2))
    finally:
        keras.config.set_dtype_policy(before)
    model.get_layer("lower").set_weights([np.zeros_like(w) for w in model.get_layer("lower").get_weights()])
    # 1 / 3 has no short binary form: bfloat16 would miss it by a thousandth.
    blurred = np.full_like(X, 1 / 3)
    np.testing.assert_array_equal(run(model, blurred), blurred)


@pytest.mark.parametrize(
    "settings, error", [({"width": 0}, ValueError), ({"depth": 0}, ValueError), ({"width": "32"}, TypeError)]
)
def test_a_recipe_without_sense_is_refused(settings, error):
    with pytest.raises(error, match=f"ResidualCNNRecipe needs {next(iter(settings))}"):
        ResidualCNNRecipe(**settings)
