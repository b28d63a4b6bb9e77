"""ASAP-Net's fixed and predicted stages: stored tensors of the official code in, stored tensors out."""

import keras
import numpy as np
import pytest

from course_lib.layers.positions import position_codes
from course_lib.layers.tent import TentDownsample, tent
from course_lib.pixelwise.pixel_mlp import PixelMLP, value_slices, weighted_sums
from course_lib.weights import drop_prefix, read_npz
from tests.parity.fixtures_folder import fixture_files

TOLERANCE = 2e-4  # the largest absolute error; values are of order 1


def files(pattern):
    return pytest.mark.parametrize("path", fixture_files(pattern), ids=lambda path: path.stem)


def last(array):
    """Turn stored (b, c, h, w) into (b, h, w, c)."""
    return array.transpose(0, 2, 3, 1)


def cases(stored, needed):
    """The cases of a file that hold a certain array, by the first word of their names."""
    names = sorted({key.split("/")[0] for key in stored if key.endswith(needed)})
    assert names
    return [drop_prefix(stored, f"{name}/") for name in names]


def tiles_of(picture, side):
    """(b, h, w, c) to (tiles, side * side, c), tile after tile, row after row inside."""
    b, h, w, c = picture.shape
    tiles = picture.reshape(b, h // side, side, w // side, side, c).transpose(0, 1, 3, 2, 4, 5)
    return tiles.reshape(-1, side**2, c)


def close(ours, theirs, atol=TOLERANCE):
    np.testing.assert_allclose(keras.ops.convert_to_numpy(ours), theirs, atol=atol, rtol=0)


@files("gan_asap_tent_downsample*.npz")
def test_the_tent_downsampler_gives_their_weights_and_small_picture(path):
    stored = read_npz(path)
    factors = sorted({int(key.split("/")[0].removeprefix("s")) for key in stored})
    assert len(factors) >= 3
    for factor in factors:
        case = drop_prefix(stored, f"s{factor}/")
        close(tent(factor), case["kernel1d"], atol=1e-7)
        close(TentDownsample(factor)(last(case["in/x"])), last(case["out/y"]), atol=1e-5)


@files("gan_asap_pixelwise_mlp*.npz")
def test_codes_of_positions_are_theirs(path):
    stored = read_npz(path)
    close(position_codes(40, 52, 32), last(stored["c/coords_ds32"])[0], atol=1e-6)
    for case in cases(stored, "mid/coords"):
        coords = last(case["mid/coords"])
        ours = position_codes(*coords.shape[1:3], int(case["cfg/downsampling"]))
        close(np.broadcast_to(ours, coords.shape), coords, atol=1e-6)


def brick_of(case):
    channels = [int(count) for count in case["cfg/channels"]]
    return PixelMLP(
        int(case["cfg/downsampling"]),
        width=channels[1],
        depth=len(channels) - 1,
        outputs=channels[-1],
        drop_last=bool(case["cfg/lr_instance"]),
    )


@files("gan_asap_pixelwise_mlp*.npz")
def test_biases_and_weights_lie_where_theirs_do(path):
    for case in cases(read_npz(path), "in/params"):
        brick = brick_of(case)
        entering = case["in/highres"].shape[1]
        assert brick.channels_for(entering) == tuple(case["cfg/channels"])
        assert brick.values_for(entering) == case["cfg/num_params"]
        slices = value_slices(brick.channels_for(entering))
        assert [(b.start, b.stop) for b, _ in slices] == [tuple(pair) for pair in case["cfg/bias_slices"]]
        assert [(w.start, w.stop) for _, w in slices] == [tuple(pair) for pair in case["cfg/weight_slices"]]


@files("gan_asap_pixelwise_mlp*.npz")
def test_the_layers_of_a_tile_give_their_sums(path):
    for case in cases(read_npz(path), "in/params"):
        channels, side = tuple(int(c) for c in case["cfg/channels"]), int(case["cfg/downsampling"])
        pixels = last(case["in/highres"])[..., : channels[0] - case["mid/coords"].shape[1]]
        tiles = tiles_of(np.concatenate([pixels, last(case["mid/coords"])], axis=3), side)
        values = last(case["in/params"]).reshape(len(tiles), -1)
        for layers, name in ((1, "mid/layer0_pre"), (len(channels) - 1, "mid/last_pre")):
            theirs = case[name].reshape(len(tiles), side**2, -1)
            close(weighted_sums(keras.ops.convert_to_tensor(tiles), values, channels, layers), theirs)
        # Given their activations as input, the layers that are left give the same end.
        rest = values[:, value_slices(channels)[1][0].start :]
        after = case["mid/layer0_post"].reshape(len(tiles), side**2, -1)
        close(weighted_sums(after, rest, channels[1:], len(channels) - 2), theirs)


@files("gan_asap_pixelwise_mlp*.npz")
def test_the_pixel_stage_gives_their_picture(path):
    for case in cases(read_npz(path), "in/params"):
        painted = brick_of(case)([last(case["in/highres"]), last(case["in/params"])])
        close(keras.ops.tanh(painted), last(case["out/y"]))
