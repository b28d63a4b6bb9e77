"""Files that are no whole picture: each is named, with what is wrong and the way out."""

import io

import numpy as np
import PIL.Image
import png
import pytest
import tifffile

from course_lib.data import images

RNG = np.random.default_rng(0)
U16 = RNG.integers(0, 65536, (24, 30, 3)).astype("uint16")
U8 = RNG.integers(0, 256, (24, 30, 3)).astype("uint8")


def encoded(kind):
    file = io.BytesIO()
    if kind == "16-bit png":
        png.Writer(30, 24, greyscale=False, bitdepth=16).write(file, U16.reshape(24, -1).tolist())
    elif kind.startswith("16-bit"):
        tifffile.imwrite(file, U16, photometric="rgb", compression="zlib" if "deflate" in kind else None)
    else:
        PIL.Image.fromarray(U8).save(file, kind)
    return file.getvalue()


WHOLE = {
    kind: encoded(kind)
    for kind in (
        "png",
        "jpeg",
        "tiff",
        "webp",
        "bmp",
        "gif",
        "16-bit png",
        "16-bit tiff",
        "16-bit tiff deflate",
    )
}


@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("kind", WHOLE)
def test_a_truncated_file_is_refused_by_name(tmp_path, kind, share):
    data = WHOLE[kind]
    (tmp_path / "half").write_bytes(data)
    assert images.read(tmp_path / "half").pixels.shape == (24, 30, 3)
    (tmp_path / "half").write_bytes(data[: int(share * len(data))])
    with pytest.raises(ValueError, match="half is truncated or damaged.*Get a complete copy"):
        images.read(tmp_path / "half")


# Pillow warns of tags that it leaves out.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", WHOLE)
def test_bytes_that_went_wrong_anywhere_never_end_in_another_error(tmp_path, kind):
    rng = np.random.default_rng(1)
    refused = 0
    for i in range(25):
        data = np.frombuffer(WHOLE[kind], "uint8").copy()
        first = 400 if i % 2 else len(data)
        places = rng.integers(0, min(first, len(data)), 4)
        data[places] = rng.integers(0, 256, 4)
        (tmp_path / "flipped").write_bytes(data.tobytes())
        try:
            images.read(tmp_path / "flipped")
        except ValueError as error:
            assert "flipped" in str(error)
            refused += 1
    assert refused > 0


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00" * 100, b"<svg></svg>"])
def test_a_file_that_is_no_picture_is_refused_with_what_is_known(tmp_path, content):
    (tmp_path / "notes.png").write_bytes(content)
    words = r"notes.png is not a picture that can be read; known: .png, .tif, .tiff, .jpg"
    with pytest.raises(ValueError, match=words):
        images.read(tmp_path / "notes.png")


def test_a_pointer_of_git_lfs_is_recognised(tmp_path):
    (tmp_path / "a.png").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with pytest.raises(ValueError, match="a.png is a Git-LFS pointer.*git lfs pull"):
        images.read(tmp_path / "a.png")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"read\(\) found no file .*nowhere.png. Check the name"):
        images.read(tmp_path / "nowhere.png")


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="not a folder"):
        images.read(tmp_path)


def test_a_picture_that_claims_to_be_enormous_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 100)
    (tmp_path / "bomb.png").write_bytes(WHOLE["png"])
    with pytest.raises(ValueError, match="bomb.png claims to be too large to open safely"):
        images.read(tmp_path / "bomb.png")


def test_numbers_without_a_range_are_refused(tmp_path):
    PIL.Image.fromarray(np.ones((3, 4), "float32")).save(tmp_path / "float.pfm", "PPM")
    with pytest.raises(ValueError, match="float.pfm stores pixels as F, which has no fixed range"):
        images.read(tmp_path / "float.pfm")
