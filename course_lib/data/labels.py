"""Label maps: what every pixel shows, which object it belongs to, and what a network is told of both."""

import dataclasses
import pathlib

import numpy as np

from course_lib import checks


@dataclasses.dataclass(frozen=True, kw_only=True)
class Labelled:
    """A label map with its instance map and its picture; either of these may be missing.

    Args:
        name: str.
        labels: (h, w) integer array, what each pixel shows.
        instances: (h, w) integer array, one number an object, or None.
        picture: (h, w, 3) float32 in [0, 1], or None.

    Raises:
        TypeError: a map is no NumPy array.
        ValueError: a map that does not hold whole numbers, or sizes that differ.
    """

    name: str
    labels: np.ndarray
    instances: np.ndarray | None = None
    picture: np.ndarray | None = None

    def __post_init__(self):
        _whole_numbers(self.name, "labels", self.labels)
        if self.instances is not None:
            _whole_numbers(self.name, "instances", self.instances)
            _one_size(self.name, ("labels", "instances"), self.labels, self.instances)
        if self.picture is not None:
            checks.unit_image(self.name, "picture", self.picture, dims=(3,))
            _one_size(self.name, ("labels", "picture"), self.labels, self.picture)


def one_hot(labels, classes, unlabelled=None):
    """Give every class a channel: 1 where the label map names it, 0 elsewhere.

    Args:
        labels: (h, w) integer array with values in [0, classes).
        classes: number of classes.
        unlabelled: one more id that may occur, such as 255; it gets a last channel of its own. None for none.

    Returns:
        (h, w, classes) float32 of zeros and ones, or (h, w, classes + 1) with `unlabelled`.

    Raises:
        TypeError: `labels` is no NumPy array, or `classes` no number.
        ValueError: ids outside the table; all are named.
    """
    checks.at_least("one_hot()", "classes", classes, 1)
    _whole_numbers("one_hot()", "labels", labels)
    channel = labels.astype("int64")
    channels = classes if unlabelled is None else classes + 1
    if unlabelled is not None:
        channel = np.where(channel == unlabelled, classes, channel)
    outside = np.unique(channel[(channel < 0) | (channel >= channels)])
    if outside.size:
        ids = ", ".join(map(str, outside[:8])) + (" ..." if outside.size > 8 else "")
        raise ValueError(
            f"one_hot() needs label ids from 0 to {classes - 1}; received {ids}. Is it the map of another "
            "data set, or a picture of colours? For one id that means 'no label', pass unlabelled=that id."
        )
    hot = np.zeros((*labels.shape, channels), "float32")
    hot.reshape(-1, channels)[np.arange(labels.size), channel.ravel()] = 1
    return hot


def edges(instances):
    """Mark the borders between objects: 1 where a pixel differs from one of its four neighbours.

    Both sides of a border are marked, so that lines are 2 pixels wide.

    Args:
        instances: (h, w) or (b, h, w) integer array, one number an object.

    Returns:
        float32 array of the same shape, zeros and ones.

    Raises:
        TypeError: `instances` is no NumPy array.
        ValueError: other axes, or numbers that are not whole.

    Source:
        Wang et al., pix2pixHD, CVPR 2018, section 3.4.
    """
    _whole_numbers("edges()", "instances", instances, dims=(2, 3))
    across = instances[..., :, 1:] != instances[..., :, :-1]
    down = instances[..., 1:, :] != instances[..., :-1, :]
    found = np.zeros(instances.shape, bool)
    found[..., :, 1:] |= across
    found[..., :, :-1] |= across
    found[..., 1:, :] |= down
    found[..., :-1, :] |= down
    return found.astype("float32")


