"""The network that an IR-NAS or HiNAS search has found, trained from scratch afterwards.

Paper: Zhang et al., Memory-Efficient Hierarchical Neural Architecture Search for Image Denoising (IR-NAS),
       CVPR 2020, sections 3.3 and 4.
Code:  hkzhang-git/HiNAS, one_stage_nas/modeling/dn_compnet.py and decoders.py.
Differs: the projection of the stem for the end part exists only where it is used. A stored variance is
       that of the batch, PyTorch's that of the batch times n / (n - 1). The paper does not say how its
       ablation rewired a cell: here every node's sources are drawn anew.
Check: HiNAS' sizes (3 layers of 4 nodes, 20 filters, ratios 1, 1.5, 2, no pyramid, gray) have 151,009 weights
       with skips on every edge and the path 0 0 0, and 996,969 with dil5 and 1 2 2.
"""

import dataclasses

import keras
import numpy as np

from course_lib import checks
from course_lib.layers.aspp import ASPP
from course_lib.layers.borders import SizeGuard
from course_lib.layers.resampling import PixelShuffle, PixelUnshuffle
from course_lib.search.genotype import INPUTS, Cell, Genotype
from course_lib.search.irnas import demand_widths, widths_of
from course_lib.search.joints import (
    activation_layer,
    conv_norm,
    conv_norm_names,
    separable,
    separable_names,
)
from course_lib.search.operations import ACTIVATIONS, SPACES
from course_lib.search.supercell import CompactCell

