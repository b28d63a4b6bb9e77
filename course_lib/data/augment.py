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


def draw_view(shape, patch, rng):
    """Draw a square window and one of the eight ways to see it.

    Args:
        shape: (h, w, ...) of the picture.
        patch: side of the window in pixels.
        rng: numpy Generator.

    Returns:
        View inside the picture.

    Raises:
        ValueError: the picture is smaller than the window, or `rng` is missing.
    """
    checks.generator("draw_view()", rng, "the window is drawn by chance")
    height, width = shape[:2]
    if min(height, width) < patch:
        raise ValueError(
            f"draw_view() needs pictures of at least {patch} x {patch}; received {height} x {width}. "
            f"Take a smaller patch, or leave the picture out."
        )
    top, left = rng.integers(height - patch + 1), rng.integers(width - patch + 1)
    return View(
        top=int(top),
        left=int(left),
        height=patch,
        width=patch,
        mirror=bool(rng.integers(2)),
        turns=int(rng.integers(4)),
    )


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
