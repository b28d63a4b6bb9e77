"""Published data sets from folders, on small copies of their layout and on samples where they lie."""

import os
import pathlib

import numpy as np
import PIL.Image
import pytest

from course_lib.data import labels
from course_lib.data.labelled_folders import LabelledPairs
from course_lib.data.published_sets import cityscapes, cityscapes_photographs, coco_stuff, facades

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
        (
            lambda root: cityscapes_photographs(root, "validation"),
            ValueError,
            "splits 'train', 'val', 'test'; received 'validation'",
        ),
        (
            lambda root: cityscapes_photographs(root, "val"),
            FileNotFoundError,
            "cityscapes_photographs.. found no folder .*leftImg8bit.val",
        ),
        (lambda root: facades(root, "val"), ValueError, "splits 'train', 'test'; received 'val'"),
        (
            lambda root: facades(root, "train"),
            FileNotFoundError,
            "facades.. found no folder .*base. Unpack CMP_facade_DB_base.zip there",
        ),
    ],
)
def test_what_is_not_there_is_refused(tmp_path, call, error, words):
    with pytest.raises(error, match=words):
        call(tmp_path)


def test_folders_without_what_is_wanted_are_refused(tmp_path):
    for kind in ("label", "inst", "img"):
        (tmp_path / f"train_{kind}").mkdir()
    with pytest.raises(FileNotFoundError, match="no label maps in .*train_label"):
        coco_stuff(tmp_path, "train")
    (tmp_path / "leftImg8bit" / "val" / "ulm").mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match="no CITY/FRAME_leftImg8bit.png in .*val"):
        cityscapes_photographs(tmp_path, "val")


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


def write_front(root, number, sides=(10, 8), kinds=("png", "jpg")):
    path = root / "base" / f"cmp_b{number:04d}"
    if "png" in kinds:
        # As the archive has it: ids as indices of a palette.
        path.parent.mkdir(exist_ok=True)
        ids = PIL.Image.fromarray(RNG.integers(1, 13, sides).astype("uint8"), "L").convert("P")
        ids.putpalette(list(RNG.integers(0, 256, 768).astype("uint8")))
        ids.save(path.with_suffix(".png"))
    if "jpg" in kinds:
        save(path.with_suffix(".jpg"), RNG.integers(0, 256, (*sides, 3)).astype("uint8"))


def test_the_first_60_house_fronts_are_for_testing(tmp_path):
    for number in (378, 61, 60, 1):
        write_front(tmp_path, number)
    (tmp_path / "base" / "cmp_b0061.xml").write_text("not read")
    assert facades(tmp_path, "train").names == ["cmp_b0061", "cmp_b0378"]
    assert facades(tmp_path, "test").names == ["cmp_b0001", "cmp_b0060"]
    front = facades(tmp_path, "test")[0]
    stored = PIL.Image.open(tmp_path / "base" / "cmp_b0001.png")
    np.testing.assert_array_equal(front.labels, np.array(stored))
    assert front.instances is None and front.picture.shape == (10, 8, 3)


def test_house_fronts_have_thirteen_channels_and_no_edges(tmp_path):
    write_front(tmp_path, 61, sides=(64, 40))
    found = facades(tmp_path, "train", size=32)
    pairs = LabelledPairs(found, found.classes, found.unlabelled)
    shown, picture = pairs.sample(32, np.random.default_rng(0))
    assert shown.shape == (32, 32, 13) and picture.shape == (32, 32, 3)
    assert pairs.channels == (13, 3)
    np.testing.assert_array_equal(shown.sum(axis=-1), 1)
    with pytest.raises(ValueError, match="needs instances for looks"):
        LabelledPairs(found, found.classes, looks=True)


@pytest.mark.parametrize("split, number, sides", [("train", 61, (286, 572)), ("test", 1, (256, 512))])
def test_house_fronts_for_training_are_stretched_beyond_the_window_as_286_to_256(
    tmp_path, split, number, sides
):
    write_front(tmp_path, number, sides=(10, 8))
    front = facades(tmp_path, split, size=(256, 512))[0]
    assert front.labels.shape == front.picture.shape[:2] == sides
    assert set(np.unique(front.labels)) <= set(range(1, 13))


def test_a_house_front_without_its_partner_is_named(tmp_path):
    write_front(tmp_path, 61, kinds=("png",))
    write_front(tmp_path, 62, kinds=("jpg",))
    words = r"labels and pictures of the same names; .*b0061 \(no picture\), cmp_b0062 \(no labels\)"
    with pytest.raises(ValueError, match=words):
        facades(tmp_path, "train")
    assert facades(tmp_path, "train", with_pictures=False)[0].picture is None
    with pytest.raises(FileNotFoundError, match="no label maps in .*base"):
        facades(tmp_path, "test")


def test_photographs_of_cityscapes_need_no_maps_and_are_opened_when_asked(tmp_path):
    for frame in ("ulm_000001_000019", "aachen_000000_000019"):
        write_city(tmp_path, frame, split="val", kinds=("picture",))
    found = cityscapes_photographs(tmp_path, "val", size=(4, 6))
    assert list(found) == ["aachen_000000_000019", "ulm_000001_000019"] and len(found) == 2
    path = tmp_path / "leftImg8bit" / "val" / "ulm" / "ulm_000001_000019_leftImg8bit.png"
    stored = PIL.Image.open(path)
    expected = np.asarray(stored.resize((6, 4), PIL.Image.Resampling.BICUBIC)) / np.float32(255)
    np.testing.assert_allclose(found["ulm_000001_000019"], expected, atol=1e-7)
    whole = cityscapes_photographs(tmp_path, "val")["ulm_000001_000019"]
    np.testing.assert_allclose(whole, np.asarray(stored) / np.float32(255), atol=1e-7)
    path.write_bytes(b"gone bad")
    assert len(list(cityscapes_photographs(tmp_path, "val"))) == 2
    with pytest.raises(ValueError, match="ulm_000001_000019"):
        found["ulm_000001_000019"]


def test_a_photograph_that_a_size_would_distort_is_refused_by_name(tmp_path):
    write_city(tmp_path, "ulm_000001_000019", kinds=("picture",))
    words = r"PhotographFolder would distort ulm_000001_000019: 8 x 12 to 6 x 6. Take size=\(4, 6\)"
    with pytest.raises(ValueError, match=words):
        cityscapes_photographs(tmp_path, "train", size=6)["ulm_000001_000019"]


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
