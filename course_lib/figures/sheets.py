"""Pictures side by side: whole, enlarged at one place, or signed differences."""

import numpy as np

from course_lib import checks
from course_lib.figures import mosaic, style
from course_lib.figures.png import to_u8

SIGNED = ("#0b4f8a", "#4f9bcb", "#ffffff", "#ec9466", "#a33b00")  # blue below zero, white at it, orange above
PALE = (213, 218, 224)  # the hairline around white tiles


def sheet(pictures, titles, alt, scale=None, columns=None):
    """Show pictures in rows, each under its title, all at one magnification.

    Args:
        pictures: list of (h, w), (h, w, 1) or (h, w, 3) float in [0, 1], display-encoded.
        titles: list of str, one a picture; "" for none.
        alt: str, the figure in words.
        scale: whole number of screen pixels per picture pixel. None chooses: small pictures are enlarged by
            repeating pixels to 150 at least, large ones are averaged down to fit a page of 900 pixels.
        columns: pictures a row. None chooses at most four.

    Returns:
        described.Described.

    Raises:
        TypeError: a picture is no NumPy array.
        ValueError: no picture, a title too few or too many, a picture that is not float in [0, 1].
    """
    pictures, titles = demand_pictures("sheet()", pictures, titles), list(titles)
    columns = _columns(len(pictures), columns)
    if scale is not None:
        checks.at_least("sheet()", "scale", scale, 1)
    factor = mosaic.fit(pictures, columns, scale)
    tiles = [mosaic.resize(to_u8(picture), factor) for picture in pictures]
    starts = range(0, len(tiles), columns)
    return mosaic.mosaic(
        [tiles[i : i + columns] for i in starts], [titles[i : i + columns] for i in starts], alt
    )


