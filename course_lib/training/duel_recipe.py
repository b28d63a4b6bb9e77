"""How two networks are trained against each other: settings, and the named run that uses them."""

import dataclasses
import typing

from course_lib import checks
from course_lib.training.experiment import Experiment
from course_lib.training.recipe import PRECISIONS, demand_whole_intervals


@dataclasses.dataclass(frozen=True, kw_only=True)
class DuelRecipe:
    """How generator and critic are moved. The defaults of optimiser and schedule are the papers'.

    Args:
        steps: rounds in all; in each the generator moves once.
        batch: pairs in a batch.
        patch: height of the training windows in pixels.
        aspect: width of the windows in heights.
        learning_rate: Adam's rate for both networks, before it falls.
        critic_learning_rate: the critic's, if it differs; None for the same.
        beta_1: Adam's memory of the gradient.
        beta_2: Adam's memory of its square.
        constant: share of the rounds before the rates begin to fall, on a line to 0.
        critic_steps: updates of the critic in a round.
        fresh: whether each of them gets a batch of its own; else a round has one batch and one generated
            picture, as in DeblurGAN's code.
        ema: momentum of the generator's averaged weights, kept at the end; None keeps the last weights.
        precision: "float32" or "mixed_bfloat16" (weights stay float32).
        checkpoint_every: rounds between checkpoints; divides `steps`.
        seed: fixes initial weights and every batch.
        darkest: how far the luminance of validation pictures may lie below the truth, in the worst of 8 x 8
            regions and in units of [0, 1], before the run is stopped; None never stops it.

    Raises:
        TypeError: a number is none.
        ValueError: a number outside its range, or an unknown word.
    """

    steps: int = 1000
    batch: int = 1
    patch: int = 256
    aspect: int = 1
    learning_rate: float = 1e-4
    critic_learning_rate: float | None = None
    beta_1: float = 0.5
    beta_2: float = 0.999
    constant: float = 0.5
    critic_steps: int = 1
    fresh: bool = False
    ema: float | None = None
    precision: str = "float32"
    checkpoint_every: int = 100
    seed: int = 0
    darkest: float | None = None

    def __post_init__(self):
        owner = "DuelRecipe"
        for name in ("steps", "batch", "patch", "aspect", "critic_steps", "checkpoint_every"):
            checks.at_least(owner, name, getattr(self, name), 1)
        checks.above(owner, "learning_rate", self.learning_rate, 0)
        if self.critic_learning_rate is not None:
            checks.above(owner, "critic_learning_rate", self.critic_learning_rate, 0)
        for name in ("beta_1", "beta_2", "constant"):
            checks.within(owner, name, getattr(self, name), 0, 1)
        if self.ema is not None:
            checks.within(owner, "ema", self.ema, 0, 1)
        checks.at_least(owner, "seed", self.seed, 0)
        if self.darkest is not None:
            checks.within(owner, "darkest", self.darkest, 0, 1)
        checks.one_of(owner, "precisions", self.precision, PRECISIONS)
        demand_whole_intervals(owner, self.steps, self.checkpoint_every)

    @property
    def window(self):
        """(height, width) of the training windows in pixels."""
        return self.patch, self.patch * self.aspect


@dataclasses.dataclass(frozen=True, kw_only=True)
class DuelExperiment(Experiment):
    """A named duel: an Experiment that knows its critic and what both players are punished for.

    Args:
        rules: recipe of critic and losses.
        build_duel: function (generator, rules, training) -> duel.Duel.
        adopt: function (generator, earlier generator) that starts the first from the weights of the second;
            None where `start_from` has to name a run of the same generator.
        start_from: run folder whose final weights, the generator's and the critic's, begin this run; None
            begins from chance.
    """

    FUNCTIONS: typing.ClassVar[tuple[str, ...]] = (*Experiment.FUNCTIONS, "build_duel", "adopt")

    rules: typing.Any
    build_duel: typing.Callable
    adopt: typing.Callable | None = None
    start_from: str | None = None
