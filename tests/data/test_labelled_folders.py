"""Pairs of label maps and pictures: windows cut alike, batches, what is missing."""

import numpy as np
import pytest

from course_lib.data import labels
from course_lib.data.feed import PairFeed
from course_lib.data.labelled_folders import LabelledFolder, LabelledPairs


def numbered(rows=20, columns=30):
    """A picture whose pixels tell their place, and a label map that tells left from right."""
    places = np.arange(rows * columns).reshape(rows, columns)
    sides = (places % columns >= columns // 2).astype("int32")
    picture = np.repeat((places / places.max())[..., None], 3, axis=-1).astype("float32")
    return labels.Labelled(name="numbered", labels=sides, instances=sides, picture=picture)


def test_windows_of_maps_and_picture_are_cut_and_mirrored_alike():
    example = numbered()
    whole = labels.condition(example.labels, example.instances, 2)
    mirrored = set()
    for seed in range(12):
        shown, picture = LabelledPairs([example], 2).sample(8, np.random.default_rng(seed))
        assert (shown.shape, picture.shape) == ((8, 8, 3), (8, 8, 3))
        places = np.rint(picture[..., 0] * (20 * 30 - 1)).astype(int)
        np.testing.assert_array_equal(shown[..., :2], whole[..., :2].reshape(-1, 2)[places])
        step = int(places[0, 1] - places[0, 0])
        assert abs(step) == 1 and places[1, 0] - places[0, 0] == 30  # never turned
        mirrored.add(step)
    assert mirrored == {-1, 1}


def test_a_window_need_not_be_square():
    shown, picture = LabelledPairs([numbered()], 2).sample((16, 30), np.random.default_rng(0))
    assert (shown.shape, picture.shape) == ((16, 30, 3), (16, 30, 3))


@pytest.mark.parametrize("unlabelled", [None, 255])
def test_pairs_say_how_many_channels_their_halves_have(unlabelled):
    pairs = LabelledPairs([numbered()], 5, unlabelled)
    halves = pairs.sample(4, np.random.default_rng(0))
    assert pairs.channels == tuple(half.shape[-1] for half in halves)


def test_batches_of_labels_and_pictures_depend_on_seed_and_number_alone():
    pairs = LabelledPairs([numbered(), numbered(24, 24)], 2)
    first, again = (PairFeed(pairs, batch=2, patch=8, seed=3)[5] for _ in range(2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert first[0].shape == (2, 8, 8, 3)


def test_an_example_that_cannot_be_used_is_named():
    example = numbered()
    without = labels.Labelled(name="maps_only", labels=example.labels, instances=example.instances)
    for examples, classes, patch, words in (
        ([without], 2, 8, "needs labels and picture; maps_only has no picture"),
        ([example], 2, 24, "at least 24 x 24; numbered has 20 x 30"),
        ([example], 1, 20, "numbered: one_hot.. needs label ids from 0 to 0; received 1"),
    ):
        with pytest.raises(ValueError, match=words):
            # The window of 20 rows reaches the right half for some draw.
            for seed in range(8):
                LabelledPairs(examples, classes).sample(patch, np.random.default_rng(seed))


def without_instances(example):
    return labels.Labelled(name="no_instances", labels=example.labels, picture=example.picture)


def test_without_instances_the_condition_has_no_edges():
    example = numbered()
    with_edges, without = LabelledPairs([example], 2), LabelledPairs([without_instances(example)], 2)
    assert (with_edges.channels, without.channels) == ((3, 3), (2, 3))
    for seed in range(4):
        (both, _), (alone, _) = (
            pairs.sample(8, np.random.default_rng(seed)) for pairs in (with_edges, without)
        )
        np.testing.assert_array_equal(alone, both[..., :2])
    np.testing.assert_array_equal(without.load(0)[0], with_edges.load(0)[0][..., :2])


def test_instances_are_there_for_all_or_for_none():
    example = numbered()
    with pytest.raises(ValueError, match="instances of all examples or of none; missing for no_instances"):
        LabelledPairs([example, without_instances(example)], 2)
    with pytest.raises(ValueError, match="needs instances for looks"):
        LabelledPairs([without_instances(example)], 2, looks=True)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: LabelledFolder([], 3), "number of files of at least 1"),
        (lambda: LabelledPairs([], 3), "number of examples of at least 1"),
    ],
)
def test_nothing_to_open_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
