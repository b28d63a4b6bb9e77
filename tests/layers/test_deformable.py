"""Deformable convolution: known answers, the rule at the border, gradients, refusals."""

import keras
import numpy as np
import pytest
import scipy.ndimage
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.backend.updates import compile_update
from course_lib.layers.deformable import DeformableConv2D, deformable_conv2d

RNG = np.random.default_rng(0)
PICTURE = RNG.standard_normal((2, 6, 7, 4)).astype("float32")
KERNEL = RNG.standard_normal((3, 3, 4, 5)).astype("float32")


def run(*tensors, **settings):
    return ops.convert_to_numpy(deformable_conv2d(*tensors, **settings))


def plain(x, kernel, strides, padding, dilation):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    made = 0
    for i, j in np.ndindex(kernel.shape[:2]):
        top, left = i * dilation, j * dilation
        rows = x.shape[1] - dilation * (kernel.shape[0] - 1)
        columns = x.shape[2] - dilation * (kernel.shape[1] - 1)
        seen = x[:, top : top + rows : strides, left : left + columns : strides]
        made = made + seen @ kernel[i, j]
    return made


def samples(picture, points):
    """Look at points of a (1, h, w, 1) picture through a kernel of one pixel, from output (0, 0)."""
    pictures = np.repeat(picture, len(points), axis=0)
    offsets = np.zeros((*pictures.shape[:3], 2), "float32") + np.asarray(points, "float32")[:, None, None]
    ones = np.ones_like(pictures), np.ones((1, 1, 1, 1), "float32")
    return run(pictures, offsets, *ones)[:, 0, 0, 0]


@pytest.mark.parametrize(
    "strides, padding, dilation, groups", [(1, 1, 1, 1), (2, 1, 1, 2), (1, 2, 2, 4), (2, 0, 2, 1)]
)
def test_taps_that_stay_make_an_ordinary_convolution(strides, padding, dilation, groups):
    wanted = plain(PICTURE, KERNEL, strides, padding, dilation)
    offsets = np.zeros((*wanted.shape[:3], 18 * groups), "float32")
    made = run(
        PICTURE,
        offsets,
        np.ones((*wanted.shape[:3], 9 * groups), "float32"),
        KERNEL,
        np.full(5, 0.5, "float32"),
        strides=strides,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )
    np.testing.assert_allclose(made, wanted + 0.5, atol=1e-4)


def test_whole_offsets_move_taps_by_whole_pixels():
    # Every tap of the second group looks one pixel lower and two to the left.
    offsets = np.zeros((2, 6, 7, 2, 9, 2), "float32")
    offsets[:, :, :, 1] = (1, -2)
    made = run(
        PICTURE,
        offsets.reshape(2, 6, 7, 36),
        np.ones((2, 6, 7, 18), "float32"),
        KERNEL,
        padding=1,
        groups=2,
    )
    moved = np.zeros_like(PICTURE)
    moved[..., :2] = PICTURE[..., :2]
    wide = np.pad(PICTURE, ((0, 0), (2, 2), (3, 3), (0, 0)))
    first = plain(wide[:, 1:-1, 2:-2, :2], KERNEL[:, :, :2], 1, 0, 1)
    second = plain(wide[:, 2:, 0:-4, 2:], KERNEL[:, :, 2:], 1, 0, 1)
    np.testing.assert_allclose(made, first + second, atol=1e-4)


def test_the_mask_weighs_each_tap_by_itself():
    mask = np.zeros((2, 6, 7, 9), "float32")
    mask[..., 5] = 0.25  # row 1, column 2 of the kernel
    made = run(PICTURE, np.zeros((2, 6, 7, 18), "float32"), mask, KERNEL, padding=1)
    right = np.pad(PICTURE, ((0, 0), (0, 0), (0, 1), (0, 0)))[:, :, 1:]
    np.testing.assert_allclose(made, 0.25 * right @ KERNEL[1, 2], atol=1e-5)


def test_between_pixels_and_across_the_border_the_picture_is_bilinear_and_zero_outside():
    picture = RNG.standard_normal((1, 5, 4, 1)).astype("float32")
    points = RNG.uniform(-3, 7, (200, 2))
    # SciPy interpolates bilinearly too; rows of zeros around the picture make the border.
    wide = np.pad(picture[0, :, :, 0], 4)
    wanted = scipy.ndimage.map_coordinates(wide, points.T + 4, order=1)
    np.testing.assert_allclose(samples(picture, points), wanted, atol=1e-5)


def test_a_tap_a_whole_pixel_outside_gives_nothing_and_has_no_gradient():
    points = np.array([(-1, 2), (5, 2), (2, -1), (2, 4), (-1e6, 2), (2, 1e6)], "float32")
    pictures = RNG.standard_normal((len(points), 5, 4, 1)).astype("float32")
    # Every output pixel looks at the same point.
    offsets = points[:, None, None] - np.stack(np.mgrid[:5, :4], -1).astype("float32")
    tensors = [pictures, offsets, np.ones_like(pictures), np.ones((1, 1, 1, 1), "float32")]
    np.testing.assert_array_equal(run(*tensors), 0)
    for i in range(3):
        gradient = input_gradient(
            lambda t, i=i: deformable_conv2d(*tensors[:i], t, *tensors[i + 1 :]), tensors[i]
        )
        np.testing.assert_array_equal(ops.convert_to_numpy(gradient), 0)


