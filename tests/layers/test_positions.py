"""Codes of the position inside a tile: values by hand, repetition, order."""

import numpy as np
import pytest

from course_lib.layers.positions import octaves, position_codes


def test_codes_of_a_tile_of_four_are_quarter_turns():
    codes = position_codes(4, 4, 4)
    cosine, sine = [1, 0, -1, 0], [0, 1, 0, -1]
    for row in range(4):
        for column in range(4):
            expected = [cosine[column], sine[column], cosine[row], sine[row]]  # period 4
            expected += [(-1) ** column, 0, (-1) ** row, 0]  # period 2
            np.testing.assert_allclose(codes[row, column], expected, atol=1e-7)


@pytest.mark.parametrize("tile", [2, 8, 32])
def test_codes_repeat_from_tile_to_tile_to_the_last_bit(tile):
    one = position_codes(tile, tile, tile)
    np.testing.assert_array_equal(position_codes(2 * tile, 3 * tile, tile), np.tile(one, (2, 3, 1)))


@pytest.mark.parametrize("tile", [2, 4, 16, 64])
def test_no_two_pixels_of_a_tile_have_the_same_codes(tile):
    codes = position_codes(tile, tile, tile)
    assert codes.dtype == np.float32
    assert codes.shape[2] == 4 * np.log2(tile)
    assert len(np.unique(codes.reshape(tile**2, -1).round(4), axis=0)) == tile**2


def test_codes_fit_any_size_and_are_not_remembered():
    large = position_codes(40, 52, 32)
    assert large.shape == (40, 52, 20)
    large[:] = 7
    np.testing.assert_array_equal(position_codes(3, 5, 32)[0, 0], [1, 0, 1, 0] * 5)


@pytest.mark.parametrize("tile", [1, 0, 3, 24])
def test_a_tile_that_is_no_power_of_two_is_refused(tile):
    with pytest.raises(ValueError, match=rf"position_codes\(\) needs .*tile of .*2.*; received {tile}"):
        octaves(tile)
    with pytest.raises(ValueError, match=r"position_codes\(\) needs"):
        position_codes(8, 8, tile)


@pytest.mark.parametrize("size", [(0, 4), (4, 0)])
def test_a_picture_without_pixels_is_refused(size):
    with pytest.raises(
        ValueError, match=r"position_codes\(\) needs (height|width) of at least 1; received 0"
    ):
        position_codes(*size, 4)
