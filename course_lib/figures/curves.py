"""Numbers as lines, bars and points: labelled in place, so that no legend has to be decoded."""

import math

import numpy as np

from course_lib import checks
from course_lib.figures import described, style


def lines(x, series, xlabel, ylabel, alt, logx=False, logy=False):
    """Draw several quantities over one axis; each line carries its name at its right end.

    Args:
        x: (n,) numbers.
        series: dict from name to (n,) numbers, at most seven; None where there is no value.
        xlabel: str, quantity and unit.
        ylabel: str, quantity and unit, written above the axis.
        alt: str, the figure in words.
        logx: logarithmic x; all x must be above zero.
        logy: logarithmic y; all y must be above zero.

    Returns:
        described.Described.

    Raises:
        TypeError: `series` is no dict.
        ValueError: no series, too many, another length than x, NaN, or a value that a logarithm refuses.
    """
    if not isinstance(series, dict):
        raise TypeError(f"lines() needs series as a dict of name: values; received {type(series).__name__}.")
    if not 1 <= len(series) <= len(style.PALETTE):
        raise ValueError(f"lines() needs 1 to {len(style.PALETTE)} series; received {len(series)}.")
    x = _numbers("lines()", "x", x, positive=logx)
    curves = {name: _with_gaps("lines()", f"series[{name!r}]", y, logy) for name, y in series.items()}
    for name, y in curves.items():
        if len(y) != len(x):
            raise ValueError(f"lines() needs series[{name!r}] as long as x; received {len(y)} and {len(x)}.")
    names = [style.wrap(name, 190, 9.5) for name in curves]
    # One line needs no name beside it: the axis already says what it is.
    room = 14 + max(int(7.8 * max(map(len, name))) for name in names) if len(curves) > 1 else 24
    with style.look():
        figure = style.page(560 + room, 350)
        axes = style.panel(figure, 58, 34, 480, 266)
        axes.set_xscale("log" if logx else "linear")
        axes.set_yscale("log" if logy else "linear")
        for i, y in enumerate(curves.values()):
            marker = style.MARKERS[i] if len(x) <= 16 else None
            axes.plot(x, y, color=style.PALETTE[i], marker=marker, markeredgecolor=style.PAPER, zorder=3 + i)
        _label_axes(figure, axes, xlabel, ylabel)
        if logx and len(x) <= 12:
            _tick_at(axes, x)
        if len(curves) > 1:
            _name_ends(figure, axes, x, list(curves.values()), names)
        return described.from_figure(figure, alt)


def bars(names, values, ylabel, alt):
    """Compare a few numbers: lying bars that start at zero, each with its value.

    Args:
        names: list of str.
        values: (n,) numbers, one a name.
        ylabel: str, quantity and unit, written above the bars.
        alt: str, the figure in words.

    Returns:
        described.Described.

    Raises:
        ValueError: no bar, another number of values than names, or NaN.
    """
    values = _numbers("bars()", "values", values)
    if len(names) != len(values):
        raise ValueError(f"bars() needs one value a name; received {len(names)} and {len(values)}.")
    texts = [style.wrap(name, 230, 9.5) for name in names]
    left = 24 + max(int(7.8 * max(map(len, text))) for text in texts)
    height = sum(12 + 16 * len(text) for text in texts)
    rows = np.cumsum([6 + 8 * len(text) for text in texts]) + np.cumsum(
        [0, *(6 + 8 * len(t) for t in texts[:-1])]
    )
    with style.look():
        figure = style.page(left + 400 + 70, height + 46)
        axes = style.panel(figure, left, 34, 400, height)
        axes.grid(False)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.barh(rows, values, height=20, color=style.PALETTE[0])
        axes.set_ylim(height, 0)
        low, high = min(0.0, values.min()), max(0.0, values.max())
        room = 60 if low < 0 else 0  # pixels, for the number left of a bar below zero
        axes.set_xlim(low - room * ((high - low) or 1.0) / (400 - room), high if high > low else 1.0)
        axes.axvline(0, color=style.MUTED, linewidth=0.8)
        axes.set_yticks(rows, ["\n".join(text) for text in texts], fontsize=9.5, color=style.INK)
        for row, value, text in zip(rows, values, _alike(values), strict=True):
            axes.annotate(
                text,
                (value, row),
                (5 if value >= 0 else -5, 0),
                textcoords="offset points",
                ha="left" if value >= 0 else "right",
                va="center_baseline",
                annotation_clip=False,
            )
        style.write(figure, left, 22, ylabel, color=style.MUTED, size=9.5)
        return described.from_figure(figure, alt)


