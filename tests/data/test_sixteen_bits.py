"""Files of 16 bits a channel: nothing is cut to 8 bits, nor lost beside the pixels, nor guessed."""

import io

import numpy as np
import PIL.Image
import PIL.ImageCms
import png
import pytest
import tifffile

from course_lib.data import images
from tests.data.test_images import STORED

U16 = np.random.default_rng(0).integers(0, 65536, (12, 17, 4)).astype("uint16")
PROFILE = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()


def save_png(path, array, **options):
    height, width = array.shape[:2]
    with open(path, "wb") as file:
        png.Writer(width, height, bitdepth=16, **options).write(file, array.reshape(height, -1).tolist())
    return path


def save_tiff(path, array, photometric="rgb", **options):
    tifffile.imwrite(path, array, photometric=photometric, **options)
    return path


def assert_is(picture, colours, alpha=None):
    np.testing.assert_allclose(picture.pixels, colours / 65535, atol=1e-7)
    assert picture.bits == 16
    if alpha is None:
        assert picture.alpha is None
    else:
        np.testing.assert_allclose(picture.alpha, alpha / 65535, atol=1e-7)


GRAY = U16[..., :1].repeat(3, axis=-1)
PNG_KINDS = {
    "gray": (U16[..., :1], {"greyscale": True}, GRAY, None),
    "gray and alpha": (U16[..., :2], {"greyscale": True, "alpha": True}, GRAY, U16[..., 1]),
    "colour": (U16[..., :3], {"greyscale": False}, U16[..., :3], None),
    "colour and alpha": (U16, {"greyscale": False, "alpha": True}, U16[..., :3], U16[..., 3]),
    "interlaced": (U16[..., :3], {"greyscale": False, "interlace": True}, U16[..., :3], None),
}
TIFF_KINDS = {
    "gray": (U16[..., 0], {"photometric": "minisblack"}, GRAY, None),
    "negative": (65535 - U16[..., 0], {"photometric": "miniswhite"}, GRAY, None),
    "colour": (U16[..., :3], {}, U16[..., :3], None),
    "colour and alpha": (U16, {"extrasamples": ["unassalpha"]}, U16[..., :3], U16[..., 3]),
    "big endian": (U16[..., :3], {"byteorder": ">"}, U16[..., :3], None),
    "big TIFF": (U16[..., :3], {"bigtiff": True}, U16[..., :3], None),
    "planes": (U16[..., :3].transpose(2, 0, 1), {"planarconfig": "separate"}, U16[..., :3], None),
    "deflate": (U16[..., :3], {"compression": "zlib"}, U16[..., :3], None),
    "tiles": (U16[..., :3], {"tile": (16, 16)}, U16[..., :3], None),
}


@pytest.mark.parametrize("kind", PNG_KINDS)
def test_a_png_of_16_bits_is_read_exactly(tmp_path, kind):
    stored, options, colours, alpha = PNG_KINDS[kind]
    picture = images.read(save_png(tmp_path / "in.png", stored, **options))
    assert_is(picture, colours, alpha)
    assert picture.gray == (colours is GRAY)
    assert "read and written with 16 bits a channel" in picture.notes


@pytest.mark.parametrize("kind", TIFF_KINDS)
def test_a_tiff_of_16_bits_is_read_exactly(tmp_path, kind):
    stored, options, colours, alpha = TIFF_KINDS[kind]
    picture = images.read(save_tiff(tmp_path / "in.tif", stored, **options))
    assert_is(picture, colours, alpha)
    assert picture.gray == (colours is GRAY)


def test_of_several_pages_the_first_is_taken(tmp_path):
    picture = images.read(save_tiff(tmp_path / "in.tif", np.stack([U16[..., :3], 0 * U16[..., :3]])))
    assert_is(picture, U16[..., :3])
    assert "took the first of 2 pages" in picture.notes


def test_one_colour_may_stand_for_transparency(tmp_path):
    key = [int(v) for v in U16[2, 3, :3]]
    picture = images.read(save_png(tmp_path / "in.png", U16[..., :3], greyscale=False, transparent=key))
    assert_is(picture, U16[..., :3], np.where((U16[..., :3] == key).all(axis=-1), 0, 65535))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("gray, with_alpha", [(True, False), (True, True), (False, False), (False, True)])
