"""Picture sets by name: what belongs to a split, reduced photographs, unknown names."""

import numpy as np
import pytest

from course_lib.data import catalogue, photographs


@pytest.fixture
def small(monkeypatch):
    """Two small photographs a split, and three small procedural pictures."""

    def split(which):
        rng = np.random.default_rng(photographs.SPLITS.index(which))
        sides = {f"{which}_large": (250, 300), f"{which}_small": (60, 300)}
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
    assert reduced
    for picture in reduced.values():
        assert picture.shape[0] < 250
        assert picture.shape[1] / picture.shape[0] == pytest.approx(300 / 250, rel=0.01)
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


@pytest.mark.parametrize(
    "share, shape", [(0.5, (20, 26, 3)), (0.33, (13, 17, 3)), (1, (40, 51, 3)), (0.001, (1, 1, 3))]
)
def test_a_reduced_picture_has_its_share_of_the_sides(share, shape):
    assert catalogue.reduce(np.full((40, 51, 3), 0.25, "float32"), share).shape == shape


def test_a_constant_stays_when_reduced():
    reduced = catalogue.reduce(np.full((40, 51, 3), 0.3, "float32"), 0.4)
    np.testing.assert_allclose(reduced, 0.3, rtol=1e-5)


def test_detail_that_the_smaller_grid_cannot_hold_is_weakened_first():
    checkerboard = (np.indices((64, 64)).sum(axis=0) % 2).astype("float32")[..., None].repeat(3, axis=-1)
    inside = catalogue.reduce(checkerboard, 0.4)[4:-4, 4:-4]
    # Samples without a filter would jump between 0 and 1.
    assert np.abs(inside - 0.5).max() < 0.2


@pytest.mark.parametrize("share", [0, -0.5, 1.5])
def test_a_share_outside_its_range_is_refused(share):
    with pytest.raises(ValueError, match=r"catalogue.reduce\(\) needs share"):
        catalogue.reduce(np.zeros((4, 4, 3), "float32"), share)


@pytest.mark.parametrize(
    "name, split, near", [("photograph", "train", "'photographs'"), ("leaves", "training", "'train'")]
)
def test_an_unknown_name_is_answered_with_its_neighbour(name, split, near):
    with pytest.raises(ValueError, match=rf"catalogue.pictures\(\) knows .*Did you mean {near}\?"):
        catalogue.pictures(name, split)
