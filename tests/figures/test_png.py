import io

import numpy as np
import pytest
from PIL import Image

from course_lib.figures import png


def pixels_of(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (120, 120, 3), "uint8")


def test_few_colours_are_kept_exactly_and_indexed():
    pixels = np.zeros((9, 7, 3), "uint8")
    pixels[2:5, 3:] = (12, 200, 255)
    data = png.encode(pixels)
    assert np.array_equal(pixels_of(data), pixels)
    assert Image.open(io.BytesIO(data)).mode == "P"


def test_many_colours_within_the_budget_are_kept_exactly(noise):
    assert np.array_equal(pixels_of(png.encode(noise)), noise)


def test_above_the_budget_a_file_shrinks_and_stays_close():
    y, x = np.mgrid[0:200, 0:200] / 199
    waves = 40 + 180 * np.stack([x, y, 0.5 + 0.5 * np.sin(9 * x * y)], axis=-1)
    smooth = np.round(waves + np.random.default_rng(0).normal(0, 3, waves.shape)).astype("uint8")
    smooth[:3] = 255
    exact, small = png.encode(smooth, budget=10**9), png.encode(smooth, budget=10_000)
    assert len(small) < len(exact)
    error = pixels_of(small).astype(float) - smooth
    assert 10 * np.log10(255**2 / np.mean(error**2)) > 28
    assert (pixels_of(small)[0] == 255).all(), "the page's paper stays white"


def test_equal_pixels_give_equal_bytes_without_date_or_software(noise):
    assert png.encode(noise, 1000) == png.encode(noise.copy(), 1000)
    data = png.encode(noise)
    for chunk in (b"tIME", b"tEXt", b"iTXt", b"eXIf"):
        assert chunk not in data


def test_grey_is_repeated_over_three_channels_and_rounded():
    u8 = png.to_u8(np.array([[0.0, 0.5, 1.0]]))
    assert u8.tolist() == [[[0, 0, 0], [128, 128, 128], [255, 255, 255]]]


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_pixels_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="shape"):
        png.encode(np.zeros(shape, "uint8"))


def test_floats_are_refused():
    with pytest.raises(TypeError, match="float64"):
        png.encode(np.zeros((4, 4, 3)))
