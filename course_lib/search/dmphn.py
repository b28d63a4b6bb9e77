"""DMPHN: a picture is restored in small patches first, and what they show helps the larger ones.

Paper: Zhang et al., Deep Stacked Hierarchical Multi-patch Network for Image Deblurring, CVPR 2019, section 3.
Code:  HongguangZhang/DMPHN-cvpr19-master, models.py, DMPHN_1_2_4_8_test.py, SDNet2_test.py to SDNet4_test.py.
Differs: channels last; any grids that nest, not the published ones alone; one pair of networks may serve all
       levels. In a stack, the picture of the first stage is added to the last residual of every later stage,
       as the test scripts do; the evaluation inside the training scripts forgets it. The paper's VMPHN is
       not here, nor in the code.
Check: encoder 868 288, decoder 939 843, 1-2-4 5 424 393, 1-2-4-8 7 232 524 parameters; stacks of two, three
       and four 1-2-4 stages 10 848 786, 16 273 179 and 21 697 572. 248 512 multiply-adds for each pixel and
       level.
"""

import dataclasses

import keras

from course_lib import checks
from course_lib.layers.borders import SizeGuard
from course_lib.search.hierarchy import (
    decoder,
    demand_grids,
    demand_widths,
    encoder,
    hierarchy,
    multiple_for,
)

GRIDS_1_2_4 = ((1, 1), (2, 1), (2, 2))
GRIDS_1_2_4_8 = (*GRIDS_1_2_4, (4, 2))
GRIDS_1_3_9 = ((1, 1), (3, 1), (3, 3))
GRIDS_1_4_16 = ((1, 1), (2, 2), (4, 4))


@dataclasses.dataclass(frozen=True, kw_only=True)
class DMPHNRecipe:
    """The shape of a DMPHN; the default is the paper's 1-2-4-8.

    Args:
        grids: (rows, columns) of each level, from the whole picture to the smallest patches; every grid cuts
            each patch of the one before into equal pieces.
        widths: channels at full size, at a half, at a quarter, and so on.
        stages: networks in a row, each given the picture that the one before has made.
        shared: whether one encoder and one decoder serve all levels of a stage.
        residual: whether every stage's answer is added to the blurred picture; not so in the paper.

    Raises:
        ValueError: grids that do not begin with (1, 1) or do not nest, or a number below 1.
    """

    grids: tuple[tuple[int, int], ...] = GRIDS_1_2_4_8
    widths: tuple[int, ...] = (32, 64, 128)
    stages: int = 1
    shared: bool = False
    residual: bool = False

    def __post_init__(self):
        demand_grids("DMPHNRecipe", self.grids)
        demand_widths("DMPHNRecipe", self.widths)
        checks.at_least("DMPHNRecipe", "stages", self.stages, 1)


def dmphn(recipe):
    """Build a DMPHN.

    Args:
        recipe: DMPHNRecipe.

    Returns:
        keras.Model from blurred (b, h, w, 3) in [0, 1] to restored (b, h, w, 3), not clipped; h and w
        divisible by `hierarchy.multiple_for`. Its `official` names the original's encoders and decoders.
    """
    blurred = keras.Input((None, None, 3), name="blurred")  # (b, h, w, 3)
    x = SizeGuard("dmphn", multiple=multiple_for(recipe.grids, recipe.widths), name="size")(blurred)
    centred = picture = keras.layers.Rescaling(1, -0.5, dtype="float32", name="centred")(x)
    first, features, official = None, None, {}
    for stage in range(1, recipe.stages + 1):
        pairs = _pairs(recipe, stage)
        official |= {model.name: model.name for pair in pairs for model in pair}
        picture, features = hierarchy(picture, recipe.grids, pairs, before=features, first=first)
        if recipe.residual:
            picture = keras.layers.Add(dtype="float32", name=f"mended_s{stage}")([centred, picture])
        picture = keras.layers.Identity(dtype="float32", name=f"painted_s{stage}")(picture)
        first = picture if first is None else first
    restored = keras.layers.Rescaling(1, 0.5, dtype="float32", name="restored")(picture)
    model = keras.Model(blurred, restored, name="dmphn")
    model.official = official
    return model


def every_stage(model):
    """Show what each stage of a stack has painted, as the loss of a stack needs it.

    Args:
        model: keras.Model from `dmphn`.

    Returns:
        keras.Model with the same layers from blurred (b, h, w, 3) to a list of pictures (b, h, w, 3), one for
        each stage, the last one last.
    """
    painted = [layer for layer in model.layers if layer.name.startswith("painted_s")]
    restored = [
        keras.layers.Rescaling(1, 0.5, dtype="float32", name=f"restored_{layer.name}")(layer.output)
        for layer in sorted(painted, key=lambda layer: int(layer.name.removeprefix("painted_s")))
    ]
    return keras.Model(model.input, restored, name="every_stage")


def stages_side_by_side(model):
    """Put what each stage of a stack has painted into the channels, for a loss that compares them all.

    Args:
        model: keras.Model from `dmphn`.

    Returns:
        keras.Model with the same layers from blurred (b, h, w, 3) to (b, h, w, 3 stages).
    """
    stages = every_stage(model)
    together = keras.layers.Concatenate(dtype="float32", name="stages")(list(stages.outputs))
    return keras.Model(model.input, together, name="stages_side_by_side")


def _pairs(recipe, stage):
    """An (encoder, decoder) for each level of a stage, named as the files of the papers' weights."""
    suffix = f"_s{stage}" if recipe.stages > 1 else ""
    if recipe.shared:
        pair = (encoder(recipe.widths, f"encoder{suffix}"), decoder(recipe.widths, f"decoder{suffix}"))
        return [pair] * len(recipe.grids)
    suffixes = [f"{suffix}_lv{level + 1}" for level in range(len(recipe.grids))]
    return [
        (encoder(recipe.widths, f"encoder{end}"), decoder(recipe.widths, f"decoder{end}")) for end in suffixes
    ]