def zoom(pictures, titles, box, alt):
    """Show whole pictures, and under each the same window enlarged by repeating pixels.

    Args:
        pictures: list of (h, w), (h, w, 1) or (h, w, 3) float in [0, 1], all of one height and width.
        titles: list of str, one a picture.
        box: (top, left, height, width) in pixels, the window; a frame marks it in the picture.
        alt: str, the figure in words.

    Returns:
        described.Described.

    Raises:
        TypeError: a picture is no NumPy array.
        ValueError: pictures of different sizes, or a window that is empty or leaves the picture.
    """
    pictures, titles = demand_pictures("zoom()", pictures, titles), list(titles)
    height, width = pictures[0].shape[:2]
    for picture in pictures:
        if picture.shape[:2] != (height, width):
            raise ValueError(
                f"zoom() needs pictures of one size, because one window is cut from all; received "
                f"{height} x {width} and {picture.shape[0]} x {picture.shape[1]}."
            )
    top, left, tall, wide = _window(box, height, width)
    factor = mosaic.fit(pictures, len(pictures))
    shown = max(150, round(width * factor))
    closer = max(1, min(shown // wide, 400 // tall))
    wholes, crops = [], []
    for picture in pictures:
        pixels = to_u8(picture)
        whole = mosaic.resize(pixels, factor).copy()
        _frame(whole, [round(edge * factor) for edge in (top, left, top + tall, left + wide)])
        wholes.append(whole)
        crop = mosaic.resize(pixels[top : top + tall, left : left + wide], closer)
        crops.append(mosaic.outlined(crop, style.FRAME, 2))
    return mosaic.mosaic([wholes, crops], [titles, [""] * len(titles)], alt)


def signed(pictures, titles, alt, limit=None):
    """Show differences: white is zero, orange above, blue below, on one symmetric scale.

    Args:
        pictures: list of (h, w) or (h, w, 1) float of any range, such as restored - sharp of one channel.
        titles: list of str, one a picture.
        alt: str, the figure in words.
        limit: the absolute value at full colour. None takes what 99.5 % of the pixels stay below. Values
            beyond it keep the full colour, and the scale then says "and beyond".

    Returns:
        described.Described, with the scale at its foot.

    Raises:
        TypeError: a picture is no NumPy array.
        ValueError: three channels, NaN, or a limit that is not above zero.
    """
    pictures, titles = demand_pictures("signed()", pictures, titles, unit=False), list(titles)
    planes = [picture[..., 0] if picture.ndim == 3 else picture for picture in pictures]
    for picture in pictures:
        if picture.ndim == 3 and picture.shape[2] != 1:
            raise ValueError(
                f"signed() needs one channel, because colour shows the sign; received {picture.shape}. "
                f"Average them: difference.mean(axis=-1)."
            )
    sizes = np.abs(np.concatenate([plane.ravel() for plane in planes]))
    if limit is None:
        limit = float(np.quantile(sizes, 0.995)) or float(sizes.max()) or 1.0
    checks.above("signed()", "limit", limit, 0)
    columns = _columns(len(planes), None)
    factor = mosaic.fit(planes, columns)
    planes = [mosaic.resize(plane.astype("float32"), factor) for plane in planes]
    tiles = [mosaic.outlined(mosaic.coloured(plane, SIGNED, -limit, limit), PALE) for plane in planes]
    ramp = mosaic.coloured(np.tile(np.linspace(-1, 1, 160), (10, 1)), SIGNED, -1, 1)
    beyond = " and beyond" if sizes.max() > limit else ""
    legend = (mosaic.outlined(ramp, PALE), f"−{limit:.2g}{beyond}", f"+{limit:.2g}{beyond}")
    starts = range(0, len(tiles), columns)
    rows = [tiles[i : i + columns] for i in starts]
    return mosaic.mosaic(rows, [titles[i : i + columns] for i in starts], alt, legend=legend)


def demand_pictures(owner, pictures, titles, unit=True):
    """Demand at least one picture, a title for each, and values that can be shown without clipping.

    Args:
        owner: who asks, for the message.
        pictures: list of (h, w), (h, w, 1) or (h, w, 3) float arrays.
        titles: list of str.
        unit: whether values must lie in [0, 1].

    Returns:
        list of the pictures.

    Raises:
        TypeError: no list, or a picture is no NumPy array.
        ValueError: none, too many or too few titles, wrong axes, type or range.
    """
    if not isinstance(pictures, (list, tuple)) or not isinstance(titles, (list, tuple)):
        raise TypeError(
            f"{owner} needs lists of pictures and titles; received {type(pictures).__name__} and "
            f"{type(titles).__name__}. One picture: [picture], [title]."
        )
    if not pictures or len(pictures) != len(titles):
        raise ValueError(f"{owner} needs one title a picture; received {len(pictures)} and {len(titles)}.")
    demand = checks.unit_image if unit else checks.finite_image
    for i, picture in enumerate(pictures):
        demand(owner, f"pictures[{i}]", picture)
        if picture.ndim == 3 and picture.shape[2] not in (1, 3):
            raise ValueError(
                f"{owner} needs pictures[{i}] of 1 or 3 channels; received {picture.shape}. "
                f"Show the channels one by one: picture[..., 0]."
            )
    return list(pictures)


def _columns(count, columns):
    if columns is not None:
        checks.at_least("sheet()", "columns", columns, 1)
        return min(int(columns), count)
    rows = -(-count // 4)
    return -(-count // rows)  # rows of nearly equal length


def _window(box, height, width):
    try:
        top, left, tall, wide = (int(edge) for edge in box)
    except (TypeError, ValueError):
        raise ValueError(f"zoom() needs box as (top, left, height, width); received {box!r}.") from None
    if top < 0 or left < 0 or tall < 1 or wide < 1 or top + tall > height or left + wide > width:
        raise ValueError(
            f"zoom() needs a box inside the picture of {height} x {width}; received top {top}, left {left}, "
            f"height {tall}, width {wide}."
        )
    return top, left, tall, wide


def _frame(pixels, edges):
    top, left, bottom, right = edges
    height, width = pixels.shape[:2]
    for i in range(2):  # two pixels thick, outside the window where there is room
        t, f, b, r = (
            max(top - 1 - i, 0),
            max(left - 1 - i, 0),
            min(bottom + i, height - 1),
            min(right + i, width - 1),
        )
        pixels[t, f : r + 1] = pixels[b, f : r + 1] = style.FRAME
        pixels[t : b + 1, f] = pixels[t : b + 1, r] = style.FRAME
