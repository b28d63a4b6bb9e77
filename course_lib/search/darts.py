"""DARTS: a network whose cells are searched by gradient descent, and the network that is found.

Paper: Liu et al., DARTS: Differentiable Architecture Search, ICLR 2019, sections 2 and 3.
Code:  quark0/darts, cnn/model_search.py, cnn/model.py and cnn/genotypes.py.
Differs: channels last; the probability of dropping a path is fixed, the original raises it from 0 during
         training; `restoring_supernet` is ours: the original classifies pictures and restores none.
Check: the search network, width 16, 8 cells, has 1 930 618 parameters. Width 36, 20 cells: DARTS_V1 3 169 414
       and DARTS_V2 3 349 342, with the auxiliary head 3 645 840 and 3 825 768. With the stem for ImageNet,
       width 48, 14 cells, 1000 classes: 4 510 432 and 4 718 752.
"""

import dataclasses

import keras

from course_lib import checks
from course_lib.layers.borders import SizeGuard
from course_lib.search.architecture import Architecture
from course_lib.search.cell import DerivedCell, SearchCell
from course_lib.search.genotype import Cell, Genotype, derive_cell, edges_of, random_cell
from course_lib.search.operations import SPACES, batch_norm

SPACE = "darts"
STEMS = ("small", "imagenet")
WIDEN = 3  # the small stem has so many times the cells' width

