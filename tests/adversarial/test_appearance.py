"""Looks of objects: large objects are collected by class, known clusters found, one look drawn an object."""

import itertools

import numpy as np
import pytest

from course_lib.adversarial.appearance import Appearances, cluster, collect, encode
from course_lib.adversarial.encoder import FeatureEncoderRecipe, feature_encoder
from course_lib.data import scenes
from course_lib.data.labels import Labelled

# 16 x 16 = 256 pixels: an object must have more than 4. A 5, a 4 and two larger ones.
INSTANCES = np.zeros((16, 16), "int32")
INSTANCES[:, 8:] = 7
INSTANCES[0, :5] = 24001
INSTANCES[2, :4] = 24002
LABELS = np.where(INSTANCES == 0, 3, np.where(INSTANCES == 7, 7, 24)).astype("int32")
RNG = np.random.default_rng(0)
CENTRES = np.array([[0, 0], [1, 0], [0, 1]], "float32")


def featured(seed=0):
    return np.random.default_rng(seed).standard_normal((16, 16, 2)).astype("float32")


def test_large_objects_are_collected_by_class_with_the_mean_of_their_features():
    features = featured()
    found = collect([(features, LABELS, INSTANCES)])
    assert list(found) == [3, 7, 24]
    for kind, number in ((3, 0), (7, 7), (24, 24001)):
        mean = features[INSTANCES == number].astype("float64").mean(axis=0)
        np.testing.assert_allclose(found[kind], [mean], atol=1e-6)


def test_objects_of_all_pictures_are_gathered():
    found = collect(((featured(seed), LABELS, INSTANCES) for seed in range(3)), smallest=0)
    assert {kind: looks.shape for kind, looks in found.items()} == {3: (3, 2), 7: (3, 2), 24: (6, 2)}


def test_an_object_must_exceed_the_share_not_only_reach_it():
    assert collect([(featured(), LABELS, INSTANCES)], smallest=5 / 256).keys() == {3, 7}


def test_most_pixels_of_an_object_say_its_class():
    labels = LABELS.copy()
    labels[0, :2] = 5  # 2 pixels of 5 of object 24001
    assert collect([(featured(), labels, INSTANCES)]).keys() == {3, 7, 24}
    labels[0, :3] = 5
    assert collect([(featured(), labels, INSTANCES)]).keys() == {3, 5, 7}


def test_known_clusters_are_found():
    rng = np.random.default_rng(0)
    objects = np.repeat(CENTRES, 40, axis=0) + 0.02 * rng.standard_normal((120, 2)).astype("float32")
    looks = cluster({26: objects}, clusters=3).centres[26]
    means = objects.reshape(3, 40, 2).mean(axis=1)
    assert looks.dtype == np.float32
    np.testing.assert_allclose(looks[np.lexsort(looks.T)], means[np.lexsort(means.T)], atol=1e-5)


def test_a_class_gets_no_more_looks_than_it_has_different_objects():
    found = {1: CENTRES, 2: CENTRES[:1], 3: np.repeat(CENTRES[:2], 8, axis=0)}
    looks = cluster(found, clusters=10).centres
    assert {kind: len(looks[kind]) for kind in looks} == {1: 3, 2: 1, 3: 2}
    np.testing.assert_allclose(looks[2], CENTRES[:1])


