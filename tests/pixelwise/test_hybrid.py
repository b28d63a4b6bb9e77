"""The hybrid: each fault is a switch that does what it says, and each cure too; sizes refused."""

import dataclasses

import keras
import numpy as np
import pytest

from course_lib import serial
from course_lib.backend import forward
from course_lib.pixelwise.hybrid import HybridRecipe, hybrid
from course_lib.pixelwise.hypernet import HypernetRecipe
from course_lib.training import seeding

SMALL = HypernetRecipe(width=4, halvings=2, widest=8, blocks=2, norm="spectral", start="normal")
FAULTY = HybridRecipe(tile=4, width=6, depth=3, hypernet=SMALL)
CURED = dataclasses.replace(
    FAULTY,
    coarse_blue=False,
    skip=True,
    kernel=3,
    kernels=4,
    hypernet=dataclasses.replace(SMALL, border="reflect", start="xavier"),
)
X = np.random.default_rng(0).random((1, 16, 20, 3)).astype("float32")


def built(recipe, seed=0):
    model = hybrid(recipe)
    seeding.seed_weights(model, seed)
    return model


def of_its_pixels(model, x):
    """Run the network on x, with the values that X gave to the tiles."""
    values = model.get_layer("values").output
    rest = keras.Model([model.input, values], model.output)
    return rest.predict_on_batch([x, keras.Model(model.input, values).predict_on_batch(X)])


def moved_by(model, place):
    touched = X.copy()
    touched[place] = 1 - touched[place]
    return np.argwhere(np.abs(of_its_pixels(model, touched) - of_its_pixels(model, X)).max(-1) > 1e-7)


def test_blue_does_not_reach_the_pixels_of_the_faulty_one():
    blue = (0, slice(None), slice(None), 2)
    assert len(moved_by(built(FAULTY), blue)) == 0
    assert len(moved_by(built(dataclasses.replace(FAULTY, coarse_blue=False)), blue)) > 100


def test_a_neighbour_changes_nothing_without_predicted_kernels():
    found = moved_by(built(dataclasses.replace(FAULTY, coarse_blue=False)), (0, 7, 9))
    assert [tuple(map(int, place)) for place in found] == [(0, 7, 9)]


def test_predicted_kernels_see_neighbours():
    cured = built(CURED)
    rng = np.random.default_rng(5)
    cured.set_weights([w + 0.1 * rng.standard_normal(w.shape) for w in cured.get_weights()])
    found = {tuple(map(int, place)) for place in moved_by(cured, (0, 7, 9))}
    assert {(0, 6, 9), (0, 7, 10), (0, 8, 8)} <= found
    assert found <= {(0, y, x) for y in (6, 7, 8) for x in (8, 9, 10)}


def test_a_new_cured_one_returns_what_it_is_given_and_a_new_faulty_one_saturates():
    assert np.abs(built(CURED).predict_on_batch(X) - X).mean() < 0.02
    wide = dataclasses.replace(FAULTY, width=32, depth=5, hypernet=dataclasses.replace(SMALL, widest=64))
    signed = 2 * built(wide).predict_on_batch(X) - 1
    assert (np.abs(signed) > 0.99).mean() > 0.5


def test_what_a_normal_start_predicts_is_as_large_in_a_narrow_hypernet():
    spreads = []
    for widest in (32, 128):
        shape = dataclasses.replace(SMALL, widest=widest)
        model = built(dataclasses.replace(FAULTY, hypernet=shape), seed=3)
        values = keras.Model(model.input, model.get_layer("values").output).predict_on_batch(X)
        spreads.append(values.std())
    # sqrt(1024 / 2) * 0.02: behind a ReLU half of a unit variance is left.
    np.testing.assert_allclose(spreads, 0.45, rtol=0.15)


def test_blended_networks_leave_no_step_at_the_border_of_a_tile():
    seams = []
    flat = np.full_like(X, 0.5)
    for blend in (False, True):
        model = built(dataclasses.replace(FAULTY, coarse_blue=False, blend=blend))
        steps = np.abs(np.diff(of_its_pixels(model, flat), axis=2))[0].mean((0, 2))  # (19,)
        seams.append(steps[3::4].mean() / np.delete(steps, np.s_[3::4]).mean())
    assert seams[0] > 2 * seams[1]


def test_blending_costs_four_times_the_pixel_stage_and_no_weight():
    plain, blended = (built(dataclasses.replace(FAULTY, blend=blend)) for blend in (False, True))
    shapes = [(1, 16, 20, 3), plain.get_layer("values").output.shape]
    costs = [m.get_layer("pixel_mlp").own_multiply_adds(shapes, (1, 16, 20, 3)) for m in (plain, blended)]
    assert costs[1] == 4 * costs[0]
    assert plain.count_params() == blended.count_params()


@pytest.mark.parametrize("recipe", [CURED, dataclasses.replace(CURED, blend=True)], ids=["plain", "blended"])
def test_sizes_and_batches_follow_each_other_freely(recipe):
    model = built(recipe)
    for shape in ((1, 16, 20, 3), (2, 24, 8, 3)):
        x = np.random.default_rng(1).random(shape).astype("float32")
        np.testing.assert_allclose(forward.predict(model, x), model.predict_on_batch(x), atol=1e-5)


def test_a_recipe_travels_as_json():
    assert serial.from_json(HybridRecipe, serial.to_json(CURED)) == CURED


def test_sizes_and_settings_without_sense_are_refused():
    with pytest.raises(ValueError, match=r"hybrid needs .*divisible by 4; received 18 x 20.*pad_to_multiple"):
        built(FAULTY)(np.zeros((1, 18, 20, 3), "float32"))
    for settings, words in (
        ({"kernel": 4}, "HybridRecipe needs an odd kernel"),
        ({"width": 0}, "HybridRecipe needs width"),
        ({"tile": 12}, "tile of 2, 4, 8"),
        ({"kernels": 0}, "HybridRecipe needs kernels"),
    ):
        with pytest.raises(ValueError, match=words):
            HybridRecipe(**settings)
