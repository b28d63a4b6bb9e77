"""ResidualBlock: what it adds, when it adds nothing, widths, config."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.layers.residual import ResidualBlock

X = np.random.default_rng(0).standard_normal((2, 5, 7, 4)).astype("float32")


def run(layer, x):
    return ops.convert_to_numpy(layer(x))


def built(width, name=None):
    block = ResidualBlock(width, name=name)
    block.build((None, None, None, width))
    return block


def test_a_block_whose_last_convolution_is_zero_is_the_identity():
    block = built(4)
    block.second.set_weights([np.zeros_like(w) for w in block.second.get_weights()])
    np.testing.assert_array_equal(run(block, X), X)


def test_a_block_adds_a_rectified_line_to_each_pixel():
    block = built(1)
    kernel = np.zeros((3, 3, 1, 1), "float32")
    kernel[1, 1] = 2
    block.first.set_weights([kernel, np.array([1], "float32")])
    block.second.set_weights([kernel, np.array([-0.5], "float32")])
    x = np.array([-3, -0.5, 0, 4], "float32").reshape(1, 2, 2, 1)
    # x + 2 relu(2 x + 1) - 0.5
    expected = np.array([-3.5, -1, 1.5, 21.5], "float32").reshape(1, 2, 2, 1)
    np.testing.assert_allclose(run(block, x), expected, rtol=1e-6)


def test_a_block_sees_two_pixels_far_and_no_further():
    x = X[:1].copy()
    x[0, 2, 0] += 1
    changed = np.abs(run(block := built(4), x) - run(block, X[:1])).max(axis=(0, 1, 3))
    assert (changed[:3] > 0).all()
    assert (changed[3:] == 0).all()


@pytest.mark.parametrize("shape", [(1, 1, 1, 4), (2, 1, 9, 4), (1, 6, 5, 4)])
def test_a_block_keeps_the_shape(shape):
    assert run(built(4), np.ones(shape, "float32")).shape == shape


def test_a_block_of_free_size_keeps_its_width():
    assert ResidualBlock(4)(keras.Input((None, None, 4))).shape == (None, None, None, 4)


@pytest.mark.parametrize("kernel_size, dilation, reach", [(1, 1, 0), (5, 1, 4), (3, 2, 4), (5, 2, 8)])
def test_a_block_of_larger_or_wider_kernels_sees_further(kernel_size, dilation, reach):
    block = ResidualBlock(2, kernel_size, dilation)
    block.build((None, None, None, 2))
    block.set_weights([np.ones_like(w) for w in block.get_weights()])  # nothing falls to the ReLU
    x = np.zeros((1, 1, 25, 2), "float32")
    x[0, 0, 12] = 1
    changed = np.abs(run(block, x) - run(block, 0 * x)).max(axis=(0, 1, 3)) > 0
    assert changed.nonzero()[0].min() == 12 - reach
    assert changed.nonzero()[0].max() == 12 + reach


def test_both_convolutions_of_a_block_start_unlike_each_other_from_one_initializer():
    block = ResidualBlock(4, kernel_initializer=keras.initializers.RandomNormal(stddev=3.0))
    block.build((None, None, None, 4))
    kernels = [ops.convert_to_numpy(conv.kernel) for conv in (block.first, block.second)]
    assert not np.array_equal(*kernels)
    assert all(2 < kernel.std() < 4 for kernel in kernels)


@pytest.mark.parametrize("settings", [{"kernel_size": 4}, {"dilation": 0}])
def test_a_kernel_without_sense_is_refused(settings):
    with pytest.raises(ValueError, match="ResidualBlock needs"):
        ResidualBlock(4, **settings)


def test_a_block_has_two_convolutions_with_bias():
    # 3 x 3 x 4 x 4 weights and 4 biases, twice.
    assert built(4).count_params() == 2 * (144 + 4)


def test_an_input_of_another_width_is_refused():
    with pytest.raises(ValueError, match="fine has width 4; received 3 channels"):
        ResidualBlock(4, name="fine")(keras.Input((None, None, 3)))


@pytest.mark.parametrize("width, error", [(0, ValueError), (None, TypeError)])
def test_a_width_without_sense_is_refused(width, error):
    with pytest.raises(error, match="ResidualBlock needs width"):
        ResidualBlock(width)


def test_a_block_survives_its_config_and_carries_its_weights():
    block = built(4, name="fine")
    twin = keras.layers.deserialize(keras.layers.serialize(block))
    twin.set_weights(block.get_weights())
    assert (twin.name, twin.width) == ("fine", 4)
    np.testing.assert_array_equal(run(twin, X), run(block, X))
