"""pix2pixHD's generators: coarse to fine, weights that move over, parts that stand still, sizes refused."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.adversarial.pix2pixhd import (
    GlobalGeneratorRecipe,
    LocalEnhancerRecipe,
    adopt_global,
    fix_global,
    global_generator,
    local_enhancer,
)

COARSE = GlobalGeneratorRecipe(channels=4, width=4, depth=1, blocks=1)
FINE = LocalEnhancerRecipe(channels=4, width=2, depth=1, blocks=1, enhancer_blocks=1)
X = np.random.default_rng(0).random((1, 16, 20, 4)).astype("float32")


def run(model, x):
    return ops.convert_to_numpy(model(x))


@pytest.fixture(scope="module")
def coarse():
    return global_generator(COARSE)


@pytest.fixture
def fine():
    return local_enhancer(FINE)


@pytest.mark.parametrize("build, recipe", [(global_generator, COARSE), (local_enhancer, FINE)])
def test_pixels_are_unit_or_signed(build, recipe):
    unit = build(recipe)
    signed = build(type(recipe)(**{**vars(recipe), "pixels": "signed"}))
    signed.set_weights(unit.get_weights())
    np.testing.assert_allclose(run(unit, X), (run(signed, X) + 1) / 2, atol=1e-6)


def test_the_enhancer_sees_the_labels_at_full_and_at_half_size(fine):
    model = keras.Model(fine.input, [fine.get_layer("halve_0").output, fine.get_layer("fine_1_join").output])
    half, joined = model.predict_on_batch(X)
    assert half.shape == (1, 8, 10, 4)
    assert joined.shape == (1, 8, 10, 4)  # twice the enhancer's width
    # The first window of the halving mean covers two by two pixels.
    np.testing.assert_allclose(half[0, 0, 0], X[0, :2, :2].mean((0, 1)), rtol=1e-5)


def test_both_halves_are_added_where_they_meet(fine):
    names = ("fine_1_shrink_relu", "global_grow_0_relu", "fine_1_join")
    model = keras.Model(fine.input, [fine.get_layer(name).output for name in names])
    small, large, joined = model.predict_on_batch(X)
    np.testing.assert_allclose(small + large, joined, atol=1e-6)


def test_an_adopted_global_generator_gives_its_own_features(coarse, fine):
    adopt_global(fine, coarse)
    half = keras.Model(fine.input, fine.get_layer("halve_0").output).predict_on_batch(X)
    inside = keras.Model(fine.input, fine.get_layer("global_grow_0_relu").output).predict_on_batch(X)
    alone = keras.Model(coarse.input, coarse.get_layer("grow_0_relu").output).predict_on_batch(half)
    np.testing.assert_allclose(inside, alone, atol=1e-5)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"width": 2}, "no 'lift_conv' with weights of shapes"),
        ({"blocks": 0}, "no 'block_0' with weights"),
        ({"blocks": 2}, r"no place for \['block_1'\]"),
        ({"channels": 5}, "no 'lift_conv' with weights of shapes"),
    ],
)
def test_a_global_generator_of_another_shape_is_refused_and_nothing_changes(fine, change, words):
    before = fine.get_weights()
    other = global_generator(GlobalGeneratorRecipe(**{**vars(COARSE), **change}))
    with pytest.raises(ValueError, match=words):
        adopt_global(fine, other)
    for old, new in zip(before, fine.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_fixed_global_generator_leaves_the_enhancer_to_train_and_can_be_freed(fine):
    everything = [weight.path for weight in fine.trainable_weights]
    fix_global(fine)
    left = [weight.path for weight in fine.trainable_weights]
    assert left and not [path for path in left if path.startswith("global_")]
    assert set(everything) - set(left) == {path for path in everything if path.startswith("global_")}
    fix_global(fine, fixed=False)
    assert [weight.path for weight in fine.trainable_weights] == everything


def test_a_network_without_a_global_generator_cannot_be_fixed(coarse):
    with pytest.raises(
        ValueError, match=r"'global_generator' has no layers named global_.*local_enhancer\(\)"
    ):
        fix_global(coarse)


@pytest.mark.parametrize(
    "build, recipe, multiple",
    [
        (global_generator, GlobalGeneratorRecipe(channels=1, width=1, depth=3, blocks=0), 8),
        (local_enhancer, LocalEnhancerRecipe(channels=1, width=1, depth=1, blocks=0, enhancers=2), 8),
    ],
)
def test_a_size_that_cannot_be_halved_often_enough_is_refused(build, recipe, multiple):
    model = build(recipe)
    with pytest.raises(
        ValueError, match=rf"{build.__name__} needs .* divisible by {multiple}; received 20 x 24"
    ):
        model(keras.Input((20, 24, 1)))
    with pytest.raises(ValueError, match=f"at least {2 * multiple} x {2 * multiple} pixels; received 8 x 24"):
        model(keras.Input((8, 24, 1)))
    assert model(keras.Input((16, 24, 1))).shape == (None, 16, 24, 3)


@pytest.mark.parametrize("cls", [GlobalGeneratorRecipe, LocalEnhancerRecipe])
@pytest.mark.parametrize(
    "settings", [{"channels": 0}, {"width": 0}, {"depth": 0}, {"blocks": -1}, {"pixels": "bytes"}]
)
def test_a_recipe_without_sense_is_refused(cls, settings):
    with pytest.raises(ValueError, match=f"{cls.__name__} (needs|knows) {next(iter(settings))}"):
        cls(**settings)


@pytest.mark.parametrize("settings", [{"enhancers": 0}, {"enhancer_blocks": -1}])
def test_an_enhancer_without_sense_is_refused(settings):
    with pytest.raises(ValueError, match=f"LocalEnhancerRecipe needs {next(iter(settings))}"):
        LocalEnhancerRecipe(**settings)
