"""Predictions held against measurements: one row each, so that many stay readable."""

from course_lib.figures import described, style

ROW, WIDE, HEAD = 26, 360, 40  # pixels: a row, the axis, the room above a panel


def agreement(groups, alt):
    """Show how far each guess lies from its measurement, a panel a unit; on the line lies who guessed right.

    Args:
        groups: dict from unit to a list of (name, low, high, measured); low = high for a single number.
        alt: str, the figure in words.

    Returns:
        described.Described; ranges that hold the measurement are green.

    Raises:
        ValueError: no group, or an empty one.
    """
    if not groups or not all(groups.values()):
        raise ValueError(f"agreement() needs at least one prediction a unit; received {groups!r}.")
    names = [str(entry[0]) for entries in groups.values() for entry in entries]
    left = 24 + int(7.6 * max(map(len, names)))
    right = 24 + max(int(6.9 * len(_words(*entry[1:]))) for entries in groups.values() for entry in entries)
    heights = [HEAD + ROW * len(entries) + 40 for entries in groups.values()]
    with style.look():
        figure = style.page(left + WIDE + right, sum(heights) + 6)
        for i, (unit, entries) in enumerate(groups.items()):
            top = sum(heights[:i]) + HEAD
            axes = style.panel(figure, left, top, WIDE, ROW * len(entries))
            _draw(axes, entries)
            axes.set_xlabel(f"guess − measured{f' ({unit})' if unit else ''}")
            for x, text, side in ((0, "too low", "left"), (WIDE, "too high", "right")):
                style.write(figure, left + x, top - 10, text, color=style.MUTED, size=8.5, ha=side)
            style.write(figure, left + WIDE / 2, top - 10, "right", color=style.MUTED, size=8.5, ha="center")
            for row, (name, low, high, measured) in enumerate(entries):
                y = top + ROW * (row + 0.5)
                style.write(figure, left - 10, y, name, size=9.5, ha="right", va="center_baseline")
                text = _words(low, high, measured)
                style.write(
                    figure, left + WIDE + 12, y, text, size=8.5, color=style.MUTED, va="center_baseline"
                )
                _mark(axes, row, low - measured, high - measured)
        return described.from_figure(figure, alt)


def _words(low, high, measured):
    said = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
    return f"said {said}, measured {measured:.4g}"


def _draw(axes, entries):
    from matplotlib.ticker import MaxNLocator

    reach = max(abs(end - measured) for _, low, high, measured in entries for end in (low, high)) * 1.1 or 1.0
    axes.set(xlim=(-reach, reach), ylim=(len(entries) - 0.5, -0.5))
    axes.set_yticks(range(len(entries)), [""] * len(entries))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.axvline(0, color=style.PALETTE[2], linewidth=1.4, zorder=2)


def _mark(axes, row, low, high):
    colour = style.PALETTE[2] if low <= 0 <= high else style.PALETTE[0]
    axes.plot([low, high], [row, row], color=colour, linewidth=5, alpha=0.4, zorder=3)
    axes.plot((low + high) / 2, row, "o", color=colour, markersize=7.5, markeredgecolor=style.PAPER, zorder=4)
