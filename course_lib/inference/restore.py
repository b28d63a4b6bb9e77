"""One picture of any size through a network: pad, run, cut, clip."""

import numpy as np

from course_lib import checks
from course_lib.backend import forward
from course_lib.inference import tiles
from course_lib.layers import borders


def restore(network, picture, multiple=None, tile=768, overlap=64):
    """Restore a picture of any size; one larger than a tile goes through in overlapping windows.

    Args:
        network: keras.Model from (b, h, w, 3) in [0, 1] to (b, h, w, 3).
        picture: (h, w, 3) float array in [0, 1], display-encoded.
        multiple: what the network needs height and width to be divisible by; None asks the network, whose
            `SizeGuard` knows, and takes 4 where it has none.
        tile: side of a window in pixels; None runs the picture as a whole, however much memory that takes.
        overlap: pixels that neighbouring windows share and fade over.

    Returns:
        (h, w, 3) float32 in [0, 1].

    Raises:
        ValueError: `picture` leaves [0, 1], has no pixel, or other than 3 channels; the network changes
            the picture's shape.
        FloatingPointError: the network's answer holds NaN or infinity.
    """
    checks.unit_image("restore()", "picture", picture, dims=(3,))
    if picture.shape[-1] != 3:
        raise ValueError(
            f"restore() needs 3 colour channels; received {picture.shape[-1]}. Repeat gray 3 times."
        )
    multiple = borders.multiple_of(network) if multiple is None else multiple
    height, width = picture.shape[:2]
    padded = borders.pad_to_multiple(picture.astype("float32"), multiple)
    if tile is None or max(height, width) <= tile:
        restored = _run(network, padded[None])[0]
    else:
        checks.divisible("restore()", (tile, tile, 3), multiple)
        windows, places = tiles.cut(padded, tile, overlap)
        done = np.concatenate([_run(network, window[None]) for window in windows])
        restored = tiles.blend(done, places, padded.shape[:2], overlap)
    restored = restored[:height, :width]
    if not np.isfinite(restored).all():
        raise FloatingPointError("restore() received NaN from the network. Are its weights whole?")
    return np.clip(restored, 0, 1)


def _run(network, batch):
    restored = forward.predict(network, batch)
    if restored.shape != batch.shape:
        raise ValueError(
            f"restore() needs a network that keeps the shape; received {restored.shape} for {batch.shape}."
        )
    return restored