_SEP, _DIL, _SKIP = "sep_conv_3x3", "dil_conv_3x3", "skip_connect"
_MAX, _AVG = "max_pool_3x3", "avg_pool_3x3"
# Found with the first-order step, and with the second-order one.
DARTS_V1 = Genotype(
    space=SPACE,
    cells=(
        Cell(
            nodes=(
                ((_SEP, 1), (_SEP, 0)),
                ((_SKIP, 0), (_SEP, 1)),
                ((_SKIP, 0), (_SEP, 1)),
                ((_SEP, 0), (_SKIP, 2)),
            )
        ),
        Cell(
            nodes=(
                ((_MAX, 0), (_MAX, 1)),
                ((_SKIP, 2), (_MAX, 0)),
                ((_MAX, 0), (_SKIP, 2)),
                ((_SKIP, 2), (_AVG, 0)),
            )
        ),
    ),
)
DARTS_V2 = Genotype(
    space=SPACE,
    cells=(
        Cell(
            nodes=(
                ((_SEP, 0), (_SEP, 1)),
                ((_SEP, 0), (_SEP, 1)),
                ((_SEP, 1), (_SKIP, 0)),
                ((_SKIP, 0), (_DIL, 2)),
            )
        ),
        Cell(
            nodes=(
                ((_MAX, 0), (_MAX, 1)),
                ((_SKIP, 2), (_MAX, 1)),
                ((_MAX, 0), (_SKIP, 2)),
                ((_SKIP, 2), (_MAX, 1)),
            )
        ),
    ),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DARTSSearchRecipe:
    """The relaxed network.

    Args:
        channels: of the picture.
        classes: how many answers the classifier has.
        width: channels of a state in the first cells; doubled by each of the two reducing cells.
        cells: how many; those after a third and after two thirds of them reduce.
        nodes: of each cell.

    Raises:
        ValueError: a number below its least; cells below 3 would have one that reduces twice.
    """

    channels: int = 3
    classes: int = 10
    width: int = 16
    cells: int = 8
    nodes: int = 4

    def __post_init__(self):
        for name, least in (("channels", 1), ("classes", 1), ("width", 1), ("cells", 3), ("nodes", 1)):
            checks.at_least("DARTSSearchRecipe", name, getattr(self, name), least)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DARTSRecipe:
    """The final network.

    Args:
        genotype: Genotype of the space "darts" with two cells, (normal, reduction).
        channels: of the picture.
        classes: how many answers the classifier has.
        width: channels of a state in the first cells; doubled by each of the two reducing cells, and even.
        cells: how many; those after a third and after two thirds of them reduce.
        stem: "small" for pictures such as CIFAR's 32 x 32, or "imagenet", which begins with three halvings.
        auxiliary: whether a second classifier reads the cell after two thirds, so that a gradient reaches the
            first cells sooner; only for pictures of 32 x 32 and the small stem.
        drop_path: probability of dropping an edge while training, in [0, 1).
        seed: int; fixes what is dropped.

    Raises:
        TypeError: `genotype` is none.
        ValueError: a number below its least, an unknown stem, a genotype of another space or number of cells,
            or an auxiliary classifier behind the stem for ImageNet.
    """

    genotype: Genotype = DARTS_V2
    channels: int = 3
    classes: int = 10
    width: int = 36
    cells: int = 20
    stem: str = "small"
    auxiliary: bool = False
    drop_path: float = 0.0
    seed: int = 0

    def __post_init__(self):
        owner = "DARTSRecipe"
        for name, least in (("channels", 1), ("classes", 1), ("width", 2), ("cells", 3)):
            checks.at_least(owner, name, getattr(self, name), least)
        checks.one_of(owner, "stems", self.stem, STEMS)
        checks.within(owner, "drop_path", self.drop_path, 0, 0.99)
        if not isinstance(self.genotype, Genotype):
            raise TypeError(f"{owner} needs a Genotype; received {type(self.genotype).__name__}.")
        if self.genotype.space != SPACE or len(self.genotype.cells) != 2:
            raise ValueError(
                f"{owner} needs a genotype of the space {SPACE!r} with two cells, (normal, reduction); "
                f"received {self.genotype.space!r} with {len(self.genotype.cells)}."
            )
        if self.auxiliary and self.stem != "small":
            raise ValueError(f"{owner} has an auxiliary classifier only with stem='small'.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RestoringSearchRecipe:
    """A relaxed network that restores pictures: normal cells only, at full size.

    Args:
        channels: of the picture.
        width: channels of a state.
        cells: how many.
        nodes: of each cell.
        space: a name of `operations.SPACES`.
        side: of the kernels before and behind the cells in pixels, odd; with 1 only cells see neighbours.

    Raises:
        ValueError: a number below 1, an even side or an unknown space.
    """

    channels: int = 3
    width: int = 16
    cells: int = 3
    nodes: int = 4
    space: str = SPACE
    side: int = 3

    def __post_init__(self):
        owner = "RestoringSearchRecipe"
        for name in ("channels", "width", "cells", "nodes"):
            checks.at_least(owner, name, getattr(self, name), 1)
        checks.one_of(owner, "spaces", self.space, sorted(SPACES))
        checks.odd(owner, "side", self.side)


def darts_supernet(recipe):
    """Build the relaxed classifier.

    Args:
        recipe: DARTSSearchRecipe.

    Returns:
        keras.Model from [picture (b, h, w, channels), normal, reduction] to logits (b, classes); h and w
        divisible by 4. The last two are (edges, operators) weights, of which each row sums to 1.
    """
    edges, operators = edges_of(recipe.nodes), len(SPACES[SPACE])
    picture = keras.Input((None, None, recipe.channels), name="picture")
    normal = keras.Input(batch_shape=(edges, operators), name="normal")
    reduction = keras.Input(batch_shape=(edges, operators), name="reduction")

    def cell(i, states, width, reduces, reduced_before):
        layer = SearchCell(
            width, recipe.nodes, reduction=reduces, reduced_before=reduced_before, name=f"cell_{i}"
        )
        return layer([*states, reduction if reduces else normal])

    guarded = SizeGuard("darts_supernet", multiple=4, name="guard")(picture)
    x = _stem(guarded, WIDEN * recipe.width)
    x, _ = _tower(recipe, (x, x), cell)
    logits = _classifier(x, recipe.classes)
    return _named(keras.Model([picture, normal, reduction], logits, name="darts_supernet"), recipe)


def darts(recipe):
    """Build the final classifier.

    Args:
        recipe: DARTSRecipe.

    Returns:
        keras.Model from picture (b, h, w, channels) to logits (b, classes), or to [logits, auxiliary logits];
        h and w divisible by 4, with the stem for ImageNet by 32.
    """
    picture = keras.Input((None, None, recipe.channels), name="picture")
    multiple = 4 if recipe.stem == "small" else 32
    x = SizeGuard("darts", multiple=multiple, name="guard")(picture)
    states = _stem_for_imagenet(x, recipe.width) if recipe.stem == "imagenet" else None
    states = states or (_stem(x, WIDEN * recipe.width),) * 2

    def cell(i, states, width, reduces, reduced_before):
        nodes = recipe.genotype.cells[int(reduces)].nodes
        seed = recipe.seed + 1000 * i
        layer = DerivedCell(nodes, width, reduces, reduced_before, recipe.drop_path, seed, name=f"cell_{i}")
        return layer(list(states))

    x, deep = _tower(recipe, states, cell, reduced_before=recipe.stem == "imagenet")
    outputs = _classifier(x, recipe.classes)
    if recipe.auxiliary:
        outputs = [outputs, _auxiliary(deep, recipe.classes)]
    return _named(keras.Model(picture, outputs, name="darts"), recipe)


def restoring_supernet(recipe):
    """Build a relaxed network that adds to a picture what its cells find.

    Args:
        recipe: RestoringSearchRecipe.

    Returns:
        keras.Model from [picture (b, h, w, channels), normal (edges, operators)] to (b, h, w, channels).
    """
    picture = keras.Input((None, None, recipe.channels), name="picture")
    normal = keras.Input(batch_shape=(edges_of(recipe.nodes), len(SPACES[recipe.space])), name="normal")
    x = before = _stem(picture, WIDEN * recipe.width, recipe.side)
    for i in range(recipe.cells):
        layer = SearchCell(recipe.width, recipe.nodes, recipe.space, name=f"cell_{i}")
        before, x = x, layer([before, x, normal])  # (b, h, w, nodes * width)
    lower = keras.layers.Conv2D(recipe.channels, recipe.side, padding="same", name="lower")
    restored = keras.layers.Add(dtype="float32", name="restored")([picture, lower(x)])
    return keras.Model([picture, normal], restored, name="restoring_supernet")


def architecture_of(recipe, seed=0):
    """Make the logits that a supernet's inputs are the softmax of.

    Args:
        recipe: DARTSSearchRecipe or RestoringSearchRecipe.
        seed: int; fixes the first logits.

    Returns:
        Architecture with the matrices "normal" and, for the classifier, "reduction".
    """
    restoring = isinstance(recipe, RestoringSearchRecipe)
    shape = (edges_of(recipe.nodes), len(SPACES[recipe.space if restoring else SPACE]))
    names = ("normal",) if restoring else ("normal", "reduction")
    return Architecture(dict.fromkeys(names, shape), seed=seed, name="architecture")


def derive(recipe, matrices):
    """Cut the relaxed cells down.

    Args:
        recipe: DARTSSearchRecipe or RestoringSearchRecipe.
        matrices: dict of (edges, operators) softmaxed weights, as `Architecture.values()` gives.

    Returns:
        Genotype, one cell for each matrix.

    Raises:
        ValueError: weights that are not finite or no weights.
    """
    space = getattr(recipe, "space", SPACE)
    cells = tuple(derive_cell(weights, space) for weights in matrices.values())
    return Genotype(space=space, cells=cells)


def draw(recipe, rng):
    """Draw a genotype at random, what a search has to beat.

    Args:
        recipe: DARTSSearchRecipe or RestoringSearchRecipe.
        rng: numpy Generator.

    Returns:
        Genotype.
    """
    space = getattr(recipe, "space", SPACE)
    count = 1 if isinstance(recipe, RestoringSearchRecipe) else 2
    return Genotype(space=space, cells=tuple(random_cell(space, recipe.nodes, rng) for _ in range(count)))


def _stem(x, width, side=3):
    x = keras.layers.Conv2D(width, side, padding="same", use_bias=False, name="stem")(x)
    return batch_norm(True, "stem_norm")(x)


def _stem_for_imagenet(x, width):
    """A quarter and an eighth of the size, both of the given width."""
    states = []
    for i, channels in enumerate((width // 2, width, width)):
        if i:
            x = keras.layers.ReLU(name=f"stem_{i}_relu")(x)
        x = keras.layers.ZeroPadding2D(1, name=f"stem_{i}_pad")(x)
        x = keras.layers.Conv2D(channels, 3, strides=2, use_bias=False, name=f"stem_{i}")(x)
        x = batch_norm(True, f"stem_{i}_norm")(x)
        states.append(x)
    return states[1], states[2]


def _tower(recipe, states, cell, reduced_before=False):
    """Stack the cells; returns the last state and the one that the auxiliary classifier reads."""
    width, deep = recipe.width, None
    two_back, before = states
    for i in range(recipe.cells):
        reduces = i in (recipe.cells // 3, 2 * recipe.cells // 3)
        width *= 2 if reduces else 1
        two_back, before = before, cell(i, (two_back, before), width, reduces, reduced_before)
        reduced_before = reduces
        if i == 2 * recipe.cells // 3:
            deep = before
    return before, deep


def _classifier(x, classes):
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)  # (b, nodes * width)
    return keras.layers.Dense(classes, dtype="float32", name="classifier")(x)  # (b, classes)


def _auxiliary(x, classes):
    x = keras.layers.ReLU(name="auxiliary_relu")(x)  # (b, 8, 8, nodes * width)
    x = keras.layers.AveragePooling2D(5, strides=3, name="auxiliary_mean")(x)  # (b, 2, 2, nodes * width)
    for i, (width, side) in enumerate(((128, 1), (768, 2))):
        x = keras.layers.Conv2D(width, side, use_bias=False, name=f"auxiliary_{i}")(x)
        x = batch_norm(True, f"auxiliary_{i}_norm")(x)
        x = keras.layers.ReLU(name=f"auxiliary_{i}_relu")(x)
    x = keras.layers.GlobalAveragePooling2D(name="auxiliary_last")(x)  # (b, 768): one pixel is left
    return keras.layers.Dense(classes, dtype="float32", name="auxiliary_classifier")(x)


def _named(model, recipe):
    """Tell what the official code calls the parts."""
    names = {f"cell_{i}": f"cells.{i}" for i in range(recipe.cells)} | {"classifier": "classifier"}
    if getattr(recipe, "stem", "small") == "small":
        names |= {"stem": "stem.0", "stem_norm": "stem.1"}
    else:
        for i, theirs in enumerate(("stem0.0", "stem0.3", "stem1.1")):
            group, number = theirs.split(".")
            names |= {f"stem_{i}": theirs, f"stem_{i}_norm": f"{group}.{int(number) + 1}"}
    if getattr(recipe, "auxiliary", False):
        head = "auxiliary_head.features"
        names |= {"auxiliary_0": f"{head}.2", "auxiliary_0_norm": f"{head}.3"}
        names |= {"auxiliary_1": f"{head}.5", "auxiliary_1_norm": f"{head}.6"}
        names["auxiliary_classifier"] = "auxiliary_head.classifier"
    model.official = names
    return model
