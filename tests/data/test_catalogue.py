"""Data by name: what belongs to a split, reduced photographs, pairs of every kind, unknown names."""

import pathlib

import numpy as np
import PIL.Image
import pytest

from course_lib.data import catalogue, photographs
from course_lib.degradation.draw import DegradationRecipe


@pytest.fixture
def small(monkeypatch):
    """Two small photographs a split, and three small procedural pictures."""

    def split(which):
        rng = np.random.default_rng(photographs.SPLITS.index(which))
        sides = {f"{which}_large": (302, 320), f"{which}_small": (60, 300)}
        return {name: rng.random((*side, 3)).astype("float32") for name, side in sides.items()}

    monkeypatch.setattr(photographs, "split", split)
    monkeypatch.setattr(catalogue, "_LEAVES", 3)
    monkeypatch.setattr(catalogue, "_SIDE", 24)


def test_the_sets_have_names():
    assert catalogue.names() == ["photographs", "photographs_and_leaves", "leaves"]


@pytest.mark.parametrize("split", ["validation", "test"])
def test_networks_are_judged_by_whole_photographs_alone(small, split):
    found = catalogue.pictures("photographs_and_leaves", split)
    assert set(found) == {f"{split}_large", f"{split}_small"}
    for name, picture in photographs.split(split).items():
        np.testing.assert_array_equal(found[name], picture)


def test_networks_learn_from_photographs_their_reductions_and_leaves(small):
    found = catalogue.pictures("photographs_and_leaves", "train")
    leaves = {name for name in found if name.startswith("leaves_")}
    assert leaves == {"leaves_00", "leaves_01", "leaves_02"}
    assert {"train_large", "train_small"} <= set(found)
    reduced = {name: picture for name, picture in found.items() if name.startswith("train_large_")}
    assert list(reduced) == ["train_large_half"]
    # 60 rows are too few to be reduced.
    assert not any(name.startswith("train_small_") for name in found)
    assert not any("validation" in name or "test" in name for name in found)


