"""Writing pictures: whole or not at all, and nothing is lost in silence."""

import errno
import os
import pathlib

import numpy as np
import PIL.Image
import pytest

from course_lib.data import images

UNIT = np.random.default_rng(0).random((6, 7, 3)).astype("float32")


def test_a_bare_array_is_written_with_8_bits(tmp_path):
    images.write(tmp_path / "out.png", UNIT)
    with PIL.Image.open(tmp_path / "out.png") as written:
        np.testing.assert_array_equal(np.asarray(written), np.rint(UNIT * 255))


def test_a_bare_plane_is_written_gray(tmp_path):
    images.write(tmp_path / "out.png", UNIT[..., 0])
    with PIL.Image.open(tmp_path / "out.png") as written:
        assert written.mode == "L"
        np.testing.assert_array_equal(np.asarray(written), np.rint(UNIT[..., 0] * 255))


def test_three_restored_channels_of_a_gray_picture_are_averaged(tmp_path):
    pixels = np.stack([np.full((2, 3), level, "float32") for level in (0.2, 0.4, 0.6)], axis=-1)
    images.write(tmp_path / "out.png", images.Picture(pixels=pixels, gray=True))
    with PIL.Image.open(tmp_path / "out.png") as written:
        assert written.mode == "L"
        np.testing.assert_array_equal(np.asarray(written), 0.4 * 255)


def test_a_path_may_be_text(tmp_path):
    images.write(str(tmp_path / "out.png"), UNIT)
    assert images.read(str(tmp_path / "out.png")).pixels.shape == UNIT.shape


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".webp", ".bmp"])
@pytest.mark.parametrize(
    "rest, what", [({"bits": 16}, "16 bits a channel"), ({"alpha": UNIT[..., 0]}, "transparency")]
)
def test_a_format_that_would_lose_something_is_refused(tmp_path, suffix, rest, what):
    with pytest.raises(
        ValueError, match=f"would lose {what} in a {suffix} file; name the output .png or .tif"
    ):
        images.write(tmp_path / f"out{suffix}", images.Picture(pixels=UNIT, **rest))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name, near", [("out.pmg", "'.png'"), ("out.tifff", "'.tiff'"), ("out", ""), ("out.gif", "")]
)
def test_an_unknown_ending_is_refused(tmp_path, name, near):
    with pytest.raises(ValueError, match=rf"write\(\) knows file endings '.png'.*received.*{near}"):
        images.write(tmp_path / name, UNIT)


@pytest.mark.parametrize(
    "picture, error, words",
    [
        (UNIT * 1.5, ValueError, r"write\(\) needs picture in \[0, 1\]"),
        (UNIT - 0.5, ValueError, r"write\(\) needs picture in \[0, 1\]"),
        (UNIT * np.nan, ValueError, "finite values in picture"),
        (np.rint(UNIT * 255).astype("uint8"), ValueError, "received uint8.*to_unit"),
        (UNIT[:0], ValueError, "at least one pixel"),
        (UNIT[None], ValueError, r"shape \(h, w, c\); received \(1, 6, 7, 3\)"),
        (UNIT[..., :2], ValueError, r"\(h, w, 3\), or \(h, w\) for gray; received \(6, 7, 2\)"),
        (UNIT[..., [0, 1, 2, 0]], ValueError, r"received \(6, 7, 4\). Transparency goes into Picture"),
        (UNIT.tolist(), TypeError, "needs a Picture or a NumPy array; received list"),
        (images.Picture(pixels=UNIT, alpha=UNIT[..., 0] * np.nan), ValueError, "finite values in alpha"),
        (images.Picture(pixels=UNIT, alpha=UNIT[..., 0] + 1), ValueError, r"alpha in \[0, 1\]"),
        (
            images.Picture(pixels=UNIT, alpha=UNIT[:3, :, 0]),
            ValueError,
            r"one shape; received \(3, 7\) and \(6, 7\)",
        ),
        (images.Picture(pixels=UNIT, bits=12), ValueError, "bits 8, 16; received 12"),
    ],
)
def test_a_picture_without_sense_is_refused_and_nothing_is_left_behind(tmp_path, picture, error, words):
    with pytest.raises(error, match=words):
        images.write(tmp_path / "out.png", picture)
    assert list(tmp_path.iterdir()) == []


def full_disk(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fill_the_disk(monkeypatch):
    save, write_bytes = PIL.Image.Image.save, pathlib.Path.write_bytes

    def save_in_part(image, path, **options):
        save(image, path, **options)
        full_disk()

    def write_in_part(path, data):
        write_bytes(path, data[: len(data) // 2])
        full_disk()

    monkeypatch.setattr(PIL.Image.Image, "save", save_in_part)
    monkeypatch.setattr(pathlib.Path, "write_bytes", write_in_part)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("bits", [8, 16])
def test_on_a_full_disk_the_old_file_stays_and_no_part_is_left(tmp_path, monkeypatch, bits, suffix):
    path = tmp_path / f"out{suffix}"
    path.write_bytes(b"the old file")
    fill_the_disk(monkeypatch)
    words = rf"out{suffix} could not be written \(No space left on device\). Is the folder full or locked\?"
    with pytest.raises(OSError, match=words):
        images.write(path, images.Picture(pixels=UNIT, bits=bits))
    assert path.read_bytes() == b"the old file"
    assert list(tmp_path.iterdir()) == [path]


def test_where_a_file_cannot_be_put_in_place_no_part_is_left(tmp_path):
    (tmp_path / "out.png").mkdir()
    with pytest.raises(OSError, match="out.png could not be written"):
        images.write(tmp_path / "out.png", UNIT)
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]


def test_a_file_is_replaced_by_a_whole_one(tmp_path):
    path = tmp_path / "out.png"
    path.write_bytes(b"the old file")
    images.write(path, UNIT)
    assert images.read(path).pixels.shape == UNIT.shape
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"found no folder .*nowhere. Make it first"):
        images.write(tmp_path / "nowhere" / "out.png", UNIT)


def test_a_folder_that_may_not_be_written_to_is_named(tmp_path, monkeypatch):
    # A superuser may write anywhere, so the answer of the operating system is played.
    monkeypatch.setattr(images.os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError, match=rf"may not write into {tmp_path}. Choose another folder"):
        images.write(tmp_path / "out.png", UNIT)


def test_an_output_can_be_refused_before_anything_is_computed(tmp_path):
    picture = images.Picture(pixels=UNIT, bits=16)
    images.check_output(tmp_path / "out.png", picture)
    with pytest.raises(ValueError, match="would lose 16 bits"):
        images.check_output(tmp_path / "out.jpg", picture)
    assert list(tmp_path.iterdir()) == []
