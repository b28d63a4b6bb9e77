"""Cityscapes and COCO-Stuff from folders, on small copies of their layout and on samples where they lie."""

import os
import pathlib

import numpy as np
import PIL.Image
import pytest

from course_lib.data import labelled_folders, labels
from course_lib.data.feed import PairFeed
from course_lib.data.labelled_folders import LabelledPairs, cityscapes, coco_stuff

REPOSITORY = pathlib.Path(__file__).parent.parent.parent
SAMPLES = pathlib.Path(os.environ.get("COURSE_DATA") or REPOSITORY.parent / "shared" / "data")
RNG = np.random.default_rng(0)


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(array).save(path)


def write_city(root, frame, split="train", kinds=("labelIds", "instanceIds", "picture")):
    city = frame.split("_")[0]
    for kind in set(kinds) - {"picture"}:
        ids = RNG.integers(0, 34, (8, 12)) * (1000 if kind == "instanceIds" else 1)
        ids = ids.astype("uint16" if kind == "instanceIds" else "uint8")
        save(root / "gtFine" / split / city / f"{frame}_gtFine_{kind}.png", ids)
    if "picture" in kinds:
        picture = RNG.integers(0, 256, (8, 12, 3)).astype("uint8")
        save(root / "leftImg8bit" / split / city / f"{frame}_leftImg8bit.png", picture)


def write_coco(root, name, sides=(8, 12), kinds=("label", "inst", "img")):
    for kind in kinds:
        array = RNG.integers(0, 182, (*sides, 3) if kind == "img" else sides).astype("uint8")
        if kind == "label":
            array[0, 0] = 255
        save(root / f"train_{kind}" / f"{name}{'.jpg' if kind == 'img' else '.png'}", array)


def test_cityscapes_files_are_matched_by_city_sequence_and_frame(tmp_path):
    for frame in ("bochum_000001_000019", "aachen_000002_000019", "aachen_000001_000019"):
        write_city(tmp_path, frame)
    found = cityscapes(tmp_path, "train")
    assert [files.name for files in found.files] == [
        "aachen_000001_000019",
        "aachen_000002_000019",
        "bochum_000001_000019",
    ]
    assert (len(found), found.classes, found.unlabelled) == (3, 35, None)
    first = found[0]
    assert first.labels.max() < 34
    assert first.instances.max() >= 1000  # 16 bits survive
    assert first.picture.shape == (8, 12, 3)


def test_cityscapes_maps_alone_are_enough_where_no_photographs_are_needed(tmp_path):
    write_city(tmp_path, "ulm_000000_000019", split="val", kinds=("labelIds", "instanceIds"))
    assert cityscapes(tmp_path, "val", with_pictures=False)[0].picture is None
    with pytest.raises(FileNotFoundError, match="no folder .*leftImg8bit.val. Or pass with_pictures=False"):
        cityscapes(tmp_path, "val")


def test_incomplete_frames_are_all_named_with_what_they_lack(tmp_path):
    write_city(tmp_path, "ulm_000000_000019")
    write_city(tmp_path, "ulm_000001_000019", kinds=("labelIds", "picture"))
    write_city(tmp_path, "ulm_000002_000019", kinds=("picture",))
    with pytest.raises(
        ValueError, match=r"ulm_000001_000019 \(no instances\), ulm_000002_000019 \(no labels, no instances\)"
    ):
        cityscapes(tmp_path, "train")


def test_coco_stuff_is_matched_by_number_and_knows_its_unlabelled_id(tmp_path):
    write_coco(tmp_path, "000000000007")
    found = coco_stuff(tmp_path, "train")
    assert (len(found), found.classes, found.unlabelled) == (1, 182, 255)
    example = found[0]
    shown = labels.condition(example.labels, example.instances, found.classes, found.unlabelled)
    assert shown.shape == (8, 12, 184)
    assert shown[0, 0, 182] == 1


@pytest.mark.parametrize(
    "call, error, words",
    [
        (
            lambda root: cityscapes(root, "validation"),
            ValueError,
            "splits 'train', 'val', 'test'; received 'validation'",
        ),
        (
            lambda root: cityscapes(root, "train"),
            FileNotFoundError,
            "cityscapes.. found no folder .*gtFine.train",
        ),
        (lambda root: coco_stuff(root, "test"), ValueError, "splits 'train', 'val'; received 'test'"),
        (
            lambda root: coco_stuff(root, "train"),
            FileNotFoundError,
            "coco_stuff.. found no folder .*train_label",
        ),
        (lambda root: labelled_folders.LabelledFolder([], 3), ValueError, "number of files of at least 1"),
        (lambda root: LabelledPairs([], 3), ValueError, "number of examples of at least 1"),
    ],
)
def test_what_is_not_there_is_refused(tmp_path, call, error, words):
    with pytest.raises(error, match=words):
        call(tmp_path)


