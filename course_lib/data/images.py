"""Picture files to arrays in [0, 1] and back, losing nothing silently."""

import dataclasses
import os
import pathlib
import typing

import numpy as np

from course_lib import checks
from course_lib.data import sixteen_bits

SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".bmp")
_BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"RIFF", b"GIF8")
_CLUTTER = {"thumbs.db", ".ds_store", "desktop.ini"}
_UPRIGHT = "turned upright as the camera noted"
# What undoes each orientation a camera can note (EXIF tag 274); 1 is upright.
_TURNS = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.swapaxes(a, 0, 1)[::-1, ::-1],
    8: lambda a: np.rot90(a, 1),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture file, opened: always three colour channels, with what is needed to write it back alike.

    Args:
        pixels: (h, w, 3) float32 in [0, 1], display-encoded, upright.
        alpha: (h, w) float32 in [0, 1], or None. Transparency, kept aside.
        gray: whether the file had one channel; `pixels` then holds it three times.
        bits: 8 or 16, bits a channel of the file.
        profile: bytes of the embedded colour profile, or None.
        notes: tuple of sentences on what was done to the file's content.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    gray: bool = False
    bits: int = 8
    profile: bytes | None = None
    notes: tuple = ()


def to_unit(integers):
    """Scale an integer picture to [0, 1].

    Args:
        integers: (h, w) or (h, w, c) uint8, uint16 or boolean array.

    Returns:
        float32 array of the same shape in [0, 1].

    Raises:
        TypeError: not a NumPy array of one of these types.
    """
    if isinstance(integers, np.ndarray) and integers.dtype == bool:
        return integers.astype("float32")
    if not isinstance(integers, np.ndarray) or integers.dtype not in (np.uint8, np.uint16):
        kind = integers.dtype if isinstance(integers, np.ndarray) else type(integers).__name__
        raise TypeError(f"to_unit() needs a uint8, uint16 or boolean NumPy array; received {kind}.")
    return (integers / np.float32(np.iinfo(integers.dtype).max)).astype("float32")


def to_u8(image):
    """Round a picture in [0, 1] to bytes.

    Args:
        image: (h, w) or (h, w, c) float array in [0, 1].

    Returns:
        uint8 array of the same shape; 0.5 steps round to even.

    Raises:
        ValueError: `image` leaves [0, 1]. Clip first if that is meant.
    """
    checks.unit_image("to_u8()", "image", image)
    return np.rint(image * 255).astype("uint8")


def coloured(image):
    """Repeat a gray picture three times, for what asks for colour; a coloured one is given back.

    Args:
        image: (h, w, 1) or (h, w, 3) array.

    Returns:
        (h, w, 3) array of the same type.

    Raises:
        ValueError: another shape.
    """
    if image.ndim != 3 or image.shape[-1] not in (1, 3):
        raise ValueError(f"coloured() needs a picture (h, w, 1) or (h, w, 3); received {image.shape}.")
    return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image


