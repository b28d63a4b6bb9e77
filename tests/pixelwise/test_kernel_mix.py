"""Mixed kernels: equal to a loop over pixels, interpolated between tiles, and of limited reach."""

import keras
import numpy as np
import pytest
import scipy.signal

from course_lib.pixelwise.kernel_mix import KernelMix

RNG = np.random.default_rng(0)
PIXELS = RNG.random((2, 8, 12, 3)).astype("float32")
SHARES = RNG.standard_normal((2, 2, 3, 5)).astype("float32")


def run(layer, pixels=PIXELS, shares=SHARES):
    return keras.ops.convert_to_numpy(layer([pixels, shares]))


@pytest.fixture(scope="module")
def by_tiles():
    layer = KernelMix(5, kernels=5, tile=4, detail=3, interpolate=False)
    layer.build([PIXELS.shape, SHARES.shape])
    return layer


def test_every_tile_has_its_own_mixture(by_tiles):
    basis = keras.ops.convert_to_numpy(by_tiles.basis)[:, :, 0]  # (3, 3, 5)
    detail = np.array([[-1, -2, -1], [-2, 12, -2], [-1, -2, -1]]) / 16 * 8
    padded = np.pad(PIXELS, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    wanted = np.zeros_like(PIXELS)
    for b, y, x in np.ndindex(2, 8, 12):
        kernel = scipy.signal.convolve2d(basis @ SHARES[b, y // 4, x // 4], detail)  # (5, 5)
        wanted[b, y, x] = np.einsum("ij,ijc->c", kernel, padded[b, y : y + 5, x : x + 5])
    np.testing.assert_allclose(run(by_tiles), wanted, atol=1e-4)


def test_interpolated_shares_meet_those_of_tiles_in_their_middles():
    layer = KernelMix(1, kernels=1, tile=2)
    layer.build([(1, 2, 6, 1), (1, 1, 3, 1)])
    layer.set_weights([np.ones((1, 1, 1, 1))])
    shares = np.array([0.0, 4.0, 2.0], "float32").reshape(1, 1, 3, 1)
    # Middles of tiles lie between pixels: at 0.5, 2.5 and 4.5. Beyond the outermost nothing changes.
    wanted = [0.0, 1.0, 3.0, 3.5, 2.5, 2.0]
    np.testing.assert_allclose(
        run(layer, np.ones((1, 2, 6, 1), "float32"), shares)[0, 0, :, 0], wanted, atol=1e-6
    )


def test_a_pixel_reaches_half_a_kernel_and_no_further(by_tiles):
    touched = PIXELS.copy()
    touched[0, 4, 6, 1] += 1
    moved = np.argwhere((run(by_tiles) != run(by_tiles, touched)).any(-1))
    assert {tuple(map(int, place)) for place in moved} == {
        (0, y, x) for y in range(2, 7) for x in range(4, 9)
    }


def test_on_a_flat_picture_kernels_with_neighbours_find_nothing(by_tiles):
    np.testing.assert_allclose(run(by_tiles, np.full_like(PIXELS, 0.7)), 0, atol=1e-5)


def test_colours_stay_apart(by_tiles):
    touched = PIXELS.copy()
    touched[..., 1] += 1
    np.testing.assert_array_equal(run(by_tiles)[..., [0, 2]], run(by_tiles, touched)[..., [0, 2]])


def test_its_cost_counts_every_kernel_at_every_value(by_tiles):
    shapes = [PIXELS.shape, SHARES.shape]
    assert by_tiles.own_multiply_adds(shapes, PIXELS.shape) == 2 * 8 * 12 * 3 * (5 * (9 + 1) + 9)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"size": 4, "kernels": 1, "tile": 2}, "size"),
        ({"size": 3, "kernels": 0, "tile": 2}, "kernels"),
        ({"size": 3, "kernels": 1, "tile": 0}, "tile"),
    ],
)
def test_settings_without_sense_are_refused(settings, words):
    with pytest.raises(ValueError, match=f"KernelMix needs .*{words}|KernelMix .*{words}"):
        KernelMix(**settings)


def test_shares_of_another_number_or_grid_are_refused(by_tiles):
    with pytest.raises(ValueError, match="needs 5 shares a tile; received 4"):
        run(by_tiles, shares=SHARES[..., :4])
    with pytest.raises(ValueError, match="every 4 x 4 pixels; received pixels 8 x 12 and shares 2 x 2"):
        run(by_tiles, shares=SHARES[:, :, :2])
