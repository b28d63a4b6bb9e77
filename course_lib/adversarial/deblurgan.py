"""DeblurGAN's generator: what must be added to a blurred photograph.

Paper: Kupyn et al., DeblurGAN: Blind Motion Deblurring Using Conditional Adversarial Networks, CVPR 2018,
       section 3.2 and figure 3.
Code:  KupynOrest/DeblurGAN, models/networks.py, class ResnetGenerator: the authors' revision a6f4ad0 of 2018.
       A third-party change of 2019, now at the head of that repository, lost one convolution of each block;
       `convolutions=1` gives that network.
Differs: channels last; pictures in [0, 1] unless `pixels` is "signed"; dropout is off at test time, and a
       batch norm takes its moving statistics (the original's test script leaves both as in training); moving
       variances divide by the number of values, there by one less.
Check: the default has 11 378 179 parameters, 6 blocks have 7 837 699, `convolutions=1` has 6 067 459; with
       batch norm 11 383 427 are trained.
"""

import dataclasses

import keras
from keras import ops

from course_lib import checks
from course_lib.adversarial.hourglass import NORMS, NormedResidualBlock, hourglass, official_names, paint
from course_lib.layers.borders import SizeGuard

PIXELS = ("unit", "signed")
DEPTH = 2  # the sides are halved twice
MULTIPLE = 2**DEPTH  # height and width must be divisible by this; inference.restore pads


@dataclasses.dataclass(frozen=True, kw_only=True)
class DeblurGANRecipe:
    """The shape of DeblurGAN's generator; the default is the paper's.

    Args:
        width: channels at full size; four times as many in the blocks.
        blocks: residual blocks at a quarter of the size.
        dropout: share of values dropped in each block while training.
        convolutions: in each block: 2, or 1 as in the code of 2019.
        skip: whether the network's output is added to the blurred picture and clipped.
        pixels: "unit" takes and gives pictures in [0, 1]; "signed" in [-1, 1], as the original.
        seed: of the dropout; each block has its own.
        norm: "instance", or "batch", which the original offers too.

    Raises:
        ValueError: a number below its least, an unknown word, or dropout outside [0, 1).
    """

    width: int = 64
    blocks: int = 9
    dropout: float = 0.5
    convolutions: int = 2
    skip: bool = True
    pixels: str = "unit"
    seed: int = 0
    norm: str = "instance"

    def __post_init__(self):
        checks.at_least("DeblurGANRecipe", "width", self.width, 1)
        checks.at_least("DeblurGANRecipe", "blocks", self.blocks, 0)
        checks.within("DeblurGANRecipe", "dropout", self.dropout, 0, 0.99)
        checks.one_of("DeblurGANRecipe", "convolutions", self.convolutions, (1, 2))
        checks.one_of("DeblurGANRecipe", "pixels", self.pixels, PIXELS)
        checks.at_least("DeblurGANRecipe", "seed", self.seed, 0)
        checks.one_of("DeblurGANRecipe", "norms", self.norm, NORMS)


def deblurgan_generator(recipe):
    """Build DeblurGAN's generator.

    Args:
        recipe: DeblurGANRecipe.

    Returns:
        keras.Model from blurred (b, h, w, 3) to restored (b, h, w, 3), both in [0, 1], or in [-1, 1] with
        signed pixels; h and w divisible by 4 and at least 8. Its `official` names the original's weights.
    """
    width = recipe.width * 2**DEPTH
    middle = [
        NormedResidualBlock(
            width, recipe.dropout, recipe.convolutions, recipe.seed + i, recipe.norm, name=f"block_{i}"
        )
        for i in range(recipe.blocks)
    ]
    blurred = keras.Input((None, None, 3), name="blurred")  # (b, h, w, 3)
    x = SizeGuard("deblurgan_generator", multiple=MULTIPLE, smallest=2 * MULTIPLE, name="size")(blurred)
    if recipe.pixels == "unit":
        x = keras.layers.Rescaling(2, -1, dtype="float32", name="to_signed")(x)  # [0, 1] to [-1, 1]
    features = hourglass(x, recipe.width, DEPTH, middle, norm=recipe.norm)  # (b, h, w, width)
    residual = paint(features, 3, "paint")  # (b, h, w, 3)
    restored = residual
    if recipe.skip:
        restored = keras.layers.Add(dtype="float32", name="skip")([x, residual])
        restored = ops.clip(restored, -1, 1)
    if recipe.pixels == "unit":
        restored = keras.layers.Rescaling(0.5, 0.5, dtype="float32", name="to_unit")(restored)
    model = keras.Model(blurred, restored, name="deblurgan_generator")
    model.official = official_names(DEPTH, middle, norm=recipe.norm)
    return model
