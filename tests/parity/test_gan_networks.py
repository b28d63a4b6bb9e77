"""DeblurGAN's and pix2pixHD's networks with their official weights against stored features and outputs."""

import re

import keras
import numpy as np
import pytest

from course_lib.adversarial.critics import PatchCriticRecipe, patch_critic
from course_lib.adversarial.deblurgan import DeblurGANRecipe, deblurgan_generator
from course_lib.adversarial.encoder import FeatureEncoderRecipe, feature_encoder
from course_lib.adversarial.instances import edges
from course_lib.adversarial.pix2pixhd import GlobalGeneratorRecipe, global_generator
from course_lib.weights import drop_prefix, load_official, read_npz
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
    """Our layers in the order of the original's list of modules: convolution, norm and ReLU count one each."""
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


def agree(model, inputs, stored, names, tolerance=TOLERANCE):
    """Demand that the model's output and all stored features are theirs, and that there are some."""
    mids = {int(key.split(".")[-1]): last(stored[key]) for key in stored if key.startswith("mid/model.")}
    layers = [model.get_layer(names[place]).output for place in mids]
    features = keras.Model(model.input, [model.output, *layers])(inputs)
    expected = [last(stored["out/y"]), *mids.values()]
    assert len(expected) > 1
    for name, ours, theirs in zip(["output", *mids], features, expected, strict=True):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(ours), theirs, atol=tolerance, rtol=0, err_msg=f"at {name}"
        )


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
    restored = keras.ops.convert_to_numpy(model((last(stored["in/x"]) + 1) / 2))
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
def test_edges_of_objects_are_theirs(path):
    stored = read_npz(path)
    np.testing.assert_array_equal(edges(stored["inst"][:, 0]), stored["edge"][:, 0])


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
    before, after = (keras.ops.convert_to_numpy(x) for x in joints([picture, instances]))
    np.testing.assert_allclose(before, last(stored["enc_mid/conv_output"]), atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(after, last(stored["enc_out/feature_map"]), atol=TOLERANCE, rtol=0)