def test_clusters_depend_on_the_seed_alone():
    objects = {0: np.random.default_rng(1).random((60, 3)).astype("float32")}
    first, again, other = (cluster(objects, clusters=7, seed=s, attempts=1).centres[0] for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(np.sort(first, axis=0) - np.sort(other, axis=0)).max() > 1e-3


APPEARANCES = Appearances(centres={3: CENTRES + 3, 24: CENTRES[:2] + 24})


def test_every_object_gets_one_look_of_its_class_and_an_unknown_class_zeros():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(60):
        drawn = APPEARANCES.draw(LABELS, INSTANCES, rng)
        assert (drawn.shape, drawn.dtype) == ((16, 16, 2), np.float32)
        looks = {number: np.unique(drawn[INSTANCES == number], axis=0) for number in np.unique(INSTANCES)}
        assert all(len(look) == 1 for look in looks.values())
        np.testing.assert_array_equal(looks[7], [[0, 0]])
        seen.add(tuple(tuple(looks[number][0]) for number in (0, 24001, 24002)))
    # Three looks of class 3 and two each of two objects of class 24, drawn apart.
    roads, cars = ([tuple(look) for look in APPEARANCES.centres[kind]] for kind in (3, 24))
    assert seen == set(itertools.product(roads, cars, cars))


def test_a_draw_depends_on_the_generator_alone():
    first, again, other = (
        APPEARANCES.draw(LABELS, INSTANCES, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_appearances_come_back_from_a_file_as_they_were(tmp_path):
    APPEARANCES.save(tmp_path / "looks.npz")
    again = Appearances.load(str(tmp_path / "looks.npz"))
    assert again.centres.keys() == APPEARANCES.centres.keys()
    for kind, looks in APPEARANCES.centres.items():
        np.testing.assert_array_equal(again.centres[kind], looks)
    assert again.features == 2
    assert [path.name for path in tmp_path.iterdir()] == ["looks.npz"]


def test_from_an_encoder_to_a_drawn_map_without_a_photograph():
    street = scenes.scene(32, 64, np.random.default_rng(0))
    encoder = feature_encoder(FeatureEncoderRecipe(width=1, depth=1))
    encoded = list(encode(encoder, [street]))
    expected = encoder.predict_on_batch([street.picture[None], street.instances[None, ..., None]])[0]
    np.testing.assert_array_equal(encoded[0][0], expected)
    looks = cluster(collect(encoded), clusters=2)
    drawn = looks.draw(street.labels, street.instances, np.random.default_rng(0))
    assert drawn.shape == (32, 64, 3)
    # Every look of a class is a mean of features of that class, which tanh keeps in [-1, 1].
    assert 0 < np.abs(drawn).max() <= 1


def test_an_example_without_photograph_or_objects_is_named():
    for example in (
        Labelled(name="maps_only", labels=LABELS, instances=INSTANCES),
        Labelled(name="maps_only", labels=LABELS, picture=np.zeros((16, 16, 3), "float32")),
    ):
        with pytest.raises(ValueError, match=r"encode\(\) needs instances and picture; maps_only has only"):
            list(encode(None, [example]))


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: collect([], smallest=1), ValueError, r"smallest in \[0, 0.999\]; received 1"),
        (lambda: collect([(featured()[1:], LABELS, INSTANCES)]), ValueError, "of one shape; received"),
        (lambda: collect([(featured() * np.nan, LABELS, INSTANCES)]), ValueError, "finite values in feat"),
        (lambda: collect([(featured(), LABELS, INSTANCES[1:])]), ValueError, "labels and instances of one"),
        (lambda: collect([(featured(), LABELS / 2, INSTANCES)]), ValueError, "whole numbers in labels"),
        (lambda: cluster({}), ValueError, "number of classes of at least 1; received 0"),
        (lambda: cluster({1: CENTRES}, clusters=0), ValueError, "clusters of at least 1; received 0"),
        (lambda: cluster({1: CENTRES}, seed=-1), ValueError, "seed of at least 0"),
        (lambda: cluster({1: CENTRES}, attempts="10"), TypeError, "attempts as a number"),
        (lambda: cluster({1: CENTRES[0]}), ValueError, r"found\[1\] of shape .*; received \(2,\)"),
        (
            lambda: cluster({1: CENTRES.tolist()}),
            TypeError,
            r"found\[1\] as a NumPy array of floats",
        ),
        (lambda: Appearances(centres=[]), TypeError, "a dict as centres; received list"),
        (lambda: Appearances(centres={}), ValueError, "number of classes of at least 1"),
        (lambda: Appearances(centres={1: CENTRES[:0]}), ValueError, r"centres\[1\] of .*received \(0, 2\)"),
        (lambda: Appearances(centres={1: CENTRES, 2: CENTRES[:, :1]}), ValueError, "received 1: 2, 2: 1"),
        (lambda: APPEARANCES.draw(LABELS, INSTANCES, None), ValueError, "needs rng because every object"),
        (lambda: APPEARANCES.draw(LABELS, INSTANCES[1:], RNG), ValueError, "draw.. needs labels and inst"),
        (lambda: APPEARANCES.draw(LABELS, INSTANCES.tolist(), RNG), TypeError, "instances as a NumPy array"),
        (lambda: APPEARANCES.save("looks.h5"), ValueError, "knows file endings '.npz'; received '.h5'"),
    ],
)
def test_what_has_no_sense_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_file_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "weights.npz", kernel=np.zeros((3, 3)))
    with pytest.raises(ValueError, match="arrays named class_0, class_1, .*weights.npz has 'kernel'"):
        Appearances.load(tmp_path / "weights.npz")
    np.savez(tmp_path / "empty.npz")
    with pytest.raises(ValueError, match="number of classes of at least 1; received 0"):
        Appearances.load(tmp_path / "empty.npz")