def condition(labels, instances, classes, unlabelled=None):
    """Build what a label-to-picture network sees: one-hot labels and, as last channel, object borders.

    Args:
        labels: (h, w) integer array.
        instances: (h, w) integer array, or None for no edge channel.
        classes: number of classes.
        unlabelled: see `one_hot`.

    Returns:
        (h, w, c) float32 of zeros and ones; c is `classes`, one more with `unlabelled`, one more with edges.

    Raises:
        TypeError: a map is no NumPy array.
        ValueError: no labels, sizes that differ, or what `one_hot` refuses.
    """
    if labels is None:
        raise ValueError(
            "condition() needs labels; received an instance map alone, which says where objects end, but "
            "not what they are."
        )
    channels = one_hot(labels, classes, unlabelled)
    if instances is None:
        return channels
    _whole_numbers("condition()", "instances", instances)
    _one_size("condition()", ("labels", "instances"), labels, instances)
    return np.concatenate([channels, edges(instances)[..., None]], axis=-1)


def paint(labels, colours):
    """Show a label map: every class in its colour.

    Args:
        labels: (h, w) integer array with values in [0, number of colours).
        colours: (classes, 3) float array in [0, 1], such as course_lib.data.scenes.COLOURS.

    Returns:
        (h, w, 3) float32 in [0, 1].

    Raises:
        TypeError: `labels` is no NumPy array.
        ValueError: an id without a colour.
    """
    _whole_numbers("paint()", "labels", labels)
    colours = np.asarray(colours, "float32")
    if labels.min() < 0 or labels.max() >= len(colours):
        raise ValueError(
            f"paint() needs label ids from 0 to {len(colours) - 1}, one a colour; received "
            f"{labels.min()} to {labels.max()}."
        )
    return colours[labels]


def paint_condition(condition, colours=None, edges=True):
    """Show what a label-to-picture network is given: every class in its colour.

    Args:
        condition: (h, w, c) float array as `condition` makes it.
        colours: (classes, 3) float array in [0, 1]; None spreads hues over the classes.
        edges: whether the last channel holds object borders.

    Returns:
        (h, w, 3) float32 in [0, 1], object borders in black.
    """
    classes = condition.shape[-1] - edges
    if colours is None:
        turns = np.arange(classes)[:, None] * 0.618 + np.array([0.0, 1 / 3, 2 / 3])
        colours = 0.55 + 0.4 * np.cos(2 * np.pi * turns)
    painted = paint(condition[..., :classes].argmax(axis=-1), colours)
    return painted * (1 - condition[..., -1:]) if edges else painted


def read_ids(path):
    """Open a map of ids exactly as stored: no scaling, no colours.

    Args:
        path: PNG, TIFF or BMP file of one channel, 8 or 16 bits or with a palette (then its indices are ids).

    Returns:
        (h, w) int32.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a JPEG, which changes ids; a picture of colours; or a damaged file.
    """
    import PIL.Image

    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"read_ids() found no file {path}.")
    try:
        with PIL.Image.open(path) as opened:
            kind, mode = opened.format, opened.mode
            stored = np.asarray(opened)
    # A decoder that meets damage raises whatever it stumbles over.
    except Exception as error:
        raise ValueError(
            f"{path} is no map of ids that can be read ({error}). Get a complete copy."
        ) from None
    if kind in ("JPEG", "WEBP"):
        raise ValueError(f"{path} is a {kind}, which changes ids where it saves space. Use the original PNG.")
    if mode not in ("1", "L", "P", "I", "I;16", "I;16B", "I;16L", "I;16N"):
        raise ValueError(
            f"{path} stores pixels as {mode}, colours instead of ids. Use the file of ids, such as "
            "..._labelIds.png instead of ..._color.png."
        )
    return stored.astype("int32")


def _whole_numbers(owner, name, array, dims=(2,)):
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{owner} needs {name} as a NumPy array; received {type(array).__name__}.")
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{owner} needs whole numbers in {name}; received {array.dtype}.")
    if array.ndim not in dims or array.size == 0:
        shapes = " or ".join({2: "(h, w)", 3: "(b, h, w)"}[d] for d in dims)
        raise ValueError(f"{owner} needs {name} of shape {shapes}, not empty; received {array.shape}.")


def _one_size(owner, names, first, second):
    if first.shape[:2] != second.shape[:2]:
        sizes = " and ".join(f"{h} x {w}" for h, w in (first.shape[:2], second.shape[:2]))
        raise ValueError(f"{owner} needs {names[0]} and {names[1]} of one size; received {sizes}.")
