"""A network whose output is the weights of other networks: it sees the picture small and fills a grid.

Paper: Rott Shaham et al., ASAP-Net, CVPR 2021, section 3.2.
Code:  tamarott/ASAPNet, models/networks/generator.py, class ASAPNetsLRStream.
Differs: channels last; a tent of an odd factor has a middle (see course_lib.layers.tent); borders are padded
         with zeros or mirrored, where the original can also repeat them.
Check: with 36 channels and 16 003 values it has 83 201 411 parameters, all of ASAP-Net's.
"""

import dataclasses

import keras

from course_lib import checks
from course_lib.layers.borders import ReflectPad
from course_lib.layers.norms import InstanceNorm
from course_lib.layers.spectral import SpectralConv2D
from course_lib.layers.tent import TentDownsample

NORMS = ("affine", "spectral")
BORDERS = ("zero", "reflect")


@dataclasses.dataclass(frozen=True, kw_only=True)
class HypernetRecipe:
    """The shape of a hypernet; the default is ASAP-Net's for Cityscapes.

    Args:
        width: channels of the first layers.
        halvings: strided layers, each of which halves the sides.
        widest: channels of the last strided layer and of the blocks.
        blocks: plain layers at the size of the grid; none is skipped.
        norm: "affine" is an instance norm with learned scale and shift; "spectral" one without, behind
            convolutions that are divided by their spectral norm.
        border: "zero" or "reflect", how convolutions are padded (ASAP-Net mirrors for facades).

    Raises:
        ValueError: a number below its least, or an unknown word.
    """

    width: int = 64
    halvings: int = 4
    widest: int = 1024
    blocks: int = 7
    norm: str = "affine"
    border: str = "zero"

    def __post_init__(self):
        for name, least in (("width", 1), ("halvings", 1), ("widest", 1), ("blocks", 0)):
            checks.at_least("HypernetRecipe", name, getattr(self, name), least)
        checks.one_of("HypernetRecipe", "norm", self.norm, NORMS)
        checks.one_of("HypernetRecipe", "border", self.border, BORDERS)


def xavier():
    """Make the initialiser of ASAP-Net, Xavier's normal one times 0.02; a new one for each layer.

    What the hypernet predicts then begins near 0: with the default recipe its deviation is about 0.005.

    Returns:
        keras.initializers.VarianceScaling.
    """
    return keras.initializers.VarianceScaling(0.02**2, mode="fan_avg", distribution="untruncated_normal")


def hypernet(picture, tile, values, recipe):
    """Predict a vector of values for every tile of a picture.

    Args:
        picture: (b, h, w, c) symbolic tensor; tile divides h and w.
        tile: int, side of a tile in pixels, a multiple of 2^halvings; a tent filter shrinks by what is left.
        values: int, length of a vector.
        recipe: HypernetRecipe.

    Returns:
        (b, h / tile, w / tile, values) symbolic tensor, of any sign.

    Raises:
        ValueError: 2^halvings does not divide `tile`.
    """
    x = TentDownsample(tent_factor(tile, recipe), name="tent")(picture)
    x = _stage(x, recipe.width, 1, recipe, "lift")  # (b, h / tent, w / tent, width)
    for i in range(recipe.halvings):
        width = recipe.widest if i == recipe.halvings - 1 else recipe.width
        x = _stage(x, width, 2, recipe, f"shrink_{i}")
    for i in range(recipe.blocks):  # (b, h / tile, w / tile, widest)
        x = _stage(x, recipe.widest, 1, recipe, f"block_{i}")
    return keras.layers.Conv2D(values, 1, kernel_initializer=xavier(), name="values")(x)


def tent_factor(tile, recipe):
    """Find by how much the tent filter shrinks before the first convolution.

    Args:
        tile: int, pixels.
        recipe: HypernetRecipe.

    Returns:
        int, tile / 2^halvings.

    Raises:
        ValueError: that is no whole number.
    """
    learned = 2**recipe.halvings
    if tile < learned or tile % learned:
        raise ValueError(
            f"hypernet with {recipe.halvings} halvings needs a tile of {learned}, {2 * learned}, ... pixels; "
            f"received {tile}. Take fewer halvings or a larger tile."
        )
    return tile // learned


def hypernet_names(recipe):
    """Say what the paper's code calls the layers: one list, in which pads and activations count.

    Args:
        recipe: HypernetRecipe.

    Returns:
        dict, our layer's name -> "lowres_stream.model.<number>...", as `course_lib.weights` takes it.
    """
    pad = 1 if recipe.border == "reflect" else 0
    names, place = {}, 0
    for stage in ("lift", *(f"shrink_{i}" for i in range(recipe.halvings))):
        names |= _stage_names(stage, f"{place + pad}", recipe)
        place += pad + 2
    for i in range(recipe.blocks):
        names |= _stage_names(f"block_{i}", f"{place}.conv_block.{pad}", recipe)
        place += 1
    return {**names, "values": f"lowres_stream.model.{place}"}


def _stage(x, width, strides, recipe, name):
    """A convolution of 3 x 3 without bias, which its norm would take away again; the norm; a ReLU."""
    # Keras' padding "same" would put the zeros of a strided layer below and to the right only.
    pad = ReflectPad if recipe.border == "reflect" else keras.layers.ZeroPadding2D
    conv = SpectralConv2D if recipe.norm == "spectral" else keras.layers.Conv2D
    x = pad(1, name=f"{name}_pad")(x)
    x = conv(width, 3, strides=strides, use_bias=False, kernel_initializer=xavier(), name=f"{name}_conv")(x)
    x = InstanceNorm(affine=recipe.norm == "affine", name=f"{name}_norm")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def _stage_names(stage, place, recipe):
    names = {f"{stage}_conv": f"lowres_stream.model.{place}.0"}
    if recipe.norm == "affine":
        names[f"{stage}_norm"] = f"lowres_stream.model.{place}.1"
    return names
