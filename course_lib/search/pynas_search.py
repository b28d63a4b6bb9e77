"""The search of PyNAS: which operator for each slot of DMPHN's skeleton, and which links between levels.

Paper: Hu et al., Pyramid Architecture Search for Real-Time Image Deblurring, ICCV 2021, supplement: operators
       by gradient along binarised paths, after depth and grids (see `schemes`), stopped early.
Code:  none was published.
Differs: the sources give no schedule, no list of operators and no rule for stopping; all of them are ours.
"""

import dataclasses

import keras
import numpy as np

from course_lib import checks
from course_lib.layers.borders import SizeGuard
from course_lib.search.architecture import Architecture
from course_lib.search.binarised import BinarisedOperation
from course_lib.search.dmphn import GRIDS_1_3_9
from course_lib.search.hierarchy import (
    BLOCKS,
    decoder_parts,
    demand_grids,
    demand_widths,
    encoder_parts,
    hierarchy,
    multiple_for,
)
from course_lib.search.operations import Identity, Zero
from course_lib.search.path_search import PathSearch
from course_lib.search.pynas import OPERATORS, SKIP, PyNASArchitecture, searched_block
from course_lib.training.seeding import seed_weights

KEEP, CUT = 0, 1  # candidates of a link


@dataclasses.dataclass(frozen=True, kw_only=True)
class PyNASSearchRecipe:
    """What a search of PyNAS chooses from.

    Args:
        grids: (rows, columns) of each level, from the whole picture to the smallest patches.
        widths: channels at full size, at a half, at a quarter, and so on.
        operators: candidates of each slot, some of `pynas.OPERATORS`.
        shared: whether all levels share their choices and their weights, as in PyNAS_s.
        residual: whether the answer is added to the blurred picture.

    Raises:
        ValueError: grids that do not nest, a number below 1, or fewer than two or unknown operators.
    """

    grids: tuple[tuple[int, int], ...] = GRIDS_1_3_9
    widths: tuple[int, ...] = (32, 64, 128)
    operators: tuple[str, ...] = OPERATORS
    shared: bool = False
    residual: bool = False

    def __post_init__(self):
        demand_grids("PyNASSearchRecipe", self.grids)
        demand_widths("PyNASSearchRecipe", self.widths)
        checks.at_least("PyNASSearchRecipe", "number of operators", len(set(self.operators)), 2)
        for name in self.operators:
            checks.one_of("PyNASSearchRecipe", "operators", name, OPERATORS)


def matrices(recipe):
    """List what is to be chosen.

    Args:
        recipe: PyNASSearchRecipe.

    Returns:
        dict from name to (rows, columns): a row a slot and a column an operator for each level, coarse to
        fine, or for the one cell that all levels share; and a row a link, to keep or to cut.
    """
    names = ["cell"] if recipe.shared else [f"level_{i + 1}" for i in range(len(recipe.grids))]
    slots = {name: (2 * BLOCKS * len(recipe.widths), len(recipe.operators)) for name in names}
    return {**slots, "links": (len(recipe.grids) - 1, 2)} if len(recipe.grids) > 1 else slots


def pynas_architecture(recipe, seed=0):
    """Make the logits of all choices, drawn from N(0, 0.001^2).

    Args:
        recipe: PyNASSearchRecipe.
        seed: int.

    Returns:
        architecture.Architecture.
    """
    return Architecture(matrices(recipe), seed=seed)


def pynas_supernet(recipe):
    """Build the network in which every slot and every link is a choice.

    Args:
        recipe: PyNASSearchRecipe.

    Returns:
        keras.Model of [blurred, paths, gates, paths, gates, ...] to restored (b, h, w, 3), see
        `path_search.PathSearch`; blurred (b, h, w, 3) in [0, 1], as `pynas.pynas` takes it.
    """
    blurred = keras.Input((None, None, 3), name="blurred")  # (b, h, w, 3)
    choices = {name: _choice(name, rows, columns) for name, (rows, columns) in matrices(recipe).items()}
    x = SizeGuard("pynas_supernet", multiple=multiple_for(recipe.grids, recipe.widths), name="size")(blurred)
    centred = keras.layers.Rescaling(1, -0.5, dtype="float32", name="centred")(x)
    cells = [name for name in choices if name != "links"]
    pairs = [_pair(recipe, choices[name], "" if recipe.shared else f"_{name}") for name in cells]
    pairs = pairs * len(recipe.grids) if recipe.shared else pairs

    def link(own, finer, level):
        paths, gates = choices["links"]
        kept = BinarisedOperation([Identity(name="keep"), Zero(name="cut")], name=f"link_{level + 1}")
        return keras.layers.Add()([own, kept([finer, paths[level], gates[level]])])

    painted, _ = hierarchy(centred, recipe.grids, pairs, link=link)
    if recipe.residual:
        painted = keras.layers.Add(dtype="float32", name="mended")([centred, painted])
    restored = keras.layers.Rescaling(1, 0.5, dtype="float32", name="restored")(painted)
    inputs = [blurred, *(tensor for choice in choices.values() for tensor in choice)]
    return keras.Model(inputs, restored, name="pynas_supernet")


def derive_pynas(recipe, weights):
    """Take the strongest candidate of every choice.

    Args:
        recipe: PyNASSearchRecipe.
        weights: dict from name to (rows, columns) array, as `Architecture.values()` gives.

    Returns:
        PyNASArchitecture.

    Raises:
        ValueError: a matrix is missing or of another shape, or holds NaN.
    """
    for name, shape in matrices(recipe).items():
        if name not in weights or np.shape(weights[name]) != shape:
            raise ValueError(
                f"derive_pynas() needs {name!r} of shape {shape}; received "
                f"{np.shape(weights[name]) if name in weights else sorted(weights)}."
            )
        if np.isnan(weights[name]).any():
            raise ValueError(f"derive_pynas() needs finite weights; {name!r} holds NaN.")
    return _named(recipe, {name: np.argmax(weights[name], axis=-1) for name in matrices(recipe)})


