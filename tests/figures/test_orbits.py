import io

import numpy as np
import pytest
from PIL import Image

from course_lib.figures import orbits, style

ALT = "A test of paths through a plane."
TURN = np.linspace(0, 2 * np.pi, 100)
CIRCLE = np.stack([np.cos(TURN), np.sin(TURN)], axis=1)


def spans(figure, colour):
    """Return (height, width, middle row, middle column) of what has one palette colour, in pixels."""
    with Image.open(io.BytesIO(figure.png)) as picture:
        page = np.asarray(picture.convert("RGB")).astype(int)
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    rows, columns = np.nonzero(np.abs(page - wanted).max(axis=-1) <= 6)
    ends = [(found.min(), found.max()) for found in (rows, columns)]
    return (*(b - a + 1 for a, b in ends), *((a + b) / 2 for a, b in ends))


def test_a_circle_is_as_high_as_it_is_wide():
    height, width, *_ = spans(orbits.orbits({"a": CIRCLE}, "x", "y", ALT), style.PALETTE[0])
    assert height == pytest.approx(width, abs=8)  # the dot at (1, 0) sticks out by its radius
    assert height > 150


def test_all_paths_share_one_scale():
    figure = orbits.orbits({"whole": CIRCLE, "half": CIRCLE / 2}, "x", "y", ALT)
    whole, half = (spans(figure, colour) for colour in style.PALETTE[:2])
    assert whole[0] / half[0] == pytest.approx(2, rel=0.1)
    assert whole[2] == pytest.approx(half[2], abs=3)
    assert half[3] > whole[3] + 150


def test_upwards_is_the_second_number():
    figure = orbits.orbits({"up": [[0, 0], [0, 1]], "across": [[0, 0], [1, 0]]}, "x", "y", ALT)
    up, across = (spans(figure, colour) for colour in style.PALETTE[:2])
    assert up[0] > 4 * up[1]
    assert across[1] > 4 * across[0]
    assert up[2] < across[2]


@pytest.mark.parametrize(
    ("paths", "error", "words"),
    [
        ([CIRCLE], TypeError, "dict"),
        ({}, ValueError, r"number of paths in \[1, 4\]"),
        (dict.fromkeys("abcde", CIRCLE), ValueError, "received 5"),
        ({"a": CIRCLE.T}, ValueError, r"\(2, 100\)"),
        ({"a": CIRCLE[:1]}, ValueError, "at least 2"),
        ({"a": np.full((3, 2), np.nan)}, ValueError, "fewer steps"),
    ],
)
def test_paths_that_cannot_be_drawn_are_refused(paths, error, words):
    with pytest.raises(error, match=words):
        orbits.orbits(paths, "x", "y", ALT)
