"""The look of every figure: one palette, one typeface, paper, ink and hairlines."""

import contextlib
import textwrap

DPI = 100
WIDTH = 900  # pixels of the widest figure: a notebook shows it unscaled

PAPER = "#ffffff"
INK = "#1f2933"
MUTED = "#5f6b76"
HAIR = "#d5dae0"
SOFT = "#eef2f6"

# Okabe and Ito's colours, told apart with every common colour blindness; the first two differ most.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#b8579a", "#c98a00", "#3fa0d8", "#555555")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
FRAME = (213, 94, 0)  # the second colour as bytes: frames drawn into pictures


@contextlib.contextmanager
def look():
    """Apply the look to all that is made inside the block, whatever the reader's own settings are.

    Yields:
        None; matplotlib's settings are what they were when the block ends.
    """
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "figure.dpi": DPI,
                "figure.facecolor": PAPER,
                "font.family": "DejaVu Sans",
                "font.size": 10,
                "text.color": INK,
                "axes.facecolor": PAPER,
                "axes.edgecolor": MUTED,
                "axes.labelcolor": MUTED,
                "axes.linewidth": 0.8,
                "axes.axisbelow": True,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.spines.left": False,
                "axes.grid": True,
                "axes.grid.axis": "y",
                "grid.color": HAIR,
                "grid.linewidth": 0.8,
                "xtick.color": MUTED,
                "ytick.color": MUTED,
                "xtick.labelsize": 9,
                "ytick.labelsize": 9,
                "ytick.major.size": 0,
                "ytick.minor.size": 0,
                "lines.linewidth": 1.8,
                "lines.markersize": 5,
                "lines.solid_capstyle": "round",
                "mathtext.fontset": "dejavusans",
            }
        )
        yield


def page(width, height):
    """Open a blank figure of exact pixels, unknown to pyplot, so that nothing is shown twice.

    Args:
        width: pixels.
        height: pixels.

    Returns:
        matplotlib.figure.Figure; call inside `look()`.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width / DPI, height / DPI), dpi=DPI)


def panel(figure, left, top, width, height):
    """Place axes by pixels, counted from the upper left corner as in an array.

    Args:
        figure: what `page` returned.
        left: pixels from the left edge.
        top: pixels from the upper edge.
        width: pixels.
        height: pixels.

    Returns:
        matplotlib.axes.Axes.
    """
    across, down = figure.get_size_inches() * DPI
    return figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))


def write(figure, x, y, text, **font):
    """Write text at a pixel, counted from the upper left corner.

    Args:
        figure: what `page` returned.
        x: pixels from the left edge.
        y: pixels from the upper edge.
        text: str.
        **font: what matplotlib's `Figure.text` takes, such as `size`, `color`, `ha`, `va`.

    Returns:
        matplotlib.text.Text.
    """
    across, down = figure.get_size_inches() * DPI
    return figure.text(x / across, 1 - y / down, text, **font)


def wrap(text, pixels, size=10):
    """Break a text into lines that fit a width.

    Args:
        text: str; its own newlines stay.
        pixels: width to fit.
        size: points of the typeface.

    Returns:
        list of str, at least one.
    """
    letters = max(4, int(pixels / (0.585 * size * DPI / 72)))  # 0.585 em: the mean letter of DejaVu Sans
    return [line for part in str(text).split("\n") for line in textwrap.wrap(part, letters) or [""]]


def halo():
    """Surround text with paper, so that it stays readable across lines.

    Returns:
        list for matplotlib's `set_path_effects`.
    """
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=3, foreground=PAPER)]
