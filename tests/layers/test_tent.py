"""The tent downsampler: weights by hand, laws for every factor, sizes, config."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.layers.tent import TentDownsample, tent


def run(factor, x):
    return ops.convert_to_numpy(TentDownsample(factor)(x))


@pytest.mark.parametrize(
    "factor, weights, total",
    [(1, [1], 1), (2, [1, 3, 3, 1], 8), (3, [1, 2, 3, 2, 1], 9), (4, [1, 3, 5, 7, 7, 5, 3, 1], 32)],
)
def test_a_tent_rises_and_falls_in_equal_steps(factor, weights, total):
    np.testing.assert_allclose(tent(factor), np.array(weights) / total, rtol=1e-12)


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 6])
def test_a_flat_picture_stays_flat_up_to_its_border(factor):
    small = run(factor, np.full((2, 3 * factor, 2 * factor, 3), 0.7, "float32"))
    np.testing.assert_allclose(small, np.full((2, 3, 2, 3), 0.7), rtol=1e-5)


@pytest.mark.parametrize("factor", [2, 3, 4, 5, 6])
def test_a_slope_is_read_at_the_middle_of_each_block(factor):
    # Columns count tens, rows ones: an exchange of the axes would show.
    rows, columns = np.mgrid[: 4 * factor, : 5 * factor].astype("float32")
    small = run(factor, (rows + 10 * columns)[None, :, :, None])[0, :, :, 0]
    middles = factor * np.arange(5) + (factor - 1) / 2
    expected = middles[:4, None] + 10 * middles[None, :]
    # At the border the mirror bends the slope.
    np.testing.assert_allclose(small[1:-1, 1:-1], expected[1:-1, 1:-1], rtol=1e-5)


def test_the_finest_stripes_vanish_where_dropping_pixels_would_keep_them():
    stripes = np.broadcast_to((-1.0) ** np.arange(16), (1, 8, 16))[..., None].astype("float32")
    assert (stripes[:, ::2, ::2] == 1).all()
    np.testing.assert_allclose(run(2, stripes), 0, atol=1e-6)


def test_channels_do_not_mix():
    picture = np.zeros((1, 8, 8, 3), "float32")
    picture[..., 1] = 1
    np.testing.assert_allclose(run(4, picture), np.broadcast_to([0.0, 1.0, 0.0], (1, 2, 2, 3)), atol=1e-6)


def test_a_network_of_free_size_knows_the_channels():
    assert TentDownsample(4)(keras.Input((None, None, 5))).shape == (None, None, None, 5)
    assert TentDownsample(4)(keras.Input((8, 12, 5))).shape == (None, 2, 3, 5)


def test_the_tent_is_paid_for_by_weight():
    layer = TentDownsample(2)
    assert layer.own_multiply_adds((1, 8, 12, 3), (1, 4, 6, 3)) == 4 * 6 * 3 * 16
    assert TentDownsample(1).own_multiply_adds((1, 8, 12, 3), (1, 8, 12, 3)) == 0


@pytest.mark.parametrize("make", [lambda: keras.Input((9, 8, 3)), lambda: np.zeros((1, 9, 8, 3), "float32")])
def test_a_size_that_the_factor_does_not_divide_is_refused(make):
    words = r"small needs .* divisible by 4; received 9 x 8. Pad first: .*pad_to_multiple\(image, 4\)"
    with pytest.raises(ValueError, match=words):
        TentDownsample(4, name="small")(make())


@pytest.mark.parametrize("factor, error", [(0, ValueError), ("2", TypeError)])
def test_a_factor_without_sense_is_refused(factor, error):
    with pytest.raises(error, match="TentDownsample needs factor"):
        TentDownsample(factor)
    with pytest.raises(error, match=r"tent\(\) needs factor"):
        tent(factor)
