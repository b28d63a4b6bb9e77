"""Drawings of ideas: a journey of boxes and arrows, tables of numbers, what one pixel sees."""

import numpy as np

from course_lib import checks
from course_lib.figures import described, mosaic, sheets, style
from course_lib.figures.png import to_u8

WIDEST = 960  # pixels: what a notebook shows without scrolling
THUMB = 112  # pixels of a picture inside a box


def chain(boxes, arrows, alt, pictures=None, skips=()):
    """Draw a journey: boxes are things, arrows are what happens to them.

    Args:
        boxes: list of 2 to 7 str; the first line is set large, further lines small, as in "B\\nphotograph".
        arrows: list of str, one less than boxes; the first line is set large, as in "∗ K\\nblur". "" draws a
            bare arrow.
        alt: str, the figure in words.
        pictures: list of (h, w[, c]) float in [0, 1] or None, one a box, shown in the box; None for none.
        skips: list of (from, to, text): arcs above the boxes, counted from 0, such as a residual path.

    Returns:
        described.Described.

    Raises:
        ValueError: a number of boxes, arrows or pictures that does not fit together, or texts too wide.
    """
    if not 2 <= len(boxes) <= 7 or len(arrows) != len(boxes) - 1:
        raise ValueError(
            f"chain() needs 2 to 7 boxes and one arrow between neighbours; received {len(boxes)} boxes and "
            f"{len(arrows)} arrows."
        )
    thumbs = _thumbs(boxes, pictures)
    box_widths = [max(_breadth(text) + 20, 70, thumb.shape[1] + 12 if thumb is not None else 0)
                  for text, thumb in zip(boxes, thumbs, strict=True)]  # fmt: skip
    arrow_widths = [max(_breadth(text) + 26, 46) for text in arrows]
    width = 2 * mosaic.MARGIN + sum(box_widths) + sum(arrow_widths)
    if width > WIDEST:
        raise ValueError(f"chain() fits {WIDEST} pixels; these texts need {width}. Break lines with \\n.")
    text_height = max(28 + 15 * text.count("\n") for text in boxes)
    tallest = max((thumb.shape[0] + 12 for thumb in thumbs if thumb is not None), default=0)
    above = 18 + 34 * len(skips)
    middle = above + (tallest + text_height) / 2 + 4
    lefts = [mosaic.MARGIN + sum(box_widths[:i]) + sum(arrow_widths[:i]) for i in range(len(boxes))]
    with style.look():
        figure = style.page(width, above + tallest + text_height + 20)
        axes = _canvas(figure)
        for text, thumb, left, wide in zip(boxes, thumbs, lefts, box_widths, strict=True):
            height = text_height + (tallest if thumb is not None else 0)
            _box(figure, axes, text, thumb, left, middle - height / 2, wide, height)
        for i, text in enumerate(arrows):
            start = lefts[i] + box_widths[i]
            _arrow(axes, start + 5, start + arrow_widths[i] - 5, middle)
            _label(axes, text, start + arrow_widths[i] / 2 - 2, middle)
        for i, (first, last, text) in enumerate(skips):
            ends = [lefts[b] + box_widths[b] / 2 for b in (first, last)]
            _arc(axes, *ends, middle - (tallest + text_height) / 2 - 3, 16 + 34 * (len(skips) - 1 - i), text)
        return described.from_figure(figure, alt)


def numbers(tables, titles, alt, boxes=None, decimals=2):
    """Write small arrays out as tables of shaded numbers, for what is done by hand.

    Args:
        tables: list of (rows, columns) numbers, at most 12 x 12 each; drawn side by side.
        titles: list of str, one a table.
        alt: str, the figure in words.
        boxes: list of (top, left, height, width) or None, one a table: the cells that a frame marks.
        decimals: digits after the point; whole numbers are written without.

    Returns:
        described.Described.

    Raises:
        ValueError: another number of titles or boxes than tables, or a table too large to read.
    """
    tables = [np.asarray(table, float) for table in tables]
    boxes = boxes or [None] * len(tables)
    if not tables or not len(tables) == len(titles) == len(boxes):
        raise ValueError(f"numbers() needs one title a table; received {len(tables)} and {len(titles)}.")
    for table in tables:
        if table.ndim != 2 or table.size == 0 or max(table.shape) > 12:
            raise ValueError(
                f"numbers() shows tables up to 12 x 12; received {table.shape}. Cut a window out."
            )
    cell, gap = 42, 34
    widths = [max(table.shape[1] * cell, 8 * len(title)) for table, title in zip(tables, titles, strict=True)]
    height = 34 + max(table.shape[0] for table in tables) * cell + 12
    with style.look():
        figure = style.page(2 * mosaic.MARGIN + sum(widths) + gap * (len(tables) - 1), height)
        axes = _canvas(figure)
        for i, (table, title, box) in enumerate(zip(tables, titles, boxes, strict=True)):
            left = mosaic.MARGIN + sum(widths[:i]) + gap * i + (widths[i] - table.shape[1] * cell) / 2
            top = 34 + (height - 46 - table.shape[0] * cell) / 2
            axes.text(left + table.shape[1] * cell / 2, top - 8, title, ha="center", va="bottom")
            _table(axes, table, left, top, cell, decimals)
            if box is not None:
                down, right, tall, wide = box
                _rectangle(axes, left + right * cell, top + down * cell, wide * cell, tall * cell, 2.4)
        return described.from_figure(figure, alt)


