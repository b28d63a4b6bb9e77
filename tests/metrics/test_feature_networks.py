"""Feature networks: what the hand-made statistics see, and the protocol of InceptionV3."""

import types

import keras
import numpy as np
import pytest
import scipy.ndimage

from course_lib.metrics import feature_networks, realism
from course_lib.metrics.feature_networks import InceptionFeatures, PictureStatistics, inception_input


def scenes(count, seed):
    """Soft blobs with edges, in colours that hang together, as a stand-in for photographs."""
    rng = np.random.default_rng(seed)
    fields = scipy.ndimage.gaussian_filter(rng.standard_normal((count, 32, 32, 3)), (0, 3, 3, 0))
    texture = 0.03 * rng.standard_normal((count, 32, 32, 1))
    pictures = 0.5 + 0.25 * np.sign(fields[..., :1]) + 1.5 * fields + texture
    return np.clip(pictures, 0, 1).astype("float32")


REAL, TWIN = scenes(120, 0), scenes(120, 1)
CHECKER = (np.indices((32, 32)).sum(axis=0) % 2 * 2 - 1)[None, ..., None]
DAMAGES = {
    "blur": lambda x, s: scipy.ndimage.gaussian_filter(x, (0, s, s, 0)),
    "noise": lambda x, s: x + 0.03 * s * np.random.default_rng(2).standard_normal(x.shape),
    "checkerboard": lambda x, s: x + 0.03 * s * CHECKER,
    "colour": lambda x, s: x * (1 + 0.2 * s * np.array([1, 0, -1])),
    "oversharpening": lambda x, s: x + s * (x - scipy.ndimage.gaussian_filter(x, (0, 1.5, 1.5, 0))),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_distance_on_statistics_rises_with_every_damage(damage):
    floor = realism.frechet(REAL, TWIN).value
    values = [
        realism.frechet(REAL, np.clip(DAMAGES[damage](TWIN, s), 0, 1).astype("float32")).value
        for s in (0.5, 1, 2)
    ]
    assert np.all(np.diff([floor, *values]) > 0)
    assert values[1] > 2 * floor


def test_a_flat_picture_has_the_statistics_of_its_colour():
    colour = np.array([0.2, 0.5, 0.7])
    flat = np.broadcast_to(colour, (1, 16, 16, 3))
    luma = 0.299 * 0.2 + 0.587 * 0.5 + 0.114 * 0.7
    found = PictureStatistics()(flat)
    np.testing.assert_allclose(found[0, :6], [luma, 0, 0.2 - 0.5, 0, 0.35 - 0.7, 0], atol=1e-9)
    # Edges of strength 0 have logarithm log 0.01, and no unevenness.
    per_scale = [np.log(0.01)] * 4 + [0, np.log(0.01), 0]
    np.testing.assert_allclose(found[0, 6:], per_scale * 3 + [np.log(0.01)] * 2, atol=1e-6)


def test_a_ramp_is_steepest_along_its_slope():
    ramp = np.repeat(np.linspace(0, 1, 33)[None, :, None], 33, axis=0) * np.ones(3)
    across = PictureStatistics()(ramp[None])[0, 6:10]
    down = PictureStatistics()(ramp.transpose(1, 0, 2)[None])[0, 6:10]
    # Directions of 0, 45, 90 and 135 degrees see 1, cos 45, 0 and cos 45 of a slope of 1 / 32.
    expected = np.log(0.01 + np.array([1, 0.5**0.5, 0, 0.5**0.5]) / 32)
    np.testing.assert_allclose(across, expected, atol=1e-6)
    np.testing.assert_allclose(down, expected[[2, 1, 0, 3]], atol=1e-6)


def test_a_picture_has_the_same_features_alone_and_in_company():
    together = PictureStatistics()(REAL[:3])
    assert together.shape == (3, PictureStatistics.dimension)
    np.testing.assert_array_equal(together[1], PictureStatistics()([REAL[1]])[0])


@pytest.mark.parametrize("side", [250, 600])
def test_inception_sees_bilinear_samples_at_half_pixel_centres(side):
    picture = np.random.default_rng(0).random((side, side + 50, 3)).astype("float32")
    places = [np.clip((np.arange(299) + 0.5) * n / 299 - 0.5, 0, n - 1) for n in picture.shape[:2]]
    grid = np.meshgrid(*places, indexing="ij")
    expected = np.stack([scipy.ndimage.map_coordinates(picture[..., c], grid, order=1) for c in range(3)], -1)
    np.testing.assert_allclose(inception_input(picture), 2 * expected - 1, atol=1e-3)


def test_inception_features_are_computed_batch_by_batch_in_order(monkeypatch):
    picture = keras.Input((299, 299, 3))
    average = keras.Model(picture, keras.layers.GlobalAveragePooling2D()(picture))
    asked = types.SimpleNamespace(imagenet=lambda *arguments, **settings: average)
    monkeypatch.setattr(feature_networks, "applications", asked)
    greys = [np.full((20, 30, 3), value, "float32") for value in (0, 0.25, 0.5, 0.75, 1)]
    found = InceptionFeatures()(greys, batch=2)
    np.testing.assert_allclose(found, 2 * np.arange(5)[:, None] / 4 - 1 + np.zeros(3), atol=1e-5)


def test_missing_inception_weights_are_refused_with_the_command_that_fetches_them(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"InceptionV3 in .*88 MB: python -c .*PictureStatistics\(\)"):
        InceptionFeatures()


@pytest.mark.parametrize(
    "pictures, error, words",
    [
        ([], ValueError, "number of pictures of at least 1"),
        ([np.zeros((16, 16, 3), "uint8")], ValueError, r"pictures\[0\] as float32"),
        ([np.zeros((16, 16, 3)), np.full((16, 16, 3), 1.5)], ValueError, r"pictures\[1\] in \[0, 1\]"),
        ([np.zeros((16, 12, 3))], ValueError, r"sides at least 16; received \(16, 12, 3\)"),
        ([np.zeros((16, 16, 1))], ValueError, r"shape \(h, w, 3\)"),
        ([np.zeros((16, 16))], ValueError, r"shape \(h, w, c\); received \(16, 16\)"),
        ([[0.5]], TypeError, "NumPy array; received list"),
    ],
)
def test_what_is_no_colour_picture_is_refused(pictures, error, words):
    with pytest.raises(error, match=words):
        PictureStatistics()(pictures)
