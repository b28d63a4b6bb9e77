"""Picture files of 8 bits: numbers, kinds of files, turned ones, what is said of them, which are found."""

import numpy as np
import PIL.Image
import PIL.ImageCms
import pytest

from course_lib.data import images

RNG = np.random.default_rng(0)
U8 = RNG.integers(0, 256, (12, 17, 4)).astype("uint8")
PROFILE = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
# Flat blocks of 16 x 16 pixels, which JPEG keeps almost exactly.
BLOCKS = np.kron(RNG.integers(30, 226, (2, 3, 3)), np.ones((16, 16, 1))).astype("uint8")


def save(path, array, **options):
    PIL.Image.fromarray(array).save(path, **options)
    return path


def test_integers_are_divided_by_their_largest_value():
    np.testing.assert_allclose(images.to_unit(np.array([[0, 51, 255]], "uint8")), [[0, 0.2, 1]], rtol=1e-7)
    np.testing.assert_allclose(
        images.to_unit(np.array([[0, 13107, 65535]], "uint16")), [[0, 0.2, 1]], rtol=1e-7
    )
    np.testing.assert_array_equal(images.to_unit(np.array([[False, True]])), [[0, 1]])


@pytest.mark.parametrize("kind", ["uint8", "uint16", "bool"])
def test_unit_pictures_are_float32_of_the_same_shape(kind):
    unit = images.to_unit(np.ones((2, 3, 4), kind))
    assert (unit.dtype, unit.shape) == (np.float32, (2, 3, 4))


@pytest.mark.parametrize(
    "thing, kind",
    [
        (np.ones(2, "int32"), "int32"),
        (np.ones(2, "float32"), "float32"),
        ([0, 255], "list"),
        (None, "NoneType"),
    ],
)
def test_numbers_without_a_largest_value_are_refused(thing, kind):
    with pytest.raises(TypeError, match=f"uint8, uint16 or boolean NumPy array; received {kind}"):
        images.to_unit(thing)


def test_every_byte_survives_the_way_to_the_unit_range_and_back():
    every = np.arange(256, dtype="uint8").reshape(16, 16)
    np.testing.assert_array_equal(images.to_u8(images.to_unit(every)), every)


def test_halves_of_a_byte_are_rounded_to_even():
    np.testing.assert_array_equal(images.to_u8(np.array([[0.5, 1.5, 2.4, 2.6]]) / 255), [[0, 2, 2, 3]])


@pytest.mark.parametrize("value, words", [(1.01, r"in \[0, 1\]"), (-0.1, r"in \[0, 1\]"), (np.nan, "finite")])
def test_bytes_are_not_clipped_in_silence(value, words):
    with pytest.raises(ValueError, match=rf"to_u8\(\) needs.*{words}"):
        images.to_u8(np.array([[0.5, value]]))


KINDS = {"L": U8[..., 0], "LA": U8[..., :2], "RGB": U8[..., :3], "RGBA": U8}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_file_is_read_exactly_and_written_back_alike(tmp_path, suffix, kind):
    path = save(tmp_path / f"in{suffix}", KINDS[kind], icc_profile=PROFILE)
    picture = images.read(path)
    colours = U8[..., :1].repeat(3, axis=-1) if kind[0] == "L" else U8[..., :3]
    np.testing.assert_allclose(picture.pixels, colours / 255, atol=1e-7)
    assert picture.pixels.dtype == np.float32
    assert (picture.gray, picture.bits, picture.profile) == (kind[0] == "L", 8, PROFILE)
    if kind[-1] == "A":
        np.testing.assert_allclose(picture.alpha, KINDS[kind][..., -1] / 255, atol=1e-7)
    else:
        assert picture.alpha is None
    images.write(tmp_path / f"out{suffix}", picture)
    with PIL.Image.open(tmp_path / f"out{suffix}") as written:
        assert (written.mode, written.info.get("icc_profile")) == (kind, PROFILE)
        np.testing.assert_array_equal(np.asarray(written), KINDS[kind])


@pytest.mark.parametrize("suffix", [".bmp", ".webp"])
def test_formats_without_loss_are_read_exactly(tmp_path, suffix):
    picture = images.read(save(tmp_path / f"in{suffix}", U8[..., :3], lossless=True))
    np.testing.assert_array_equal(images.to_u8(picture.pixels), U8[..., :3])


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".webp", ".JPG"])
def test_formats_with_loss_are_written_almost_exactly(tmp_path, suffix):
    images.write(tmp_path / f"out{suffix}", images.Picture(pixels=images.to_unit(BLOCKS), profile=PROFILE))
    picture = images.read(tmp_path / f"out{suffix}")
    assert np.abs(images.to_u8(picture.pixels).astype(int) - BLOCKS).mean() < 3
    assert picture.profile == PROFILE


def test_a_gray_jpeg_stays_gray(tmp_path):
    picture = images.read(save(tmp_path / "in.jpg", BLOCKS[..., 0], quality=100))
    assert picture.gray
    np.testing.assert_allclose(picture.pixels, BLOCKS[..., :1].repeat(3, axis=-1) / 255, atol=2 / 255)
    images.write(tmp_path / "out.jpg", picture)
    with PIL.Image.open(tmp_path / "out.jpg") as written:
        assert written.mode == "L"


