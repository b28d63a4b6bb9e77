"""Pyramids: how far branches see, what the mean adds, parameter counts, refusals."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.layers.aspp import ASPP, DeepLabASPP
from course_lib.metrics.cost import parameters

RNG = np.random.default_rng(0)
PICTURE = RNG.standard_normal((1, 15, 17, 3)).astype("float32")


def built(layer):
    layer.build((None, None, None, 3))
    return layer


def places_moved_by_one_pixel(layer):
    """Offsets from a changed pixel at which the answer changes, statistics fixed."""
    picture = np.abs(PICTURE)
    touched = picture.copy()
    touched[0, 7, 8] += 100
    before, after = (ops.convert_to_numpy(layer(x, training=False)) for x in (picture, touched))
    return {(int(y) - 7, int(x) - 8) for y, x in np.argwhere((before != after).any(-1)[0])}


def grid(*rates):
    return {(y * rate, x * rate) for rate in rates for y in (-1, 0, 1) for x in (-1, 0, 1)}


def positive(layer):
    """With positive weights everywhere no activation stops what is positive."""
    layer.set_weights([np.abs(weight) + 0.01 for weight in layer.get_weights()])
    return layer


def test_each_rate_sees_nine_pixels_that_far_apart():
    assert places_moved_by_one_pixel(positive(built(ASPP(8, (2, 5))))) == grid(2, 5)
    deep = positive(built(DeepLabASPP(8, (2, 5))))
    assert len(places_moved_by_one_pixel(deep)) == 15 * 17
    deep.branches[-1].kernel.assign(np.zeros((1, 1, 3, 8)))  # without the mean
    assert places_moved_by_one_pixel(deep) == grid(2, 5)


def test_the_branch_of_the_mean_sees_everything():
    assert len(places_moved_by_one_pixel(positive(built(ASPP(8, (2,), pooling=True))))) == 15 * 17


@pytest.mark.parametrize(
    "layer", [ASPP(4, (1,), pooling=True), DeepLabASPP(4, (1,))], ids=["ASPP", "DeepLab"]
)
def test_a_picture_of_one_pixel_is_its_own_mean_so_any_size_goes_in(layer):
    built(layer)
    assert layer(PICTURE[:, :1, :1]).shape == (1, 1, 1, 4)
    assert layer(PICTURE[:, :5]).shape == (1, 5, 17, 4)


def test_sizes_may_be_unknown_when_a_pyramid_is_traced():
    picture = keras.Input((None, None, 3))
    model = keras.Model(picture, DeepLabASPP(2, (2,), classes=5)(ASPP(4, (2,), pooling=True)(picture)))
    assert model.predict_on_batch(PICTURE).shape == (1, 15, 17, 5)


def test_norms_inside_separable_branches_keep_scale_and_shift_where_others_do_not():
    # Kernels: two depthwise and two 1 x 1, one 1 x 1, one that joins. Norms: mean and variance each.
    kernels = 2 * (9 * 3 + 3 * 5) + 3 * 5 + 3 * 5 * 5
    statistics = 2 * (2 * (3 + 5) + 5 + 5)
    inside, outside = 2 * 2 * (3 + 5), 2 * (5 + 5)
    assert parameters(built(ASPP(5, (2, 4), affine=False))) == kernels + statistics + inside
    assert parameters(built(ASPP(5, (2, 4), affine=True))) == kernels + statistics + inside + outside


def test_a_leaky_pyramid_lets_a_fifth_of_the_negative_through():
    plain, leaky = (built(ASPP(6, (1,), activation=word)) for word in ("relu", "leaky_relu"))
    leaky.join.kernel.assign(-np.ones((1, 1, 12, 6)))  # sums that are negative where they are not small
    plain.set_weights(leaky.get_weights())
    x = 10 + PICTURE
    assert float(ops.min(plain(x, training=False))) == 0
    assert float(ops.min(leaky(x, training=False))) < 0


def test_the_last_norm_of_a_search_divides_by_the_root_of_its_variance_plus_epsilon():
    layer = built(DeepLabASPP(2, (1,), classes=2, epsilon=3.0))
    same = built(DeepLabASPP(2, (1,), classes=2, epsilon=0.0))
    same.set_weights(layer.get_weights())
    small, large = (ops.convert_to_numpy(one(PICTURE, training=False)) for one in (layer, same))
    # A fresh variance is 1.
    np.testing.assert_allclose(2 * small, large, atol=1e-5)


@pytest.mark.parametrize(
    "build, words",
    [
        (lambda: ASPP(0, (2,)), "ASPP needs width of at least 1; received 0"),
        (lambda: ASPP(4, ()), "ASPP needs the number of rates of at least 1; received 0"),
        (lambda: ASPP(4, (2, 0)), "ASPP needs rates of at least 1; received 0"),
        (lambda: ASPP(4, (2,), activation="leaky"), "Did you mean 'leaky_relu'"),
        (lambda: DeepLabASPP(4, ()), "DeepLabASPP needs the number of rates"),
        (lambda: DeepLabASPP(4, (-1,)), "DeepLabASPP needs rates of at least 1; received -1"),
        (lambda: DeepLabASPP(4, (6,), classes=0), "DeepLabASPP needs classes of at least 1"),
    ],
)
def test_settings_without_sense_are_refused(build, words):
    with pytest.raises(ValueError, match=words):
        build()
