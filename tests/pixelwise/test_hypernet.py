"""The hypernet against a plain reading of its official weights with SciPy; how it starts; words refused."""

import keras
import numpy as np
import pytest
from scipy.signal import correlate2d

from course_lib.layers.tent import tent
from course_lib.pixelwise.hypernet import HypernetRecipe, hypernet, hypernet_names, tent_factor
from course_lib.training import seeding
from course_lib.weights import load_official, official_state

VALUES = 7


def network(recipe, tile, channels=3):
    picture = keras.Input((None, None, channels))
    model = keras.Model(picture, hypernet(picture, tile, VALUES, recipe))
    model.official = hypernet_names(recipe)
    return model


def randomised(model):
    """Every official array drawn anew, so that scales, shifts and biases take part."""
    rng = np.random.default_rng(5)
    state = {
        name: rng.standard_normal(a.shape).astype("float32") for name, a in official_state(model).items()
    }
    load_official(model, state)
    return state


def convolve(x, weight, strides, border):
    """x (c, h, w) with weight (out, c, 3, 3), one pixel of border."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="reflect" if border == "reflect" else "constant")
    maps = [sum(correlate2d(c, k, mode="valid") for c, k in zip(padded, w, strict=True)) for w in weight]
    return np.stack(maps)[:, ::strides, ::strides]


def normalise(x):
    centred = x - x.mean((1, 2), keepdims=True)
    return centred / np.sqrt((centred**2).mean((1, 2), keepdims=True) + 1e-5)


def shrink(x, factor):
    """The tent as a sum over its window, one block after the other."""
    window, half = np.outer(tent(factor), tent(factor)), factor // 2
    padded = np.pad(x, ((0, 0), (half, half), (half, half)), mode="reflect")
    rows, columns = (side // factor for side in x.shape[1:])
    small = np.empty((len(x), rows, columns))
    for i, j in np.ndindex(rows, columns):
        block = padded[:, i * factor : i * factor + len(window), j * factor : j * factor + len(window)]
        small[:, i, j] = (block * window).sum((1, 2))
    return small


def read_aloud(state, x, recipe, prefixes):
    """What the list of modules says, stage after stage; x (c, h, w)."""
    for i, prefix in enumerate(prefixes):
        if recipe.norm == "spectral":
            weight = state[f"{prefix}.0.weight_orig"].astype("float64")
            matrix = weight.reshape(len(weight), -1)
            weight = weight / (state[f"{prefix}.0.weight_u"] @ matrix @ state[f"{prefix}.0.weight_v"])
        else:
            weight = state[f"{prefix}.0.weight"]
        x = normalise(convolve(x, weight, 2 if 1 <= i <= recipe.halvings else 1, recipe.border))
        if recipe.norm == "affine":
            scale, shift = state[f"{prefix}.1.weight"], state[f"{prefix}.1.bias"]
            x = x * scale[:, None, None] + shift[:, None, None]
        x = np.maximum(x, 0)
    return x


@pytest.mark.parametrize(
    "border, norm, places, last",
    [
        ("zero", "affine", ("0", "2", "4", "6.conv_block.0", "7.conv_block.0"), "8"),
        ("reflect", "affine", ("1", "4", "7", "9.conv_block.1", "10.conv_block.1"), "11"),
        ("zero", "spectral", ("0", "2", "4", "6.conv_block.0", "7.conv_block.0"), "8"),
    ],
)
def test_the_hypernet_is_what_its_official_names_spell_out(border, norm, places, last):
    recipe = HypernetRecipe(width=4, halvings=2, widest=6, blocks=2, border=border, norm=norm)
    model = network(recipe, tile=8)
    state = randomised(model)
    x = np.random.default_rng(1).random((1, 24, 40, 3)).astype("float32")
    small = shrink(x[0].transpose(2, 0, 1).astype("float64"), 2)
    features = read_aloud(state, small, recipe, [f"lowres_stream.model.{place}" for place in places])
    weight, bias = (state[f"lowres_stream.model.{last}.{part}"] for part in ("weight", "bias"))
    expected = np.einsum("oc,chw->hwo", weight[:, :, 0, 0], features) + bias
    values = model.predict_on_batch(x)
    assert values.shape == (1, 3, 5, VALUES)
    np.testing.assert_allclose(values[0], expected, atol=5e-4, rtol=1e-4)


def test_the_list_counts_as_the_paper_does():
    zero, mirrored = hypernet_names(HypernetRecipe()), hypernet_names(HypernetRecipe(border="reflect"))
    assert zero["block_0_conv"] == "lowres_stream.model.10.conv_block.0.0"
    assert zero["values"] == "lowres_stream.model.17"
    assert mirrored["shrink_3_norm"] == "lowres_stream.model.13.1"
    assert mirrored["values"] == "lowres_stream.model.22"


def test_predicted_values_begin_close_to_zero():
    model = network(HypernetRecipe(width=8, halvings=1, widest=256, blocks=1), tile=2)
    seeding.seed_weights(model, 3)
    x = np.random.default_rng(1).random((1, 32, 32, 3)).astype("float32")
    # A sum over 256 features, whose squares have a mean of 1/2 behind the ReLU, with weights of Xavier's
    # deviation times 0.02. Seven sums are few: a fifth of room.
    expected = 0.02 * np.sqrt(2 / (256 + VALUES)) * np.sqrt(256 / 2)
    assert np.sqrt((model.predict_on_batch(x) ** 2).mean()) == pytest.approx(expected, rel=0.2)
    bias = model.get_layer("values").bias
    assert not np.any(bias)


def test_each_layer_draws_its_own_weights():
    model = network(HypernetRecipe(width=4, halvings=1, widest=4, blocks=2), tile=2)
    first, second = (model.get_layer(f"block_{i}_conv").get_weights()[0] for i in range(2))
    assert not np.array_equal(first, second)


def test_without_a_norm_what_is_the_same_all_over_reaches_the_tiles():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 16, 16, 3)).astype("float32")
    answers = {}
    for norm, start in (("affine", "xavier"), ("none", "he")):
        model = network(HypernetRecipe(width=4, halvings=1, widest=8, blocks=1, norm=norm, start=start), 2)
        seeding.seed_weights(model, 0)
        one, twice = (keras.ops.convert_to_numpy(model(k * x)) for k in (1.0, 2.0))
        answers[norm] = np.abs(twice - one).mean() / np.abs(one).mean()
    # An instance norm divides contrast out again.
    assert answers["affine"] < 0.01 and answers["none"] > 0.5


def test_every_tile_is_told_the_spectrum_of_the_whole_picture():
    recipe = HypernetRecipe(width=4, halvings=1, widest=8, blocks=0, norm="none", start="he", spectrum=8)
    model = network(recipe, 2)
    rng = np.random.default_rng(0)
    model.set_weights([rng.standard_normal(w.shape) for w in model.get_weights()])
    x = rng.random((1, 64, 64, 3)).astype("float32")
    moved = x.copy()
    moved[:, :32] = rng.random((1, 32, 64, 3)) > 0.5
    far = [keras.ops.convert_to_numpy(model(picture))[0, -1, -1] for picture in (x, moved)]
    assert np.abs(far[0] - far[1]).max() > 1e-3


@pytest.mark.parametrize(
    "tile, halvings, factor", [(16, 4, 1), (32, 4, 2), (64, 4, 4), (12, 1, 6), (6, 1, 3)]
)
def test_the_tent_does_what_the_strides_leave(tile, halvings, factor):
    assert tent_factor(tile, HypernetRecipe(halvings=halvings)) == factor


@pytest.mark.parametrize("tile", [8, 24, 0])
def test_a_tile_that_the_strides_do_not_divide_is_refused(tile):
    with pytest.raises(ValueError, match=rf"4 halvings needs a tile of 16, 32, ... pixels; received {tile}"):
        tent_factor(tile, HypernetRecipe())


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"width": 0}, "needs width of at least 1"),
        ({"halvings": 0}, "needs halvings of at least 1"),
        ({"blocks": -1}, "needs blocks of at least 0"),
        ({"norm": "afine"}, "knows norm .*Did you mean 'affine'"),
        ({"spectrum": -1}, "needs spectrum of at least 0"),
        ({"start": "hee"}, "knows start .*Did you mean 'he'"),
        ({"border": "reflection"}, "knows border .*Did you mean 'reflect'"),
    ],
)
def test_a_recipe_without_sense_is_refused(settings, words):
    with pytest.raises(ValueError, match=f"HypernetRecipe {words}"):
        HypernetRecipe(**settings)
