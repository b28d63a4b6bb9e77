"""Pairs from two folders: matched by name, verified at once, windows drawn once for both halves."""

import numpy as np
import PIL.Image
import pytest

from course_lib.data.pairs import FolderPairs

SIDE = 12


def write(folder, name, level, shape=(SIDE, SIDE, 3)):
    folder.mkdir(exist_ok=True)
    PIL.Image.fromarray(np.full(shape, level, "uint8")).save(folder / name)


@pytest.fixture
def folders(tmp_path):
    """Pictures 1, 2 and 10, whose order as text (1, 10, 2) is not that of the numbers."""
    for name, level in (("1", 51), ("2", 102), ("10", 153)):
        write(tmp_path / "blurred", f"{name}.png", level)
        write(tmp_path / "sharp", f"{name}.png", level + 51)
    return tmp_path / "blurred", tmp_path / "sharp"


def levels(pair):
    return tuple(round(float(half.mean()), 3) for half in pair)


def test_pairs_are_matched_by_name(folders):
    pairs = FolderPairs(*folders)
    assert len(pairs) == 3
    # In the order of the names as text: 1, 10, 2.
    assert [levels(pairs.load(i)) for i in range(3)] == [(0.2, 0.4), (0.6, 0.8), (0.4, 0.6)]


def test_endings_may_differ_and_names_may_hold_dots(folders):
    blurred, sharp = folders
    write(blurred, "9fromGOPR.MP4.tif", 0)
    write(sharp, "9fromGOPR.MP4.png", 255)
    pairs = FolderPairs(str(blurred), str(sharp))
    assert (0.0, 1.0) in [levels(pairs.load(i)) for i in range(len(pairs))]


def test_clutter_is_no_picture_without_a_partner(folders):
    (folders[0] / "Thumbs.db").write_bytes(b"clutter")
    (folders[1] / ".DS_Store").write_bytes(b"clutter")
    assert len(FolderPairs(*folders)) == 3


@pytest.mark.parametrize("side, other", [(0, 1), (1, 0)])
def test_a_picture_without_a_partner_is_named(folders, side, other):
    (folders[other] / "2.png").unlink()
    with pytest.raises(ValueError, match=rf"1 pictures without a partner.*{folders[side]}/2.png") as caught:
        FolderPairs(*folders)
    assert "10.png" not in str(caught.value)


def test_many_pictures_without_a_partner_are_named_in_part_and_counted(folders):
    for i in range(20, 32):
        write(folders[0], f"{i}.png", 0)
    with pytest.raises(ValueError, match="found 12 pictures without a partner.*20.png.* and 4 more"):
        FolderPairs(*folders)


def test_two_pictures_of_one_name_are_refused_not_chosen_between(folders):
    write(folders[1], "2.tif", 0)
    with pytest.raises(
        ValueError, match="one picture of a name; received 2.png and 2.tif in .*sharp. Remove one"
    ):
        FolderPairs(*folders)


def test_partners_of_different_size_are_named_with_their_sizes(folders):
    write(folders[1], "2.png", 0, shape=(SIDE, SIDE + 1, 3))
    words = "pairs that do not fit:\n  2.png: blurred and sharp differ in size, 12 x 12 and 12 x 13"
    with pytest.raises(ValueError, match=words):
        FolderPairs(*folders)


def test_everything_that_is_wrong_is_told_at_once(folders):
    write(folders[1], "2.png", 0, shape=(SIDE, SIDE + 1, 3))
    whole = (folders[0] / "10.png").read_bytes()
    (folders[0] / "10.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="10.png is truncated or damaged") as caught:
        FolderPairs(*folders)
    assert "2.png: blurred and sharp differ in size" in str(caught.value)


@pytest.mark.parametrize("side", [0, 1])
def test_an_empty_folder_is_named(folders, side):
    for path in folders[side].iterdir():
        path.unlink()
    with pytest.raises(FileNotFoundError, match=f"no pictures in {folders[side]}"):
        FolderPairs(*folders)


@pytest.mark.parametrize("side", [0, 1])
def test_a_missing_folder_is_named(folders, side):
    missing = list(folders)
    missing[side] = folders[side].with_name("nowhere")
    with pytest.raises(FileNotFoundError, match="found no folder .*nowhere"):
        FolderPairs(*missing)


def test_both_halves_of_a_window_show_the_same_places(tmp_path):
    ramp = np.random.default_rng(0).integers(0, 200, (20, 24, 3)).astype("uint8")
    for folder, added in (("blurred", 0), ("sharp", 51)):
        (tmp_path / folder).mkdir()
        PIL.Image.fromarray(ramp + np.uint8(added)).save(tmp_path / folder / "a.png")
    pairs = FolderPairs(tmp_path / "blurred", tmp_path / "sharp")
    for seed in range(10):
        blurred, sharp = pairs.sample(8, np.random.default_rng(seed))
        assert blurred.shape == sharp.shape == (8, 8, 3)
        np.testing.assert_allclose(sharp - blurred, 0.2, atol=1e-6)


def test_every_pair_is_drawn_and_chance_comes_from_the_generator(folders):
    pairs = FolderPairs(*folders)
    drawn = [levels(pairs.sample(8, np.random.default_rng(seed))) for seed in range(30)]
    assert set(drawn) == {(0.2, 0.4), (0.4, 0.6), (0.6, 0.8)}
    assert drawn == [levels(pairs.sample(8, np.random.default_rng(seed))) for seed in range(30)]


def test_a_window_larger_than_a_picture_is_refused(folders):
    with pytest.raises(ValueError, match="at least 13 x 13; received 12 x 12"):
        FolderPairs(*folders).sample(13, np.random.default_rng(0))
