import io

import numpy as np
import pytest
from PIL import Image

from course_lib.figures import spectra

ALT = "A test of spectra and kernels."


def pixels_of(figure):
    with Image.open(io.BytesIO(figure.png)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_a_cosine_shows_its_two_frequencies_either_side_of_the_middle():
    wave = np.tile(np.cos(2 * np.pi * 16 * np.arange(160) / 160), (160, 1)).astype("float32")
    page = pixels_of(spectra.spectrum([wave], [""], ALT))[:180]
    rows, columns = np.nonzero((page[..., 0] > 240) & (page[..., 2] < 220))
    assert sorted(set(columns)) == [columns.min(), columns.max()]
    assert columns.max() - columns.min() == 32
    assert set(rows) == {rows.min()}


def test_a_delta_has_an_even_spectrum():
    delta = np.zeros((160, 160), "float32")
    delta[3, 5] = 1
    page = pixels_of(spectra.spectrum([delta], [""], ALT))
    middle = page.shape[1] // 2
    inside = page[20:150, middle - 70 : middle + 70]
    assert (inside == inside[0, 0]).all()


def test_colour_is_averaged_over_the_channels():
    grey = np.random.default_rng(0).random((32, 32)).astype("float64")
    colour = np.stack([grey * 0.9, grey, grey * 1.1], axis=-1)
    assert spectra.spectrum([grey], [""], ALT).png == spectra.spectrum([colour], [""], ALT).png


def test_a_kernel_is_drawn_in_squares_dark_where_it_is_heavy():
    weights = np.zeros((5, 5))
    weights[2, 1] = 1
    page = pixels_of(spectra.kernel([weights], [""], ALT))
    dark = np.argwhere((page == (6, 40, 74)).all(axis=-1))
    dark = dark[dark[:, 0] < 215]
    low, high = dark.min(axis=0), dark.max(axis=0)
    assert (high - low + 1 >= 38).all() and (high - low + 1 <= 40).all()  # 200 // 5 pixels, less the rule
    assert low[1] < page.shape[1] // 2 - 20


def test_kernels_have_each_their_own_scale():
    page = pixels_of(spectra.kernel([np.full((3, 3), 0.01), np.full((3, 3), 1.0)], ["", ""], ALT))
    row = page[60]
    darkest = (row == (6, 40, 74)).all(axis=-1)
    assert darkest[: len(row) // 2].any() and darkest[len(row) // 2 :].any()


def test_negative_weights_are_refused_with_the_way_out():
    with pytest.raises(ValueError, match="sheets.signed"):
        spectra.kernel([np.array([[1.0, -1.0, 1.0]])], [""], ALT)


def test_a_kernel_of_three_axes_is_refused():
    with pytest.raises(ValueError, match="shape"):
        spectra.kernel([np.ones((3, 3, 1))], [""], ALT)
