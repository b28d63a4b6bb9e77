"""Predictions held against measurements."""

from course_lib.figures import described, style


def agreement(groups, alt):
    """Hold predictions against measurements, one square panel a unit: on the diagonal lies who guessed right.

    Args:
        groups: dict from unit to a list of (name, low, high, measured); low = high for a single number.
        alt: str, the figure in words.

    Returns:
        described.Described.

    Raises:
        ValueError: no group, or an empty one.
    """
    if not groups or not all(groups.values()):
        raise ValueError(f"agreement() needs at least one prediction a unit; received {groups!r}.")
    side, columns = 220, min(3, len(groups))
    down = -(-len(groups) // columns)
    with style.look():
        figure = style.page(20 + columns * (side + 74), 10 + down * (side + 90))
        for i, (unit, entries) in enumerate(groups.items()):
            left, top = 66 + (i % columns) * (side + 74), 40 + (i // columns) * (side + 90)
            axes = style.panel(figure, left, top, side, side)
            _draw_agreement(axes, entries)
            suffix = f" ({unit})" if unit else ""
            axes.set_xlabel(f"predicted{suffix}")
            style.write(figure, left - 46, top - 14, f"measured{suffix}", color=style.MUTED)
        return described.from_figure(figure, alt)


def _draw_agreement(axes, entries):
    values = [value for _, low, high, measured in entries for value in (low, high, measured)]
    low, high = min(values), max(values)
    pad = 0.12 * (high - low) or 0.5 * abs(high) or 1.0
    low, high = low - pad, high + pad
    axes.set(xlim=(low, high), ylim=(low, high))
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.plot([low, high], [low, high], color=style.HAIR, linewidth=1.4, zorder=1)
    for name, below, above, measured in entries:
        hit = below <= measured <= above
        colour = style.PALETTE[2] if hit else style.PALETTE[0]
        axes.plot([below, above], [measured] * 2, color=colour, linewidth=3, alpha=0.5, zorder=3)
        axes.plot(
            (below + above) / 2,
            measured,
            "o",
            color=colour,
            markersize=7,
            markeredgecolor=style.PAPER,
            zorder=4,
        )
        right = (below + above) / 2 < (low + high) / 2
        axes.annotate(
            name,
            ((below + above) / 2, measured),
            (6 if right else -6, 6),
            textcoords="offset points",
            ha="left" if right else "right",
            size=8.5,
            annotation_clip=False,
        ).set_path_effects(style.halo())