@pytest.mark.parametrize("height, width", [(1, 1), (1, 7), (3, 4), (12, 17)])
def test_what_is_written_with_16_bits_comes_back_equal(tmp_path, suffix, gray, with_alpha, height, width):
    unit = images.to_unit(U16[:height, :width])
    pixels = unit[..., :1].repeat(3, axis=-1) if gray else unit[..., :3]
    alpha = unit[..., 3] if with_alpha else None
    images.write(
        tmp_path / f"out{suffix}",
        images.Picture(pixels=pixels, alpha=alpha, gray=gray, bits=16, profile=PROFILE),
    )
    again = images.read(tmp_path / f"out{suffix}")
    np.testing.assert_array_equal(again.pixels, pixels)
    assert (again.gray, again.bits, again.profile) == (gray, 16, PROFILE)
    if with_alpha:
        np.testing.assert_array_equal(again.alpha, alpha)
    else:
        assert again.alpha is None


def test_a_file_that_we_write_is_one_that_others_read(tmp_path):
    picture = images.Picture(pixels=images.to_unit(U16[..., :3]), bits=16, profile=PROFILE)
    images.write(tmp_path / "out.png", picture)
    with open(tmp_path / "out.png", "rb") as file:
        # pypng checks every chunk's checksum.
        rows = np.vstack(list(map(np.uint16, png.Reader(file=file).read()[2])))
    np.testing.assert_array_equal(rows.reshape(12, 17, 3), U16[..., :3])
    with PIL.Image.open(tmp_path / "out.png") as opened:
        opened.verify()
        assert opened.info["icc_profile"] == PROFILE
    images.write(tmp_path / "out.tif", picture)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out.tif"), U16[..., :3])


@pytest.mark.parametrize("orientation", STORED)
def test_a_turned_tiff_is_read_upright(tmp_path, orientation):
    stored = np.ascontiguousarray(STORED[orientation](U16[..., :3]))
    picture = images.read(
        save_tiff(tmp_path / "in.tif", stored, extratags=[(274, "H", 1, orientation, True)])
    )
    assert_is(picture, U16[..., :3])
    assert ("turned upright as the camera noted" in picture.notes) == (orientation != 1)


def test_a_turned_png_is_read_upright_and_keeps_its_profile(tmp_path):
    exif = PIL.Image.Exif()
    exif[274] = 6
    stored = np.ascontiguousarray(STORED[6](U16[..., 0]))
    PIL.Image.fromarray(stored).save(tmp_path / "in.png", exif=exif, icc_profile=PROFILE)
    picture = images.read(tmp_path / "in.png")
    assert_is(picture, GRAY)
    assert picture.profile == PROFILE


@pytest.mark.parametrize(
    "array, options, words",
    [
        (
            U16[..., :3].astype("float32"),
            {},
            "32 bits as float32, which has no fixed range; save it as 8 or 16",
        ),
        (U16[..., 0].astype("float32"), {"photometric": "minisblack"}, "float32, which has no fixed range"),
        (U16[..., 0].astype("int16"), {"photometric": "minisblack"}, "int16, which has no fixed range"),
        (U16[..., :3].astype("uint32"), {}, "uint32, which has no fixed range"),
        (U16, {"photometric": "separated"}, "SEPARATED colours with 16 bits.*convert it to RGB or gray"),
        (U16[..., :3], {"photometric": "cielab"}, "CIELAB colours with 16 bits"),
        (U16, {"extrasamples": ["assocalpha"]}, "colours multiplied by their transparency"),
        (
            np.concatenate([U16, U16[..., :1]], axis=-1),
            {"planarconfig": "contig"},
            "expected 1 to 4 channels",
        ),
    ],
    ids=["float colour", "float gray", "signed", "32 bits", "CMYK", "Lab", "premultiplied", "five channels"],
)
def test_a_tiff_that_could_not_be_kept_is_refused(tmp_path, array, options, words):
    with pytest.raises(ValueError, match=f"in.tif.*{words}"):
        images.read(save_tiff(tmp_path / "in.tif", array, **options))


def test_a_compression_that_cannot_be_read_is_called_so_not_damage(tmp_path):
    file = io.BytesIO()
    tifffile.imwrite(file, U16[..., :3], photometric="rgb", byteorder="<")
    data = bytearray(file.getvalue())
    # Tag 259, compression: from 1 (none) to 5 (LZW).
    place = data.index((259).to_bytes(2, "little") + (3).to_bytes(2, "little"))
    data[place + 8] = 5
    (tmp_path / "in.tif").write_bytes(data)
    with pytest.raises(
        ValueError, match=r"compressed in a way.*LZW.*Save it uncompressed or with deflate \(ZIP\)"
    ):
        images.read(tmp_path / "in.tif")
