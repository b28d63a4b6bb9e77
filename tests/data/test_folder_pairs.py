"""Pairs from two folders: matched by name, measured at once, windows drawn once for both halves."""

import numpy as np
import PIL.Image
import pytest

from course_lib.data import images
from course_lib.data.pair_folders import Files, FolderPairs, two_folders
from course_lib.data.pairs import halves

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
    pairs = two_folders(*folders)
    assert len(pairs) == 3
    # In the order of the names as text: 1, 10, 2.
    assert [levels(pairs.load(i)) for i in range(3)] == [(0.2, 0.4), (0.6, 0.8), (0.4, 0.6)]


def test_endings_may_differ_and_names_may_hold_dots(folders):
    blurred, sharp = folders
    write(blurred, "9fromGOPR.MP4.tif", 0)
    write(sharp, "9fromGOPR.MP4.png", 255)
    pairs = two_folders(str(blurred), str(sharp))
    assert (0.0, 1.0) in [levels(pairs.load(i)) for i in range(len(pairs))]


def test_clutter_is_no_picture_without_a_partner(folders):
    (folders[0] / "Thumbs.db").write_bytes(b"clutter")
    (folders[1] / ".DS_Store").write_bytes(b"clutter")
    assert len(two_folders(*folders)) == 3


@pytest.mark.parametrize("side, other", [(0, 1), (1, 0)])
def test_a_picture_without_a_partner_is_named(folders, side, other):
    (folders[other] / "2.png").unlink()
    with pytest.raises(ValueError, match=rf"1 pictures without a partner.*{folders[side]}/2.png") as caught:
        two_folders(*folders)
    assert "10.png" not in str(caught.value)


def test_many_pictures_without_a_partner_are_named_in_part_and_counted(folders):
    for i in range(20, 32):
        write(folders[0], f"{i}.png", 0)
    with pytest.raises(ValueError, match="found 12 pictures without a partner.*20.png.* and 4 more"):
        two_folders(*folders)


def test_two_pictures_of_one_name_are_refused_not_chosen_between(folders):
    write(folders[1], "2.tif", 0)
    with pytest.raises(
        ValueError, match="one picture of a name; received 2.png and 2.tif in .*sharp. Remove one"
    ):
        two_folders(*folders)


def test_partners_of_different_size_are_named_with_their_sizes(folders):
    write(folders[1], "2.png", 0, shape=(SIDE, SIDE + 1, 3))
    words = "pairs that do not fit:\n  2: blurred and sharp differ in size, 12 x 12 and 12 x 13"
    with pytest.raises(ValueError, match=words):
        two_folders(*folders)


def test_everything_that_is_wrong_is_told_at_once(folders):
    write(folders[1], "2.png", 0, shape=(SIDE, SIDE + 1, 3))
    whole = (folders[0] / "10.png").read_bytes()
    (folders[0] / "10.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="10.png is truncated or damaged") as caught:
        two_folders(*folders)
    assert "2: blurred and sharp differ in size" in str(caught.value)


def test_no_picture_is_opened_before_its_turn(folders, monkeypatch):
    opened = []
    read = images.read
    monkeypatch.setattr(images, "read", lambda path: opened.append(path.name) or read(path))
    pairs = two_folders(*folders)
    assert opened == []
    pairs.load(1)
    pairs.load(1)
    assert opened == ["10.png"] * 4


def damage(path):
    """Change a byte of the pixels; beginning and end of the file stay whole."""
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"IDAT") + 8] ^= 255
    path.write_bytes(bytes(whole))


def test_damage_inside_a_file_is_named_when_its_turn_comes(folders):
    damage(folders[1] / "10.png")
    pairs = two_folders(*folders)
    assert levels(pairs.load(0)) == (0.2, 0.4)
    with pytest.raises(ValueError, match="sharp/10.png is truncated or damaged"):
        pairs.load(1)
    with pytest.raises(ValueError, match="sharp/10.png is truncated or damaged"):
        for seed in range(20):
            pairs.sample(8, np.random.default_rng(seed))


def test_a_file_that_goes_away_or_changes_is_named(folders):
    pairs = two_folders(*folders)
    write(folders[0], "2.png", 0, shape=(SIDE + 2, SIDE, 3))
    with pytest.raises(ValueError, match="2: blurred and sharp differ in size, 14 x 12 and 12 x 12"):
        pairs.load(2)
    (folders[1] / "2.png").unlink()
    with pytest.raises(FileNotFoundError, match="sharp/2.png"):
        pairs.load(2)


def test_pairs_can_be_listed_by_hand(folders):
    blurred, sharp = folders
    files = [
        Files(name="first", blurred=blurred / "1.png", sharp=sharp / "2.png"),
        Files(name="second", blurred=blurred / "10.png", sharp=sharp / "10.png"),
    ]
    pairs = FolderPairs(files)
    assert pairs.names == ["first", "second"]
    assert [levels(pairs.load(i)) for i in range(len(pairs))] == [(0.2, 0.6), (0.6, 0.8)]


