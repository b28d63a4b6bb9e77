"""Perceptual loss: size, known features, ranges, gradients, configs, and weights that are not there."""

import keras
import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.losses.perceptual import (
    FIVE_SLICES,
    IMAGENET_DEVIATION,
    IMAGENET_MEAN,
    LAYERS,
    PerceptualLoss,
    PerceptualRecipe,
    feature_network,
)

RNG = np.random.default_rng(0)
SHARP = scipy.ndimage.gaussian_filter(RNG.uniform(-4, 4, (2, 32, 48, 3)), (0, 1, 1, 0)).clip(-1, 1)
SHARP = SHARP.astype("float32")
SMALL = PerceptualRecipe(width=4, pixels="signed")
STORED = [-0.0165141, 0.0304292, 0.0363756]  # first weights of block2_conv2 of width 32, seed 0


def test_the_layers_before_the_third_relu_of_block_three_have_the_published_size():
    assert feature_network(PerceptualRecipe(width=64)).count_params() == 1_735_488


def test_all_sixteen_layers_have_the_published_size():
    # The published width would need 80 MB for one number: every factor of 4 in width is one of 16 in kernels.
    network = feature_network(PerceptualRecipe(layers=("block5_conv4",), width=16))
    biases = sum(layer.bias.shape[0] for layer in network.layers if isinstance(layer, keras.layers.Conv2D))
    first = 3 * 3 * 3 * 16
    kernels = network.count_params() - biases - first
    assert 16 * kernels + 4 * biases + 4 * first == 20_024_384


def test_the_five_slices_shrink_by_pooling_and_widen_as_in_vgg():
    outputs = feature_network(FIVE_SLICES)(SHARP)
    assert [tuple(x.shape) for x in outputs] == [
        (2, 32, 48, 16),
        (2, 16, 24, 32),
        (2, 8, 12, 64),
        (2, 4, 6, 128),
        (2, 2, 3, 128),
    ]


def test_conv_is_the_value_before_the_relu_and_relu_the_one_after():
    recipe = PerceptualRecipe(layers=("block2_conv1", "block2_relu1"), layer_weights=(1, 1), width=4)
    before, after = (ops.convert_to_numpy(x) for x in feature_network(recipe)(SHARP))
    assert before.min() < 0
    np.testing.assert_array_equal(after, np.maximum(before, 0))


@pytest.mark.parametrize("distance, measure", [("squared", np.square), ("absolute", np.abs)])
@pytest.mark.parametrize("normalise", ["none", "imagenet"])
def test_the_loss_of_the_first_layer_is_a_correlation_done_by_scipy(distance, measure, normalise):
    recipe = PerceptualRecipe(
        layers=("block1_conv1",), distance=distance, normalise=normalise, pixels="signed", width=2
    )
    loss = PerceptualLoss(recipe)
    kernel, _ = loss.network.get_layer("block1_conv1").get_weights()
    restored = np.roll(SHARP, 1, axis=2)
    difference = (restored - SHARP) / (2 * IMAGENET_DEVIATION if normalise == "imagenet" else 1)
    feature = np.stack(
        [
            sum(
                scipy.signal.correlate2d(picture[..., c], kernel[:, :, c, channel], mode="same")
                for c in range(3)
            )
            for picture in difference
            for channel in range(2)
        ]
    )
    assert float(loss(SHARP, restored)) == pytest.approx(measure(feature).mean(), rel=1e-4)


def test_the_network_sees_pictures_of_either_range_alike():
    restored = SHARP[:, ::-1]
    signed = float(PerceptualLoss(SMALL)(SHARP, restored))
    unit = PerceptualLoss(PerceptualRecipe(width=4))
    assert float(unit((SHARP + 1) / 2, (restored + 1) / 2)) == pytest.approx(signed, rel=1e-4)


def test_imagenets_mean_becomes_zero_and_its_deviation_one():
    recipe = PerceptualRecipe(layers=("block1_conv1",), normalise="imagenet", width=2)
    loss = PerceptualLoss(recipe)
    mean = np.broadcast_to(IMAGENET_MEAN, (1, 16, 16, 3)).astype("float32")
    of_ones = ops.convert_to_numpy(loss.network(np.ones_like(mean)))
    assert float(loss(mean, mean + IMAGENET_DEVIATION)) == pytest.approx(np.mean(of_ones**2), rel=1e-4)


def test_weighted_layers_add_up():
    layers = ("block1_relu1", "block2_relu1")
    restored = SHARP[:, ::-1]
    alone = [
        float(PerceptualLoss(PerceptualRecipe(layers=(layer,), width=4))(SHARP, restored)) for layer in layers
    ]
    both = PerceptualLoss(PerceptualRecipe(layers=layers, layer_weights=(0.5, 3.0), width=4))
    assert float(both(SHARP, restored)) == pytest.approx(0.5 * alone[0] + 3 * alone[1], rel=1e-5)


