"""ASAP-Net: ranges of its picture, what its edges reach, its pixel stage alone, sizes and words refused."""

import dataclasses

import keras
import numpy as np
import pytest

from course_lib import serial
from course_lib.pixelwise.asapnet import ASAPNetRecipe, asapnet, tile_for
from course_lib.pixelwise.hypernet import HypernetRecipe
from course_lib.training import supervised

SMALL = HypernetRecipe(width=3, halvings=1, widest=6, blocks=1)
TOY = ASAPNetRecipe(channels=4, tile=4, width=5, depth=3, hypernet=SMALL)
X = np.random.default_rng(0).random((1, 16, 20, 4)).astype("float32")


@pytest.fixture(scope="module")
def toy():
    """A toy network with values that are not close to 0."""
    model = asapnet(TOY)
    rng = np.random.default_rng(2)
    model.set_weights([0.5 * rng.standard_normal(weight.shape) for weight in model.get_weights()])
    return model


def test_pixels_are_unit_or_signed(toy):
    signed = asapnet(dataclasses.replace(TOY, pixels="signed"))
    signed.set_weights(toy.get_weights())
    one, other = toy.predict_on_batch(X), signed.predict_on_batch(X)
    np.testing.assert_allclose(one, (other + 1) / 2, atol=1e-6)
    assert other.min() < -0.1 and other.max() > 0.1
    assert np.abs(other).max() <= 1


def test_a_new_network_paints_grey():
    # The values begin near 0, and half of the range from 0 to 1 stands for 0.
    np.testing.assert_allclose(asapnet(TOY).predict_on_batch(X), 0.5, atol=0.05)


def test_with_the_hypernets_input_held_a_label_changes_its_own_pixel_alone(toy):
    values = toy.get_layer("values").output
    joints = keras.Model(toy.input, [values, toy.get_layer("pixel_mlp").output])
    held, painted = joints.predict_on_batch(X)
    touched = X.copy()
    touched[0, 7, 9, 2] += 1
    fresh, _ = joints.predict_on_batch(touched)
    again = keras.ops.convert_to_numpy(toy.get_layer("pixel_mlp")([touched, held]))
    ours = keras.ops.convert_to_numpy(toy.get_layer("pixel_mlp")([X, held]))
    np.testing.assert_allclose(ours, painted, atol=1e-5)
    assert [tuple(map(int, place)) for place in np.argwhere((again != ours).any(-1))] == [(0, 7, 9)]
    # Not held, the hypernet answers in every tile: its norms look at the whole picture.
    assert (fresh != held).any(-1).all()


def test_edges_reach_the_hypernet_alone(toy):
    edged = X.copy()
    edged[..., 3] = 1 - edged[..., 3]
    values = keras.Model(toy.input, toy.get_layer("values").output)
    assert not np.allclose(values.predict_on_batch(X), values.predict_on_batch(edged))
    held = values.predict_on_batch(X)
    one, other = (keras.ops.convert_to_numpy(toy.get_layer("pixel_mlp")([x, held])) for x in (X, edged))
    np.testing.assert_array_equal(one, other)


def test_batches_and_sizes_follow_each_other_freely(toy):
    large = np.random.default_rng(1).random((2, 24, 16, 4)).astype("float32")
    first = toy.predict_on_batch(X)
    assert toy.predict_on_batch(large).shape == (2, 24, 16, 3)
    np.testing.assert_allclose(toy.predict_on_batch(large[1:]), toy.predict_on_batch(large)[1:], atol=1e-5)
    np.testing.assert_array_equal(toy.predict_on_batch(X), first)


def test_in_half_precision_the_picture_is_float32_and_close(toy):
    with supervised.precision("mixed_bfloat16"):
        half = asapnet(TOY)
    half.set_weights(toy.get_weights())
    picture = keras.ops.convert_to_numpy(half(X))
    assert picture.dtype == np.float32
    assert np.abs(picture - toy.predict_on_batch(X)).mean() < 0.03


def test_a_recipe_travels_as_json():
    recipe = dataclasses.replace(TOY, hypernet=dataclasses.replace(SMALL, norm="spectral"))
    assert serial.from_json(ASAPNetRecipe, serial.to_json(recipe)) == recipe


def test_a_size_that_the_tile_does_not_divide_is_refused(toy):
    words = r"asapnet needs .* divisible by 4; received 18 x 20. Pad first: .*pad_to_multiple\(image, 4\)"
    with pytest.raises(ValueError, match=words):
        toy(np.zeros((1, 18, 20, 4), "float32"))
    with pytest.raises(ValueError, match="at least 8 x 8 pixels; received 4 x 20"):
        toy(np.zeros((1, 4, 20, 4), "float32"))


def test_another_number_of_labels_is_refused(toy):
    with pytest.raises(ValueError, match=r"'asapnet'.*None, 4\), found shape=\(1, 16, 20, 3\)"):
        toy(np.zeros((1, 16, 20, 3), "float32"))


@pytest.mark.parametrize(
    "size, tile", [((256, 512), 16), ((512, 1024), 32), ((1024, 1024), 64), ((32, 48), 2)]
)
def test_the_tile_leaves_sixteen_rows(size, tile):
    assert tile_for(*size) == tile


@pytest.mark.parametrize(
    "size, words",
    [
        ((384, 768), r"height of 32, 64, .*received 384. Choose .*ASAPNetRecipe\(tile"),
        ((250, 512), "received 250"),
        ((16, 16), "received 16"),
        ((256, 500), r"divisible by 16; received 256 x 500.*pad_to_multiple\(image, 16\)"),
    ],
)
def test_a_size_without_a_tile_is_refused(size, words):
    with pytest.raises(ValueError, match=rf"tile_for\(\) needs .*{words}"):
        tile_for(*size)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"channels": 1}, "ASAPNetRecipe needs channels of at least 2"),
        ({"channels": 0, "coarse_edges": False}, "ASAPNetRecipe needs channels of at least 1"),
        ({"depth": 0}, "ASAPNetRecipe needs depth"),
        ({"width": 0}, "ASAPNetRecipe needs width"),
        ({"pixels": "sined"}, "ASAPNetRecipe knows pixels .*Did you mean 'signed'"),
        ({"tile": 24}, "needs a tile of 2, 4, 8"),
        ({"tile": 8}, "4 halvings needs a tile of 16, 32"),
    ],
)
def test_a_recipe_without_sense_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        ASAPNetRecipe(**settings)