def draw_pynas(recipe, rng):
    """Draw every choice at random, all candidates alike.

    Args:
        recipe: PyNASSearchRecipe.
        rng: numpy Generator.

    Returns:
        PyNASArchitecture.
    """
    checks.generator("draw_pynas()", rng, "an architecture is drawn")
    shapes = matrices(recipe).items()
    return _named(recipe, {name: rng.integers(columns, size=rows) for name, (rows, columns) in shapes})


class PyNASSearch(PathSearch):
    """A PyNAS supernet and its architecture: five steps on the weights, then one on the gates, in each round.

    The defaults are ours, for the sources give none: Adam, 1e-4 for the weights and 1e-3 without momentum for
    the gates, which compare a pair of candidates a choice. Logits start alike, so that the rounds before
    `architecture_from` train random paths.

    Args:
        recipe: PyNASSearchRecipe.
        loss: function of (true, made) -> scalar.
        rates: (weights', gates') learning rates of Adam.
        architecture_from: the first round, counted from 0, in which the gates move.
        weight_steps: steps on the weights in a round.
        seed: int; fixes initial weights, logits and paths.

    Raises:
        ValueError: a number below its least.
    """

    def __init__(self, recipe, loss, rates=(1e-4, 1e-3), architecture_from=0, weight_steps=5, seed=0):
        for rate in rates:
            checks.above("PyNASSearch", "rates", rate, 0)
        self.recipe = recipe
        supernet = pynas_supernet(recipe)
        seed_weights(supernet, seed)
        super().__init__(
            supernet,
            pynas_architecture(recipe, seed),
            loss,
            (keras.optimizers.Adam(rates[0]), keras.optimizers.Adam(rates[1], beta_1=0.0)),
            mode="two",
            architecture_from=architecture_from,
            weight_steps=weight_steps,
            seed=seed,
        )

    def found(self):
        """Say what would be derived now.

        Returns:
            PyNASArchitecture.
        """
        return derive_pynas(self.recipe, self.architecture.values())


class StopWhenSettled(keras.callbacks.Callback):
    """End a search early: when nothing changes any more, or before operators that do nothing take over.

    It looks at the end of each interval. To the logs it adds "skips", their share among the slots.

    Args:
        search: PyNASSearch, or another object with `found()`.
        patience: looks in a row at one and the same architecture after which the search ends.
        most_skips: share of skips above which it ends at once; what had been found before is kept.

    Raises:
        ValueError: `patience` below 1, or `most_skips` outside [0, 1].
    """

    def __init__(self, search, patience=10, most_skips=0.5):
        super().__init__()
        checks.at_least("StopWhenSettled", "patience", patience, 1)
        checks.within("StopWhenSettled", "most_skips", most_skips, 0, 1)
        self.search, self.patience, self.most_skips = search, patience, most_skips
        self.kept, self.unchanged, self.reason = None, 0, ""

    def on_epoch_end(self, epoch, logs=None):
        found = self.search.found()
        if logs is not None:
            logs["skips"] = found.skips
        if found.skips > self.most_skips:
            share = f"{found.skips:.0%} of the slots would be skips, more than {self.most_skips:.0%}"
            self._end(f"{share}, at interval {epoch + 1}")
            return
        self.unchanged = self.unchanged + 1 if found == self.kept else 0
        self.kept = found
        if self.unchanged >= self.patience:
            self._end(f"the architecture has not changed for {self.patience} intervals, until {epoch + 1}")

    def _end(self, reason):
        self.reason, self.model.stop_training = reason, True


def _choice(name, rows, columns):
    paths = keras.Input(batch_shape=(rows, None), dtype="int32", name=f"{name}_paths")
    return paths, keras.Input(batch_shape=(rows, columns), name=f"{name}_gates")


def _pair(recipe, choice, suffix):
    """An encoder and a decoder that follow a choice: functions of one tensor."""

    def block(place, width):
        names = enumerate(recipe.operators)
        made = [Identity(name=SKIP) if n == SKIP else searched_block(n, i, width) for i, n in names]
        return BinarisedOperation(made, name=f"block_{place}")

    parts = {"encoder": (3, encoder_parts), "decoder": (recipe.widths[-1], decoder_parts)}
    models = [
        _chain(channels, make(recipe.widths, block), choice, f"{kind}{suffix}")
        for kind, (channels, make) in parts.items()
    ]
    return [lambda x, model=model: model([x, *choice]) for model in models]


def _chain(channels, parts, choice, name):
    given = keras.Input((None, None, channels), name="given")
    paths, gates = (keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype) for tensor in choice)
    x = given
    for part in parts:
        if isinstance(part, BinarisedOperation):
            place = int(part.name.removeprefix("block_"))
            x = part([x, paths[place], gates[place]])
        else:
            x = part(x)
    return keras.Model([given, paths, gates], x, name=name)


def _named(recipe, chosen):
    links = tuple(bool(number == KEEP) for number in chosen.pop("links", ()))
    operators = tuple(tuple(recipe.operators[number] for number in cell) for cell in chosen.values())
    return PyNASArchitecture(grids=recipe.grids, operators=operators, links=links, shared=recipe.shared)