def points(x, y, names, xlabel, ylabel, alt, logx=False):
    """Show each named thing as a point of two numbers, such as cost and quality.

    Args:
        x: (n,) numbers.
        y: (n,) numbers.
        names: list of n str, written beside the points; "" for none.
        xlabel: str, quantity and unit.
        ylabel: str, quantity and unit, written above the axis.
        alt: str, the figure in words.
        logx: logarithmic x; all x must be above zero.

    Returns:
        described.Described.

    Raises:
        ValueError: different lengths, NaN, or an x that a logarithm refuses.
    """
    x, y = _numbers("points()", "x", x, positive=logx), _numbers("points()", "y", y)
    if not len(x) == len(y) == len(names):
        raise ValueError(
            f"points() needs one name a point; received {len(x)} x, {len(y)} y, {len(names)} names."
        )
    with style.look():
        figure = style.page(620, 370)
        axes = style.panel(figure, 58, 34, 480, 286)
        axes.set_xscale("log" if logx else "linear")
        axes.plot(x, y, "o", color=style.PALETTE[0], markersize=8, markeredgecolor=style.PAPER, clip_on=False)
        axes.margins(0.08, 0.12)
        for across, up, name in zip(x, y, names, strict=True):
            text = axes.annotate(
                name, (across, up), (7, 5), textcoords="offset points", annotation_clip=False
            )
            text.set_path_effects(style.halo())
        _label_axes(figure, axes, xlabel, ylabel)
        return described.from_figure(figure, alt)


def _name_ends(figure, axes, x, curves, names):
    last, ends = x.max(), [y[np.argmax(np.where(np.isnan(y), -np.inf, x))] for y in curves]
    axes.autoscale_view()  # matplotlib would settle the limits only when it draws
    heights = np.array([14.0 * len(name) for name in names])
    wanted = np.array([axes.transData.transform((last, end))[1] for end in ends])
    order = np.argsort(wanted)
    placed = wanted.copy()
    for below, above in zip(order[:-1], order[1:], strict=True):  # push apart from the bottom up
        placed[above] = max(placed[above], placed[below] + (heights[below] + heights[above]) / 2)
    placed -= (placed - wanted).mean()  # and share the shift among all
    placed += max(0.0, 40 - placed.min())
    height = figure.get_size_inches()[1] * style.DPI
    for i, name in enumerate(names):
        style.write(
            figure,
            548,
            height - placed[i],
            "\n".join(name),
            color=style.PALETTE[i],
            size=9.5,
            va="center",
            ha="left",
        )


def _label_axes(figure, axes, xlabel, ylabel):
    axes.set_xlabel(xlabel, labelpad=6)
    style.write(figure, 16, 18, ylabel, color=style.MUTED)


def _numbers(owner, name, values, positive=False):
    array = np.asarray(values)
    if array.ndim != 1 or array.size == 0 or not np.issubdtype(array.dtype, np.number):
        raise ValueError(
            f"{owner} needs {name} as a list of numbers; received {array.dtype} of shape {array.shape}."
        )
    array = array.astype(float)
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise ValueError(
            f"{owner} needs finite values in {name}; received {bad} NaN or infinite of {array.size}. "
            f"Leave them out, and say so in the figure's words."
        )
    if positive:
        checks.above(owner, f"{name} (its axis is logarithmic)", float(array.min()), 0)
    return array


def _with_gaps(owner, name, values, positive):
    array = np.asarray(values)
    if array.dtype != object or array.ndim != 1:
        return _numbers(owner, name, values, positive)
    there = np.array([value is not None for value in array])
    full = np.full(len(array), np.nan)
    full[there] = _numbers(owner, name, [value for value in array if value is not None], positive)
    return full


def _tick_at(axes, x):
    axes.autoscale_view()
    places, ticks = axes.transData.transform([(value, axes.get_ylim()[0]) for value in x])[:, 0], []
    for value, place in sorted(zip(x, places, strict=True)):
        if not ticks or place - ticks[-1][1] >= 40:
            ticks.append((value, place))
    axes.set_xticks([value for value, _ in ticks], [f"{value:g}" for value, _ in ticks])
    axes.set_xticks([], minor=True)


def _alike(values):
    """Write numbers with as many decimals as the fourth figure of the largest asks for, none needless."""
    largest = float(np.abs(values).max()) or 1.0
    if not 0.001 <= largest < 1e6:
        return [f"{value:.3g}".replace("-", "−") for value in values]
    most = max(0, 3 - math.floor(math.log10(largest)))
    digits = next(d for d in range(most + 1) if np.array_equal(np.round(values, d), np.round(values, most)))
    return [f"{value:.{digits}f}".replace("-", "−") for value in values]
