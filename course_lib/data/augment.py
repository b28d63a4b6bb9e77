"""One draw of crop, flip and turn, used for both halves of a pair."""

import dataclasses

import numpy as np

from course_lib import checks


@dataclasses.dataclass(frozen=True, kw_only=True)
class View:
    """A window of a picture, seen straight, mirrored or turned.

    Args:
        top: first row of the window, in pixels.
        left: first column of the window, in pixels.
        height: rows of the window.
        width: columns of the window.
        mirror: whether left and right are swapped.
        turns: quarter turns counter-clockwise, 0 to 3, after the mirror.
    """

    top: int
    left: int
    height: int
    width: int
    mirror: bool = False
    turns: int = 0


def sides(owner, patch, name="patch"):
    """Read the size of a window.

    Args:
        owner: who asks, for the message.
        patch: side of a square window in pixels, or (height, width).
        name: what the owner calls it.

    Returns:
        (height, width) in pixels.

    Raises:
        TypeError: a side is no number.
        ValueError: a side below 1, or other than two sides.
    """
    pair = tuple(patch) if isinstance(patch, (tuple, list)) else (patch, patch)
    if len(pair) != 2:
        raise ValueError(f"{owner} needs {name} as a side or as (height, width); received {patch}.")
    for side in pair:
        checks.at_least(owner, name, side, 1)
    return pair


def draw_view(shape, patch, rng, upright=False):
    """Draw a window and a way to see it: one of eight, or of the four that keep a window that is not square.

    Args:
        shape: (h, w, ...) of the picture.
        patch: side of the window in pixels, or (height, width).
        rng: numpy Generator.
        upright: whether sky must stay above: the window may be mirrored, and is not turned.

    Returns:
        View inside the picture.

    Raises:
        TypeError: a side is no number.
        ValueError: the picture is smaller than the window, or `rng` is missing.
    """
    checks.generator("draw_view()", rng, "the window is drawn by chance")
    height, width = sides("draw_view()", patch)
    rows, columns = shape[:2]
    if rows < height or columns < width:
        raise ValueError(
            f"draw_view() needs pictures of at least {height} x {width}; received {rows} x {columns}. "
            f"Take a smaller patch, or leave the picture out."
        )
    top, left = rng.integers(rows - height + 1), rng.integers(columns - width + 1)
    mirror, turns = bool(rng.integers(2)), 0
    if not upright:
        # A quarter turn would swap the sides.
        turns = int(rng.integers(4)) if height == width else 2 * int(rng.integers(2))
    return View(top=int(top), left=int(left), height=height, width=width, mirror=mirror, turns=turns)


def see(picture, view):
    """Cut, mirror and turn a picture.

    Args:
        picture: (h, w) or (h, w, c) array.
        view: View inside the picture.

    Returns:
        (view.height, view.width, ...) array; a view on memory where NumPy can, so copy before writing.

    Raises:
        ValueError: the view reaches beyond the picture.
    """
    bottom, right = view.top + view.height, view.left + view.width
    if bottom > picture.shape[0] or right > picture.shape[1] or min(view.top, view.left) < 0:
        raise ValueError(
            f"see() needs a window inside the picture of {picture.shape[0]} x {picture.shape[1]}; "
            f"received rows {view.top} to {bottom}, columns {view.left} to {right}."
        )
    window = picture[view.top : bottom, view.left : right]
    window = window[:, ::-1] if view.mirror else window
    return np.rot90(window, view.turns)