def test_at_a_whole_pixel_an_offset_feels_the_slope_to_the_right_and_below():
    picture = np.array([[1, 2, 4], [8, 16, 32], [64, 128, 256]], "float32").reshape(1, 3, 3, 1)
    tensors = [np.ones((1, 3, 3, 1), "float32"), np.ones((1, 1, 1, 1), "float32")]
    gradient = input_gradient(
        lambda offsets: deformable_conv2d(picture, offsets, *tensors), np.zeros((1, 3, 3, 2), "float32")
    )
    np.testing.assert_allclose(ops.convert_to_numpy(gradient)[0, 1, 1], [128 - 16, 32 - 16])


@pytest.mark.parametrize("settings", [{}, {"strides": 2, "groups": 2}, {"dilation": 2, "mask": "2*sigmoid"}])
def test_a_fresh_layer_is_an_ordinary_convolution_times_its_masks_start(settings):
    layer = DeformableConv2D(5, **settings)
    layer.build(PICTURE.shape)
    layer.bias.assign(np.arange(5))
    strides, dilation = settings.get("strides", 1), settings.get("dilation", 1)
    start = 1 if "mask" in settings else 0.5
    wanted = start * plain(PICTURE, ops.convert_to_numpy(layer.kernel), strides, dilation, dilation)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(PICTURE)), wanted + np.arange(5), atol=1e-5)


def test_the_kernel_starts_within_one_over_the_root_of_what_enters():
    layer = DeformableConv2D(64)
    layer.build((1, 8, 8, 16))
    kernel = np.abs(ops.convert_to_numpy(layer.kernel))
    assert 0.99 / 12 < kernel.max() <= 1 / 12


def test_one_step_of_training_moves_every_weight():
    layer = DeformableConv2D(3, groups=2)
    model = keras.Sequential([keras.Input((None, None, 4)), layer])
    before = model.get_weights()

    def loss_fn(x):
        return ops.mean(ops.square(model(x) - 1.0)), {}

    compile_update(loss_fn, [model], [], keras.optimizers.SGD(0.1))(ops.convert_to_tensor(PICTURE))
    for old, new in zip(before, model.get_weights(), strict=True):
        assert (old != new).mean() > 0.9


def test_sizes_may_be_unknown_when_the_layer_is_traced():
    model = keras.Sequential([keras.Input((None, None, 4)), DeformableConv2D(3, strides=2)])
    assert model.output_shape == (None, None, None, 3)
    assert model.predict_on_batch(PICTURE).shape == (2, 3, 4, 3)
    assert model.predict_on_batch(PICTURE[:1, :5, :4]).shape == (1, 3, 2, 3)


def test_its_cost_counts_kernel_and_corners():
    layer = DeformableConv2D(8)
    assert layer.own_multiply_adds((1, 4, 5, 2), (1, 4, 5, 8)) == 4 * 5 * 9 * 2 * (8 + 4)


def test_groups_that_do_not_divide_the_channels_are_refused():
    with pytest.raises(ValueError, match="divide the channels; received 3 groups and 4 channels"):
        DeformableConv2D(5, groups=3).build(PICTURE.shape)
    offsets, mask = np.zeros((2, 6, 7, 54), "float32"), np.zeros((2, 6, 7, 27), "float32")
    with pytest.raises(ValueError, match="divide the channels; received 3 groups and 4 channels"):
        run(PICTURE, offsets, mask, KERNEL, padding=1, groups=3)


@pytest.mark.parametrize(
    "offsets, mask, kernel, words",
    [
        ((2, 6, 7, 16), (2, 6, 7, 9), KERNEL, r"offsets of shape \(2, 6, 7, 18\).*received \(2, 6, 7, 16\)"),
        ((2, 6, 7, 18), (2, 6, 7, 18), KERNEL, r"mask of shape \(2, 6, 7, 9\).*received \(2, 6, 7, 18\)"),
        ((2, 4, 5, 18), (2, 4, 5, 9), KERNEL, r"offsets of shape \(2, 6, 7, 18\)"),
        ((2, 6, 7, 18), (2, 6, 7, 9), KERNEL[:, :, :3], "kernel for 4 channels; received"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(offsets, mask, kernel, words):
    with pytest.raises(ValueError, match=words):
        run(PICTURE, np.zeros(offsets, "float32"), np.zeros(mask, "float32"), kernel, padding=1)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"filters": 0}, "filters of at least 1; received 0"),
        ({"filters": 2, "kernel_size": 4}, "odd kernel_size"),
        ({"filters": 2, "groups": 0}, "groups of at least 1"),
        ({"filters": 2, "strides": 0}, "strides of at least 1"),
        ({"filters": 2, "dilation": 0}, "dilation of at least 1"),
        ({"filters": 2, "mask": "sigmoids"}, "Did you mean 'sigmoid'"),
    ],
)
def test_settings_without_sense_are_refused(settings, words):
    with pytest.raises(ValueError, match=f"DeformableConv2D .*{words}"):
        DeformableConv2D(**settings)
