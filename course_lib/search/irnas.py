"""IR-NAS' supernet: every operator and every width of a denoising network at once, and HiNAS' successor.

Paper: Zhang et al., Memory-Efficient Hierarchical Neural Architecture Search for Image Denoising (IR-NAS),
       CVPR 2020, section 3; its successor HiNAS, IJCV 2022.
Code:  IR-NAS has none; hkzhang-git/HiNAS, one_stage_nas/modeling/dn_supernet.py and decoders.py.
Differs: the paper leaves much open; stem, end part, starts of the logits and the two inputs of a cell are
       as in HiNAS' code for both. Batch norms neither scale nor shift while searching, but for those of the
       end part's pyramids. A stored variance is that of the batch, PyTorch's that times n / (n - 1).
Check: HiNAS' supernet (3 layers of 4 nodes, 10 filters, gray) has 1,475,357 weights, 3 x 14 x 7 logits of
       operators and 6 x 3 of widths.
"""

import dataclasses

import keras
import numpy as np

from course_lib import checks
from course_lib.layers.aspp import ASPP
from course_lib.search.architecture import Architecture
from course_lib.search.genotype import Genotype, derive_cell, edges_of, random_cell
from course_lib.search.joints import activation_layer, conv_norm, conv_norm_names
from course_lib.search.operations import ACTIVATIONS, SPACES
from course_lib.search.supercell import Fusion, SuperCell
from course_lib.search.viterbi import MOVES, widest_path

CLOSED = -50.0  # the first logit of a move to a width that does not exist
ENDS = ("sigmoid", "none")


def widths_of(filters, ratios):
    """Turn ratios into channels.

    Args:
        filters: channels at ratio 1.
        ratios: numbers.

    Returns:
        tuple of ints, rounded down.
    """
    return tuple(int(filters * ratio) for ratio in ratios)


