"""Figures that answer: a slider over finished frames that needs no kernel, and live sliders that do."""

import base64
import hashlib
import html
import inspect
import json

from course_lib.figures import described, png, sheets

MOST_FRAMES, LARGEST_SIDE = 12, 256  # a page carries every frame inside it, so both are small
MOST_BYTES, FRAME_BYTES = 400_000, 50_000  # of all frames together, and of one that is kept exactly
SMALLEST_SHOWN = 256  # pixels: smaller frames are shown enlarged, without blurring

PAGE = """<div data-frames="{key}" style="display:inline-block;max-width:100%;font-family:sans-serif">
<img alt="{alt}" src="{first}" style="display:block;width:{width}px;max-width:100%;image-rendering:pixelated">
<label style="display:flex;gap:.7em;align-items:center;margin-top:.4em;font-size:.9em">
<input type="range" min="0" max="{last}" value="0" step="1" aria-label="{name}" aria-valuetext="{label}" \
style="flex:1;min-width:8em"><output style="min-width:{letters}ch">{label}</output></label></div>
<script>(function () {{
const others = {others}, labels = {labels}, words = {words};
document.querySelectorAll('[data-frames="{key}"]').forEach(function (box) {{
  const find = function (tag) {{ return box.querySelector(tag); }};
  const picture = find('img'), slider = find('input'), out = find('output');
  const first = box.firstFrame || (box.firstFrame = picture.src);
  slider.oninput = function () {{
    const i = Number(slider.value);
    picture.src = i ? others[i - 1] : first; picture.alt = words + ' ' + labels[i];
    out.textContent = labels[i]; slider.setAttribute('aria-valuetext', labels[i]);
  }};
}});
}})();</script>"""


class Frames:
    """A slider over finished pictures, as one piece of HTML that needs no kernel and no network.

    Args:
        html: str, the page's part.
        alt: str, the figure in words, shown where HTML is not.
    """

    def __init__(self, html, alt):
        self.html, self.alt = html, alt

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "text/plain": self.alt}


def frames_slider(images, labels, alt):
    """Let the reader pull a slider through finished pictures; works on the site and from a file, too.

    Args:
        images: list of 2 to 12 pictures of one size, (h, w), (h, w, 1) or (h, w, 3) float in [0, 1], at most
            256 pixels a side.
        labels: list of str, one a picture, such as "sigma 0.05".
        alt: str, what all frames show; the label of the frame in sight is added to it.

    Returns:
        Frames, equal for equal pictures, labels and words.

    Raises:
        TypeError: a picture is no NumPy array.
        ValueError: too few or many frames, too large, of different sizes, too many
            bytes together, or values that are not float in [0, 1].
    """
    alt = described.demand_words("frames_slider()", alt)
    images = sheets.demand_pictures("frames_slider()", images, labels)
    if not 2 <= len(images) <= MOST_FRAMES:
        raise ValueError(
            f"frames_slider() needs 2 to {MOST_FRAMES} frames, because the page carries all; received "
            f"{len(images)}. Take every other one."
        )
    for image in images:
        if max(image.shape[:2]) > LARGEST_SIDE or image.shape[:2] != images[0].shape[:2]:
            raise ValueError(
                f"frames_slider() needs frames of one size, at most {LARGEST_SIDE} pixels a side; received "
                f"{image.shape[0]} x {image.shape[1]}. Cut a window: image[:256, :256]."
            )
    files = [png.encode(png.to_u8(image), min(MOST_BYTES // len(images), FRAME_BYTES)) for image in images]
    heavy = sum(map(len, files))
    if heavy > MOST_BYTES:
        raise ValueError(
            f"frames_slider() carries {MOST_BYTES // 1000} kB of frames; received {heavy // 1000} kB. "
            f"Take fewer frames or smaller windows."
        )
    frames = ["data:image/png;base64," + base64.b64encode(file).decode("ascii") for file in files]
    labels = [str(label) for label in labels]
    key = "frames-" + hashlib.sha1("\n".join([alt, *labels, *frames]).encode()).hexdigest()[:8]
    width = images[0].shape[1] * max(1, SMALLEST_SHOWN // max(images[0].shape[:2]))
    page = PAGE.format(
        key=key,
        alt=html.escape(f"{alt} {labels[0]}", quote=True),
        first=frames[0],
        width=width,
        last=len(frames) - 1,
        name=html.escape(alt, quote=True),
        label=html.escape(labels[0], quote=True),
        letters=max(map(len, labels)),
        others=_script(frames[1:]),
        labels=_script(labels),
        words=_script(alt),
    )
    return Frames(page, alt)


def explore(fn, **controls):
    """Call a function anew whenever a slider is let go, and show what it returns.

    Args:
        fn: function that returns something a notebook can show, such as a Described.
        **controls: one for each argument of `fn` that the reader may move: (low, high) or (low, high, step)
            for a slider, a list for a menu, True or False for a tick box, or an ipywidgets widget.

    Returns:
        ipywidgets.interactive; the last line of a cell shows it. It needs a running kernel: where pages are
        read without one, put a `frames_slider` beside it.

    Raises:
        TypeError: `fn` cannot be called.
        ValueError: no control, or one that `fn` has no argument for.
    """
    if not callable(fn):
        raise TypeError(f"explore() needs a function; received {type(fn).__name__}.")
    parameters = inspect.signature(fn).parameters
    loose = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    unknown = [name for name in controls if name not in parameters and not loose]
    if unknown or not controls:
        raise ValueError(
            f"explore() needs a control for arguments of {fn.__name__}({', '.join(parameters)}); received "
            f"{', '.join(unknown) or 'none'}."
        )
    import ipywidgets

    widget = ipywidgets.interactive(fn, **controls)
    for child in widget.children:
        if child.has_trait("continuous_update"):
            child.continuous_update = False  # a blur a pixel of mouse travel would queue up behind the hand
    return widget


def _script(value):
    """Write JSON that cannot end the script it stands in."""
    return json.dumps(value).replace("<", "\\u003c")
