"""Rows of pictures with titles, laid out in whole pixels so that no pixel of a picture is interpolated."""

import math

import numpy as np

from course_lib.figures import described, style

GAP, MARGIN, LINE = 16, 10, 17  # pixels between pictures, around the page, per line of title
SMALLEST = 150  # pixels: smaller pictures are enlarged in whole steps
AREA = (
    250_000  # pixels of a page whose pictures must shrink anyway: a notebook of eight pages stays below 1 MB
)


def mosaic(rows, titles, alt, notes=None, legend=None):
    """Lay tiles out in a grid, a title above each tile of the first kind, a small note below.

    Args:
        rows: list of lists of tiles, each (h', w', 3) uint8; rows may be shorter than the first.
        titles: list of lists of str, like `rows`; "" leaves no room when a whole row has none.
        alt: str, the figure in words.
        notes: list of lists of str, small grey lines below the tiles, or None.
        legend: (gradient (h', w', 3) uint8, low text, high text) drawn at the foot, or None.

    Returns:
        described.Described.
    """
    columns = max(len(row) for row in rows)
    widths = [max(row[c].shape[1] for row in rows if c < len(row)) for c in range(columns)]
    lines = [[style.wrap(text, widths[c] + GAP) if text else [] for c, text in enumerate(r)] for r in titles]
    remarks = [
        [style.wrap(t, widths[c] + GAP, 8.5) for c, t in enumerate(r)] for r in notes or [[] for _ in rows]
    ]
    heads = [max((len(text) for text in row), default=0) * LINE + (6 if any(row) else 0) for row in lines]
    feet = [max((len(text) for text in row), default=0) * 14 + (4 if row else 0) for row in remarks]
    heights = [max(tile.shape[0] for tile in row) for row in rows]
    width = max(2 * MARGIN + sum(widths) + GAP * (columns - 1), _breadth(legend) if legend else 220)
    tops = [MARGIN + sum(heads[:r]) + sum(heights[:r]) + sum(feet[:r]) + GAP * r for r in range(len(rows))]
    foot = tops[-1] + heads[-1] + heights[-1] + feet[-1]
    height = foot + MARGIN + (34 if legend else 0)
    indent = (width - sum(widths) - GAP * (columns - 1)) // 2
    with style.look():
        figure = style.page(width, height)
        for r, row in enumerate(rows):
            for c, tile in enumerate(row):
                left = indent + sum(widths[:c]) + GAP * c + (widths[c] - tile.shape[1]) // 2
                top = tops[r] + heads[r]
                figure.figimage(tile, left, height - top - tile.shape[0], origin="upper")
                middle = left + tile.shape[1] / 2
                for i, text in enumerate(lines[r][c]):
                    y = top - 8 - LINE * (len(lines[r][c]) - 1 - i)
                    style.write(figure, middle, y, text, ha="center", va="baseline")
                for i, text in enumerate(remarks[r][c] if remarks[r] else []):
                    y = top + tile.shape[0] + 13 + 14 * i
                    style.write(
                        figure, middle, y, text, ha="center", va="baseline", size=8.5, color=style.MUTED
                    )
        if legend:
            _draw_legend(figure, legend, width, height)
        return described.from_figure(figure, alt)


def fit(pictures, columns, scale=None):
    """Find the one magnification at which pictures fill a row.

    Args:
        pictures: list of arrays (h, w) or (h, w, c).
        columns: number of pictures a row.
        scale: whole number of screen pixels per pixel, or None to choose.

    Returns:
        int when the pictures are shown at their size or enlarged; float below 1 when they must shrink.
    """
    room = (style.WIDTH - 2 * MARGIN - GAP * (columns - 1)) // columns
    largest, smallest = max(p.shape[1] for p in pictures), min(min(p.shape[:2]) for p in pictures)
    if scale is not None:
        return scale
    if largest > room:
        area = sum(p.shape[0] * p.shape[1] for p in pictures)
        return min(room / largest, max(math.sqrt(AREA / area), SMALLEST / smallest))
    return max(1, min(math.ceil(SMALLEST / smallest), room // largest))


def resize(pixels, scale):
    """Enlarge by repeating pixels, or shrink by averaging areas; nothing else.

    Args:
        pixels: (h, w, 3) uint8, or (h, w) float32.
        scale: int of 1 or more, or a float below 1.

    Returns:
        (h', w', 3) uint8, or (h', w') float32.
    """
    if scale >= 1:
        return pixels.repeat(int(scale), axis=0).repeat(int(scale), axis=1)
    from PIL import Image

    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))


def outlined(pixels, colour, thickness=1):
    """Draw a frame just outside a tile, so that white tiles end somewhere.

    Args:
        pixels: (h, w, 3) uint8.
        colour: three bytes.
        thickness: pixels.

    Returns:
        (h + 2 thickness, w + 2 thickness, 3) uint8.
    """
    height, width = pixels.shape[:2]
    framed = np.empty((height + 2 * thickness, width + 2 * thickness, 3), "uint8")
    framed[:] = np.array(colour, "uint8")
    framed[thickness:-thickness, thickness:-thickness] = pixels
    return framed


def coloured(values, name, low, high):
    """Turn numbers into colours.

    Args:
        values: (h, w) float.
        name: a matplotlib colour map's name, or a list of colours to blend.
        low: the value of the first colour.
        high: the value of the last colour.

    Returns:
        (h, w, 3) uint8.
    """
    import matplotlib
    from matplotlib.colors import LinearSegmentedColormap

    # 129 shades and the greys of the text stay below 256 colours, so that the file is exact and small.
    ramp = matplotlib.colormaps[name].resampled(129) if isinstance(name, str) else None
    ramp = ramp or LinearSegmentedColormap.from_list("", name, N=129)
    share = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return ramp(share, bytes=True)[..., :3]


def _breadth(legend):
    gradient, *words = legend
    return 2 * (MARGIN + 8 + 7 * max(map(len, words))) + gradient.shape[1]  # 7 pixels: a letter of 8.5 points


def _draw_legend(figure, legend, width, height):
    gradient, low, high = legend
    left, y = (width - gradient.shape[1]) // 2, height - MARGIN - 12
    figure.figimage(gradient, left, height - y - gradient.shape[0] // 2, origin="upper")
    font = {"size": 8.5, "color": style.MUTED, "va": "center"}
    style.write(figure, left - 8, y, low, ha="right", **font)
    style.write(figure, left + gradient.shape[1] + 8, y, high, ha="left", **font)
