"""Dead leaves: chance from rng alone, range, the spectrum of photographs, refusals."""

import numpy as np
import pytest

from course_lib.data import photographs
from course_lib.data.dead_leaves import dead_leaves


def amplitude_slope(picture):
    """Exponent of the amplitude over frequency, from 4 periods a side to a quarter of a period a pixel."""
    gray = picture.mean(axis=-1)
    side = min(gray.shape)
    gray = gray[:side, :side]
    window = np.outer(np.hanning(side), np.hanning(side))
    amplitude = np.abs(np.fft.fft2((gray - gray.mean()) * window))
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side))
    edges = np.geomspace(4 / side, 0.25, 11)
    ring = np.digitize(frequency, edges)
    means = [amplitude[ring == i].mean() for i in range(1, 11)]
    return np.polyfit(np.log(edges[1:] * edges[:-1]) / 2, np.log(means), 1)[0]


@pytest.fixture(scope="module")
def several():
    return [dead_leaves(128, np.random.default_rng(seed)) for seed in range(5)]


def test_the_picture_depends_on_the_generator_alone(several):
    np.random.seed(0)
    again = dead_leaves(128, np.random.default_rng(3))
    np.testing.assert_array_equal(again, several[3])
    assert not np.array_equal(several[2], several[3])


@pytest.mark.parametrize("size", [16, 33])
def test_a_picture_has_its_size_type_and_range(size):
    picture = dead_leaves(size, np.random.default_rng(0))
    assert (picture.shape, picture.dtype) == ((size, size, 3), np.float32)
    assert 0 <= picture.min() < picture.max() <= 1


def test_leaves_use_most_of_the_range_and_differ_in_colour(several):
    for picture in several:
        assert np.ptp(picture) > 0.5
        assert picture.std() > 0.08
        assert np.abs(picture[..., 0] - picture[..., 2]).mean() > 0.005


def test_the_measure_of_the_slope_is_right_where_the_slope_is_known():
    rng = np.random.default_rng(0)
    white = rng.standard_normal((128, 128, 3))
    frequency = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.rfftfreq(128))
    frequency[0, 0] = 1
    pink = np.fft.irfft2(np.fft.rfft2(white[..., 0]) / frequency)[..., None]
    assert amplitude_slope(white) == pytest.approx(0, abs=0.1)
    assert amplitude_slope(pink) == pytest.approx(-1, abs=0.1)


def test_amplitudes_fall_as_one_over_the_frequency(several):
    slopes = [amplitude_slope(picture) for picture in several]
    assert np.mean(slopes) == pytest.approx(-1.1, abs=0.25)
    assert max(slopes) < -0.7


def test_photographs_fall_about_as_steeply(several):
    found = [
        amplitude_slope(photographs.load(name)) for name in ("coffee", "chelsea", "coins", "gravel", "grass")
    ]
    assert np.mean(found) == pytest.approx(
        np.mean([amplitude_slope(picture) for picture in several]), abs=0.4
    )


def test_larger_smallest_leaves_leave_less_detail():
    fine, coarse = (dead_leaves(96, np.random.default_rng(1), smallest=s, texture=0) for s in (1.5, 12))
    assert np.abs(np.diff(fine, axis=0)).mean() > 1.5 * np.abs(np.diff(coarse, axis=0)).mean()


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"size": 15}, "size of at least 16; received 15"),
        ({"smallest": 0}, "smallest above 0; received 0"),
        ({"smallest": 9, "largest": 9}, "largest above 9; received 9"),
        ({"smallest": 20}, "largest above 20"),
        ({"texture": 1.1}, r"texture in \[0, 1\]; received 1.1"),
        ({"cover": 0}, "cover above 0; received 0"),
        ({"rng": None}, "needs rng because every leaf is drawn by chance"),
    ],
)
def test_a_setting_without_sense_is_refused(settings, words):
    with pytest.raises(ValueError, match=rf"dead_leaves\(\) needs.*{words.removeprefix('needs ')}"):
        dead_leaves(**{"size": 32, "rng": np.random.default_rng(0), **settings})


def test_a_seed_is_no_generator():
    with pytest.raises(TypeError, match="numpy.random.Generator; received int"):
        dead_leaves(32, 7)
