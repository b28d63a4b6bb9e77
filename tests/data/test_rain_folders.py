"""Rain from folders: every layout, the rainy half of a file, what does not belong together."""

import os
import pathlib

import numpy as np
import PIL.Image
import pytest

from course_lib.data import catalogue
from course_lib.data.pairs import halves
from course_lib.data.rain_folders import SideBySide, did_mdn, rain100, rain800
from course_lib.metrics import fidelity

REPOSITORY = pathlib.Path(__file__).parent.parent.parent
SAMPLES = pathlib.Path(os.environ.get("COURSE_DATA") or REPOSITORY.parent / "shared" / "data")
RAIN = SAMPLES / "rain"


def write(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(array).save(path)


def flat(level, width=12):
    return np.full((10, width, 3), level, "uint8")


def levels(pair):
    return tuple(round(255 * float(half.mean())) for half in pair)


LAYOUTS = {
    "input": ("input/{}.png", "target/{}.png"),
    "inputcrop": ("inputcrop/{}.png", "cleancrop/{}.png"),
    "rainy": ("rainy/rain-{}.png", "norain-{}.png"),
    "norain": ("rain/rain-{}.png", "norain/norain-{}.png"),
}


@pytest.mark.parametrize("rainy, clean", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_rain100_is_found_in_every_layout(tmp_path, rainy, clean):
    for i, name in enumerate(("001", "002", "010")):
        write(tmp_path / rainy.format(name), flat(100 + i))
        write(tmp_path / clean.format(name), flat(10 + i))
    (tmp_path / "Thumbs.db").write_bytes(b"clutter")
    pairs = rain100(tmp_path, "test")
    assert pairs.names == ["001", "002", "010"]
    assert [levels(pairs.load(i)) for i in range(3)] == [(100, 10), (101, 11), (102, 12)]


def test_a_test_set_alone_trains_nothing(tmp_path):
    write(tmp_path / "input" / "1.png", flat(9))
    write(tmp_path / "target" / "1.png", flat(8))
    with pytest.raises(FileNotFoundError, match="test pictures are no training set"):
        rain100(tmp_path, "train")
    for split, level in (("train", 1), ("test", 2)):
        write(tmp_path / "both" / split / "input" / "1.png", flat(level))
        write(tmp_path / "both" / split / "target" / "1.png", flat(0))
        assert levels(rain100(tmp_path / "both", split).load(0)) == (level, 0)


def test_rainy_pictures_without_a_clean_one_are_named(tmp_path):
    write(tmp_path / "input" / "1.png", flat(9))
    write(tmp_path / "input" / "2.png", flat(9))
    write(tmp_path / "target" / "2.png", flat(9))
    with pytest.raises(ValueError, match=r"1 pictures without a partner: .*1\.png"):
        rain100(tmp_path, "test")
    write(tmp_path / "target" / "1.png", flat(9, width=14))
    with pytest.raises(ValueError, match="differ in size, 10 x 12 and 10 x 14"):
        rain100(tmp_path, "test")
    with pytest.raises(FileNotFoundError, match="no pairs in .*inputcrop and cleancrop"):
        rain100(tmp_path / "nothing", "test")


def test_rain_is_never_turned(tmp_path):
    down = np.repeat((np.arange(12) * 20).astype("uint8")[:, None, None], 12, axis=1).repeat(3, axis=2)
    write(tmp_path / "input" / "1.png", down)
    write(tmp_path / "target" / "1.png", down)
    pairs = rain100(tmp_path, "test")
    for seed in range(12):
        rainy, clean = pairs.sample(6, np.random.default_rng(seed))
        np.testing.assert_array_equal(rainy, clean)
        assert (np.diff(clean[:, 0, 0]) > 0).all()


def side_by_side(folder, first, second, names=("a", "b")):
    for name in names:
        write(folder / f"{name}.png", np.concatenate([first, second], axis=1))


def striped():
    stripes = flat(100)
    stripes[:, ::2] = 160
    return stripes


def test_each_file_is_a_pair_and_the_rainy_half_is_told_or_found(tmp_path):
    side_by_side(tmp_path / "rain" / "training", flat(100), striped())
    side_by_side(tmp_path / "rain" / "test_syn", flat(100), striped(), names=("c",))
    train, test = rain800(tmp_path, "train"), rain800(tmp_path / "rain", "test", rainy="right")
    assert (train.names, test.names, train.rainy) == (["a", "b"], ["c"], "right")
    for pairs in (train, test):
        assert levels(pairs.load(0)) == (130, 100)
    assert levels(rain800(tmp_path, "train", rainy="left").load(0)) == (100, 130)
    rainy, clean = train.sample(8, np.random.default_rng(0))
    assert rainy.shape == clean.shape == (8, 8, 3) and np.ptp(clean) == 0 < np.ptp(rainy)


def test_halves_of_files_stay_pairs(tmp_path):
    side_by_side(tmp_path, striped(), flat(100), names=("a", "b", "c"))
    whole = SideBySide({name: tmp_path / f"{name}.png" for name in "abc"})
    first, second = halves(whole, seed=1)
    assert sorted(first.names + second.names) == ["a", "b", "c"] and len(first) == 1
    assert levels(second.load(1)) == (130, 100)


def test_densities_are_named(tmp_path):
    side_by_side(tmp_path / "Rain_Heavy", striped(), flat(100), names=("0", "1"))
    side_by_side(tmp_path / "Rain_Light", striped(), flat(100), names=("0",))
    pairs = did_mdn(tmp_path)
    assert pairs.names == ["Heavy-0", "Heavy-1", "Light-0"]
    assert levels(pairs.load(2)) == (130, 100)


def test_files_that_are_no_two_pictures_are_named(tmp_path):
    write(tmp_path / "odd.png", flat(0, width=13))
    (tmp_path / "gone.png").write_bytes(b"gone bad")
    paths = {name: tmp_path / f"{name}.png" for name in ("odd", "gone")}
    with pytest.raises(ValueError, match=r"(?s)odd: 10 x 13 has no two halves.*gone\.png"):
        SideBySide(paths)
    with pytest.raises(ValueError, match="Did you mean 'right'"):
        SideBySide({"odd": tmp_path / "odd.png"}, rainy="rigth")
    with pytest.raises(FileNotFoundError, match="no folder training or train"):
        rain800(tmp_path, "train")
    with pytest.raises(FileNotFoundError, match="none of Rain_Heavy"):
        did_mdn(tmp_path)


def test_the_catalogue_opens_both_by_name(tmp_path):
    side_by_side(tmp_path / "training", flat(100), striped())
    side_by_side(tmp_path / "test_syn", flat(100), striped(), names=("c",))
    splits = [
        catalogue.pairs("rain800", split, folder=tmp_path).names for split in ("train", "validation", "test")
    ]
    assert splits == [["a", "b"], ["c"], ["c"]]
    write(tmp_path / "L" / "input" / "1.png", flat(9))
    write(tmp_path / "L" / "target" / "1.png", flat(8))
    pairs = catalogue.pairs("rain100", "test", folder=tmp_path / "L")
    assert pairs.channels == (3, 3) and levels(pairs.load(0)) == (9, 8)
    with pytest.raises(ValueError, match="--data FOLDER"):
        catalogue.pairs("rain100", "test")


@pytest.mark.skipif(not RAIN.is_dir(), reason="no rain (folder rain) in COURSE_DATA")
def test_published_files_are_read_as_their_authors_measured_them():
    light = rain100(RAIN / "Rain100L_480x320", "test")
    rainy, clean = light.load(0)
    assert fidelity.psnr(clean, rainy, data_range=1.0) == pytest.approx(25.97, abs=0.005)
    assert len(rain100(RAIN / "Rain100H_480x320", "test")) == 16


@pytest.mark.skipif(not RAIN.is_dir(), reason="no rain (folder rain) in COURSE_DATA")
def test_in_did_mdn_it_rains_on_the_left():
    assert did_mdn(RAIN / "DID-MDN", rainy=None).rainy == "left"
    pairs = did_mdn(RAIN / "DID-MDN")
    assert pairs.names[0] == "Heavy-0" and pairs.load(0)[0].shape == (512, 512, 3)