def read(path):
    """Open a picture file of 8 or 16 bits: gray, colour, CMYK, palette, with or without transparency.

    Args:
        path: a PNG, JPEG, TIFF, WebP or BMP file.

    Returns:
        Picture. Its `notes` say what was done (turned upright, colours converted, first page taken).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a picture, truncated, or of a number type that would lose something.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"read() found no file {path}. Check the name, or pass a picture, not a folder."
        )
    with open(path, "rb") as file:
        head = file.read(64)
    if head.startswith(b"version https://git-lfs"):
        raise ValueError(f"{path} is a Git-LFS pointer, not the picture itself. Fetch it: git lfs pull.")
    deep = sixteen_bits.read(path, head)
    if deep is None:
        return _read_eight_bits(path, head)
    stored, orientation, profile, notes = deep
    if orientation in _TURNS:
        stored, notes = _TURNS[orientation](stored), (*notes, _UPRIGHT)
    return _from_integers(path, np.ascontiguousarray(stored), notes, profile)


def _read_eight_bits(path, head):
    import PIL.Image
    import PIL.ImageOps

    try:
        with PIL.Image.open(path) as opened:
            frames = getattr(opened, "n_frames", 1)
            profile = opened.info.get("icc_profile")
            turned = opened.getexif().get(274, 1) in _TURNS
            # Pillow leaves out a channel that a TIFF file has, but gives no meaning to.
            surplus = getattr(opened, "tag_v2", {}).get(277, 1) > len(opened.getbands())
            opened.load()
            image = PIL.ImageOps.exif_transpose(opened)
    except PIL.UnidentifiedImageError:
        if head.startswith(_BEGINNINGS):
            raise ValueError(f"{path} is truncated or damaged near its start. Get a complete copy.") from None
        raise ValueError(f"{path} is not a picture that can be read; known: {', '.join(SUFFIXES)}.") from None
    except PIL.Image.DecompressionBombError as error:
        raise ValueError(f"{path} claims to be too large to open safely ({error}).") from None
    # A decoder that meets damage raises whatever it stumbles over.
    except Exception as error:
        raise ValueError(f"{path} is truncated or damaged ({error}). Get a complete copy.") from None
    notes = []
    if frames > 1:
        notes.append(f"took the first of {frames} frames")
    if turned:
        notes.append(_UPRIGHT)
    if surplus:
        notes.append("left out a channel to which the file gives no meaning")
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
        notes.append("palette replaced by its colours")
    if image.mode in ("1", "L", "RGB") and "transparency" in image.info:
        image = image.convert("RGBA" if image.mode == "RGB" else "LA")
        notes.append("one colour stood for transparency; made a channel of it")
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        notes.append(f"{image.mode} converted to RGB without a colour profile")
        image, profile = image.convert("RGB"), None
    if image.mode == "1":
        image = image.convert("L")
    if image.mode in ("I;16", "I;16B", "I;16L", "I;16N"):
        return _from_integers(path, np.asarray(image).astype("uint16"), notes, profile)
    if image.mode not in ("L", "LA", "RGB", "RGBA"):
        raise ValueError(
            f"{path} stores pixels as {image.mode}, which has no fixed range; "
            f"save it as 8 or 16 bits a channel first."
        )
    return _from_integers(path, np.asarray(image), notes, profile)


def _from_integers(path, stored, notes, profile=None):
    unit = to_unit(stored)
    unit = unit[..., None] if unit.ndim == 2 else unit  # (h, w, 1..4)
    if unit.ndim != 3 or unit.shape[-1] not in (1, 2, 3, 4):
        raise ValueError(f"{path} has shape {stored.shape}; expected 1 to 4 channels.")
    alpha = unit[..., -1] if unit.shape[-1] in (2, 4) else None
    gray = unit.shape[-1] < 3
    colours = np.repeat(unit[..., :1], 3, axis=-1) if gray else unit[..., :3]
    notes = list(notes)
    if gray:
        notes.append("gray repeated in three channels")
    if alpha is not None:
        notes.append("transparency kept aside and written back unchanged")
    bits = 16 if stored.dtype == np.uint16 else 8
    if bits == 16:
        notes.append("read and written with 16 bits a channel")
    return Picture(pixels=colours, alpha=alpha, gray=gray, bits=bits, profile=profile, notes=tuple(notes))


def write(path, picture):
    """Write a picture; the file is complete or absent, never half written.

    Args:
        path: file to write; its ending picks the format. 16 bits or transparency need .png or .tif.
        picture: Picture, or (h, w, 3) or (h, w) float array in [0, 1] for 8 bits.

    Raises:
        TypeError: neither a Picture nor a NumPy array.
        ValueError: unknown ending, a format that would lose bits or transparency, pixels outside [0, 1],
            other than 3 channels, or transparency of another size.
        OSError: the folder is missing, full or may not be written to.
    """
    path = pathlib.Path(path)
    if isinstance(picture, np.ndarray):
        gray = picture.ndim == 2
        pixels = np.repeat(picture[..., None], 3, axis=-1) if gray else picture
        picture = Picture(pixels=pixels, gray=gray)
    _check(picture)
    check_output(path, picture)
    suffix = path.suffix.lower()
    part = path.with_name(f".{path.stem}.part{suffix}")
    try:
        _encode(part, picture, suffix)
        os.replace(part, path)
    except OSError as error:
        raise OSError(
            f"{path} could not be written ({error.strerror or error}). Is the folder full or locked?"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _check(picture):
    if not isinstance(picture, Picture):
        raise TypeError(f"write() needs a Picture or a NumPy array; received {type(picture).__name__}.")
    checks.unit_image("write()", "picture", picture.pixels, dims=(3,))
    if picture.pixels.shape[-1] != 3:
        raise ValueError(
            f"write() needs (h, w, 3), or (h, w) for gray; received {picture.pixels.shape}. "
            f"Transparency goes into Picture(pixels=..., alpha=...)."
        )
    checks.one_of("write()", "bits", picture.bits, (8, 16))
    if picture.alpha is not None:
        checks.unit_image("write()", "alpha", picture.alpha, dims=(2,))
        checks.same_shape("write()", ("alpha", "a channel of pixels"), picture.alpha, picture.pixels[..., 0])


def check_output(path, picture):
    """Refuse a file name that could not hold the picture, before anything long is computed.

    Args:
        path: file that will be written.
        picture: Picture that it must hold.

    Raises:
        ValueError: unknown ending, or a format that would lose bits or transparency.
        FileNotFoundError: the folder is missing.
        PermissionError: the folder may not be written to.
    """
    path = pathlib.Path(path)
    suffix = path.suffix.lower()
    checks.one_of("write()", "file endings", suffix, SUFFIXES)
    if (picture.bits == 16 or picture.alpha is not None) and suffix not in (".png", ".tif", ".tiff"):
        what = "16 bits a channel" if picture.bits == 16 else "transparency"
        raise ValueError(f"write() would lose {what} in a {suffix} file; name the output .png or .tif.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"write() found no folder {path.parent}. Make it first.")
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(f"write() may not write into {path.parent}. Choose another folder.")


def _encode(part, picture, suffix):
    import PIL.Image

    top, kind = (65535, "uint16") if picture.bits == 16 else (255, "uint8")
    planes = [picture.pixels.mean(axis=-1, keepdims=True) if picture.gray else picture.pixels]
    if picture.alpha is not None:
        planes.append(picture.alpha[..., None])
    stored = np.rint(np.concatenate(planes, axis=-1) * top).astype(kind)  # (h, w, 1..4)
    if picture.bits == 16:
        sixteen_bits.write(part, stored, suffix, picture.profile)
        return
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[stored.shape[-1]]
    image = PIL.Image.fromarray(stored[..., 0] if mode == "L" else stored)
    options: dict[str, typing.Any] = {"quality": 95} if suffix in (".jpg", ".jpeg", ".webp") else {}
    if picture.profile:
        options["icc_profile"] = picture.profile
    image.save(part, **options)


def find(folder):
    """List the picture files of a folder, by name, leaving out clutter and hidden files.

    Args:
        folder: where to look, without its subfolders.

    Returns:
        list of pathlib.Path, sorted by name as text.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"find() found no folder {folder}.")
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and path.name.lower() not in _CLUTTER
        and not path.name.startswith(".")
    )
