"""ASAP-Net: a picture from a map of labels, by a network for every tile that looks at one pixel at a time.

Paper: Rott Shaham et al., Spatially-Adaptive Pixelwise Networks for Fast Image Translation, CVPR 2021,
       section 3 and figure 3.
Code:  tamarott/ASAPNet, models/networks/generator.py, class ASAPNetsGenerator.
Differs: channels last; pictures in [0, 1] unless `pixels` is "signed"; any picture whose sides the tile
         divides, where the original keeps the size of its first; the values of the tiles are not returned
         beside the picture: they are the output of the layer "values".
Check: Cityscapes has 83 201 411 parameters at 256 x 512 and 83 463 811 at 512 x 1024; facades have 81 744 963
       at 256, 82 007 363 at 512 and 82 269 763 at 1024 pixels.
"""

import dataclasses

import keras

from course_lib import checks
from course_lib.adversarial.deblurgan import PIXELS
from course_lib.layers.borders import SizeGuard
from course_lib.layers.positions import octaves
from course_lib.pixelwise.hypernet import HypernetRecipe, hypernet, hypernet_names, tent_factor
from course_lib.pixelwise.pixel_mlp import PixelMLP

ROWS = 16  # tiles from top to bottom, whatever the size of the picture: so the paper's code chooses the tile


@dataclasses.dataclass(frozen=True, kw_only=True)
class ASAPNetRecipe:
    """The shape of ASAP-Net; the default is its Cityscapes at 256 x 512.

    Args:
        channels: of the input: one for each label, and the edges between objects if there are any, last.
        tile: side in pixels of the squares that share a network, a power of two; see `tile_for`.
        width: channels inside the network of a tile.
        depth: layers of the network of a tile.
        coarse_edges: whether the last channel goes to the hypernet alone.
        pixels: "unit" gives pictures in [0, 1], "signed" in [-1, 1], as the original.
        hypernet: HypernetRecipe, what predicts the networks; 2^halvings divides `tile`.

    Raises:
        ValueError: a number below its least, an unknown word, or a tile that does not fit.
    """

    channels: int = 36
    tile: int = 16
    width: int = 64
    depth: int = 5
    coarse_edges: bool = True
    pixels: str = "unit"
    hypernet: HypernetRecipe = HypernetRecipe()

    def __post_init__(self):
        for name, least in (("channels", 2 if self.coarse_edges else 1), ("width", 1), ("depth", 1)):
            checks.at_least("ASAPNetRecipe", name, getattr(self, name), least)
        checks.one_of("ASAPNetRecipe", "pixels", self.pixels, PIXELS)
        octaves(self.tile)
        tent_factor(self.tile, self.hypernet)


def asapnet(recipe):
    """Build ASAP-Net's generator.

    Args:
        recipe: ASAPNetRecipe.

    Returns:
        keras.Model from labels (b, h, w, channels) to picture (b, h, w, 3) in [0, 1], or in [-1, 1] with
        signed pixels; the tile divides h and w, at least twice. Its `official` names the original's weights.
    """
    mlp = PixelMLP(recipe.tile, recipe.width, recipe.depth, drop_last=recipe.coarse_edges, name="pixel_mlp")
    labels = keras.Input((None, None, recipe.channels), name="labels")  # (b, h, w, channels)
    # Of a grid with a single tile, an instance norm would leave 0.
    x = SizeGuard("asapnet", multiple=recipe.tile, smallest=2 * recipe.tile, name="size")(labels)
    values = hypernet(x, recipe.tile, mlp.values_for(recipe.channels), recipe.hypernet)
    painted = mlp([x, values])  # (b, h, w, 3)
    picture = keras.layers.Activation("tanh", dtype="float32", name="tanh")(painted)
    if recipe.pixels == "unit":
        picture = keras.layers.Rescaling(0.5, 0.5, dtype="float32", name="to_unit")(picture)
    model = keras.Model(labels, picture, name="asapnet")
    model.official = hypernet_names(recipe.hypernet)
    return model


def tile_for(height, width):
    """Choose the tile as the paper's code does: 16 rows of tiles, and as many columns as the picture is wide.

    Args:
        height: int, pixels.
        width: int, pixels.

    Returns:
        int, side of a tile in pixels.

    Raises:
        ValueError: 16 tiles do not fill the height with a power of two, or whole tiles do not fill the width.
    """
    tile = height // ROWS
    if height != ROWS * tile or tile < 2 or tile & (tile - 1):
        raise ValueError(
            f"tile_for() needs a height of 32, 64, 128, 256, 512, ... pixels; received {height}. "
            "Choose a tile yourself: ASAPNetRecipe(tile=...)."
        )
    checks.divisible("tile_for()", (height, width, 1), tile)
    return tile
