"""A street seen through a pinhole: where a point in metres falls, and three maps painted together."""

import dataclasses
import functools

import numpy as np
import scipy.fft

# What a pixel can show. The order is the id.
CLASSES = ("sky", "building", "road", "sidewalk", "grass", "tree", "car", "person", "pole", "sign")
SKY, BUILDING, ROAD, SIDEWALK, GRASS, TREE, CAR, PERSON, POLE, SIGN = range(len(CLASSES))
_TILE = 256  # side of the noise tables, which repeat without a seam


@dataclasses.dataclass(frozen=True, kw_only=True)
class Light:
    """Sky and sun of one scene; colours are factors or (3,) display-encoded.

    Args:
        zenith: (3,) colour of the sky above.
        horizon: (3,) colour of the sky at the horizon, and of haze.
        ambient: (3,) light that reaches every surface.
        sun: (3,) light that reaches surfaces facing the sun.
        side: 1 with the sun on the right, -1 on the left.
        clouds: share of the sky that is covered, in [0, 1].
        lamps: brightness of lit windows and lamps, in [0, 1].
    """

    zenith: np.ndarray
    horizon: np.ndarray
    ambient: np.ndarray
    sun: np.ndarray
    side: int
    clouds: float
    lamps: float

    def on(self, facing):
        """Give the light on a surface.

        Args:
            facing: share of the sun it catches, in [0, 1]; a number or an array.

        Returns:
            (..., 3) float32 factors.
        """
        return (self.ambient + self.sun * np.asarray(facing, "float32")[..., None]).astype("float32")


class Canvas:
    """Picture, labels and instances of one scene, with a camera before them.

    The camera looks along z; x runs to the right and y upward from the ground, all in metres.

    Args:
        height: rows.
        width: columns.
        rng: numpy Generator.
        light: Light.

    Attributes:
        picture: (h, w, 3) float32.
        labels: (h, w) int32.
        instances: (h, w) int32: the label, or label * 1000 + n for things that are counted.
        focal: pixels that a metre covers at a distance of one metre.
        eye: height of the camera in metres.
        horizon, vanishing: row and column where the street ends.
        clouds, grain: (256, 256) float32 noise of mean 0 and deviation 1, soft and rough.
    """

    def __init__(self, height, width, rng, light):
        self.light = light
        self.picture = np.zeros((height, width, 3), "float32")
        self.labels = np.zeros((height, width), "int32")
        self.instances = np.zeros((height, width), "int32")
        self.focal = height * rng.uniform(0.85, 1.1)
        self.eye = rng.uniform(1.5, 2.3)
        self.horizon = height * rng.uniform(0.42, 0.5)
        self.vanishing = width * rng.uniform(0.42, 0.58)
        self.clouds, self.grain = _noise(rng, 1.7), _noise(rng, 0.7)
        self._counted = {}

    def window(self, left, right, top, bottom):
        """Cut a rectangle to the canvas.

        Args:
            left: first column in pixels; fractions are welcome.
            right: last column.
            top: first row.
            bottom: last row.

        Returns:
            (rows, columns): two arrays (n, 1) and (1, m) of pixel centres; empty when it lies outside.
        """
        columns = np.arange(max(0, int(left)), min(self.labels.shape[1], int(right) + 2), dtype="float32")
        rows = np.arange(max(0, int(top)), min(self.labels.shape[0], int(bottom) + 2), dtype="float32")
        return rows[:, None], columns[None]

    def stand(self, x, z, half_width, height):
        """Cut out where an upright thing stands, and measure there in metres.

        Args:
            x: its middle, in metres to the right of the camera.
            z: its distance in metres.
            half_width: metres to both sides.
            height: metres above the ground.

        Returns:
            (rows, columns, a, b, pixel): pixel centres (n, 1) and (1, m), metres (1, m) to the right of x and
            (n, 1) above the ground, and the metres that a pixel covers.
        """
        pixel = z / self.focal
        middle, ground = self.vanishing + x / pixel, self.horizon + self.eye / pixel
        reach = half_width / pixel + 1
        rows, columns = self.window(middle - reach, middle + reach, ground - height / pixel - 1, ground + 2)
        return rows, columns, (columns - middle) * pixel, (ground - rows) * pixel, pixel

    def put(self, rows, columns, cover, colour, label=None, instance=None):
        """Paint over what is there.

        Args:
            rows: (n, 1) pixel centres from `window` or `stand`.
            columns: (1, m) pixel centres.
            cover: (n, m) float in [0, 1], share of each pixel that is covered.
            colour: (3,) or (n, m, 3) float.
            label: what it shows where at least half is covered; None for shadows, which show nothing new.
            instance: number in the instance map; the label when None.
        """
        if not rows.size or not columns.size:
            return
        where = (
            slice(int(rows[0, 0]), int(rows[-1, 0]) + 1),
            slice(int(columns[0, 0]), int(columns[0, -1]) + 1),
        )
        patch = self.picture[where]
        change = np.asarray(colour, "float32") - patch
        change *= cover[..., None]
        patch += change
        if label is not None:
            solid = cover >= 0.5
            self.labels[where][solid] = label
            self.instances[where][solid] = label if instance is None else instance

    def shade(self, rows, columns, cover, factor):
        """Darken what is there, as a shadow does.

        Args:
            rows: (n, 1) pixel centres.
            columns: (1, m) pixel centres.
            cover: (n, m) float in [0, 1], depth of the shadow.
            factor: brightness that is left where `cover` is 1.
        """
        if rows.size and columns.size:
            patch = self.picture[
                int(rows[0, 0]) : int(rows[-1, 0]) + 1, int(columns[0, 0]) : int(columns[0, -1]) + 1
            ]
            patch *= (1 - (1 - factor) * cover)[..., None]

    def count(self, label):
        """Number the next thing of a kind.

        Args:
            label: its class.

        Returns:
            int, label * 1000 + n, n from 0.
        """
        n = self._counted[label] = self._counted.get(label, -1) + 1
        return label * 1000 + n

    def haze(self, colour, z):
        """Let the air between veil a colour.

        Args:
            colour: (..., 3) float.
            z: distance in metres, a number or an array that broadcasts with colour's leading axes.

        Returns:
            (..., 3) float32.
        """
        veil = (1 - np.exp(-np.asarray(z, "float32") / 140))[..., None]
        return colour + veil * (self.light.horizon - colour)


