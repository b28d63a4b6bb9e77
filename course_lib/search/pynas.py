"""PyNAS: DMPHN's skeleton, whose blocks and links were chosen by a search.

Paper: Hu et al., Pyramid Architecture Search for Real-Time Image Deblurring, ICCV 2021, abstract and
       supplement.
Code:  none was published, nor weights.
Differs: what the sources leave open is chosen here, and this is much: the list of operators, what a block
       looks like, where the slots are, the widths. The operators of the paper's two networks were shown in
       figures only; `PYNAS_S` and `PYNAS_D` are our reading of what the text says about them.
Check: PYNAS_S has 2 463 491 parameters, 9.9 MB (the paper speaks of 10 MB, of a third, and of DMPHN's 28.9
       MB); PYNAS_D spends 51.5 % of the multiply-adds of DMPHN 1-2-4-8 (the paper: half of its time).
"""

import dataclasses

import keras

from course_lib import checks
from course_lib.layers.borders import SizeGuard
from course_lib.layers.residual import ResidualBlock
from course_lib.search.dmphn import GRIDS_1_2_4_8, GRIDS_1_3_9
from course_lib.search.hierarchy import (
    BLOCKS,
    add,
    decoder,
    demand_grids,
    demand_widths,
    encoder,
    hierarchy,
    multiple_for,
    start,
)

# Operators of a slot: side and dilation of the two convolutions of a residual block.
BLOCKS_OF = {"conv3": (3, 1), "conv5": (5, 1), "conv7": (7, 1), "dil3": (3, 2), "dil5": (5, 2)}
SKIP = "skip"  # the block is left out
OPERATORS = (*BLOCKS_OF, SKIP)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PyNASArchitecture:
    """What a search of PyNAS has found; `serial.to_json` writes it, `serial.from_json` reads it.

    Args:
        grids: (rows, columns) of each level, from the whole picture to the smallest patches.
        operators: for each level a tuple of operators, one a slot: the encoder's slots from the first to the
            last, then the decoder's. Where all levels share their networks, one tuple in all.
        links: for each level but the finest, whether it adds the features of the next finer one.
        shared: whether one encoder and one decoder serve all levels.

    Raises:
        TypeError: a link that is neither True nor False.
        ValueError: grids that do not nest, an unknown operator, levels of unlike or odd numbers of slots, or
            a number of tuples or links that does not fit the grids; the message names the level and slot.
    """

    grids: tuple[tuple[int, int], ...]
    operators: tuple[tuple[str, ...], ...]
    links: tuple[bool, ...]
    shared: bool = False

    def __post_init__(self):
        demand_grids("PyNASArchitecture", self.grids)
        levels, wanted = len(self.grids), 1 if self.shared else len(self.grids)
        if len(self.operators) != wanted:
            why = (
                "one tuple of operators, which all levels share"
                if self.shared
                else (f"a tuple of operators for each of {levels} levels")
            )
            raise ValueError(f"PyNASArchitecture needs {why}; received {len(self.operators)}.")
        for level, slots in enumerate(self.operators, start=1):
            for slot, name in enumerate(slots):
                checks.one_of(f"PyNASArchitecture, level {level}, slot {slot},", "operators", name, OPERATORS)
            if not slots or len(slots) % (2 * BLOCKS) or len(slots) != len(self.operators[0]):
                raise ValueError(
                    f"PyNASArchitecture needs {BLOCKS} slots for each width of the encoder and the decoder, "
                    f"as many a level; level {level} has {len(slots)}, the first {len(self.operators[0])}."
                )
        if len(self.links) != levels - 1:
            raise ValueError(
                f"PyNASArchitecture needs a link for each level but the finest, {levels - 1} in all; "
                f"received {len(self.links)}."
            )
        for link in self.links:
            if not isinstance(link, bool):
                raise TypeError(f"PyNASArchitecture needs links of True or False; received {link!r}.")

    @property
    def skips(self):
        """Share of slots that are left out, in [0, 1]."""
        names = [name for slots in self.operators for name in slots]
        return names.count(SKIP) / len(names)


