"""pix2pixHD with looks: an encoder beside the generator says how each object shall look.

Paper: Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs,
       CVPR 2018, section 3.4.
Code:  NVIDIA/pix2pixHD, models/pix2pixHD_model.py with --instance_feat.
Differs: channels last; picture and instances come in the same tensor as the condition. At test the features
       come from `appearance`, not from a picture.
Check: the default has 182 546 755 + 9 408 + 788 803 parameters: the global generator with 3 more channels
       (3 * 7 * 7 * 64 weights), and the encoder.
"""

import dataclasses

import keras
from keras import ops

from course_lib.adversarial.encoder import FeatureEncoderRecipe, feature_encoder
from course_lib.adversarial.pix2pixhd import GlobalGeneratorRecipe, global_generator
from course_lib.data.labelled_folders import LOOK_CHANNELS


@dataclasses.dataclass(frozen=True, kw_only=True)
class EncodedGeneratorRecipe:
    """The shape of a global generator with its encoder; the default is the paper's.

    Args:
        generator: GlobalGeneratorRecipe; its channels are those of the condition and the encoder's features.
        encoder: FeatureEncoderRecipe.

    Raises:
        ValueError: no channel is left for the condition.
    """

    generator: GlobalGeneratorRecipe = GlobalGeneratorRecipe(channels=39)
    encoder: FeatureEncoderRecipe = FeatureEncoderRecipe()

    def __post_init__(self):
        if self.told < 1:
            raise ValueError(
                "EncodedGeneratorRecipe needs a generator with more channels than the encoder has features; "
                f"received {self.generator.channels} and {self.encoder.features}."
            )

    @property
    def told(self):
        """int, channels of the condition."""
        return self.generator.channels - self.encoder.features


def encoded_generator(recipe):
    """Build encoder and global generator as one network, which learns as one.

    Args:
        recipe: EncodedGeneratorRecipe.

    Returns:
        keras.Model from (b, h, w, told + 4) float32, the condition followed by the picture in [0, 1] and the
        instances' numbers, to a picture (b, h, w, 3) in [0, 1]. Its layers "feature_encoder" and
        "global_generator" are the two networks; the second takes condition and features alone.
    """
    given = keras.Input((None, None, recipe.told + LOOK_CHANNELS), name="given", dtype="float32")
    # Numbers of instances are larger than bfloat16 can count: they leave before any layer casts them.
    condition, picture, numbers = ops.split(given, [recipe.told, recipe.told + 3], axis=-1)
    features = feature_encoder(recipe.encoder)([picture, ops.cast(numbers, "int32")])  # (b, h, w, features)
    told = ops.concatenate([condition, ops.cast(features, "float32")], axis=-1)
    return keras.Model(given, global_generator(recipe.generator)(told), name="encoded_generator")