def test_equal_pictures_cost_nothing_and_more_blur_costs_more():
    loss = PerceptualLoss()
    costs = [float(loss(SHARP, scipy.ndimage.gaussian_filter(SHARP, (0, s, s, 0)))) for s in (0, 0.5, 1, 2)]
    assert costs[0] == 0
    assert all(np.diff(costs) > 0)


def test_gradients_reach_the_restored_picture_alone():
    loss = PerceptualLoss(SMALL)
    restored = SHARP[:, ::-1]
    assert np.abs(ops.convert_to_numpy(input_gradient(lambda t: loss(SHARP, t), restored))).max() > 0
    np.testing.assert_array_equal(ops.convert_to_numpy(input_gradient(lambda t: loss(t, restored), SHARP)), 0)


def test_the_network_never_learns():
    assert PerceptualLoss(SMALL).network.trainable_weights == []


def test_random_weights_are_he_normal_and_follow_from_their_seed_on_every_engine():
    kernels = [
        feature_network(PerceptualRecipe(width=32, seed=seed)).get_layer("block2_conv2").get_weights()[0]
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert np.abs(kernels[0] - kernels[2]).max() > 0
    assert kernels[0].std() == pytest.approx(np.sqrt(2 / (9 * 64)), rel=0.02)
    # Stored once; an engine or a release that draws otherwise would change every score.
    np.testing.assert_allclose(kernels[0][0, 0, 0, :3], STORED, rtol=1e-5)


def test_the_loss_names_its_features():
    assert PerceptualLoss(SMALL).name_for_figures == (
        "random features (block3_conv3 of an untrained VGG19 of width 4, seed 0)"
    )
    published = PerceptualRecipe(weights="imagenet", width=64)
    assert published.name_for_figures == (
        "VGG19 features (block3_conv3; ImageNet weights of keras.applications)"
    )


def test_a_loss_survives_its_config():
    loss = PerceptualLoss(PerceptualRecipe(layers=LAYERS[:2], layer_weights=(1.0, 2.0), width=4, seed=3))
    twin = keras.losses.deserialize(keras.losses.serialize(loss))
    assert twin.recipe == loss.recipe
    assert float(twin(SHARP, SHARP[:, ::-1])) == float(loss(SHARP, SHARP[:, ::-1]))


@pytest.mark.parametrize(
    "settings, error, words",
    [
        (
            {"layers": ("block3_conv5",)},
            ValueError,
            "layers .*received 'block3_conv5'. Did you mean 'block3_conv",
        ),
        ({"layers": ()}, ValueError, "number of layers of at least 1"),
        ({"layers": LAYERS[:2]}, ValueError, "one weight a layer; received 2 layers and 1"),
        ({"layer_weights": (0,)}, ValueError, "layer_weights above 0"),
        ({"distance": "l1"}, ValueError, "distance 'squared', 'absolute'"),
        ({"pixels": "bytes"}, ValueError, "pixels 'unit', 'signed'"),
        ({"normalise": "yes"}, ValueError, "normalise 'none', 'imagenet'"),
        ({"weights": "vgg"}, ValueError, "weights 'imagenet', 'random'"),
        ({"weights": "imagenet"}, ValueError, "width 64 with ImageNet weights; received 16"),
        ({"width": 0}, ValueError, "width of at least 1"),
        ({"seed": -1}, ValueError, "seed of at least 0"),
        ({"width": "wide"}, TypeError, "width as a number"),
    ],
)
def test_a_setting_without_sense_is_refused(settings, error, words):
    with pytest.raises(error, match=words):
        PerceptualRecipe(**settings)


@pytest.mark.parametrize(
    "shape, words",
    [
        ((1, 3, 8, 3), r"sides at least 4 for block3_conv3; received \(1, 3, 8, 3\)"),
        ((1, 8, 8, 1), r"shape \(b, h, w, 3\).*received \(1, 8, 8, 1\)"),
    ],
)
def test_pictures_that_the_network_cannot_take_are_refused(shape, words):
    picture = np.zeros(shape, "float32")
    with pytest.raises(ValueError, match=words):
        PerceptualLoss(SMALL)(picture, picture)


def test_missing_imagenet_weights_are_refused_with_the_command_that_fetches_them(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(
        FileNotFoundError,
        match=r"PerceptualLoss needs the ImageNet weights of VGG19 in .*"
        r"80 MB: python -c .*VGG19\(include_top=False\).*weights=\"random\"",
    ):
        PerceptualLoss(PerceptualRecipe(weights="imagenet", width=64))
    assert list(tmp_path.iterdir()) == []
