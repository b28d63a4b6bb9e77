"""A large picture in windows: cut with overlap, restore each, blend back without seams."""

import numpy as np

from course_lib import checks


def origins(length, window, overlap):
    """Place windows along one side so that neighbours share at least `overlap` pixels.

    Args:
        length: pixels of the side.
        window: pixels of a window.
        overlap: pixels that neighbours share at the least, below `window`.

    Returns:
        list of int, first pixel of each window; the last window ends at the picture's end.

    Raises:
        ValueError: overlap not below window, or a size below 1.
    """
    checks.at_least("origins()", "length", length, 1)
    checks.at_least("origins()", "overlap", overlap, 0)
    checks.above("origins()", "window", window, overlap)
    if length <= window:
        return [0]
    count = int(np.ceil((length - overlap) / (window - overlap)))
    return [int(round(i * (length - window) / (count - 1))) for i in range(count)]


def strided(length, window, step):
    """Place windows along one side a fixed step apart; the last one is pushed back to the picture's end.

    So neighbours share `window - step` pixels and the last two more, where `origins` spreads them evenly.

    Args:
        length: pixels of the side.
        window: pixels of a window.
        step: pixels from one window to the next, at most `window`.

    Returns:
        list of int, first pixel of each window; [0] where the side is no longer than a window.

    Raises:
        ValueError: a size below 1, or a step beyond the window, which would leave pixels out.
    """
    checks.at_least("strided()", "length", length, 1)
    checks.at_least("strided()", "window", window, 1)
    checks.within("strided()", "step", step, 1, window)
    last = max(0, length - window)
    return [*range(0, last, step), last]


def cut(picture, window, overlap):
    """Cut a picture into overlapping windows, rows first.

    Args:
        picture: (h, w, c) array.
        window: side of a window in pixels; a smaller picture gives windows of its own size.
        overlap: pixels that neighbours share at the least.

    Returns:
        (windows, places): windows is (n, window, window, c), places is a list of (top, left).

    Raises:
        ValueError: overlap not below window.
    """
    rows, columns = (origins(side, window, overlap) for side in picture.shape[:2])
    places = [(top, left) for top in rows for left in columns]
    return np.stack([picture[top : top + window, left : left + window] for top, left in places]), places


def blend(windows, places, shape, overlap):
    """Put windows back, fading linearly over `overlap` pixels; the weights of a pixel always sum to 1.

    Args:
        windows: (n, window, window, c) float array.
        places: list of n (top, left).
        shape: (h, w) of the whole picture.
        overlap: pixels over which a window fades at a side where it has a neighbour.

    Returns:
        (h, w, c) array of the windows' type.

    Raises:
        ValueError: a pixel that no window covers, or numbers of windows and places that differ.
    """
    if len(windows) != len(places):
        raise ValueError(f"blend() needs a place for each window; received {len(windows)} and {len(places)}.")
    total = np.zeros((*shape, windows.shape[-1]), "float64")
    weights = np.zeros((*shape, 1), "float64")
    for window, (top, left) in zip(windows, places, strict=True):
        height, width = window.shape[:2]
        fade = np.outer(_ramp(height, overlap), _ramp(width, overlap))[..., None]  # (window, window, 1)
        total[top : top + height, left : left + width] += window * fade
        weights[top : top + height, left : left + width] += fade
    if weights.min() <= 0:
        raise ValueError(f"blend() needs windows that cover {shape[0]} x {shape[1]}; some pixels have none.")
    return (total / weights).astype(windows.dtype)


def _ramp(length, overlap):
    # Dividing by the summed weights makes the ends harmless: a lone ramp there cancels out.
    rise = (np.arange(length) + 1) / (overlap + 1)
    return np.minimum(1, np.minimum(rise, rise[::-1]))
