"""A network whose output is the weights of other networks: it sees the picture small and fills a grid.

Paper: Rott Shaham et al., ASAP-Net, CVPR 2021, section 3.2.
Code:  tamarott/ASAPNet, models/networks/generator.py, class ASAPNetsLRStream.
Differs: channels last; a tent of an odd factor has a middle (see course_lib.layers.tent); borders are padded
         with zeros or mirrored, where the original can also repeat them. A hypernet without norms, and one
         that is told the picture's spectrum, are ours.
Check: with 36 channels and 16 003 values it has 83 201 411 parameters, all of ASAP-Net's.
"""

import dataclasses
import math

import keras

from course_lib import checks
from course_lib.layers.borders import ReflectPad
from course_lib.layers.norms import InstanceNorm
from course_lib.layers.spectral import SpectralConv2D
from course_lib.layers.spectrum import LogSpectrum
from course_lib.layers.tent import TentDownsample

NORMS = ("affine", "spectral", "none")
BORDERS = ("zero", "reflect")
STARTS = ("xavier", "normal", "he")
PUBLISHED_WIDEST = 1024


@dataclasses.dataclass(frozen=True, kw_only=True)
class HypernetRecipe:
    """The shape of a hypernet; the default is ASAP-Net's for Cityscapes.

    Args:
        width: channels of the first layers.
        halvings: strided layers, each of which halves the sides.
        widest: channels of the last strided layer and of the blocks.
        blocks: plain layers at the size of the grid; none is skipped.
        norm: "affine" is an instance norm with learned scale and shift; "spectral" one without, behind
            convolutions that are divided by their spectral norm; "none" leaves biases instead. An instance
            norm takes away what is the same all over the picture, and so the traces of its blur.
        border: "zero" or "reflect", how convolutions are padded (ASAP-Net mirrors for facades).
        start: "xavier", as ASAP-Net: what is predicted begins near 0; "normal", as DeblurGAN: far from 0;
            or "he", near 0 too, for layers without a norm. See `initialisers`.
        spectrum: side in pixels of the windows of a spectrum that every tile is told too, see LogSpectrum; 0
            for none. It tells one blur from another, which is the same all over.

    Raises:
        ValueError: a number below its least, or an unknown word.
    """

    width: int = 64
    halvings: int = 4
    widest: int = PUBLISHED_WIDEST
    blocks: int = 7
    norm: str = "affine"
    border: str = "zero"
    start: str = "xavier"
    spectrum: int = 0

    def __post_init__(self):
        for name, least in (("width", 1), ("halvings", 1), ("widest", 1), ("blocks", 0), ("spectrum", 0)):
            checks.at_least("HypernetRecipe", name, getattr(self, name), least)
        checks.one_of("HypernetRecipe", "norm", self.norm, NORMS)
        checks.one_of("HypernetRecipe", "border", self.border, BORDERS)
        checks.one_of("HypernetRecipe", "start", self.start, STARTS)


def initialisers(recipe):
    """Make what initialises a hypernet.

    Args:
        recipe: HypernetRecipe.

    Returns:
        (function () -> keras initializer of the convolutions, the one of the last layer).

        With "xavier" both are Xavier's normal one times 0.02: what the default recipe predicts has a
        deviation of about 0.005. "he" keeps the size of what goes through the convolutions and has the same
        last layer. With "normal" both are N(0, 0.02^2) and predictions have a deviation of about 0.45; in a
        hypernet that is less wide than the default the last layer is larger, so that this stays.
    """
    if recipe.start == "xavier":
        return _xavier, _xavier()
    if recipe.start == "he":
        return keras.initializers.HeNormal, _xavier()
    last = 0.02 * math.sqrt(PUBLISHED_WIDEST / recipe.widest)
    return (lambda: keras.initializers.RandomNormal(stddev=0.02)), keras.initializers.RandomNormal(
        stddev=last
    )


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
    quiet, last = initialisers(recipe)
    x = TentDownsample(tent_factor(tile, recipe), name="tent")(picture)
    x = _stage(x, recipe.width, 1, recipe, quiet(), "lift")  # (b, h / tent, w / tent, width)
    for i in range(recipe.halvings):
        width = recipe.widest if i == recipe.halvings - 1 else recipe.width
        x = _stage(x, width, 2, recipe, quiet(), f"shrink_{i}")
    for i in range(recipe.blocks):  # (b, h / tile, w / tile, widest)
        x = _stage(x, recipe.widest, 1, recipe, quiet(), f"block_{i}")
    if recipe.spectrum:
        x = keras.layers.Add(name="told")([x, _told(picture, recipe)])
    return keras.layers.Conv2D(values, 1, kernel_initializer=last, name="values")(x)


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


def _stage(x, width, strides, recipe, start, name):
    """A convolution of 3 x 3, without bias where a norm would take it away again; the norm; a ReLU."""
    # Keras' padding "same" would put the zeros of a strided layer below and to the right only.
    pad = ReflectPad if recipe.border == "reflect" else keras.layers.ZeroPadding2D
    conv = SpectralConv2D if recipe.norm == "spectral" else keras.layers.Conv2D
    x = pad(1, name=f"{name}_pad")(x)
    bare = recipe.norm == "none"
    x = conv(width, 3, strides=strides, use_bias=bare, kernel_initializer=start, name=f"{name}_conv")(x)
    if not bare:
        x = InstanceNorm(affine=recipe.norm == "affine", name=f"{name}_norm")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def _xavier():
    return keras.initializers.VarianceScaling(0.02**2, mode="fan_avg", distribution="untruncated_normal")


def _told(picture, recipe):
    """What the whole picture tells every tile: (b, 1, 1, widest)."""
    spectrum = LogSpectrum(recipe.spectrum, name="spectrum")(picture)  # (b, numbers)
    x = spectrum
    for i in range(2):
        x = keras.layers.Dense(2 * recipe.widest, activation="relu", dtype="float32", name=f"tell_{i}")(x)
    # To first order the kernel that undoes a blur is a linear map of the spectrum's logarithm.
    x = keras.layers.Concatenate(dtype="float32", name="tell_both")([spectrum, x])
    x = keras.layers.Dense(recipe.widest, dtype="float32", name="tell")(x)
    return keras.layers.Reshape((1, 1, recipe.widest), dtype="float32", name="everywhere")(x)


def _stage_names(stage, place, recipe):
    names = {f"{stage}_conv": f"lowres_stream.model.{place}.0"}
    if recipe.norm == "affine":
        names[f"{stage}_norm"] = f"lowres_stream.model.{place}.1"
    return names
