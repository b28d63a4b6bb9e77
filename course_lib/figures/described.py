"""A picture that is never without its words."""

import base64
import os
import struct
import tempfile
from pathlib import Path

from course_lib.figures import png as png_files

SHORTEST = 15  # characters; below this a text names a figure but does not describe it


class Described:
    """A finished PNG and the sentence that replaces it for who cannot see it.

    Notebooks show the picture; screen readers, plain terminals and nbval get the text.

    Args:
        png: bytes of a PNG.
        alt: str of 15 characters or more: what is seen, and what it shows.

    Raises:
        TypeError: `png` is not the bytes of a PNG, or `alt` no str.
        ValueError: `alt` is empty or too short to describe anything.
    """

    def __init__(self, png, alt):
        if not isinstance(png, bytes) or not png.startswith(b"\x89PNG"):
            raise TypeError(f"Described needs png as the bytes of a PNG file; received {type(png).__name__}.")
        self.png = png
        self.alt = demand_words("Described", alt)
        self.width, self.height = struct.unpack(">II", png[16:24])  # pixels, from the header

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        picture = base64.b64encode(self.png).decode("ascii")
        return {"image/png": picture, "text/plain": self.alt}, {"image/png": {"alt": self.alt}}

    def save(self, path):
        """Write the picture with its text inside; a reader never meets half a file.

        Args:
            path: str or Path ending in .png; its folder must exist.

        Returns:
            Path of the file.

        Raises:
            ValueError: the name does not end in .png.
            FileNotFoundError: the folder does not exist.
        """
        path = Path(path)
        if path.suffix.lower() != ".png":
            raise ValueError(f"Described.save() writes PNG; received the name {path.name!r}. End it in .png.")
        if not path.parent.is_dir():
            raise FileNotFoundError(
                f"Described.save() needs an existing folder; received {str(path.parent)!r}. "
                f"Make it first: pathlib.Path({str(path.parent)!r}).mkdir(parents=True)."
            )
        handle, part = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(png_files.with_description(self.png, self.alt))
            os.chmod(part, 0o644)  # mkstemp makes files that only their owner may read
            os.replace(part, path)
        except BaseException:
            os.unlink(part)
            raise
        return path


def demand_words(owner, alt):
    """Demand a text that describes a figure.

    Args:
        owner: who asks, for the message.
        alt: str of 15 characters or more.

    Returns:
        str, `alt` with runs of blanks and newlines made one blank.

    Raises:
        TypeError: `alt` is no str.
        ValueError: `alt` is too short.
    """
    if not isinstance(alt, str):
        raise TypeError(f"{owner} needs alt, the figure in words, as a str; received {type(alt).__name__}.")
    words = " ".join(alt.split())
    if len(words) < SHORTEST:
        raise ValueError(
            f"{owner} needs alt of at least {SHORTEST} characters, because not every reader sees the figure; "
            f"received {alt!r}. Say what is seen and what it shows."
        )
    return words


def from_pixels(pixels, alt):
    """Describe a finished page of pixels.

    Args:
        pixels: (h, w, 3) uint8.
        alt: str, the figure in words.

    Returns:
        Described.
    """
    return Described(png_files.encode(pixels), alt)


def from_figure(figure, alt):
    """Draw a matplotlib figure once and describe it.

    Args:
        figure: matplotlib.figure.Figure of any backend; it is drawn as it is, at its own dpi.
        alt: str, the figure in words.

    Returns:
        Described.
    """
    alt = demand_words("from_figure()", alt)
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return from_pixels(np.asarray(canvas.buffer_rgba())[..., :3].copy(), alt)