def test_a_list_by_hand_without_sense_is_refused(folders):
    one = Files(name="one", blurred=folders[0] / "1.png", sharp=folders[1] / "1.png")
    gone = Files(name="gone", blurred=folders[0] / "1.png", sharp=folders[1] / "3.png")
    for files, words in (
        ([], "number of pairs of at least 1; received 0"),
        ([one, one], "a name of its own for each pair; twice: one"),
        ([one, gone], "do not fit:\n.*found no file .*sharp/3.png"),
    ):
        with pytest.raises(ValueError, match=f"FolderPairs .*{words}"):
            FolderPairs(files)


def test_halved_pairs_have_half_the_sides_before_windows_are_cut(tmp_path):
    for folder, added in (("blurred", 0), ("sharp", 51)):
        write(tmp_path / folder, "a.png", 100 + added, shape=(22, 30, 3))
    whole, halved = (two_folders(tmp_path / "blurred", tmp_path / "sharp", halved=h) for h in (False, True))
    for pairs, sides in ((whole, (22, 30, 3)), (halved, (11, 15, 3))):
        assert [half.shape for half in pairs.load(0)] == [sides, sides]
        assert levels(pairs.load(0)) == (round(100 / 255, 3), round(151 / 255, 3))
    assert halved.sample((11, 15), np.random.default_rng(0))[0].shape == (11, 15, 3)
    with pytest.raises(ValueError, match="a: .* at least 12 x 12; received 11 x 15"):
        halved.sample(12, np.random.default_rng(0))


def test_a_window_need_not_be_square(folders):
    for half in two_folders(*folders).sample((4, 10), np.random.default_rng(0)):
        assert half.shape == (4, 10, 3)


def test_it_says_how_many_channels_its_halves_have(folders):
    halves = two_folders(*folders).sample(4, np.random.default_rng(0))
    assert FolderPairs.channels == tuple(half.shape[-1] for half in halves)


def test_chance_that_is_missing_is_asked_for(folders):
    with pytest.raises(ValueError, match="FolderPairs needs rng because pair and window are drawn"):
        two_folders(*folders).sample(4, None)


@pytest.mark.parametrize("side", [0, 1])
def test_an_empty_folder_is_named(folders, side):
    for path in folders[side].iterdir():
        path.unlink()
    with pytest.raises(FileNotFoundError, match=f"no pictures in {folders[side]}"):
        two_folders(*folders)


@pytest.mark.parametrize("side", [0, 1])
def test_a_missing_folder_is_named(folders, side):
    missing = list(folders)
    missing[side] = folders[side].with_name("nowhere")
    with pytest.raises(FileNotFoundError, match="found no folder .*nowhere"):
        two_folders(*missing)


def test_both_halves_of_a_window_show_the_same_places(tmp_path):
    ramp = np.random.default_rng(0).integers(0, 200, (20, 24, 3)).astype("uint8")
    for folder, added in (("blurred", 0), ("sharp", 51)):
        (tmp_path / folder).mkdir()
        PIL.Image.fromarray(ramp + np.uint8(added)).save(tmp_path / folder / "a.png")
    pairs = two_folders(tmp_path / "blurred", tmp_path / "sharp")
    for seed in range(10):
        blurred, sharp = pairs.sample(8, np.random.default_rng(seed))
        assert blurred.shape == sharp.shape == (8, 8, 3)
        np.testing.assert_allclose(sharp - blurred, 0.2, atol=1e-6)


def test_every_pair_is_drawn_and_chance_comes_from_the_generator(folders):
    pairs = two_folders(*folders)
    drawn = [levels(pairs.sample(8, np.random.default_rng(seed))) for seed in range(30)]
    assert set(drawn) == {(0.2, 0.4), (0.4, 0.6), (0.6, 0.8)}
    assert drawn == [levels(pairs.sample(8, np.random.default_rng(seed))) for seed in range(30)]


def test_a_window_larger_than_a_picture_is_refused(folders):
    with pytest.raises(ValueError, match=r"\d+: draw_view\(\) .* at least 13 x 13; received 12 x 12"):
        two_folders(*folders).sample(13, np.random.default_rng(0))


def test_two_halves_of_a_folder_share_no_pair(folders):
    whole = two_folders(*folders)
    first, second = halves(whole, seed=0)
    assert (len(first), len(second), len(whole)) == (1, 2, 3)
    assert sorted(first.names + second.names) == sorted(whole.names)
    drawn = {levels(first.sample(4, np.random.default_rng(seed))) for seed in range(10)}
    assert drawn == {levels(first.load(0))}
    with pytest.raises(ValueError, match="at least 2 pictures of different scenes"):
        halves(first, seed=0)
