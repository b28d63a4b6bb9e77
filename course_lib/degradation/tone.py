"""Wrong colours: exposure, contrast curve and white balance, pixel by pixel, with no neighbour involved."""

import numpy as np

from course_lib import checks

LUMA = (0.299, 0.587, 0.114)  # Rec. 601, of red, green and blue as they are displayed


def miscolour(picture, gain=1.0, gamma=1.0, cast=(1.0, 1.0, 1.0)):
    """Bend the curve of every channel, tint, and expose wrongly; what leaves [0, 1] is cut and lost.

    A value v of channel c becomes gain cast[c] v^gamma. Were a screen's curve a pure power of 2.2, then half
    the light would be a gain of 0.5^(1 / 2.2) = 0.73.

    Args:
        picture: (h, w, 3) float array in [0, 1], display-encoded.
        gain: factor on all values, above 0; below 1 is under-exposed.
        gamma: power of all values, above 0; above 1 darkens what lies between black and white.
        cast: three factors above 0, of red, green and blue; a large first one is warm light.

    Returns:
        Array of `picture`'s shape and type in [0, 1].

    Raises:
        TypeError: `picture` is no NumPy array, or a setting no number.
        ValueError: `picture` leaves [0, 1] or has other than 3 channels, a setting is not above 0, or `cast`
            is not three numbers.
    """
    owner = "miscolour()"
    checks.unit_image(owner, "picture", picture, dims=(3,))
    if picture.shape[-1] != 3:
        raise ValueError(
            f"{owner} needs picture with 3 channels; received {picture.shape}. "
            f"Repeat a gray one: numpy.repeat(picture, 3, axis=-1)."
        )
    tint = np.asarray(cast, "float64")
    if tint.shape != (3,):
        raise ValueError(f"{owner} needs cast as three factors (red, green, blue); received {cast!r}.")
    for name, value in (("gain", gain), ("gamma", gamma), *(("each cast", float(t)) for t in tint)):
        checks.above(owner, name, value, 0)
        checks.within(owner, name, value, 0, 100)  # no such camera; and no infinity
    bent = picture.astype("float64") ** gamma * (gain * tint)
    return np.clip(bent, 0, 1).astype(picture.dtype)


def gray(picture):
    """Take the luma of a picture: 0.299 R + 0.587 G + 0.114 B of the displayed values, not rounded.

    Pillow's convert("L") rounds the same sum to whole bytes: the two differ by half a byte at most.

    Args:
        picture: (h, w, 3) float array in [0, 1], display-encoded; or (h, w, 1), which is given back.

    Returns:
        (h, w, 1) array of the same type in [0, 1].

    Raises:
        TypeError: `picture` is no NumPy array.
        ValueError: it leaves [0, 1], or has other than 1 or 3 channels.

    Source:
        Recommendation ITU-R BT.601.
    """
    checks.unit_image("gray()", "picture", picture, dims=(3,))
    if picture.shape[-1] == 1:
        return picture
    if picture.shape[-1] != 3:
        raise ValueError(
            f"gray() needs picture with 1 or 3 channels; received {picture.shape}. "
            f"Drop an alpha channel: picture[..., :3]."
        )
    # The three weights sum to 1 but for rounding.
    return np.minimum(picture @ np.array(LUMA, picture.dtype), 1)[..., None]