def rgb(colour):
    """Make a colour an array; float32, so that what it is multiplied with stays float32.

    Args:
        colour: three numbers.

    Returns:
        (3,) float32.
    """
    return np.array(colour, "float32")


def tint(colour, spread, rng):
    """Draw a colour near another.

    Args:
        colour: three numbers.
        spread: standard deviation of each channel.
        rng: numpy Generator.

    Returns:
        (3,) float32.
    """
    return rgb(colour) + rng.normal(0, spread, 3).astype("float32")


def speck(table, first, second):
    """Look noise up at integer places; the table repeats.

    Args:
        table: (256, 256) float32.
        first: integer-valued array.
        second: integer-valued array that broadcasts with it.

    Returns:
        float32 array of the broadcast shape.
    """
    return table[np.asarray(first).astype("int32") % _TILE, np.asarray(second).astype("int32") % _TILE]


def inside(distance, pixel):
    """Turn a signed distance into a covered share: soft over one pixel.

    Args:
        distance: array in metres, negative inside.
        pixel: metres a pixel, a number or an array.

    Returns:
        float array in [0, 1].
    """
    return np.clip(0.5 - distance / pixel, 0, 1)


def box(a, b, left, right, low, high, radius=0.0):
    """Signed distance to a rectangle with round corners.

    Args:
        a: (1, m) metres to the right.
        b: (n, 1) metres upward.
        left: its left border in metres.
        right: its right border.
        low: its lower border.
        high: its upper border.
        radius: of the corners, in metres.

    Returns:
        (n, m) metres, negative inside.
    """
    x = np.abs(a - (left + right) / 2) - (right - left) / 2 + radius
    y = np.abs(b - (low + high) / 2) - (high - low) / 2 + radius
    if radius == 0:
        return np.maximum(x, y)
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0))
    return outside + np.minimum(np.maximum(x, y), 0) - radius


def _noise(rng, fall):
    # White noise is as white in its spectrum, so that only the way back is computed.
    spectrum = rng.standard_normal((_TILE, _TILE // 2 + 1, 2), dtype="float32").view("complex64")[..., 0]
    noise = scipy.fft.irfft2(spectrum * _filter(fall), (_TILE, _TILE))
    return noise / noise.std()


@functools.cache
def _filter(fall):
    frequencies = np.hypot(np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None])
    frequencies[0, 0] = np.inf
    return (frequencies**-fall).astype("float32")
