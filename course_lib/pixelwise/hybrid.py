"""The hybrid: ASAP-Net's generator in DeblurGAN's place, as a student project ran it, and repaired.

Code:  CaBuHoB/ASAPNet_experiments, DeblurGAN/models/networks_asapnet/generator.py, and its training script.
Differs: channels last; pictures in [0, 1]; each fault of the original is a setting, and so is its cure. The
       cures and the predicted kernels are ours. `coarse_blue`, `skip` and the like default to the original.
Check: the default has 81 263 107 parameters.
"""

import dataclasses

import keras
from keras import ops

from course_lib import checks
from course_lib.layers.borders import SizeGuard
from course_lib.layers.positions import octaves
from course_lib.pixelwise.hypernet import HypernetRecipe, hypernet, tent_factor
from course_lib.pixelwise.kernel_mix import KernelMix
from course_lib.pixelwise.pixel_mlp import PixelMLP


@dataclasses.dataclass(frozen=True, kw_only=True)
class HybridRecipe:
    """The shape of the hybrid; the default is the student project's at 512 x 1024, with all its faults.

    Args:
        tile: side in pixels of the squares that share a network, a power of two; see `asapnet.tile_for`.
        width: channels inside the network of a tile.
        depth: layers of the network of a tile.
        coarse_blue: whether the last channel, blue, goes to the hypernet alone, as ASAP-Net's edges do.
        skip: whether the blurred picture is added to what the network of a tile paints.
        blend: whether a pixel goes through the networks of the four nearest tiles, see PixelMLP.
        kernel: odd side in pixels of the kernels that are predicted beside the network of a tile and added,
            see KernelMix; 0 for none.
        kernels: how many learned kernels they are mixed of.
        detail: odd side of the mean whose difference to the pixel they see, see KernelMix.
        hypernet: HypernetRecipe, what predicts networks and mixtures; 2^halvings divides `tile`.

    Raises:
        ValueError: a number below its least, an even kernel, or a tile that does not fit.
    """

    tile: int = 32
    width: int = 64
    depth: int = 5
    coarse_blue: bool = True
    skip: bool = False
    blend: bool = False
    kernel: int = 0
    kernels: int = 24
    detail: int = 5
    hypernet: HypernetRecipe = HypernetRecipe(norm="spectral", start="normal")

    def __post_init__(self):
        for name in ("width", "depth", "kernels"):
            checks.at_least("HybridRecipe", name, getattr(self, name), 1)
        if self.kernel:
            checks.odd("HybridRecipe", "kernel", self.kernel)
        checks.odd("HybridRecipe", "detail", self.detail)
        octaves(self.tile)
        tent_factor(self.tile, self.hypernet)


def hybrid(recipe):
    """Build the hybrid.

    Args:
        recipe: HybridRecipe.

    Returns:
        keras.Model from blurred (b, h, w, 3) to restored (b, h, w, 3), both in [0, 1]; the tile divides h and
        w, at least twice. What the tiles are told is the output of its layer "values".
    """
    mlp = PixelMLP(
        recipe.tile,
        recipe.width,
        recipe.depth,
        drop_last=recipe.coarse_blue,
        blend=recipe.blend,
        name="pixel_mlp",
    )
    blurred = keras.Input((None, None, 3), name="blurred")  # (b, h, w, 3)
    x = SizeGuard("hybrid", multiple=recipe.tile, smallest=2 * recipe.tile, name="size")(blurred)
    x = keras.layers.Rescaling(2, -1, dtype="float32", name="to_signed")(x)  # [0, 1] to [-1, 1]
    count = mlp.values_for(3)
    values = hypernet(x, recipe.tile, count + (recipe.kernels if recipe.kernel else 0), recipe.hypernet)
    painted = mlp([x, values[..., :count]])  # (b, h, w, 3)
    restored = keras.layers.Activation("tanh", dtype="float32", name="tanh")(painted)
    if recipe.kernel:
        mix = KernelMix(recipe.kernel, recipe.kernels, recipe.tile, recipe.detail, name="kernel_mix")
        restored = restored + ops.cast(mix([x, values[..., count:]]), "float32")
    if recipe.skip:
        restored = x + restored
    if recipe.skip or recipe.kernel:
        restored = ops.clip(restored, -1, 1)
    restored = keras.layers.Rescaling(0.5, 0.5, dtype="float32", name="to_unit")(restored)
    return keras.Model(blurred, restored, name="hybrid")
