"""One picture of any size through a network: pad, run, cut, clip."""

import numpy as np

from course_lib import checks
from course_lib.backend import forward
from course_lib.inference import tiles
from course_lib.layers import borders


def restore(network, picture, multiple=None, tile=768, overlap=64, unit=True):
    """Restore a picture of any size; one larger than a tile goes through in overlapping windows.

    Args:
        network: keras.Model from (b, h, w, 3) in [0, 1] to (b, h, w, 3), or of gray pictures with 1 channel.
        picture: (h, w, 3) float array in [0, 1], display-encoded; (h, w, 1) for a network of gray pictures.
        multiple: what the network needs height and width to be divisible by, an int or (rows, columns); None
            asks the network, whose `SizeGuard` knows, and takes 4 where it has none.
        tile: side of a window in pixels; None runs the picture as a whole, however much memory that takes.
        overlap: pixels that neighbouring windows share and fade over.
        unit: whether the picture has to lie in [0, 1]; noise that was not clipped leads out of it.

    Returns:
        Array of `picture`'s shape, float32 in [0, 1].

    Raises:
        ValueError: `picture` leaves [0, 1], has no pixel, or other channels than the network; the network
            changes the picture's shape.
        FloatingPointError: the network's answer holds NaN or infinity.
    """
    (checks.unit_image if unit else checks.finite_image)("restore()", "picture", picture, dims=(3,))
    _demand_channels(network, picture)
    multiple = borders.multiple_of(network) if multiple is None else multiple
    height, width = picture.shape[:2]
    padded = borders.pad_to_multiple(picture.astype("float32"), multiple)
    if tile is None or max(height, width) <= tile:
        restored = _run(network, padded[None])[0]
    else:
        checks.divisible("restore()", (tile, tile, picture.shape[-1]), multiple)
        windows, places = tiles.cut(padded, tile, overlap)
        done = np.concatenate([_run(network, window[None]) for window in windows])
        restored = tiles.blend(done, places, padded.shape[:2], overlap)
    restored = restored[:height, :width]
    if not np.isfinite(restored).all():
        raise FloatingPointError("restore() received NaN from the network. Are its weights whole?")
    return np.clip(restored, 0, 1)


def _demand_channels(network, picture):
    gray, received = network.input_shape[-1] == 1, picture.shape[-1]
    if gray and received != 1:
        raise ValueError(
            f"restore() needs 1 channel for {network.name}; received {received}. Restore channel by channel, "
            f"or make the picture gray: course_lib.degradation.tone.gray(picture)."
        )
    if not gray and received != 3:
        raise ValueError(f"restore() needs 3 colour channels; received {received}. Repeat gray 3 times.")


def _run(network, batch):
    restored = forward.predict(network, batch)
    if restored.shape != batch.shape:
        raise ValueError(
            f"restore() needs a network that keeps the shape; received {restored.shape} for {batch.shape}."
        )
    return restored
