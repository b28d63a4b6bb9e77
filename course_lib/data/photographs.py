"""Real pictures that are already on the user's machine, inside scikit-image and scikit-learn."""

import dataclasses

import numpy as np

from course_lib import checks
from course_lib.data import images


@dataclasses.dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a picture comes from.

    Args:
        split: "train", "validation" or "test".
        package: "skimage" or "sklearn", whose installation holds the file.
        terms: under which terms it may be shown, and whom to name.
    """

    split: str
    package: str
    terms: str


# The split was fixed before anything was trained. Tests hold a soft, a finely detailed and a gray picture.
_ORIGINS = {
    "astronaut": Origin(split="train", package="skimage", terms="NASA, public domain"),
    "rocket": Origin(split="train", package="skimage", terms="SpaceX, public domain"),
    "hubble_deep_field": Origin(split="train", package="skimage", terms="NASA, public domain"),
    "retina": Origin(split="train", package="skimage", terms="CC0"),
    "immunohistochemistry": Origin(split="train", package="skimage", terms="no known restrictions"),
    "flower": Origin(
        split="train",
        package="sklearn",
        terms="CC BY 2.0, by vultilion (linked) and danielbuechele (named) in the scikit-learn README",
    ),
    "brick": Origin(split="train", package="skimage", terms="CC0"),
    "grass": Origin(split="train", package="skimage", terms="CC0"),
    "gravel": Origin(split="train", package="skimage", terms="CC0"),
    "cell": Origin(split="train", package="skimage", terms="CC0"),
    "text": Origin(split="train", package="skimage", terms="public domain"),
    "coffee": Origin(split="validation", package="skimage", terms="CC0, by Rachel Michetti"),
    "coins": Origin(split="validation", package="skimage", terms="no known restrictions"),
    "chelsea": Origin(split="test", package="skimage", terms="CC0, by Stefan van der Walt"),
    "china": Origin(split="test", package="sklearn", terms="CC BY 2.0, by danielbuechele"),
    "camera": Origin(split="test", package="skimage", terms="CC0"),
}

SPLITS = ("train", "validation", "test")


def names(split=None):
    """Name the photographs, all or those of one split.

    Args:
        split: "train", "validation", "test", or None for all.

    Returns:
        list of str, in a fixed order.

    Raises:
        ValueError: an unknown split.
    """
    if split is not None:
        checks.one_of("photographs.names()", "splits", split, SPLITS)
    return [name for name, origin in _ORIGINS.items() if split in (None, origin.split)]


def attribution(name):
    """Say whom to name and under which terms a photograph may be shown.

    Args:
        name: one of `names()`.

    Returns:
        str.

    Raises:
        ValueError: an unknown photograph.
    """
    checks.one_of("photographs.attribution()", "photographs", name, _ORIGINS)
    return _ORIGINS[name].terms


def load(name):
    """Open one photograph from the user's own installation; nothing is downloaded.

    Args:
        name: one of `names()`.

    Returns:
        (h, w, 3) float32 in [0, 1], display-encoded; gray pictures have three equal channels.

    Raises:
        ValueError: an unknown photograph.
        FileNotFoundError: the installed package came without its pictures.
    """
    checks.one_of("photographs.load()", "photographs", name, _ORIGINS)
    try:
        stored = _stored(name, _ORIGINS[name].package)
    except (OSError, ModuleNotFoundError) as error:
        raise FileNotFoundError(
            f"{name} should lie inside {_ORIGINS[name].package}, but could not be opened ({error}). "
            f"Install again: pip install --force-reinstall scikit-image scikit-learn."
        ) from None
    unit = images.to_unit(stored)
    return np.repeat(unit[..., None], 3, axis=-1) if unit.ndim == 2 else unit


def _stored(name, package):
    if package == "sklearn":
        from sklearn.datasets import load_sample_image

        return load_sample_image(f"{name}.jpg")
    import skimage.data

    return getattr(skimage.data, name)()


def split(which):
    """Open all photographs of a split.

    Args:
        which: "train", "validation" or "test".

    Returns:
        dict from name to (h, w, 3) float32 in [0, 1].

    Raises:
        ValueError: an unknown split.
    """
    return {name: load(name) for name in names(which)}


def clock():
    """Open a photograph that was really blurred, by a moving camera; no sharp version exists.

    Returns:
        (300, 400) float32 in [0, 1]. Public domain, from scikit-image.
    """
    import skimage.data

    return images.to_unit(skimage.data.clock())