@pytest.mark.parametrize("name", ["photographs_and_leaves", "leaves"])
def test_a_set_is_the_same_each_time_it_is_opened(small, name):
    first, second = (catalogue.pictures(name, "train") for _ in range(2))
    assert list(first) == list(second)
    for one, other in zip(first.values(), second.values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_splits_of_the_procedural_set_share_no_picture(small):
    opened = [
        picture for split in photographs.SPLITS for picture in catalogue.pictures("leaves", split).values()
    ]
    for i, one in enumerate(opened):
        assert all(not np.array_equal(one, other) for other in opened[i + 1 :])


@pytest.mark.parametrize("name", ["photographs_and_leaves", "leaves"])
def test_all_pictures_are_float32_in_the_unit_range(small, name):
    for picture in catalogue.pictures(name, "train").values():
        assert (picture.dtype, picture.shape[-1]) == (np.float32, 3)
        assert picture.min() >= 0 and picture.max() <= 1


@pytest.mark.parametrize("shape, halved", [((40, 52, 3), (20, 26, 3)), ((41, 51, 1), (20, 25, 1))])
def test_half_a_picture_has_half_the_sides_and_leaves_odd_ends_out(shape, halved):
    assert catalogue.half(np.zeros(shape, "float32")).shape == halved


def test_each_pixel_of_the_half_is_the_mean_of_four():
    picture = np.array([[1, 2, 5, 5], [3, 4, 5, 5]], "float32")[..., None] / 8
    np.testing.assert_array_equal(catalogue.half(picture)[..., 0], np.array([[2.5, 5]], "float32") / 8)


@pytest.mark.parametrize(
    "name, split, near", [("photograph", "train", "'photographs'"), ("leaves", "training", "'train'")]
)
def test_an_unknown_name_is_answered_with_its_neighbour(name, split, near):
    with pytest.raises(ValueError, match=rf"catalogue.pictures\(\) knows .*Did you mean {near}\?"):
        catalogue.pictures(name, split)


MOTION = DegradationRecipe(kernel_size=5)


@pytest.mark.parametrize(
    "asked, word",
    [
        (("photographs", "train"), "needs a degradation"),
        (("streets_small", "train", MOTION), "takes no degradation"),
        (("cityscapes", "train"), "--data FOLDER"),
        (("leaves", "train", MOTION, "folder"), "leave --data out"),
        (("gopra", "train", None, "folder"), "(?i)did you mean 'gopro'"),
        (("cityscapes_photographs", "train"), "needs a degradation"),
        (("cityscapes_photographs", "train", MOTION), "--data FOLDER"),
        (("facades", "train", MOTION, "folder"), "takes no degradation"),
        (("facades", "train"), "--data FOLDER"),
        (("gopro_and_looks", "train", None, "folder"), "'gopro' has no label maps"),
    ],
)
def test_pairs_that_cannot_be_made_are_refused_with_the_way_out(asked, word):
    with pytest.raises(ValueError, match=word):
        catalogue.pairs(*asked)


def test_streets_are_painted_once_and_differ_between_splits():
    first, again = (catalogue.streets("streets_small", "train") for _ in range(2))
    assert first is again and len({street.name for street in first}) == len(first)
    other = catalogue.streets("streets_small", "test")
    assert not np.array_equal(first[0].picture, other[0].picture)


def test_a_pair_of_streets_is_condition_and_picture():
    pairs = catalogue.pairs("streets_small", "validation")
    condition, picture = pairs.load(0)
    assert (condition.shape[-1], picture.shape[-1]) == pairs.channels == (11, 3)
    np.testing.assert_array_equal(condition[..., :10].sum(axis=-1), 1)
    shown = catalogue.picture_of("streets_small")(condition)
    assert shown.shape == picture.shape and not shown[condition[..., 10] == 1].any()


def test_label_maps_may_bring_the_looks_of_their_objects():
    plain, looks = (catalogue.pairs(name, "test") for name in ("streets_small", "streets_small_and_looks"))
    condition, picture = plain.load(3)
    given, same = looks.load(3)
    np.testing.assert_array_equal(given[..., :11], condition)
    np.testing.assert_array_equal(given[..., 11:14], picture)
    np.testing.assert_array_equal(given[..., 14], catalogue.streets("streets_small", "test")[3].instances)
    np.testing.assert_array_equal(same, picture)
    assert looks.channels == (15, 3)
    shown = [catalogue.picture_of(name) for name in ("streets_small", "streets_small_and_looks")]
    np.testing.assert_array_equal(shown[0](condition), shown[1](given))


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(array).save(path)


@pytest.fixture
def facades(tmp_path):
    rng = np.random.default_rng(0)
    for number in (1, 61):
        save(tmp_path / "base" / f"cmp_b{number:04d}.png", rng.integers(1, 13, (20, 30)).astype("uint8"))
        save(tmp_path / "base" / f"cmp_b{number:04d}.jpg", rng.integers(0, 256, (20, 30, 3)).astype("uint8"))
    return tmp_path


def test_house_fronts_are_cut_for_training_and_whole_for_judging(facades):
    train, validation, test = (
        catalogue.pairs("facades", split, folder=facades, size=(64, 64)) for split in photographs.SPLITS
    )
    condition, picture = train.sample((64, 64), np.random.default_rng(0))
    assert condition.shape == (64, 64, 13) and picture.shape == (64, 64, 3)
    # 64 * 286 / 256 is 71.5.
    assert train.load(0)[1].shape == (72, 72, 3)
    assert test.names == validation.names == ["cmp_b0001"] != train.names
    condition, picture = test.load(0)
    assert condition.shape == (64, 64, 13) and picture.shape == (64, 64, 3)
    shown = catalogue.picture_of("facades")(condition)
    assert shown.shape == picture.shape and catalogue.labelled("facades")
    # No channel is taken for borders: two pixels look alike where they are of one class, and only there.
    ids = condition.argmax(axis=-1)
    for number in np.unique(ids):
        assert len(np.unique(shown[ids == number], axis=0)) == 1
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) == len(np.unique(ids)) == 12


