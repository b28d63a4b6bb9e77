"""BSDS500 from its folder: what belongs to a split, what is no photograph, bytes that are kept."""

import os
import pathlib

import numpy as np
import PIL.Image
import pytest

from course_lib.data import catalogue
from course_lib.data.photograph_folder import PhotographFolder
from course_lib.data.published_sets import bsds500
from course_lib.degradation.draw import DegradationRecipe

REPOSITORY = pathlib.Path(__file__).parent.parent.parent
SAMPLES = pathlib.Path(os.environ.get("COURSE_DATA") or REPOSITORY.parent / "shared" / "data")
WATCHED = ["90076", "92059", "94079", "95006", "97017", "97033"]
NOISE = DegradationRecipe(kernel="none", kernel_size=1, smallest=1, sigma=0.1, gray=True, clip=False)


def write(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        level = int(name) % 256
        PIL.Image.fromarray(np.full((24, 16, 3), level, "uint8")).save(folder / f"{name}.jpg")
    (folder / "Thumbs.db").write_bytes(b"clutter")
    (folder / "._9.jpg").write_bytes(b"clutter")


@pytest.fixture
def images(tmp_path):
    home = tmp_path / "BSR" / "BSDS500" / "data" / "images"
    write(home / "train", [*WATCHED[:4], "100075", "2092"])
    write(home / "val", [*WATCHED[4:], "8143"])
    write(home / "test", ["100007", "2018", "14085"])
    return home


def test_the_300_are_learned_from_but_for_six_and_the_200_judge(images):
    root = images.parents[2]
    assert list(bsds500(root, "train")) == ["100075", "2092", "8143"]
    assert list(bsds500(root, "validation")) == WATCHED
    assert list(bsds500(root, "test")) == ["100007", "14085", "2018"]


@pytest.mark.parametrize("above", range(4))
def test_the_folder_may_be_named_from_outside_or_inside(images, above):
    root = [images, *images.parents][above]
    if above == 1:
        with pytest.raises(FileNotFoundError, match="Unpack BSR_bsds500.tgz there"):
            bsds500(root, "test")
    else:
        assert len(bsds500(root, "test")) == 3


def test_photographs_that_are_missing_are_named(images):
    (images / "val" / "97017.jpg").unlink()
    with pytest.raises(ValueError, match="lacks 97017 in .*whole"):
        bsds500(images, "train")
    for path in (images / "test").glob("*.jpg"):
        path.unlink()
    with pytest.raises(FileNotFoundError, match="no photographs"):
        bsds500(images, "test")
    with pytest.raises(ValueError, match="Did you mean 'validation'"):
        bsds500(images, "validate")


def test_pairs_may_be_turned_and_keep_their_colours(images):
    gradient = np.zeros((24, 16, 3), "uint8")
    gradient[..., 0], gradient[..., 1] = np.arange(24)[:, None] * 10, np.arange(16) * 10
    for name in ("100075", "2092", "8143"):
        folder = images / ("val" if name == "8143" else "train")
        PIL.Image.fromarray(gradient).save(folder / f"{name}.jpg", quality=100, subsampling=0)
    clear = DegradationRecipe(kernel="none", kernel_size=1, smallest=1, sigma=0.0)
    pairs = catalogue.pairs("bsds500", "train", clear, images)
    ways = set()
    for seed in range(60):
        red, green, blue = pairs.sample(12, np.random.default_rng(seed))[1].transpose(2, 0, 1)
        assert blue.max() < 0.1
        steps = [float(np.diff(plane, axis=axis).mean()) for plane in (red, green) for axis in (0, 1)]
        ways.add(tuple(int(np.sign(round(step, 2))) for step in steps))
    assert len(ways) == 8


def test_gray_pairs_have_one_channel(images):
    pairs = catalogue.pairs("bsds500", "validation", NOISE, images)
    noisy, clean = pairs.sample(8, np.random.default_rng(0))
    assert pairs.channels == (1, 1) and noisy.shape == clean.shape == (8, 8, 1)
    with pytest.raises(ValueError, match="--data FOLDER"):
        catalogue.pairs("bsds500", "train", NOISE)


def test_what_is_kept_is_opened_once_and_given_alike(images):
    kept = bsds500(images, "test")
    fresh = PhotographFolder(kept.paths)
    first = {name: kept[name] for name in kept}
    for path in kept.paths.values():
        np.testing.assert_array_equal(first[path.stem], fresh[path.stem])
        path.unlink()
    for name, picture in first.items():
        np.testing.assert_array_equal(kept[name], picture)
        assert picture.dtype == np.float32
    with pytest.raises(FileNotFoundError):
        fresh["2018"]


def test_files_of_16_bits_are_not_kept_as_bytes(tmp_path):
    PIL.Image.fromarray(np.full((8, 8), 30000, "uint16")).save(tmp_path / "deep.png")
    paths = {"deep": tmp_path / "deep.png"}
    with pytest.raises(
        ValueError, match="keeps bytes, and .*deep.png has 16 bits a channel. Pass keep=False"
    ):
        PhotographFolder(paths, keep=True)["deep"]
    assert PhotographFolder(paths)["deep"][0, 0, 0] == pytest.approx(30000 / 65535)


@pytest.mark.skipif(not (SAMPLES / "BSR").is_dir(), reason="no BSDS500 (folder BSR) in COURSE_DATA")
def test_the_published_set_has_500_photographs_of_two_shapes():
    splits = {split: bsds500(SAMPLES / "BSR", split) for split in ("train", "validation", "test")}
    assert {split: len(found) for split, found in splits.items()} == {
        "train": 294,
        "validation": 6,
        "test": 200,
    }
    assert list(splits["test"])[0] == "100007" and list(splits["validation"]) == WATCHED
    assert not set(splits["train"]) & (set(splits["test"]) | set(WATCHED))
    assert {splits["test"][name].shape for name in ("100007", "2018")} <= {(321, 481, 3), (481, 321, 3)}
