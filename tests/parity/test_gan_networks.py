"""Networks of DeblurGAN, pix2pixHD and SPADE: official weights in, stored features and outputs out.

Files named gan_* come from the official code. Files named torch_* come from PyTorch modules written for these
tests, with the official names of the weights, because no such file of the official code is at hand.
"""

import re

import keras
import numpy as np
import pytest

from course_lib.adversarial.critics import PatchCriticRecipe, patch_critic
from course_lib.adversarial.deblurgan import DeblurGANRecipe, deblurgan_generator
from course_lib.adversarial.encoder import FeatureEncoderRecipe, feature_encoder
from course_lib.adversarial.pix2pixhd import (
    GlobalGeneratorRecipe,
    LocalEnhancerRecipe,
    global_generator,
    local_enhancer,
)
from course_lib.weights import drop_prefix, load_official, official_state, read_npz
from tests.parity.fixtures_folder import fixture_files

TOLERANCE = 2e-4  # the largest absolute error; values are of order 1


def files(pattern):
    return pytest.mark.parametrize("path", fixture_files(pattern), ids=lambda path: path.stem)


def last(array):
    """Turn stored (b, c, h, w) into (b, h, w, c)."""
    return array.transpose(0, 2, 3, 1)


def numbers(state, pattern):
    """The numbers in the official names that fit a pattern with one group, in order."""
    found = (re.fullmatch(pattern, name) for name in state)
    return sorted({int(match[1]) for match in found if match})


def places(depth, middle):
    """Our layers in the order of the original's modules: convolution, norm and ReLU count one each."""
    stages = ["lift", *(f"shrink_{i}" for i in range(depth))]
    back = [f"grow_{i}" for i in reversed(range(depth))]
    three = ("conv", "norm", "relu")
    before = ["lift_pad", *(f"{stage}_{part}" for stage in stages for part in three)]
    after = [f"{stage}_{part}" for stage in back for part in three]
    return [*before, *middle, *after, "paint_pad", "paint_conv", "paint_tanh"]


def shape_of(state):
    """Read width, halvings and blocks of an hourglass from its official weights."""
    convolutions = numbers(state, r"model\.(\d+)\.weight")
    blocks = numbers(state, r"model\.(\d+)\.conv_block\..*")
    depth = (len(convolutions) - 2) // 2
    return state["model.1.weight"].shape[0], depth, len(blocks)


def agree(model, inputs, stored, names):
    """Demand that the model's output and all stored features are theirs, and that there are some."""
    mids = {int(key.split(".")[-1]): last(stored[key]) for key in stored if key.startswith("mid/model.")}
    layers = [model.get_layer(names[place]).output for place in mids]
    features = keras.Model(model.input, [model.output, *layers]).predict_on_batch(inputs)
    expected = [last(stored["out/y"]), *mids.values()]
    assert len(expected) > 1
    for name, ours, theirs in zip(["output", *mids], features, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=TOLERANCE, rtol=0, err_msg=f"at {name}")


@files("gan_deblurgan_generator*.npz")
def test_the_deblurgan_generator_gives_their_features_and_picture(path):
    stored = read_npz(path)
    state = drop_prefix(stored, "sd/")
    width, depth, blocks = shape_of(state)
    assert depth == 2
    # Their second convolution is number 6 where a dropout module stands before it. The dropout is off here.
    convolutions = len(numbers(state, r"model\.10\.conv_block\.(\d+)\.weight"))
    model = deblurgan_generator(
        DeblurGANRecipe(width=width, blocks=blocks, convolutions=convolutions, pixels="signed")
    )
    load_official(model, state)
    names = places(depth, [f"block_{i}" for i in range(blocks)])
    agree(model, last(stored["in/x"]), stored, names)


@files("gan_deblurgan_generator*.npz")
def test_unit_pixels_only_change_the_range(path):
    stored = read_npz(path)
    state = drop_prefix(stored, "sd/")
    width, _, blocks = shape_of(state)
    convolutions = len(numbers(state, r"model\.10\.conv_block\.(\d+)\.weight"))
    model = deblurgan_generator(DeblurGANRecipe(width=width, blocks=blocks, convolutions=convolutions))
    load_official(model, state)
    restored = model.predict_on_batch((last(stored["in/x"]) + 1) / 2)
    np.testing.assert_allclose(restored, (last(stored["out/y"]) + 1) / 2, atol=TOLERANCE, rtol=0)


@files("gan_pix2pixhd_global*.npz")
def test_the_global_generator_gives_their_features_and_picture(path):
    stored = read_npz(path)
    state = drop_prefix(stored, "sd/")
    width, depth, blocks = shape_of(state)
    channels = stored["in/x"].shape[1]
    model = global_generator(
        GlobalGeneratorRecipe(channels=channels, width=width, depth=depth, blocks=blocks, pixels="signed")
    )
    load_official(model, state)
    names = places(depth, [f"block_{i}" for i in range(blocks)])
    agree(model, last(stored["in/x"]), stored, names)