def demand_widths(owner, filters, ratios, operators):
    """Demand widths that grow, and even ones for deformable convolutions.

    Args:
        owner: who asks, for the message.
        filters: channels at ratio 1.
        ratios: numbers, narrow to wide.
        operators: names of the operators that may be used.

    Raises:
        ValueError: otherwise.
    """
    widths = widths_of(filters, ratios)
    if not widths or min(widths) < 1 or list(widths) != sorted(set(widths)):
        raise ValueError(
            f"{owner} needs ratios from narrow to wide; {tuple(ratios)} of {filters} filters are {widths}."
        )
    if "def3" in operators and any(width % 2 for width in widths):
        raise ValueError(
            f"{owner} needs even widths for 'def3', which works in two groups of channels; "
            f"{tuple(ratios)} of {filters} filters are {widths}."
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class IRNASRecipe:
    """The shape of a supernet; as it stands, IR-NAS' denoiser, except that its space of colours is gray.

    Args:
        channels: of a picture.
        filters: channels of a cell's states at ratio 1.
        ratios: widths over which the search goes, as multiples of `filters`, narrow to wide.
        layers: cells from the first to the last.
        nodes: of a cell.
        space: a name of `operations.SPACES`: "irnas" or "hinas".
        activation: "relu" or "leaky_relu".
        tied: whether all cells share one matrix of logits; else one a layer.
        shared: whether a cell runs once, on the mixed arrivals from narrower, same and wider, which is the
            paper's gain; else once for every arrival, its answers mixed, as in Auto-DeepLab.
        stem: channels of the first convolution.
        rate: dilation in the end part's pyramids, in pixels.
        residual: whether the network predicts what must be taken from the picture.
        end: "sigmoid" as HiNAS searches, or "none".

    Raises:
        ValueError: a number below 1, no or falling widths, an unknown word, or an odd width with deformable
            convolutions, which work in two groups.
    """

    channels: int = 1
    filters: int = 10
    ratios: tuple[float, ...] = (1, 2, 4)
    layers: int = 4
    nodes: int = 5
    space: str = "irnas"
    activation: str = "relu"
    tied: bool = True
    shared: bool = True
    stem: int = 64
    rate: int = 16
    residual: bool = True
    end: str = "sigmoid"

    def __post_init__(self):
        owner = "IRNASRecipe"
        for name in ("channels", "filters", "layers", "nodes", "stem", "rate"):
            checks.at_least(owner, name, getattr(self, name), 1)
        checks.one_of(owner, "spaces", self.space, SPACES)
        checks.one_of(owner, "activations", self.activation, ACTIVATIONS)
        checks.one_of(owner, "ends", self.end, ENDS)
        object.__setattr__(self, "ratios", tuple(self.ratios))
        demand_widths(owner, self.filters, self.ratios, SPACES[self.space])

    @property
    def widths(self):
        """Channels of a cell's states, narrow to wide."""
        return widths_of(self.filters, self.ratios)


IRNAS = IRNASRecipe()
IRNAS_DERAIN = IRNASRecipe(channels=3, layers=3, nodes=4)
HINAS = IRNASRecipe(ratios=(1, 1.5, 2), layers=3, nodes=4, space="hinas", activation="leaky_relu", tied=False)


def sources_of(recipe):
    """Say how many widths exist before each layer: one at first, then one more a layer until all do.

    Args:
        recipe: IRNASRecipe.

    Returns:
        list of ints, one a layer.
    """
    return [min(layer + 1, len(recipe.ratios)) for layer in range(recipe.layers)]


def matrices_of(recipe):
    """Say which choices a supernet leaves open, in the order of its inputs.

    Args:
        recipe: IRNASRecipe.

    Returns:
        dict from name to (rows, columns): "cells", or "cells_0" and so on, (edges, operators); "widths", for
        each layer and each width before it a row (narrower, same, wider).
    """
    shape = (edges_of(recipe.nodes), len(SPACES[recipe.space]))
    cells = ["cells"] if recipe.tied else [f"cells_{layer}" for layer in range(recipe.layers)]
    return {**dict.fromkeys(cells, shape), "widths": (sum(sources_of(recipe)), len(MOVES))}


def architecture_of(recipe):
    """Make the logits of a supernet: 1 everywhere, and -50 where a move leaves the widths.

    Args:
        recipe: IRNASRecipe.

    Returns:
        Architecture.
    """
    matrices = matrices_of(recipe)
    start = {name: np.ones(shape, "float32") for name, shape in matrices.items()}
    for row, (_, source) in enumerate(_rows(recipe)):
        for column, move in enumerate(MOVES):
            if not 0 <= source + move < len(recipe.ratios):
                start["widths"][row, column] = CLOSED
    return Architecture(matrices, start=start, name="architecture")


def derive(recipe, values):
    """Read the network that a search prefers: each cell's strongest edges, and the most probable widths.

    Args:
        recipe: IRNASRecipe.
        values: dict from name to softmaxed matrix, see `matrices_of`; `Architecture.values()` gives it.

    Returns:
        Genotype with one cell for all layers, or one a layer, and the width of every layer.

    Raises:
        ValueError: a missing or surplus matrix, one of another shape, or NaN.
    """
    wanted = matrices_of(recipe)
    given = {name: np.shape(matrix) for name, matrix in values.items()}
    if given != wanted:
        raise ValueError(f"derive() needs matrices {wanted}; received {given}.")
    cells = [derive_cell(values[name], recipe.space) for name in wanted if name != "widths"]
    ends = np.cumsum(sources_of(recipe))[:-1]
    path = widest_path(np.split(np.asarray(values["widths"]), ends), len(recipe.ratios))
    return Genotype(space=recipe.space, cells=tuple(cells), path=path)


def draw_genotype(recipe, rng):
    """Draw a network at random from those that a supernet contains.

    Args:
        recipe: IRNASRecipe.
        rng: numpy Generator.

    Returns:
        Genotype; every move of the widths that is possible is as probable as the others.
    """
    checks.generator("draw_genotype()", rng, "a genotype is drawn")
    cells = [random_cell(recipe.space, recipe.nodes, rng) for _ in range(1 if recipe.tied else recipe.layers)]
    path = [0]
    for _ in range(recipe.layers):
        low, high = max(path[-1] - 1, 0), min(path[-1] + 1, len(recipe.ratios) - 1)
        path.append(int(rng.integers(low, high + 1)))
    return Genotype(space=recipe.space, cells=tuple(cells), path=tuple(path[1:]))


def supernet(recipe):
    """Build the supernet.

    Args:
        recipe: IRNASRecipe.

    Returns:
        keras.Model from [picture (b, h, w, channels) in [0, 1], *mixing weights] to (b, h, w, channels),
        any h and w. Mixing weights come in the order of `matrices_of`, rows at least 0 and summing to 1.
        A last cell is called cell_LAYER_WIDTH, such as cell_4_0.
    """
    picture = keras.Input((None, None, recipe.channels), name="picture")
    inputs = {
        name: keras.Input(batch_shape=shape, dtype="float32", name=name)
        for name, shape in matrices_of(recipe).items()
    }
    x = conv_norm(picture, recipe.stem, 3, "stem_in", False, recipe.activation)
    # What two layers back and the layer before say at width 0, before the first cell.
    before = [conv_norm(x, recipe.widths[0], 3, "two_back", False)]
    x = activation_layer(recipe.activation, "stem_out_act")(x)
    hidden = [conv_norm(x, recipe.widths[0] * recipe.nodes, 3, "stem_out", False)]
    for layer in range(1, recipe.layers + 1):
        weights = inputs["cells" if recipe.tied else f"cells_{layer - 1}"]
        before, hidden = _layer(recipe, layer, before, hidden, weights, inputs["widths"])
    x = _end_part(recipe, hidden)  # (b, h, w, channels)
    if recipe.residual:
        x = keras.layers.Subtract(dtype="float32", name="difference")([picture, x])
    x = keras.layers.Activation(
        "sigmoid" if recipe.end == "sigmoid" else "linear", dtype="float32", name="end"
    )(x)
    model = keras.Model([picture, *inputs.values()], x, name="irnas_supernet")
    model.official = official_names(recipe)
    return model


def official_names(recipe):
    """Say what HiNAS' code calls the layers of a supernet.

    Args:
        recipe: IRNASRecipe.

    Returns:
        dict, ours to official, as `course_lib.weights.load_official` reads it.
    """
    names = {
        **conv_norm_names("stem_in", "stem1.0"),
        **conv_norm_names("two_back", "reduce1"),
        **conv_norm_names("stem_out", "stem2"),
        **conv_norm_names("gather", "decoder.pre_cls"),
        "paint": "decoder.clf",
    }
    sizes = [*sources_of(recipe), min(recipe.layers + 1, len(recipe.ratios))]
    cells = [(layer, width) for layer in range(1, recipe.layers + 1) for width in range(sizes[layer])]
    for number, (layer, width) in enumerate(cells):
        names[f"cell_{layer}_{width}"] = f"cells.{number}"
    for number, (layer, source) in enumerate(_rows(recipe)):
        for column, move in enumerate(MOVES):
            if 0 <= source + move < len(recipe.ratios):
                ours = f"route_{layer + 1}_{source}_{source + move}"
                names.update(conv_norm_names(ours, f"routers.{number}.postprocess{column}"))
    for width in range(1, sizes[-1]):
        names.update(conv_norm_names(f"widen_{width}", f"upsamplers.{width - 1}"))
    for width in range(sizes[-1]):
        names[f"pyramid_{width}"] = f"decoder.aspps.{width}"
    return names


def _rows(recipe):
    """(layer from 0, source width) of every row of the matrix "widths"."""
    return [(layer, source) for layer, count in enumerate(sources_of(recipe)) for source in range(count)]


def _layer(recipe, layer, before, hidden, weights, shares):
    """All cells of a layer. Returns what the next one needs, by widths: fused inputs, cells' answers."""
    first = _rows(recipe).index((layer - 1, 0))
    fused, answers = [], []
    for width in range(min(layer + 1, len(recipe.ratios))):
        sources = [source for source in range(len(hidden)) if abs(source - width) <= 1]
        places = [(first + source, width - source + 1) for source in sources]
        channels = recipe.widths[width]
        arrivals = [
            conv_norm(hidden[source], channels, 1, f"route_{layer}_{source}_{width}", False)
            for source in sources
        ]
        mixed = Fusion(places, name=f"fused_{layer}_{width}")([shares, *arrivals])
        if width < len(before):
            two_back = before[width]
        else:  # this width is new here
            two_back = conv_norm(before[width - 1], channels, 1, f"widen_{width}", False)
        cell = SuperCell(
            recipe.nodes,
            channels,
            recipe.space,
            activation=recipe.activation,
            name=f"cell_{layer}_{width}",
        )
        if recipe.shared:
            answer = cell([two_back, mixed, weights])
        else:
            each = [cell([two_back, arrival, weights]) for arrival in arrivals]
            answer = Fusion(places, name=f"mixed_{layer}_{width}")([shares, *each])
        fused.append(mixed)
        answers.append(answer)
    return fused, answers


def _end_part(recipe, hidden):
    width = recipe.filters * recipe.nodes
    pyramids = [
        ASPP(width, (recipe.rate,), activation=recipe.activation, affine=False, name=f"pyramid_{i}")(x)
        for i, x in enumerate(hidden)
    ]
    x = keras.layers.Concatenate(name="pyramids")(pyramids) if len(pyramids) > 1 else pyramids[0]
    x = conv_norm(x, len(hidden) * width, 3, "gather", False, recipe.activation)
    return keras.layers.Conv2D(recipe.channels, 3, padding="same", name="paint")(x)