def test_folders_without_label_maps_are_refused(tmp_path):
    for kind in ("label", "inst", "img"):
        (tmp_path / f"train_{kind}").mkdir()
    with pytest.raises(FileNotFoundError, match="no label maps in .*train_label"):
        coco_stuff(tmp_path, "train")


def test_maps_of_another_size_than_their_picture_are_refused_when_opened(tmp_path):
    write_coco(tmp_path, "000000000001", kinds=("label", "inst"))
    write_coco(tmp_path, "000000000001", sides=(8, 16), kinds=("img",))
    with pytest.raises(
        ValueError, match="000000000001 needs labels and picture of one size; received 8 x 12 and 8 x 16"
    ):
        coco_stuff(tmp_path, "train")[0]


def test_a_size_resizes_ids_by_their_centres_and_pictures_smoothly(tmp_path):
    write_city(tmp_path, "ulm_000000_000019")
    whole, half = (cityscapes(tmp_path, "train", size=size)[0] for size in (None, (4, 6)))
    for ids in ("labels", "instances"):
        np.testing.assert_array_equal(getattr(half, ids), getattr(whole, ids)[1::2, 1::2])
    assert half.picture.shape == (4, 6, 3)
    assert half.picture.mean() == pytest.approx(whole.picture.mean(), abs=0.05)
    assert half.name == "ulm_000000_000019"


def test_maps_alone_are_resized_too(tmp_path):
    write_city(tmp_path, "ulm_000000_000019", kinds=("labelIds", "instanceIds"))
    found = cityscapes(tmp_path, "train", with_pictures=False, size=(16, 24))[0]
    assert found.picture is None
    assert found.labels.shape == found.instances.shape == (16, 24)


@pytest.mark.parametrize("height", [5, 6])
def test_a_height_may_be_rounded_either_way(tmp_path, height):
    write_coco(tmp_path, "000000000007", sides=(11, 12))
    assert coco_stuff(tmp_path, "train", size=(height, 6))[0].labels.shape == (height, 6)


def test_a_size_of_another_shape_is_refused_with_the_sizes(tmp_path):
    write_coco(tmp_path, "000000000007")
    words = r"distort 000000000007: 8 x 12 to 6 x 6. Take size=\(4, 6\), or leave it out"
    with pytest.raises(ValueError, match=words):
        coco_stuff(tmp_path, "train", size=(6, 6))[0]


@pytest.mark.parametrize(
    "size, error, words",
    [
        ((0, 6), ValueError, "size of at least 1; received 0"),
        ((4, 6, 3), ValueError, "size as a side or as"),
        (("4", "6"), TypeError, "size as a number"),
    ],
)
def test_a_size_without_sense_is_refused_at_once(tmp_path, size, error, words):
    write_coco(tmp_path, "000000000007")
    with pytest.raises(error, match=f"LabelledFolder needs {words}"):
        coco_stuff(tmp_path, "train", size=size)


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
        ([without], 2, 8, "needs labels, instances and picture; maps_only has only some"),
        ([example], 2, 24, "at least 24 x 24; numbered has 20 x 30"),
        ([example], 1, 20, "numbered: one_hot.. needs label ids from 0 to 0; received 1"),
    ):
        with pytest.raises(ValueError, match=words):
            # The window of 20 rows reaches the right half for some draw.
            for seed in range(8):
                LabelledPairs(examples, classes).sample(patch, np.random.default_rng(seed))


@pytest.mark.skipif(not (SAMPLES / "cityscapes").is_dir(), reason="no Cityscapes samples in COURSE_DATA")
def test_the_cityscapes_samples_fit_their_table():
    found = cityscapes(SAMPLES / "cityscapes", "train")
    example = found[0]
    assert example.labels.shape == example.instances.shape == example.picture.shape[:2] == (1024, 2048)
    assert example.labels.max() < found.classes
    things = example.instances >= 1000
    np.testing.assert_array_equal(example.instances[things] // 1000, example.labels[things])
    half = cityscapes(SAMPLES / "cityscapes", "train", size=(512, 1024))[0]
    assert half.labels.shape == half.instances.shape == half.picture.shape[:2] == (512, 1024)
    assert set(np.unique(half.instances)) <= set(np.unique(example.instances))


@pytest.mark.skipif(not (SAMPLES / "coco_stuff").is_dir(), reason="no COCO-Stuff samples in COURSE_DATA")
def test_the_coco_stuff_samples_fit_their_table():
    found = coco_stuff(SAMPLES / "coco_stuff", "train")
    for example in found:
        assert set(np.unique(example.labels)) <= {*range(found.classes), found.unlabelled}
        assert example.picture.shape[:2] == example.labels.shape == example.instances.shape
