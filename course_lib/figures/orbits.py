"""Paths through a plane, side by side: how two numbers move together, such as two players' weights."""

import numpy as np

from course_lib import checks
from course_lib.figures import described, style

SIDE, GAP, LEFT, TOP = 186, 22, 44, 50  # pixels of a panel, between two, left of the first, above all


def orbits(paths, xlabel, ylabel, alt):
    """Draw each path in a panel of its own, all to one scale, with a cross at (0, 0).

    A ring marks where a path starts, a dot where it ends.

    Args:
        paths: dict from title to (n, 2) numbers, x and y of every step, n at least 2; at most four.
        xlabel: str, what lies across.
        ylabel: str, what lies upwards, written above the first panel.
        alt: str, the figure in words.

    Returns:
        described.Described.

    Raises:
        TypeError: `paths` is no dict.
        ValueError: no path, more than four, another shape than (n, 2), or NaN.
    """
    if not isinstance(paths, dict):
        raise TypeError(f"orbits() needs paths as a dict of title: path; received {type(paths).__name__}.")
    checks.within("orbits()", "number of paths", len(paths), 1, 4)
    tracks = [_track(title, path) for title, path in paths.items()]
    reach = 1.08 * (max(np.abs(track).max() for track in tracks) or 1.0)
    titles = [style.wrap(title, SIDE, 9.5) for title in paths]
    top = TOP + 16 * max(map(len, titles))
    with style.look():
        figure = style.page(LEFT + len(tracks) * (SIDE + GAP), top + SIDE + 48)
        style.write(figure, 16, 20, ylabel, color=style.MUTED)
        for i, track in enumerate(tracks):
            left = LEFT + i * (SIDE + GAP)
            style.write(figure, left, top - 8, "\n".join(titles[i]), size=9.5, va="bottom")
            axes = style.panel(figure, left, top, SIDE, SIDE)
            _draw(axes, track, reach, style.PALETTE[i])
            axes.set_xlabel(xlabel, labelpad=4)
            if i:
                axes.set_yticklabels([])
        return described.from_figure(figure, alt)


def _track(title, path):
    track = np.asarray(path, dtype=float)
    if track.ndim != 2 or track.shape[1] != 2 or len(track) < 2:
        raise ValueError(f"orbits() needs paths[{title!r}] as (n, 2), n at least 2; received {track.shape}.")
    if not np.isfinite(track).all():
        raise ValueError(
            f"orbits() needs finite values in paths[{title!r}]; received NaN or infinity. Show fewer steps."
        )
    return track


def _draw(axes, track, reach, colour):
    axes.grid(False)
    axes.axhline(0, color=style.HAIR, linewidth=0.8)
    axes.axvline(0, color=style.HAIR, linewidth=0.8)
    axes.plot(*track.T, color=colour, linewidth=1.2)
    axes.plot(*track[0], "o", color=style.PAPER, markeredgecolor=colour, markersize=7, markeredgewidth=1.5)
    axes.plot(*track[-1], "o", color=colour, markersize=7)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach))
