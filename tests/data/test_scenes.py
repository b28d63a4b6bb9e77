"""Procedural streets: same from the same seed, sensible maps, pictures that belong to them, refusals."""

import numpy as np
import pytest

from course_lib.data import labels, scenes
from course_lib.data.labelled_folders import LabelledPairs

STREETS = scenes.streets(24, 64, 128, seed=0)


def of(name):
    return scenes.CLASSES.index(name)


def test_a_street_depends_on_its_generator_alone():
    first, again, other = (scenes.scene(32, 64, np.random.default_rng(seed)) for seed in (5, 5, 6))
    for part in ("labels", "instances", "picture"):
        np.testing.assert_array_equal(getattr(first, part), getattr(again, part))
    assert np.abs(first.picture - other.picture).max() > 0.1


def test_street_i_of_several_does_not_depend_on_how_many_there_are():
    np.testing.assert_array_equal(STREETS[2].picture, scenes.streets(3, 64, 128, seed=0)[2].picture)


@pytest.mark.parametrize("height, width", [(16, 16), (16, 64), (64, 16), (48, 80), (128, 256)])
def test_a_street_has_any_size_of_whole_sixteens(height, width):
    street = scenes.scene(height, width, np.random.default_rng(1))
    assert street.labels.shape == street.instances.shape == (height, width)
    assert street.picture.shape == (height, width, 3)
    assert street.picture.dtype == np.float32
    assert 0 <= street.picture.min() and street.picture.max() <= 1


def test_every_class_occurs_and_none_fills_the_pictures():
    shares = np.bincount(np.concatenate([street.labels.ravel() for street in STREETS]), minlength=10)
    shares = shares / shares.sum()
    assert len(shares) == len(scenes.CLASSES) == len(scenes.COLOURS)
    assert shares.min() > 0.0005
    assert shares.max() < 0.5


def test_sky_is_above_and_road_below():
    for street in STREETS:
        assert not (street.labels[-8:] == of("sky")).any()
        assert not (street.labels[:16] == of("road")).any()
        assert (street.labels[-4:, 48:80] == of("road")).mean() > 0.3


def test_an_instance_names_its_class_and_every_other_pixel_its_own():
    counted = set()
    for street in STREETS:
        things = np.isin(street.labels, scenes.COUNTED)
        np.testing.assert_array_equal(street.instances[things] // 1000, street.labels[things])
        np.testing.assert_array_equal(street.instances[~things], street.labels[~things])
        counted |= set(np.unique(street.instances[things]))
    assert {label * 1000 + 1 for label in scenes.COUNTED} <= counted


def test_two_houses_side_by_side_are_told_apart_by_an_edge():
    borders = [
        (labels.edges(street.instances) == 1) & (labels.edges(street.labels) == 0) for street in STREETS
    ]
    assert np.mean([border.mean() for border in borders]) > 0.005


def test_pictures_belong_to_their_maps():
    """Across a border of the map colours step more than inside an object."""
    ratios = []
    for street in STREETS:
        step = np.abs(np.diff(street.picture, axis=1)).sum(axis=-1)
        border = street.instances[:, 1:] != street.instances[:, :-1]
        ratios.append(step[border].mean() / step[~border].mean())
    assert min(ratios) > 1.5


def test_one_kind_of_thing_has_many_colours():
    cars = np.array(
        [s.picture[s.labels == of("car")].mean(axis=0) for s in STREETS if (s.labels == of("car")).sum() > 20]
    )
    assert len(cars) > 10
    assert cars.std(axis=0).min() > 0.04


def test_streets_feed_a_label_to_picture_network():
    shown, picture = LabelledPairs(STREETS, len(scenes.CLASSES)).sample(32, np.random.default_rng(0))
    assert (shown.shape, picture.shape) == ((32, 32, 11), (32, 32, 3))
    np.testing.assert_array_equal(shown[..., :10].sum(axis=-1), 1)


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ((100, 128, np.random.default_rng(0)), ValueError, "height as a multiple of 16; received 100"),
        ((64, 130, np.random.default_rng(0)), ValueError, "width as a multiple of 16; received 130"),
        ((0, 64, np.random.default_rng(0)), ValueError, "height of at least 16; received 0"),
        (("64", 64, np.random.default_rng(0)), TypeError, "height as a number"),
        ((64, 64, None), ValueError, "needs rng because every street is drawn by chance"),
        ((64, 64, 3), TypeError, "rng as a numpy.random.Generator; received int"),
    ],
)
def test_a_street_that_cannot_be_painted_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        scenes.scene(*arguments)


def test_no_streets_at_all_are_refused():
    with pytest.raises(ValueError, match="count of at least 1; received 0"):
        scenes.streets(0, 64, 64, seed=0)