def reach(sides, alt):
    """Draw what one output pixel sees through a stack of convolutions, along one line of pixels.

    Args:
        sides: list of 1 to 6 odd kernel sides, first layer first; stride 1.
        alt: str, the figure in words.

    Returns:
        described.Described; the pixels that the middle output depends on are filled.

    Raises:
        ValueError: an even side, no layer, or more than 31 pixels in sight.
    """
    for side in sides:
        checks.odd("reach()", "sides", side)
    seen = [1]
    for side in reversed(sides):
        seen.append(seen[-1] + side - 1)
    if not 1 <= len(sides) <= 6 or seen[-1] > 31:
        raise ValueError(f"reach() draws 1 to 6 layers and at most 31 pixels; received sides {list(sides)}.")
    count, step, row = seen[-1] + 2, 24, 46
    with style.look():
        figure = style.page(count * step + 190, row * len(seen) + 8)
        axes = _canvas(figure)
        for level, wide in enumerate(seen):  # level 0 is the output, drawn on top
            y = 24 + row * level
            inside = range((count - wide) // 2, (count - wide) // 2 + wide)
            if level:
                side = sides[len(sides) - level]
                for x in range(inside[0] + side // 2, inside[-1] - side // 2 + 1):
                    for tap in range(x - side // 2, x + side // 2 + 1):
                        ends = [16 + step * x, 16 + step * tap], [y - row, y]
                        axes.plot(*ends, color=style.HAIR, linewidth=0.8, zorder=1)
            for x in range(count):
                fill = style.PALETTE[0] if x in inside else style.SOFT
                axes.plot(16 + step * x, y, "s", color=fill, markersize=10, zorder=2)
            name = (
                "output"
                if level == 0
                else "input"
                if level == len(sides)
                else f"after layer {len(sides) - level}"
            )
            axes.text(count * step + 20, y, f"{name}: {wide}", va="center", color=style.MUTED)
        return described.from_figure(figure, alt)


def _thumbs(boxes, pictures):
    if pictures is None:
        return [None] * len(boxes)
    if len(pictures) != len(boxes):
        raise ValueError(
            f"chain() needs one picture (or None) a box; received {len(pictures)} for {len(boxes)}."
        )
    given = [picture for picture in pictures if picture is not None]
    sheets.demand_pictures("chain()", given, [""] * len(given))
    return [picture if picture is None else _thumb(picture) for picture in pictures]


def _thumb(picture):
    side = max(picture.shape[:2])
    factor = THUMB // side if side <= THUMB else THUMB / side
    return mosaic.resize(to_u8(picture), factor)


def _canvas(figure):
    width, height = figure.get_size_inches() * style.DPI
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes


def _breadth(text):
    first, *rest = text.split("\n")
    return max([int(9.4 * len(first))] + [int(7.2 * len(line)) for line in rest])


def _box(figure, axes, text, thumb, left, top, width, height):
    from matplotlib.patches import FancyBboxPatch

    shape = FancyBboxPatch((left + 4, top + 4), width - 8, height - 8, "round,pad=4,rounding_size=7")
    shape.set(facecolor=style.SOFT, edgecolor=style.HAIR, linewidth=1)
    axes.add_patch(shape)
    first, *rest = text.split("\n")
    base = top + height - 12 - 15 * len(rest)
    if thumb is None:
        base = top + height / 2 + 5 - 7.5 * len(rest)
    else:
        down = figure.get_size_inches()[1] * style.DPI
        x = round(left + (width - thumb.shape[1]) / 2)
        figure.figimage(thumb, x, round(down - top - 7 - thumb.shape[0]), origin="upper", zorder=5)
    axes.text(left + width / 2, base, first, ha="center", va="baseline", size=12, weight="bold")
    for i, line in enumerate(rest):
        axes.text(left + width / 2, base + 15 * (i + 1), line, ha="center", size=8.5, color=style.MUTED)


def _arrow(axes, start, end, y):
    style_of_arrow = {"arrowstyle": "-|>", "color": style.MUTED, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (end, y), (start, y), arrowprops=style_of_arrow)


def _label(axes, text, x, y):
    first, *rest = text.split("\n")
    axes.text(x, y - 8, first, ha="center", va="baseline", size=11, color=style.PALETTE[1])
    for i, line in enumerate(rest):
        axes.text(x, y + 18 + 14 * i, line, ha="center", va="baseline", size=8.5, color=style.MUTED)


def _arc(axes, start, end, y, top, text):
    axes.plot(
        [start, start, end], [y, top, top], color=style.PALETTE[0], linewidth=1.4, solid_joinstyle="round"
    )
    style_of_arrow = {
        "arrowstyle": "-|>",
        "color": style.PALETTE[0],
        "linewidth": 1.4,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    axes.annotate("", (end, y), (end, top), arrowprops=style_of_arrow)
    label = axes.text((start + end) / 2, top, text, ha="center", va="center", size=9, color=style.PALETTE[0])
    label.set_bbox({"facecolor": style.PAPER, "edgecolor": "none", "pad": 3})


def _table(axes, table, left, top, cell, decimals):
    largest = float(np.abs(table).max()) or 1.0
    colours = mosaic.coloured(table, sheets.SIGNED, -2 * largest, 2 * largest)
    for (row, column), value in np.ndenumerate(table):
        x, y = left + column * cell, top + row * cell
        _rectangle(axes, x, y, cell, cell, 0.8, style.HAIR, tuple(colours[row, column] / 255))
        text = f"{value:.0f}" if float(value).is_integer() else f"{value:.{decimals}f}"
        axes.text(
            x + cell / 2, y + cell / 2, text.replace("-", "−"), ha="center", va="center_baseline", size=9
        )


def _rectangle(axes, x, y, width, height, thickness, edge=style.PALETTE[1], face="none"):
    from matplotlib.patches import Rectangle

    raised = 6 if face == "none" else 1
    axes.add_patch(
        Rectangle((x, y), width, height, facecolor=face, edgecolor=edge, linewidth=thickness, zorder=raised)
    )