# Our reading. "Identical cells in every scale", "mostly dilated and standard convolutions", four levels.
PYNAS_S = PyNASArchitecture(
    grids=GRIDS_1_2_4_8,
    operators=(
        (
            *("conv3", "dil3", "conv3", "dil3", "conv5", "dil3"),
            *("dil3", "conv3", "conv5", "conv3", "dil3", "conv3"),
        ),
    ),
    links=(True, True, True),
    shared=True,
)
# Our reading. "Own cells in each scale", "many dilated and large-kernel blocks", three levels, half the time.
PYNAS_D = PyNASArchitecture(
    grids=GRIDS_1_3_9,
    operators=(
        (
            *("conv3", "skip", "dil3", "skip", "dil5", "skip"),
            *("dil3", "skip", "conv3", "skip", "dil3", "skip"),
        ),
        (
            *("conv3", "skip", "dil3", "skip", "conv5", "skip"),
            *("dil3", "skip", "dil3", "skip", "conv3", "skip"),
        ),
        (
            *("conv3", "skip", "conv3", "skip", "dil5", "skip"),
            *("dil3", "skip", "dil3", "skip", "conv3", "skip"),
        ),
    ),
    links=(True, True),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PyNASRecipe:
    """The shape of a network that a search has found.

    Args:
        genotype: PyNASArchitecture; None until a search has found one.
        widths: channels at full size, at a half, at a quarter, and so on.
        residual: whether the answer is added to the blurred picture; DMPHN's, whose frame this is, is not.

    Raises:
        TypeError: another genotype.
        ValueError: a width below 1, or a genotype whose slots are not four a width.
    """

    genotype: PyNASArchitecture | None = PYNAS_D
    widths: tuple[int, ...] = (32, 64, 128)
    residual: bool = False

    def __post_init__(self):
        demand_widths("PyNASRecipe", self.widths)
        if self.genotype is None:
            return
        if not isinstance(self.genotype, PyNASArchitecture):
            raise TypeError(
                f"PyNASRecipe needs a PyNASArchitecture as genotype; received {type(self.genotype).__name__}."
            )
        wanted, found = 2 * BLOCKS * len(self.widths), len(self.genotype.operators[0])
        if wanted != found:
            raise ValueError(
                f"PyNASRecipe needs {wanted} slots a level for {len(self.widths)} widths; its genotype has "
                f"{found}. Change widths, or search again."
            )


def pynas(recipe):
    """Build the network that a search has found.

    Args:
        recipe: PyNASRecipe with a genotype.

    Returns:
        keras.Model from blurred (b, h, w, 3) in [0, 1] to restored (b, h, w, 3), not clipped; h and w
        divisible by `hierarchy.multiple_for`.

    Raises:
        ValueError: there is no genotype yet.
    """
    found = recipe.genotype
    if found is None:
        raise ValueError("pynas() needs a recipe with a genotype; received None. Search one first.")
    blurred = keras.Input((None, None, 3), name="blurred")  # (b, h, w, 3)
    x = SizeGuard("pynas", multiple=multiple_for(found.grids, recipe.widths), name="size")(blurred)
    centred = keras.layers.Rescaling(1, -0.5, dtype="float32", name="centred")(x)
    painted, _ = hierarchy(centred, found.grids, _pairs(recipe), link=_links(found))
    if recipe.residual:
        painted = keras.layers.Add(dtype="float32", name="mended")([centred, painted])
    restored = keras.layers.Rescaling(1, 0.5, dtype="float32", name="restored")(painted)
    return keras.Model(blurred, restored, name="pynas")


def searched_block(name, place, width):
    """Make an operator of a slot.

    Args:
        name: one of `OPERATORS`.
        place: int, number of the slot: the encoder's first, then the decoder's.
        width: channels.

    Returns:
        ResidualBlock, or None for "skip".
    """
    if name == SKIP:
        return None
    side, dilation = BLOCKS_OF[name]
    return ResidualBlock(width, side, dilation, kernel_initializer=start(), name=f"block_{place}")


def _pairs(recipe):
    """An (encoder, decoder) for each level."""
    pairs = []
    for level, slots in enumerate(recipe.genotype.operators, start=1):
        suffix = "" if recipe.genotype.shared else f"_lv{level}"

        def block(place, width, slots=slots):
            return searched_block(slots[place], place, width)

        pair = (
            encoder(recipe.widths, f"encoder{suffix}", block),
            decoder(recipe.widths, f"decoder{suffix}", block),
        )
        pairs.append(pair)
    return pairs * len(recipe.genotype.grids) if recipe.genotype.shared else pairs


def _links(found):
    def link(own, finer, level):
        return add(own, finer, level) if found.links[level] else own

    return link
