"""restore: any size through a network, whole or in windows; what networks and callers get wrong."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend import forward
from course_lib.inference.restore import restore
from course_lib.layers.borders import SizeGuard, multiple_of


class Stub(keras.layers.Layer):
    """A layer that computes a given function and holds no weight."""

    def __init__(self, fn, **kwargs):
        super().__init__(**kwargs)
        self.fn = fn

    def call(self, x):
        return self.fn(x)


def network(fn):
    picture = keras.Input((None, None, 3))
    return keras.Model(picture, Stub(fn)(picture))


@pytest.fixture(scope="module")
def identity():
    return network(lambda x: x + 0)


@pytest.fixture(scope="module")
def near():
    """The mean of 3 x 3 pixels, zeros beyond the border: a network that sees one pixel far."""
    model = keras.Sequential(
        [keras.Input((None, None, 3)), keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)]
    )
    model.set_weights([np.full((3, 3, 3, 1), 1 / 9, "float32")])
    return model


def drawn(height, width, seed=0):
    return np.random.default_rng(seed).random((height, width, 3)).astype("float32")


@pytest.mark.parametrize("tile", [None, 16])
@pytest.mark.parametrize("height, width", [(1, 1), (1, 7), (5, 9), (16, 16), (17, 16), (31, 45), (3, 50)])
def test_a_network_that_changes_nothing_gives_back_a_picture_of_any_size(identity, height, width, tile):
    picture = drawn(height, width)
    restored = restore(identity, picture, multiple=4, tile=tile, overlap=6)
    assert restored.dtype == np.float32
    np.testing.assert_allclose(restored, picture, atol=1e-6)


def test_float64_pictures_are_welcome(identity):
    np.testing.assert_allclose(restore(identity, drawn(5, 6).astype("float64")), drawn(5, 6), atol=1e-7)


def test_windows_give_what_the_whole_gives_but_where_one_ends(near):
    # Windows of 24 over 36 columns start at 0 and 12, so one begins at column 12 and one ends at column 23.
    picture = drawn(20, 36)
    apart = np.abs(restore(near, picture, tile=24, overlap=12) - restore(near, picture, tile=None))
    assert (apart[:, [12, 23]] > 1e-6).any()
    np.testing.assert_allclose(np.delete(apart, [12, 23], axis=1), 0, atol=1e-6)


def test_a_windows_end_is_all_but_faded_out(near):
    picture = np.full((20, 36, 3), 0.9, "float32")
    apart = restore(near, picture, tile=24, overlap=12) - restore(near, picture, tile=None)
    # Where a window ends, a third of the neighbours are missing, and its weight is 1 in 13.
    np.testing.assert_allclose(apart[1:-1, [12, 23]], -0.3 / 13, atol=1e-6)


def test_a_network_only_meets_windows_of_its_multiple(monkeypatch):
    met = []

    def note(model, x):
        met.append(x.shape)
        return x + 0

    monkeypatch.setattr(forward, "predict", note)
    model = network(lambda x: x + 0)
    restore(model, drawn(37, 90), multiple=8, tile=32, overlap=8)
    assert {shape[1:] for shape in met} == {(32, 32, 3)}
    met.clear()
    restore(model, drawn(5, 90), multiple=8, tile=32, overlap=8)
    assert {shape[1:] for shape in met} == {(8, 32, 3)}


def test_the_multiple_is_asked_of_the_network():
    given = keras.Input((None, None, 3))
    guarded = keras.Model(given, SizeGuard("guarded", multiple=8, name="size")(given))
    picture = drawn(13, 17)
    np.testing.assert_array_equal(restore(guarded, picture), picture)
    assert multiple_of(guarded) == 8
    assert multiple_of(keras.Model(given, given), unsaid=2) == 2


def test_answers_beyond_the_range_are_clipped():
    picture = np.linspace(0, 1, 48, dtype="float32").reshape(4, 4, 3)
    restored = restore(network(lambda x: 4 * x - 1), picture)
    np.testing.assert_allclose(restored, np.clip(4 * picture - 1, 0, 1), atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_network_that_answers_no_number_is_reported(value):
    def spoil(x):
        return ops.where(x > 0.9, value, x)

    picture = np.full((8, 8, 3), 0.5, "float32")
    picture[6, 2, 1] = 0.95
    with pytest.raises(
        FloatingPointError, match=r"restore\(\) received NaN from the network. Are its weights"
    ):
        restore(network(spoil), picture)


def test_a_network_that_changes_the_size_is_refused():
    words = r"a network that keeps the shape; received \(1, 8, 8, 3\) for \(1, 4, 4, 3\)"
    with pytest.raises(ValueError, match=words):
        restore(network(lambda x: ops.repeat(ops.repeat(x, 2, axis=1), 2, axis=2)), drawn(4, 4))


@pytest.mark.parametrize(
    "picture, words",
    [
        (
            (drawn(4, 4) * 255).astype("uint8"),
            r"restore\(\) needs picture as float32.*received uint8.*to_unit",
        ),
        (drawn(4, 4) * 255, r"picture in \[0, 1\]; received float32"),
        (drawn(4, 4)[..., 0], r"picture of shape \(h, w, c\); received \(4, 4\)"),
        (drawn(4, 4)[..., :1], "3 colour channels; received 1. Repeat gray 3 times"),
        (np.concatenate([drawn(4, 4)] * 2, axis=-1)[..., :4], "3 colour channels; received 4"),
        (drawn(4, 4)[None], r"received \(1, 4, 4, 3\)"),
        (np.full((4, 4, 3), np.nan, "float32"), "finite values in picture"),
        (drawn(4, 4)[:0], "at least one pixel"),
    ],
    ids=["bytes", "range 255", "gray", "one channel", "alpha", "batch", "NaN", "empty"],
)
def test_a_picture_without_sense_is_refused(identity, picture, words):
    with pytest.raises(ValueError, match=words):
        restore(identity, picture)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"tile": 18, "overlap": 4}, "divisible by 4; received 18 x 18"),
        ({"tile": 16, "overlap": 16}, "window above 16; received 16"),
        ({"multiple": 0}, "by of at least 1; received 0"),
    ],
)
def test_windows_that_do_not_fit_are_refused(identity, settings, words):
    with pytest.raises(ValueError, match=words):
        restore(identity, drawn(40, 40), **settings)


@pytest.fixture(scope="module")
def gray_identity():
    picture = keras.Input((None, None, 1))
    return keras.Model(picture, Stub(lambda x: x + 0)(picture), name="gray_identity")


@pytest.mark.parametrize("tile", [None, 16])
def test_a_network_of_gray_pictures_takes_and_gives_one_channel(gray_identity, tile):
    picture = drawn(21, 30)[..., :1]
    np.testing.assert_allclose(restore(gray_identity, picture, tile=tile, overlap=4), picture, atol=1e-6)
    with pytest.raises(
        ValueError, match="1 channel for gray_identity; received 3. Restore channel by channel"
    ):
        restore(gray_identity, drawn(8, 8))


def test_noise_that_was_not_clipped_is_let_in_when_told(gray_identity):
    noisy = 3 * drawn(8, 9)[..., :1] - 1
    with pytest.raises(ValueError, match=r"picture in \[0, 1\]"):
        restore(gray_identity, noisy)
    np.testing.assert_allclose(restore(gray_identity, noisy, unit=False), np.clip(noisy, 0, 1), atol=1e-6)
    with pytest.raises(ValueError, match="finite values in picture"):
        restore(gray_identity, noisy * np.float32(np.nan), unit=False)
