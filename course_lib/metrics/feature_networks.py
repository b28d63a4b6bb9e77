"""What a Frechet distance looks at: features of each picture, from hand-made filters or InceptionV3."""

import numpy as np
import scipy.ndimage
from keras import ops

from course_lib import checks
from course_lib.backend import applications

SCALES = 3  # each half as wide as the one before
DIRECTIONS = np.pi * np.arange(4) / 4
# Added before a logarithm, in units of [0, 1]: what a display of 8 bits hardly shows counts little.
FAINT = 0.01
_LUMA = np.array([0.299, 0.587, 0.114])  # Rec. 601
_INCEPTION_SIDE = 299


class PictureStatistics:
    """29 hand-made features that need no weights: how bright, how colourful, how much edge of which width.

    Of luma and of two colour differences: mean and deviation (6). Of luma at each of 3 scales: logarithm of
    the mean edge strength in 4 directions, steered from two derivatives; how unevenly edges are spread; and
    strength and unevenness of the band of detail lost to the next scale (7 each). Of the colour differences:
    logarithm of the mean step between rows (2).

    They see blur, noise, checkerboards, wrong colours and oversharpening, but not what a picture shows.
    Averages over a picture vary less in larger ones: compare distances at one size only.

    Attributes:
        name: str, for figures and cards.
        dimension: int, features a picture.
        distance: str, what a Frechet distance on these features is called.

    Source:
        Steered derivatives: Freeman and Adelson, The design and use of steerable filters, PAMI 1991.
        The choice of statistics is ours: of several hand-made and random convolutional candidates these
        rose with the severity of every damage tried, above the spread between clean samples.
    """

    name = "29 steerable and colour statistics, hand-made"
    dimension = 6 + 7 * SCALES + 2
    distance = "Frechet distance"

    def __call__(self, pictures):
        """Compute the features of pictures.

        Args:
            pictures: list of (h, w, 3) float arrays in [0, 1], or one (n, h, w, 3) array; sides at least 16.

        Returns:
            (n, 29) float64.

        Raises:
            TypeError: a picture is no NumPy array.
            ValueError: no picture, or one that leaves [0, 1], is too small or has other than 3 channels.
        """
        _demand_pictures("PictureStatistics", pictures, smallest=16)
        return np.stack([_statistics(picture.astype("float64")) for picture in pictures])


class InceptionFeatures:
    """The 2048 features behind FID: global average of the last layer of InceptionV3.

    Protocol: pictures resized to 299 x 299, bilinear with half-pixel centres and without antialiasing, then
    scaled to [-1, 1]. The weights are those of keras.applications, not the 2015 graph of published FIDs,
    whose pooling differs too. So values have another scale: call them FID-like, compare none with a paper's.

    Attributes:
        name: str, for figures and cards.
        dimension: int, features a picture.
        distance: str, what a Frechet distance on these features is called.
        network: frozen keras.Model.

    Raises:
        FileNotFoundError: the weights are not on this machine; the message holds the command.
        ValueError: their file is damaged.

    Source:
        Heusel et al., GANs trained by a two time-scale update rule, NeurIPS 2017.
    """

    name = "InceptionV3 of keras.applications, ImageNet weights"
    dimension = 2048
    distance = "FID-like distance"

    def __init__(self):
        way_out = "Or use PictureStatistics(), which needs no file."
        self.network = applications.imagenet("InceptionFeatures", "InceptionV3", way_out, pooling="avg")

    def __call__(self, pictures, batch=16):
        """Compute the features of pictures.

        Args:
            pictures: list of (h, w, 3) float arrays in [0, 1], or one (n, h, w, 3) array.
            batch: pictures that the network sees at once.

        Returns:
            (n, 2048) float64.

        Raises:
            TypeError: a picture is no NumPy array, or `batch` no number.
            ValueError: no picture, one that leaves [0, 1] or has other than 3 channels, or `batch` below 1.
        """
        checks.at_least("InceptionFeatures", "batch", batch, 1)
        _demand_pictures("InceptionFeatures", pictures, smallest=1)
        vectors = []
        for start in range(0, len(pictures), batch):
            resized = np.stack([inception_input(picture) for picture in pictures[start : start + batch]])
            vectors.append(self.network.predict_on_batch(resized))
        return np.concatenate(vectors).astype("float64")


def inception_input(picture):
    """Bring one picture to the size and range of InceptionV3.

    Args:
        picture: (h, w, 3) float array in [0, 1].

    Returns:
        (299, 299, 3) float32 in [-1, 1].
    """
    resized = ops.image.resize(
        picture.astype("float32"),
        (_INCEPTION_SIDE, _INCEPTION_SIDE),
        interpolation="bilinear",
        antialias=False,
        data_format="channels_last",
    )
    return 2 * ops.convert_to_numpy(resized) - 1


def _demand_pictures(owner, pictures, smallest):
    checks.at_least(owner, "the number of pictures", len(pictures), 1)
    for i, picture in enumerate(pictures):
        checks.unit_image(owner, f"pictures[{i}]", picture, dims=(3,))
        if picture.shape[-1] != 3 or min(picture.shape[:2]) < smallest:
            raise ValueError(
                f"{owner} needs pictures[{i}] of shape (h, w, 3), sides at least {smallest}; received "
                f"{picture.shape}."
            )


def _statistics(picture):
    luma = picture @ _LUMA  # (h, w)
    red_green = picture[..., 0] - picture[..., 1]
    yellow_blue = (picture[..., 0] + picture[..., 1]) / 2 - picture[..., 2]
    found = [value for plane in (luma, red_green, yellow_blue) for value in (plane.mean(), plane.std())]
    for _ in range(SCALES):
        smooth = scipy.ndimage.gaussian_filter(luma, 1.0, mode="mirror")
        found += _edges(luma) + _strength_and_unevenness(np.abs(luma - smooth))
        luma = smooth[::2, ::2]
    found += [_log_mean(np.abs(np.diff(plane, axis=0))) for plane in (red_green, yellow_blue)]
    return np.array(found)


def _edges(luma):
    along_x = (luma[1:-1, 2:] - luma[1:-1, :-2]) / 2
    along_y = (luma[2:, 1:-1] - luma[:-2, 1:-1]) / 2
    # A derivative in any direction is a sum of these two: that is what steerable means.
    steered = [np.abs(along_x * np.cos(turn) + along_y * np.sin(turn)) for turn in DIRECTIONS]
    return [_log_mean(x) for x in steered] + _strength_and_unevenness(np.hypot(along_x, along_y))[1:]


def _strength_and_unevenness(x):
    strength = _log_mean(x)
    return [strength, np.log(x.std() + FAINT) - strength]


def _log_mean(x):
    return np.log(x.mean() + FAINT)
