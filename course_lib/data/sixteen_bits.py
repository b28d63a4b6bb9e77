"""PNG and TIFF files of 16 bits a channel, which Pillow would cut to 8 bits without a word."""

import io
import struct
import typing
import zlib

import numpy as np

_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")  # the last two: files beyond 4 GB


def read(path, head):
    """Open a file of 16 bits a channel as it is stored.

    Args:
        path: pathlib.Path of the file.
        head: bytes, the first 64 or fewer of the file.

    Returns:
        (stored, orientation, profile, notes), or None for a file that is not of this kind. stored is
        (h, w) or (h, w, c) uint16, orientation the camera's note from 1 to 8, profile the embedded colour
        profile in bytes or None, notes a tuple of sentences.

    Raises:
        ValueError: truncated, damaged, or numbers and colours that could not be kept.
    """
    if head.startswith(_PNG) and head[24:25] == b"\x10":
        return _read_png(path)
    if head[:4] in _TIFF:
        return _read_tiff(path)
    return None


def write(path, stored, suffix, profile=None):
    """Write 16 bits a channel.

    Args:
        path: pathlib.Path to write.
        stored: (h, w, c) uint16; 1 or 3 colours, then transparency if c is even.
        suffix: ".png", ".tif" or ".tiff".
        profile: bytes of a colour profile to embed, or None.
    """
    encode = _encode_png if suffix == ".png" else _encode_tiff
    path.write_bytes(encode(stored, profile))


def _read_png(path):
    import PIL.Image
    import png

    try:
        with open(path, "rb") as file:
            width, height, rows, info = png.Reader(file=file).read()
            flat = np.vstack([np.asarray(row, "uint16") for row in rows])
        stored = flat.reshape(height, width, info["planes"])
        with PIL.Image.open(path) as opened:
            profile, orientation = opened.info.get("icc_profile"), opened.getexif().get(274, 1)
    # A decoder that meets damage raises whatever it stumbles over.
    except Exception as error:
        raise ValueError(f"{path} is truncated or damaged ({error}). Get a complete copy.") from None
    if info.get("transparent") is None:
        return stored, orientation, profile, ()
    seen = np.any(stored != np.asarray(info["transparent"], "uint16"), axis=-1, keepdims=True)
    stored = np.concatenate([stored, seen * np.uint16(65535)], axis=-1)
    return stored, orientation, profile, ("one colour stood for transparency; made a channel of it",)


def _read_tiff(path):
    import tifffile

    try:
        with tifffile.TiffFile(path) as tiff:
            page: typing.Any = tiff.pages[0]
            count = len(tiff.pages)
            if page.dtype in (np.uint8, np.bool_):
                return None
            complaint = _complaint(page)
            stored: typing.Any = None if complaint else page.asarray()
            orientation, profile = (page.tags.valueof(code) for code in (274, 34675))
    except Exception as error:
        # So tifffile says that a compression is beyond it, LZW for one.
        if "imagecodecs" in str(error):
            raise ValueError(
                f"{path} is compressed in a way that cannot be read with 16 bits ({error}). "
                f"Save it uncompressed or with deflate (ZIP)."
            ) from None
        raise ValueError(f"{path} is truncated or damaged ({error}). Get a complete copy.") from None
    if complaint:
        raise ValueError(f"{path} {complaint}")
    notes = [] if count == 1 else [f"took the first of {count} pages"]
    if page.planarconfig == 2 and stored.ndim == 3:
        stored = np.moveaxis(stored, 0, -1)
    if page.photometric.name == "MINISWHITE":
        stored = 65535 - stored
        notes.append("stored as a negative; turned into a positive")
    return stored.astype("uint16"), orientation or 1, profile, tuple(notes)


def _complaint(page):
    if page.dtype != np.uint16 or page.bitspersample != 16:
        return (
            f"stores samples of {page.bitspersample} bits as {page.dtype}, which has no fixed range; "
            f"save it as 8 or 16 bits a channel first."
        )
    colours = getattr(page.photometric, "name", str(page.photometric))
    negative = colours == "MINISWHITE" and page.samplesperpixel == 1
    if colours not in ("RGB", "MINISBLACK") and not negative:
        return f"stores {colours} colours with 16 bits a channel; convert it to RGB or gray first."
    if 1 in page.extrasamples:
        return "stores colours multiplied by their transparency; save it with unassociated alpha first."
    return None


def _encode_png(stored, profile):
    import png

    height, width, channels = stored.shape
    writer = png.Writer(width, height, greyscale=channels < 3, alpha=channels in (2, 4), bitdepth=16)
    file = io.BytesIO()
    writer.write(file, stored.reshape(height, width * channels).tolist())
    data = file.getvalue()
    if profile is None:
        return data
    # The profile's place is right after the header, which ends at byte 33.
    body = b"iCCP" + b"profile\0\0" + zlib.compress(profile)
    return (
        data[:33] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]
    )


def _encode_tiff(stored, profile):
    import tifffile

    channels = stored.shape[-1]
    colours = "rgb" if channels > 2 else "minisblack"
    options: dict[str, typing.Any] = {"photometric": colours, "iccprofile": profile}
    if channels > 1:
        options["planarconfig"] = "contig"
    if channels in (2, 4):
        options["extrasamples"] = ["unassalpha"]
    file = io.BytesIO()
    tifffile.imwrite(file, stored[..., 0] if channels == 1 else stored, **options)
    return file.getvalue()
