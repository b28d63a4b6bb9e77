"""Sizes from headers: those of the opened picture, without decoding, and with the same words for damage."""

import io

import numpy as np
import PIL.Image
import PIL.ImageFile
import png
import pytest
import tifffile

from course_lib.data import headers, images

RNG = np.random.default_rng(0)
U8 = RNG.integers(0, 256, (24, 30, 3)).astype("uint8")
U16 = RNG.integers(0, 65536, (24, 30, 3)).astype("uint16")


def encoded(kind, orientation=None):
    file = io.BytesIO()
    if kind == "16-bit png":
        png.Writer(30, 24, greyscale=False, bitdepth=16).write(file, U16.reshape(24, -1).tolist())
    elif kind.startswith("16-bit"):
        compression = "zlib" if "deflate" in kind else None
        tifffile.imwrite(file, U16, photometric="rgb", compression=compression, bigtiff="big" in kind)
    else:
        exif = PIL.Image.Exif()
        if orientation:
            exif[274] = orientation
        PIL.Image.fromarray(U8).save(file, kind, exif=exif)
    return file.getvalue()


KINDS = ("png", "jpeg", "tiff", "webp", "bmp", "16-bit png", "16-bit tiff", "16-bit tiff deflate big")


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_is_that_of_the_opened_picture(tmp_path, kind):
    (tmp_path / "a").write_bytes(encoded(kind))
    assert headers.size(tmp_path / "a") == images.read(tmp_path / "a").pixels.shape[:2] == (24, 30)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff"])
def test_a_picture_on_its_side_is_measured_upright(tmp_path, kind, orientation):
    (tmp_path / "a").write_bytes(encoded(kind, orientation))
    assert headers.size(str(tmp_path / "a")) == images.read(tmp_path / "a").pixels.shape[:2]


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp"])
def test_no_pixel_of_a_complete_file_is_decoded(tmp_path, kind, monkeypatch):
    (tmp_path / "a").write_bytes(encoded(kind))

    def refuse(opened):
        raise AssertionError(f"{opened} was opened whole")

    monkeypatch.setattr(images, "read", refuse)
    for opening in (PIL.Image.Image, PIL.ImageFile.ImageFile):
        monkeypatch.setattr(opening, "load", refuse)
    assert headers.size(tmp_path / "a") == (24, 30)


def test_bytes_behind_the_picture_do_no_harm(tmp_path):
    for kind in ("png", "jpeg"):
        (tmp_path / kind).write_bytes(encoded(kind) + b"a note of some program")
        assert headers.size(tmp_path / kind) == (24, 30)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
@pytest.mark.parametrize("kind", ["png", "jpeg", "16-bit png"])
def test_a_truncated_png_or_jpeg_is_seen_at_once(tmp_path, kind, share):
    data = encoded(kind)
    (tmp_path / "half").write_bytes(data[: int(share * len(data))])
    with pytest.raises(ValueError, match="half is truncated or damaged"):
        headers.size(tmp_path / "half")


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "no.png is not a picture that can be read"),
        (b"hello", "no.png is not a picture that can be read"),
        (b"version https://git-lfs.github.com/spec/v1\n", "no.png is a Git-LFS pointer"),
    ],
)
def test_a_file_that_is_no_picture_is_refused_by_name(tmp_path, content, words):
    (tmp_path / "no.png").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        headers.size(tmp_path / "no.png")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="found no file .*nowhere.png"):
        headers.size(tmp_path / "nowhere.png")