@pytest.fixture
def frames(tmp_path):
    rng = np.random.default_rng(0)
    for split, city in (("train", "aachen"), ("val", "ulm")):
        for number in range(2):
            name = f"{city}_00000{number}_000019_leftImg8bit.png"
            picture = rng.integers(0, 256, (32, 64, 3)).astype("uint8")
            save(tmp_path / "leftImg8bit" / split / city / name, picture)
    return tmp_path


def test_photographs_in_a_folder_are_degraded_to_their_edges(frames):
    none = DegradationRecipe(kernel="none", kernel_size=5, sigma=0)
    pairs = catalogue.pairs("cityscapes_photographs", "train", none, frames, (16, 32))
    found = catalogue.pictures("cityscapes_photographs", "train", frames, (16, 32))
    assert list(found) == ["aachen_000000_000019", "aachen_000001_000019"]
    sides = [side for picture in found.values() for side in (picture, picture[:, ::-1])]
    seen = set()
    for seed in range(20):
        # A window as large as the picture, in spite of the kernel; colours and upright as they were.
        blurred, sharp = pairs.sample((16, 32), np.random.default_rng(seed))
        seen |= {i for i, side in enumerate(sides) if np.array_equal(side, sharp)}
        np.testing.assert_allclose(blurred, sharp, atol=1e-6)
    assert seen == {0, 1, 2, 3}


def test_the_second_published_part_of_the_photographs_validates_and_tests(frames):
    validation, test = (
        catalogue.pictures("cityscapes_photographs", split, frames) for split in ("validation", "test")
    )
    assert list(validation) == list(test) == ["ulm_000000_000019", "ulm_000001_000019"]
    assert validation["ulm_000000_000019"].shape == (32, 64, 3)


def test_pictures_in_a_folder_need_their_folder_and_others_none():
    with pytest.raises(ValueError, match="say where it is: --data FOLDER"):
        catalogue.pictures("cityscapes_photographs", "train")
    with pytest.raises(ValueError, match="'leaves' needs no folder"):
        catalogue.pictures("leaves", "train", "folder")


def test_sharp_pictures_are_what_a_degradation_makes_pairs_of():
    known = [*catalogue.names(), *catalogue.FOLDERS, "streets", "streets_small"]
    photographed = ["cityscapes_photographs", "bsds500"]
    assert [name for name in known if catalogue.sharp(name)] == [*catalogue.names(), *photographed]
    assert not any(catalogue.sharp(name) and catalogue.labelled(name) for name in known)


def test_every_published_layout_has_training_and_held_out_pairs(tmp_path):
    shared = pathlib.Path(catalogue.__file__).parents[3] / "shared" / "data"
    if not shared.is_dir():
        pytest.skip("the development samples of Cityscapes and GoPro are not here")
    found = catalogue.pairs("cityscapes", "train", folder=shared / "cityscapes", size=(64, 128))
    condition, picture = found.sample((64, 128), np.random.default_rng(0))
    assert condition.shape == (64, 128, 36) and picture.shape == (64, 128, 3)
    blur = DegradationRecipe(kernel="ramp", border="grey", sigma=0)
    frames = catalogue.pairs("cityscapes_photographs", "train", blur, shared / "cityscapes", (64, 128))
    blurred, sharp = frames.sample((64, 128), np.random.default_rng(0))
    assert blurred.shape == sharp.shape == (64, 128, 3) and not np.array_equal(blurred, sharp)
    held_out = catalogue.pairs("gopro_half", "test", folder=shared / "GOPRO_Large")
    assert held_out.load(0)[0].shape == (360, 640, 3)
