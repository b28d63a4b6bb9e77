"""Pixels to PNG bytes: the same pixels always give the same bytes, small enough for a notebook."""

import io

import numpy as np

BUDGET = 150_000  # bytes of one figure that a notebook carries without growing heavy


def encode(pixels, budget=BUDGET):
    """Write pixels as PNG: exact while that is small, with a palette of 256 colours otherwise.

    Args:
        pixels: (h, w, 3) uint8, display-encoded.
        budget: number of bytes above which exactness is given up (a photograph keeps about 38 dB).

    Returns:
        bytes of a PNG without date or software, so that equal pixels give equal bytes.

    Raises:
        TypeError: `pixels` is no uint8 array.
        ValueError: wrong axes, or no pixel.
    """
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
        came = getattr(pixels, "dtype", type(pixels).__name__)
        raise TypeError(f"encode() needs pixels as a uint8 array; received {came}.")
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise ValueError(f"encode() needs pixels of shape (h, w, 3); received {pixels.shape}.")
    from PIL import Image

    indexed = _exact_palette(pixels)
    if indexed is not None:
        return _bytes(indexed)
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    exact = _bytes(picture)
    if len(exact) <= budget:
        return exact
    return _bytes(_near_palette(picture, pixels))


def with_description(png, text):
    """Add words to a PNG, in its "Description" text chunk.

    Args:
        png: bytes of a PNG.
        text: str.

    Returns:
        bytes of the same picture with the chunk.
    """
    from PIL import Image, PngImagePlugin

    notes = PngImagePlugin.PngInfo()
    notes.add_text("Description", text)
    with Image.open(io.BytesIO(png)) as picture:
        return _bytes(picture, pnginfo=notes)


def to_u8(picture):
    """Round a picture to what a screen can show.

    Args:
        picture: (h, w), (h, w, 1) or (h, w, 3) float in [0, 1].

    Returns:
        (h, w, 3) uint8.
    """
    if picture.ndim == 2:
        picture = picture[..., None]
    return np.repeat(np.round(picture * 255).astype("uint8"), 3 // picture.shape[2], axis=2)  # (h, w, 3)


def _exact_palette(pixels):
    from PIL import Image

    codes = pixels.astype("uint32") @ np.array([65536, 256, 1], "uint32")  # (h, w)
    colours, index = np.unique(codes, return_inverse=True)
    if len(colours) > 256:
        return None
    picture = Image.fromarray(index.reshape(codes.shape).astype("uint8"))
    palette = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1)
    picture.putpalette(palette.astype("uint8").tobytes())  # turns a grey picture into an indexed one
    return picture


def _near_palette(picture, pixels):
    from PIL import Image

    # A seventh of the pixels finds the same colours in a tenth of the time.
    sample = Image.fromarray(np.ascontiguousarray(pixels.reshape(-1, 3)[::7][None]))
    # No dithering: its grain would look like the noise that the lessons are about.
    plain = Image.Dither.NONE
    palette = sample.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=plain)
    indexed = picture.quantize(palette=palette, dither=plain)
    colours = indexed.getpalette()
    paper = 3 * indexed.getpixel((0, 0))  # the corner belongs to the page, which must stay exactly white
    colours[paper : paper + 3] = [int(value) for value in pixels[0, 0]]
    indexed.putpalette(colours)
    return indexed


def _bytes(picture, **options):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True, **options)
    return buffer.getvalue()