@files("gan_patchgan*.npz")
def test_the_patch_critic_gives_their_features_and_scores(path):
    stored = read_npz(path)
    state = drop_prefix(stored, "sd/")
    width, channels = state["model.0.weight"].shape[:2]
    layers = len(numbers(state, r"model\.(\d+)\.weight")) - 2
    model = patch_critic(PatchCriticRecipe(channels=channels, width=width, layers=layers, pixels="signed"))
    load_official(model, state)
    # The first stage has no norm.
    names = ["scale_0_conv_0", "scale_0_relu_0"]
    names += [f"scale_0_{part}_{i}" for i in range(1, layers + 1) for part in ("conv", "norm", "relu")]
    agree(model, last(stored["in/x"]), stored, names)


@files("gan_labels_edges_encoder*.npz")
def test_the_encoder_gives_their_features_before_and_after_the_mean_over_objects(path):
    stored = read_npz(path)
    state = drop_prefix(stored, "enc_sd/")
    width, depth, _ = shape_of(state)
    picture = last(stored["enc_in/image"])
    instances = last(stored["inst"][: len(picture)])
    features = stored["enc_out/feature_map"].shape[1]
    model = feature_encoder(
        FeatureEncoderRecipe(width=width, depth=depth, features=features, pixels="signed")
    )
    load_official(model, state)
    joints = keras.Model(model.inputs, [model.get_layer("paint_tanh").output, model.output])
    before, after = joints.predict_on_batch([picture, instances])
    np.testing.assert_allclose(before, last(stored["enc_mid/conv_output"]), atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(after, last(stored["enc_out/feature_map"]), atol=TOLERANCE, rtol=0)


@files("torch_local_enhancer*.npz")
def test_the_local_enhancer_gives_their_picture(path):
    stored = read_npz(path)
    state = drop_prefix(stored, "sd/")
    enhancers = len(numbers(state, r"model(\d+)_1\.1\.weight"))
    _, channels = state[f"model{enhancers}_1.1.weight"].shape[:2]
    # The global generator inside has no last convolution, so that its stages are counted one short.
    convolutions = numbers(state, r"model\.(\d+)\.weight")
    recipe = LocalEnhancerRecipe(
        channels=channels,
        width=state[f"model{enhancers}_1.1.weight"].shape[0],
        depth=(len(convolutions) - 1) // 2,
        blocks=len(numbers(state, r"model\.(\d+)\.conv_block\..*")),
        enhancers=enhancers,
        enhancer_blocks=len(numbers(state, r"model1_2\.(\d+)\.conv_block\..*")),
        pixels="signed",
    )
    model = local_enhancer(recipe)
    load_official(model, state)
    picture = model.predict_on_batch(last(stored["in/x"]))
    np.testing.assert_allclose(picture, last(stored["out/y"]), atol=TOLERANCE, rtol=0)


def critic_of(state, **settings):
    """Build a critic of several scales as wide and deep as its official weights, and load them."""
    spectral = any(name.endswith("weight_orig") for name in state)
    scales = len(numbers(state, r"discriminator_(\d+)\..*" if spectral else r"scale(\d+)_layer.*"))
    layers = len(numbers(state, r"discriminator_0\.model(\d+)\..*" if spectral else r"scale0_layer(\d+)\..*"))
    first = state["discriminator_0.model0.0.weight" if spectral else "scale0_layer0.0.weight"]
    width, channels = first.shape[:2]
    recipe = PatchCriticRecipe(
        channels=channels, width=width, layers=layers - 2, scales=scales, spectral=spectral, **settings
    )
    model = patch_critic(recipe)
    load_official(model, state)
    return model


@files("torch_*_critic*.npz")
def test_a_critic_of_several_scales_gives_their_features_finest_first(path):
    stored = read_npz(path)
    model = critic_of(drop_prefix(stored, "sd/"), features=True, pixels="signed")
    scores = model.predict_on_batch(last(stored["in/x"]))
    outputs = drop_prefix(stored, "out/")
    assert {f"{s}_{k}" for s, maps in enumerate(scores) for k in range(len(maps))} == set(outputs)
    for name, expected in outputs.items():
        scale, layer = map(int, name.split("_"))
        np.testing.assert_allclose(scores[scale][layer], last(expected), atol=TOLERANCE, rtol=0)


@files("torch_spectral_critic*.npz")
def test_a_training_call_of_a_spectral_critic_gives_their_scores_and_moves_their_directions(path):
    stored = read_npz(path)
    model = critic_of(drop_prefix(stored, "sd/"), pixels="signed")
    scores = model(last(stored["in/x"]), training=True)
    for name, expected in drop_prefix(stored, "train/").items():
        ours = keras.ops.convert_to_numpy(scores[int(name.split("_")[0])])
        np.testing.assert_allclose(ours, last(expected), atol=TOLERANCE, rtol=0)
    state = official_state(model)
    for name, expected in drop_prefix(stored, "after/").items():
        np.testing.assert_allclose(state[name], expected, atol=1e-5, rtol=0)
