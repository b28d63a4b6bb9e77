"""pix2pixHD's feature encoder: what each object of a photograph looks like, in a few numbers.

Paper: Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs,
       CVPR 2018, section 3.4.
Code:  NVIDIA/pix2pixHD, models/networks.py, class Encoder.
Differs: channels last; pictures in [0, 1] unless `pixels` is "signed"; biases start at 0, not at random.
Check: the default has 788 803 parameters.
"""

import dataclasses

import keras

from course_lib import checks
from course_lib.adversarial.deblurgan import PIXELS
from course_lib.adversarial.hourglass import hourglass, official_names, paint
from course_lib.adversarial.instances import InstanceMean
from course_lib.layers.borders import SizeGuard


@dataclasses.dataclass(frozen=True, kw_only=True)
class FeatureEncoderRecipe:
    """The shape of pix2pixHD's feature encoder; the default is the paper's.

    Args:
        width: channels at full size.
        depth: how often the sides are halved; 2^depth must divide height and width.
        features: numbers that describe an object.
        pixels: "unit" takes pictures in [0, 1], "signed" in [-1, 1], as the original.

    Raises:
        ValueError: a number below 1, or an unknown word.
    """

    width: int = 16
    depth: int = 4
    features: int = 3
    pixels: str = "unit"

    def __post_init__(self):
        for name in ("width", "depth", "features"):
            checks.at_least("FeatureEncoderRecipe", name, getattr(self, name), 1)
        checks.one_of("FeatureEncoderRecipe", "pixels", self.pixels, PIXELS)


def feature_encoder(recipe):
    """Build the encoder; the generator gets its features as further channels beside the labels.

    Args:
        recipe: FeatureEncoderRecipe.

    Returns:
        keras.Model from [picture (b, h, w, 3) in [0, 1], or [-1, 1] with signed pixels; instances
        (b, h, w, 1) int32] to features (b, h, w, features) in [-1, 1], constant within an object; 2^depth
        divides h and w, at least twice. Its `official` names the original's weights.
    """
    multiple = 2**recipe.depth
    picture = keras.Input((None, None, 3), name="picture")  # (b, h, w, 3)
    instances = keras.Input((None, None, 1), name="instances", dtype="int32")  # (b, h, w, 1)
    x = SizeGuard("feature_encoder", multiple=multiple, smallest=2 * multiple, name="size")(picture)
    if recipe.pixels == "unit":
        x = keras.layers.Rescaling(2, -1, dtype="float32", name="to_signed")(x)
    x = paint(hourglass(x, recipe.width, recipe.depth, []), recipe.features, "paint")  # (b, h, w, features)
    features = InstanceMean(dtype="float32", name="instance_mean")([x, instances])
    model = keras.Model([picture, instances], features, name="feature_encoder")
    model.official = official_names(recipe.depth, [])
    return model
