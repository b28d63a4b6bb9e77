"""GoPro as its archive unpacks: scenes whose numbers repeat, two kinds of blur, what is missing by name."""

import os
import pathlib
import shutil

import numpy as np
import PIL.Image
import pytest

from course_lib.data.pair_folders import gopro

REPOSITORY = pathlib.Path(__file__).parent.parent.parent
SAMPLES = pathlib.Path(os.environ.get("COURSE_DATA") or REPOSITORY.parent / "shared" / "data")
SCENES = {"GOPR0385_11_00": (101, 102), "GOPR0372_07_00": (101,)}
LEVELS = {"blur": 51, "blur_gamma": 102, "sharp": 153}


@pytest.fixture
def root(tmp_path):
    """Three pairs in two scenes; the number 000101 stands in both, brighter in the second."""
    for bright, scene in enumerate(sorted(SCENES)):
        for kind, level in LEVELS.items():
            folder = tmp_path / "train" / scene / kind
            folder.mkdir(parents=True)
            for number in SCENES[scene]:
                picture = np.full((8, 12, 3), level + 51 * bright, "uint8")
                PIL.Image.fromarray(picture).save(folder / f"{number:06}.png")
    return tmp_path


def levels(pair):
    return tuple(round(float(half.mean()), 3) for half in pair)


def test_pairs_of_all_scenes_are_found_in_order_and_named_with_their_scene(root):
    pairs = gopro(root, "train")
    assert pairs.names == ["GOPR0372_07_00-000101", "GOPR0385_11_00-000101", "GOPR0385_11_00-000102"]
    assert [levels(pairs.load(i)) for i in range(3)] == [(0.2, 0.6), (0.4, 0.8), (0.4, 0.8)]


def test_the_kind_of_blur_is_chosen(root):
    assert levels(gopro(root, "train", variant="blur_gamma").load(0)) == (0.4, 0.6)


def test_halved_pairs_are_half_as_large(root):
    pairs = gopro(str(root), "train", halved=True)
    assert [half.shape for half in pairs.load(0)] == [(4, 6, 3)] * 2
    assert [half.shape for half in pairs.sample((4, 5), np.random.default_rng(0))] == [(4, 5, 3)] * 2


def test_clutter_beside_scenes_and_pictures_does_no_harm(root):
    (root / "train" / ".DS_Store").write_bytes(b"clutter")
    (root / "train" / ".cache").mkdir()
    (root / "train" / "GOPR0372_07_00" / "blur" / "Thumbs.db").write_bytes(b"clutter")
    assert len(gopro(root, "train")) == 3


def test_pictures_without_partners_are_named_with_their_scenes(root):
    (root / "train" / "GOPR0372_07_00" / "sharp" / "000101.png").rename(
        root / "train" / "GOPR0372_07_00" / "sharp" / "000100.png"
    )
    (root / "train" / "GOPR0385_11_00" / "blur" / "000102.png").unlink()
    with pytest.raises(ValueError, match=r"gopro\(\) found 3 pictures without a partner") as caught:
        gopro(root, "train")
    for path in (
        "GOPR0372_07_00/blur/000101.png",
        "GOPR0372_07_00/sharp/000100.png",
        "GOPR0385_11_00/sharp/000102.png",
    ):
        assert str(pathlib.Path(path)) in str(caught.value)


def test_partners_of_different_size_are_named_with_their_scene(root):
    PIL.Image.fromarray(np.zeros((8, 13, 3), "uint8")).save(
        root / "train" / "GOPR0385_11_00" / "sharp" / "000101.png"
    )
    words = "GOPR0385_11_00-000101: blurred and sharp differ in size, 8 x 12 and 8 x 13"
    with pytest.raises(ValueError, match=words):
        gopro(root, "train")


def test_a_scene_that_lacks_a_folder_is_named(root):
    shutil.rmtree(root / "train" / "GOPR0385_11_00" / "sharp")
    with pytest.raises(FileNotFoundError, match="found no .*GOPR0385_11_00.sharp. Unpack GOPRO_Large.zip"):
        gopro(root, "train")


@pytest.mark.parametrize(
    "folder, split, settings, error, words",
    [
        ("", "test", {}, FileNotFoundError, "no scenes in .*test. Pass as root the folder that holds train"),
        ("nowhere", "train", {}, FileNotFoundError, "no scenes in .*nowhere.train"),
        ("", "val", {}, ValueError, "knows splits 'train', 'test'; received 'val'"),
        ("", "train", {"variant": "gamma"}, ValueError, "knows variants 'blur', 'blur_gamma'"),
    ],
)
def test_what_is_not_there_is_refused(root, folder, split, settings, error, words):
    with pytest.raises(error, match=rf"gopro\(\) (found|knows) ?.*{words.removeprefix('knows ')}"):
        gopro(root / folder, split, **settings)


@pytest.mark.skipif(not (SAMPLES / "GOPRO_Large").is_dir(), reason="no GoPro samples in COURSE_DATA")
def test_a_pair_of_the_real_data_set_opens_whole_and_halved():
    whole, halved = (gopro(SAMPLES / "GOPRO_Large", "test", halved=h) for h in (False, True))
    assert whole.names[0] == "GOPR0384_11_00-000001"
    assert [half.shape for half in whole.load(0)] == [(720, 1280, 3)] * 2
    assert [half.shape for half in halved.load(0)] == [(360, 640, 3)] * 2
    blurred, sharp = whole.load(0)
    # A blurred picture has less of the finest detail.
    detail = [float(np.abs(np.diff(half, axis=1)).mean()) for half in (blurred, sharp)]
    assert detail[0] < 0.8 * detail[1]