def test_a_cmyk_jpeg_is_turned_into_its_colours_and_says_so(tmp_path):
    inks = np.kron([[[0, 0, 0, 0], [0, 255, 255, 0], [0, 0, 0, 255]]], np.ones((16, 16, 1))).astype("uint8")
    PIL.Image.fromarray(inks, mode="CMYK").save(tmp_path / "in.jpg", quality=100, icc_profile=PROFILE)
    picture = images.read(tmp_path / "in.jpg")
    white_red_black = picture.pixels[8, 8::16]
    np.testing.assert_allclose(white_red_black, [[1, 1, 1], [1, 0, 0], [0, 0, 0]], atol=4 / 255)
    assert any("CMYK converted to RGB" in note for note in picture.notes)
    assert picture.profile is None


def test_a_palette_is_replaced_by_its_colours(tmp_path):
    image = PIL.Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 51])
    image.putdata([1, 0])
    image.save(tmp_path / "in.png")
    picture = images.read(tmp_path / "in.png")
    np.testing.assert_allclose(picture.pixels, [[[0, 0, 0.2], [1, 0, 0]]], atol=1e-7)
    assert picture.alpha is None and "palette replaced by its colours" in picture.notes


def test_a_palette_may_hold_transparency(tmp_path):
    image = PIL.Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 51])
    image.putdata([1, 0])
    image.save(tmp_path / "in.png", transparency=bytes([0, 51]))
    picture = images.read(tmp_path / "in.png")
    np.testing.assert_allclose(picture.alpha, [[0.2, 0]], atol=1e-7)
    np.testing.assert_allclose(picture.pixels[0, 0], [0, 0, 0.2], atol=1e-7)


@pytest.mark.parametrize(
    "array, key", [(U8[..., 0], int(U8[2, 3, 0])), (U8[..., :3], tuple(int(v) for v in U8[2, 3, :3]))]
)
def test_one_colour_may_stand_for_transparency(tmp_path, array, key):
    picture = images.read(save(tmp_path / "in.png", array, transparency=key))
    clear = array == array[2, 3] if array.ndim == 2 else (array == array[2, 3]).all(axis=-1)
    np.testing.assert_array_equal(picture.alpha, np.where(clear, 0, 1))
    assert any("one colour stood for transparency" in note for note in picture.notes)


def test_one_bit_a_pixel_is_gray_of_black_and_white(tmp_path):
    picture = images.read(save(tmp_path / "in.png", U8[..., 0] > 100))
    np.testing.assert_array_equal(picture.pixels[..., 0], np.where(U8[..., 0] > 100, 1, 0))
    assert picture.gray


# What EXIF 2.3 says of tag 274: where the stored rows and columns begin in the upright picture.
STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: upright[:, ::-1].swapaxes(0, 1),
    7: lambda upright: upright[::-1, ::-1].swapaxes(0, 1),
    8: lambda upright: upright[::-1].swapaxes(0, 1),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize(
    "suffix, options", [(".jpg", {"quality": 100, "subsampling": 0}), (".png", {}), (".tif", {})]
)
def test_a_turned_photograph_is_read_upright(tmp_path, suffix, options, orientation):
    stored = np.ascontiguousarray(STORED[orientation](BLOCKS))
    exif = PIL.Image.Exif()
    exif[274] = orientation
    picture = images.read(save(tmp_path / f"in{suffix}", stored, exif=exif, **options))
    assert picture.pixels.shape == BLOCKS.shape
    np.testing.assert_allclose(picture.pixels, BLOCKS / 255, atol=4 / 255 if suffix == ".jpg" else 1e-7)
    assert ("turned upright as the camera noted" in picture.notes) == (orientation != 1)
    # Written upright, it is not turned a second time.
    images.write(tmp_path / "out.png", picture)
    np.testing.assert_allclose(images.read(tmp_path / "out.png").pixels, picture.pixels, atol=1e-7)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".tif"])
def test_of_several_frames_the_first_is_taken(tmp_path, suffix):
    frames = [PIL.Image.fromarray(np.full((4, 5, 3), value, "uint8")) for value in (51, 204)]
    options = {"lossless": True} if suffix == ".webp" else {}
    frames[0].save(tmp_path / f"in{suffix}", save_all=True, append_images=frames[1:], **options)
    picture = images.read(tmp_path / f"in{suffix}")
    np.testing.assert_allclose(picture.pixels, np.full((4, 5, 3), 0.2), atol=1e-7)
    assert "took the first of 2 frames" in picture.notes


def test_a_file_is_known_by_its_content_not_by_its_ending(tmp_path):
    save(tmp_path / "in.png", U8[..., :3])
    (tmp_path / "in.png").rename(tmp_path / "in.jpg")
    np.testing.assert_array_equal(images.to_u8(images.read(tmp_path / "in.jpg").pixels), U8[..., :3])


def test_an_ordinary_file_needs_no_note(tmp_path):
    assert images.read(save(tmp_path / "in.png", U8[..., :3])).notes == ()


def test_pictures_are_found_without_clutter(tmp_path):
    for name in ("10.png", "1.JPG", "2.tiff", "Thumbs.db", ".hidden.png", "notes.txt", "b.webp"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in images.find(tmp_path)] == ["1.JPG", "10.png", "2.tiff", "b.webp"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"find\(\) found no folder .*nowhere"):
        images.find(tmp_path / "nowhere")