CONVOLUTIONS = ("conv3", "sep3", "sep5", "dil3", "dil5")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DerivedRecipe:
    """The shape of a final network; as it stands, IR-NAS' on gray pictures.

    Args:
        genotype: Genotype with a path of widths; None until a search has found one.
        channels: of a picture.
        filters: channels of a cell's states at ratio 1.
        ratios: widths as multiples of `filters`, narrow to wide, to which the path points.
        activation: "relu" or "leaky_relu".
        pyramid: whether an ASPP follows the last cell; else a 1 x 1 convolution.
        rates: dilations of that pyramid, in pixels.
        stem: channels of the first two convolutions.
        end: channels of the end part.
        low: channels of its skip from a narrow cell.
        residual: whether the network predicts what must be taken from the picture.
        block: side of the blocks of pixels that become channels first, which makes it faster; 1 as in the
            paper, more as in FFDNet (Zhang et al., IEEE TIP 2018). It divides the picture's sides.

    Raises:
        TypeError: another genotype.
        ValueError: a number below 1, a path to a width that does not exist, or widths that do not suit.
    """

    genotype: Genotype | None = None
    channels: int = 1
    filters: int = 10
    ratios: tuple[float, ...] = (1, 2, 4)
    activation: str = "relu"
    pyramid: bool = True
    rates: tuple[int, ...] = (2, 4, 6)
    stem: int = 64
    end: int = 128
    low: int = 48
    residual: bool = True
    block: int = 1

    def __post_init__(self):
        owner = "DerivedRecipe"
        for name in ("channels", "filters", "stem", "end", "low", "block"):
            checks.at_least(owner, name, getattr(self, name), 1)
        checks.one_of(owner, "activations", self.activation, ACTIVATIONS)
        for name in ("ratios", "rates"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        demand_widths(owner, self.filters, self.ratios, ())
        if self.genotype is not None:
            self._demand_genotype(owner)

    def _demand_genotype(self, owner):
        if not isinstance(self.genotype, Genotype):
            raise TypeError(f"{owner} needs a Genotype; received {type(self.genotype).__name__}.")
        path = self.genotype.path
        if not path:
            raise ValueError(f"{owner} needs a genotype with a path of widths; this one has none.")
        if max(path) >= len(self.ratios):
            raise ValueError(
                f"{owner} has {len(self.ratios)} ratios; the genotype's path {path} needs {max(path) + 1}."
            )
        for layer, width in enumerate(path):
            names = {name for pairs in self.genotype.cell_of(layer).nodes for name, _ in pairs}
            demand_widths(f"{owner}, layer {layer},", self.filters, (self.ratios[width],), names)

    @property
    def widths(self):
        """Channels of a cell's states, narrow to wide."""
        return widths_of(self.filters, self.ratios)


def derived(recipe):
    """Build the final network.

    Args:
        recipe: DerivedRecipe with a genotype.

    Returns:
        keras.Model from noisy (b, h, w, channels) in [0, 1] to restored (b, h, w, channels), not clipped; any
        h and w. Layer l's cell is called cell_l, from 1.

    Raises:
        ValueError: there is no genotype yet.
    """
    if recipe.genotype is None:
        raise ValueError("derived() needs a genotype: dataclasses.replace(recipe, genotype=genotype).")
    path, act = recipe.genotype.path, recipe.activation
    noisy = keras.Input((None, None, recipe.channels), name="noisy")
    x = noisy
    if recipe.block > 1:
        x = SizeGuard("derived", multiple=recipe.block, name="size")(x)
        x = PixelUnshuffle(recipe.block, name="blocks")(x)
    two_back = conv_norm(x, recipe.stem, 3, "stem_in", True, act)
    x = activation_layer(act, "stem_out_act")(two_back)
    stem = conv_norm(x, recipe.stem, 3, "stem_out", True)
    previous, answers = stem, []
    for layer, width in enumerate(path, 1):
        channels, nodes = recipe.widths[width], recipe.genotype.cell_of(layer - 1).nodes
        ways = {"two_back": two_back, "previous": previous}
        states = []
        for way, y in ways.items():
            y = activation_layer(act, f"{way}_{layer}_act")(y)
            states.append(conv_norm(y, channels, 1, f"{way}_{layer}"))
        two_back, previous = previous, CompactCell(nodes, channels, act, name=f"cell_{layer}")(states)
        answers.append(previous)
    source = _low_level(path)
    if source is None:
        nodes = len(recipe.genotype.cell_of(0).nodes)
        low = conv_norm(stem, recipe.filters * nodes, 3, "low_level", False)
    else:
        low = answers[source]
    x = _end_part(recipe, previous, low)  # (b, h, w, channels)
    if recipe.residual:
        x = keras.layers.Subtract(dtype="float32", name="restored")([noisy, x])
    else:
        x = keras.layers.Activation("linear", dtype="float32", name="restored")(x)
    model = keras.Model(noisy, x, name="irnas_derived")
    model.official = _official_names(recipe)
    return model


def all_deformable(genotype, operators=CONVOLUTIONS):
    """Exchange convolutions for deformable ones: the first of the paper's two changes of its result.

    Args:
        genotype: Genotype of the space "irnas".
        operators: names of those that are exchanged.

    Returns:
        Genotype.

    Raises:
        ValueError: the space has no deformable convolution.
    """
    checks.one_of("all_deformable()", "operators of the space", "def3", SPACES[genotype.space])
    cells = [
        Cell(
            nodes=tuple(
                tuple(("def3" if name in operators else name, source) for name, source in pairs)
                for pairs in cell.nodes
            )
        )
        for cell in genotype.cells
    ]
    return dataclasses.replace(genotype, cells=tuple(cells))


def rewired(genotype, seed):
    """Draw every node's sources anew and keep its operators: the second change, which the paper only names.

    Args:
        genotype: Genotype.
        seed: int.

    Returns:
        Genotype; a node's sources differ from each other. Where a node has as many inputs as there are, only
        which operator hears which may change.
    """
    rng = np.random.default_rng(seed)
    cells = []
    for cell in genotype.cells:
        nodes = []
        for i, pairs in enumerate(cell.nodes):
            sources = rng.permutation(INPUTS + i)[: len(pairs)]
            nodes.append(tuple((name, int(new)) for (name, _), new in zip(pairs, sources, strict=True)))
        cells.append(Cell(nodes=tuple(nodes)))
    return dataclasses.replace(genotype, cells=tuple(cells))


def _low_level(path):
    """The last layer of the narrowest width, from 0, whose answer skips to the end; None: the stem's does."""
    narrow = [layer for layer, width in enumerate(path) if width == 0]
    return narrow[-1] if narrow and narrow[-1] < len(path) - 1 else None


def _end_part(recipe, last, low):
    act = recipe.activation
    x = activation_layer(act, "last_act")(last)
    if recipe.pyramid:
        x = ASPP(recipe.end, recipe.rates, activation=act, affine=True, name="pyramid")(x)
    else:
        x = conv_norm(x, recipe.end, 1, "pyramid", True, act)
    low = conv_norm(low, recipe.low, 1, "low", True, act)
    x = keras.layers.Concatenate(name="together")([low, x])
    x = separable(x, recipe.end, "end_0", act)
    x = separable(x, recipe.end, "end_1", act)
    x = keras.layers.Conv2D(recipe.channels * recipe.block**2, 3, padding="same", name="paint")(x)
    return PixelShuffle(recipe.block, name="pixels")(x) if recipe.block > 1 else x


def _official_names(recipe):
    names = {**conv_norm_names("stem_in", "stem1"), **conv_norm_names("stem_out", "stem2")}
    if _low_level(recipe.genotype.path) is None:
        names.update(conv_norm_names("low_level", "reduce"))
    for layer in range(len(recipe.genotype.path)):
        names[f"cell_{layer + 1}"] = f"cells.{layer}"
        names.update(conv_norm_names(f"previous_{layer + 1}", f"scalers.{2 * layer}.conv"))
        names.update(conv_norm_names(f"two_back_{layer + 1}", f"scalers.{2 * layer + 1}.conv"))
    if recipe.pyramid:
        names["pyramid"] = "decoder.pre_conv"
    else:
        names.update(conv_norm_names("pyramid", "decoder.pre_conv"))
    names.update(conv_norm_names("low", "decoder.proj"))
    for i in range(2):
        names.update(separable_names(f"end_{i}", f"decoder.conv{i}"))
    return {**names, "paint": "decoder.clf"}
