"""A residual CNN for pictures: the bar that every later network must beat.

Paper: none; a plain mix of known parts. Residual learning of the difference as in Zhang et al., DnCNN,
       TIP 2017, section III; blocks without normalisation as in Lim et al., EDSR, CVPR workshops 2017;
       most of the work at a quarter of the size, as in a U-Net.
Code:  written for this course.
Differs: there is no original to differ from.
Check: width 32, depth 8 has 651 372 parameters.
"""

import dataclasses

import keras

from course_lib import checks
from course_lib.layers.resampling import PixelShuffle, PixelUnshuffle
from course_lib.layers.residual import ResidualBlock

MULTIPLE = 4  # height and width must be divisible by this; inference.restore pads


@dataclasses.dataclass(frozen=True, kw_only=True)
class ResidualCNNRecipe:
    """The shape of the baseline.

    Args:
        width: channels at half size; twice as many at quarter size.
        depth: residual blocks at quarter size.

    Raises:
        ValueError: a number below 1.
    """

    width: int = 32
    depth: int = 8

    def __post_init__(self):
        checks.at_least("ResidualCNNRecipe", "width", self.width, 1)
        checks.at_least("ResidualCNNRecipe", "depth", self.depth, 1)


def residual_cnn(recipe):
    """Build the baseline: it predicts what must be added to the blurred picture.

    Args:
        recipe: ResidualCNNRecipe.

    Returns:
        keras.Model from blurred (b, h, w, 3) in [0, 1] to restored (b, h, w, 3), not clipped;
        h and w divisible by 4.
    """
    width = recipe.width
    blurred = keras.Input((None, None, 3), name="blurred")  # (b, h, w, 3)
    x = PixelUnshuffle(2, name="unshuffle")(blurred)  # (b, h/2, w/2, 12)
    x = keras.layers.Conv2D(width, 3, padding="same", name="lift")(x)  # (b, h/2, w/2, width)
    fine = ResidualBlock(width, name="fine_in")(x)
    x = keras.layers.Conv2D(2 * width, 2, strides=2, name="down")(fine)  # (b, h/4, w/4, 2 width)
    for i in range(recipe.depth):
        x = ResidualBlock(2 * width, name=f"block_{i}")(x)
    x = keras.layers.Conv2D(4 * width, 1, name="widen")(x)  # (b, h/4, w/4, 4 width)
    x = PixelShuffle(2, name="up")(x)  # (b, h/2, w/2, width)
    x = keras.layers.Add(name="skip")([fine, x])
    x = ResidualBlock(width, name="fine_out")(x)
    # A small start: at first the network returns the blurred picture almost unchanged.
    quiet = keras.initializers.RandomNormal(stddev=1e-3)
    lower = keras.layers.Conv2D(12, 3, padding="same", kernel_initializer=quiet, name="lower")
    x = lower(x)  # (b, h/2, w/2, 12)
    residual = PixelShuffle(2, dtype="float32", name="residual")(x)  # (b, h, w, 3)
    restored = keras.layers.Add(dtype="float32", name="restored")([blurred, residual])
    return keras.Model(blurred, restored, name="residual_cnn")
