"""Critics: sizes of maps, scales, features, ranges, spectral norm, gradients, crops that are too small."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.adversarial.critics import PatchCriticRecipe, patch_critic, smallest_side
from course_lib.backend.updates import compile_update
from course_lib.losses.gan import GANLoss, gradient_penalty

TOY = PatchCriticRecipe(width=2)
X = np.random.default_rng(0).random((2, 20, 27, 3)).astype("float32")


def toy(**settings):
    return patch_critic(dataclasses.replace(TOY, **settings))


def shapes(scores):
    return keras.tree.map_structure(lambda score: tuple(score.shape[1:3]), scores)


def test_maps_have_the_sizes_of_the_papers_code():
    model = toy(features=True)
    maps = model(keras.Input((256, 256, 3)))
    assert shapes(maps) == [(129, 129), (65, 65), (33, 33), (34, 34), (35, 35)]
    maps = toy(features=True, padding=1)(keras.Input((256, 256, 3)))
    assert shapes(maps) == [(128, 128), (64, 64), (32, 32), (31, 31), (30, 30)]
    assert shapes(toy(scales=3)(keras.Input((512, 1024, 3)))) == [(67, 131), (35, 67), (19, 35)]


def test_widths_double_up_to_the_widest():
    maps = toy(features=True, layers=4, widest=12)(keras.Input((64, 64, 3)))
    assert [score.shape[-1] for score in maps] == [2, 4, 8, 12, 12, 1]


def test_a_score_looks_at_seventy_pixels_each_way():
    # Without the norms, which look at the whole map, a score's gradient shows what it sees.
    model = toy()
    x = np.random.default_rng(0).random((1, 160, 160, 3)).astype("float32")
    change = x.copy()
    change[0, 80, 80] += 0.5
    path, plain = x, change
    for layer in model.layers[1:]:
        if "norm" not in layer.name:
            path, plain = layer(path), layer(plain)
    moved = np.argwhere(ops.convert_to_numpy(path != plain)[0, ..., 0])
    # Scores stand 8 pixels apart: a window of 70 pixels holds 8 or 9 of them.
    sides = moved.max(0) - moved.min(0) + 1
    assert set(sides) <= {8, 9}


@pytest.mark.parametrize("scales, features", [(1, True), (2, False), (2, True)])
def test_features_and_scales_are_lists_and_the_scores_are_the_same(scales, features):
    plain, rich = toy(scales=scales), toy(scales=scales, features=features)
    rich.set_weights(plain.get_weights())
    maps, scores = plain(X), rich(X)
    if scales == 1:
        maps, scores = [maps], [scores]
    assert len(maps) == scales
    if features:
        assert [len(scale) for scale in scores] == [TOY.layers + 2] * scales
        scores = [scale[-1] for scale in scores]
    for pair in zip(scores, maps, strict=True):
        ours, theirs = map(ops.convert_to_numpy, pair)
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_second_scale_is_a_critic_of_its_own_for_half_the_size():
    model, alone = toy(scales=2), toy()
    for i in range(TOY.layers + 2):
        weights = model.get_layer(f"scale_1_conv_{i}").get_weights()
        alone.get_layer(f"scale_0_conv_{i}").set_weights(weights)
    half = keras.Model(model.input, model.get_layer("halve_0").output)
    _, coarse = model.predict_on_batch(X)
    # What is halved is already signed.
    expected = alone.predict_on_batch((half.predict_on_batch(X) + 1) / 2)
    np.testing.assert_allclose(coarse, expected, atol=1e-5)


def test_unit_pixels_stretch_the_last_three_channels_only():
    unit, signed = toy(channels=5), toy(channels=5, pixels="signed")
    signed.set_weights(unit.get_weights())
    x = np.random.default_rng(1).random((1, 16, 16, 5)).astype("float32")
    stretched = np.concatenate([x[..., :2], 2 * x[..., 2:] - 1], axis=-1)
    np.testing.assert_allclose(unit.predict_on_batch(x), signed.predict_on_batch(stretched), atol=1e-5)


def test_with_spectral_norm_inner_layers_lose_their_bias_and_gain_directions():
    model = toy(spectral=True)
    plain = {weight.path.split("/")[0]: [] for weight in model.weights}
    for weight in model.weights:
        plain[weight.path.split("/")[0]].append(weight.name)
    assert list(plain.values()) == [["kernel", "bias"], *[["kernel", "u", "v"]] * 3, ["kernel", "bias"]]


def test_every_weight_that_matters_receives_a_gradient():
    for spectral in (False, True):
        model = toy(spectral=spectral, scales=2)
        before = model.get_weights()

        def loss_fn(x, model=model):
            return GANLoss(kind="least_squares").on_real(model(x, training=True)), {}

        compile_update(loss_fn, [model], [], keras.optimizers.SGD(10.0))(X)
        weights = zip(model.weights, before, model.get_weights(), strict=True)
        still = [w.path for w, old, new in weights if np.array_equal(old, new)]
        # A bias before a norm changes nothing; without spectral norm the inner layers keep theirs.
        allowed = {f"scale_{s}_conv_{i}/bias" for s in range(2) for i in (1, 2, 3)}
        assert set(still) <= (set() if spectral else allowed)


def test_a_gradient_penalty_goes_through_a_spectral_critic_and_moves_its_directions():
    model = toy(spectral=True)
    before = model.get_weights()

    def loss_fn(real, fake):
        penalty = gradient_penalty(lambda x: model(x, training=True), real, fake, alpha=0.5)
        return penalty, {}

    loss, _ = compile_update(loss_fn, [model], [], keras.optimizers.SGD(0.1))(X, X[::-1].copy())
    assert np.isfinite(float(loss))
    moved = {
        w.name
        for w, old, new in zip(model.weights, before, model.get_weights(), strict=True)
        if not np.array_equal(old, new)
    }
    assert {"kernel", "u", "v"} <= moved


@pytest.mark.parametrize("settings", [{"scales": 2, "features": True}, {"spectral": True}])
def test_a_critic_saved_whole_comes_back_bit_equal(tmp_path, settings):
    model = toy(**settings)
    model.save(tmp_path / "critic.keras")
    again = keras.saving.load_model(tmp_path / "critic.keras")
    pairs = zip(
        keras.tree.flatten(model.predict_on_batch(X)),
        keras.tree.flatten(again.predict_on_batch(X)),
        strict=True,
    )
    for ours, theirs in pairs:
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "settings, side",
    [
        # padding 2: 6 -> 4 -> 3 -> 2; a side of 2 would stay 2
        ({"layers": 1}, 3),
        ({"layers": 2}, 4),
        ({"layers": 3}, 6),
        ({"layers": 4}, 10),
        # padding 1: 24 -> 12 -> 6 -> 3 -> 2 -> 1
        ({"layers": 3, "padding": 1}, 24),
        ({"layers": 1, "padding": 1}, 6),
        # two scales: half of 11, rounded up, is 6
        ({"layers": 3, "scales": 2}, 11),
        ({"layers": 3, "padding": 1, "scales": 3}, 93),
    ],
)
def test_the_smallest_side_is_as_counted_by_hand(settings, side):
    assert smallest_side(dataclasses.replace(TOY, **settings)) == side


@pytest.mark.parametrize("padding", [1, 2])
def test_at_the_smallest_crop_every_layer_still_sees_something(padding):
    recipe = dataclasses.replace(TOY, padding=padding, scales=2, features=True)
    side = smallest_side(recipe)
    x = np.random.default_rng(0).random((1, side, side, 3)).astype("float32")
    for maps in patch_critic(recipe).predict_on_batch(x):
        for features in maps[:-1]:
            assert min(features.shape[1:3]) >= 2 and features.std() > 0


def test_a_critic_too_deep_for_the_crop_names_the_smallest_size():
    words = (
        "patch_critic with layers 3, padding 1 and scales 2 needs pictures of at least 47 x 47 pixels; "
        "received 40 x 64. Take a larger crop"
    )
    with pytest.raises(ValueError, match=words):
        toy(padding=1, scales=2)(np.zeros((1, 40, 64, 3), "float32"))


@pytest.mark.parametrize(
    "settings, error",
    [
        ({"channels": 0}, ValueError),
        ({"width": 0}, ValueError),
        ({"layers": 0}, ValueError),
        ({"widest": 0}, ValueError),
        ({"scales": 0}, ValueError),
        ({"padding": 3}, ValueError),
        ({"pixels": "bytes"}, ValueError),
        ({"layers": "3"}, TypeError),
    ],
)
def test_a_recipe_without_sense_is_refused(settings, error):
    with pytest.raises(error, match=f"PatchCriticRecipe (needs|knows) {next(iter(settings))}"):
        PatchCriticRecipe(**settings)
