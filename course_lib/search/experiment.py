"""A named search: how the architecture is moved, and the run that uses it."""

import dataclasses
import json
import pathlib
import typing

from course_lib import checks
from course_lib.training.experiment import Experiment
from course_lib.training.recipe import LOSSES, PRECISIONS, demand_whole_intervals

WAYS = ("gradient", "random", "paths")


@dataclasses.dataclass(frozen=True, kw_only=True)
class SearchRecipe:
    """How a supernet and its architecture are moved, or what a search at random may spend.

    Args:
        way: "gradient"; "paths", as PyNAS does; or "random", which trains `candidates` drawn networks for
            `candidate_steps` each and keeps the one that is best on validation windows.
        steps: rounds in all; in each the weights move once.
        begin: rounds before the architecture moves.
        batch: pairs in a batch; a round has one for the weights and one for the architecture.
        patch: side of the windows in pixels.
        order: 1 takes the weights as they are; 2 looks one step of the weights ahead, as DARTS may.
        architecture_first: whether the architecture moves before the weights in a round.
        learning_rate: SGD's rate for the weights at its highest, with momentum 0.9.
        final_learning_rate: where its cosine ends.
        waves: parts of the run for HiNAS' oscillating rate, see `schedules.Waves`; None for one cosine.
        weight_decay: of the weights.
        clip_norm: largest global norm of the weights' gradient; None leaves it alone.
        architecture_learning_rate: Adam's rate for the logits.
        architecture_decay: added to their gradient, times the logits.
        architecture_beta_1: Adam's memory of their gradient.
        loss: as in TrainingRecipe.
        structure: as in TrainingRecipe.
        mean_of_terms: as in TrainingRecipe.
        most_skips: share of "skip" and "none" among the strongest operators above which the search ends and
            what was found before is kept; None only warns.
        candidates: networks that a random search tries.
        candidate_steps: optimiser steps that each of them is trained for, and each sampled pyramid.
        schemes: along paths: pyramids that are sampled and judged first; 0 keeps the supernet's.
        weight_steps: along paths: steps on the weights in a round.
        patience: along paths: intervals without a change after which the search ends.
        precision: "float32" or "mixed_bfloat16" (weights stay float32).
        checkpoint_every: rounds between checkpoints; divides `steps`.

    Raises:
        ValueError: a number outside its range, or an unknown word.
    """

    way: str = "gradient"
    steps: int = 1000
    begin: int = 200
    batch: int = 4
    patch: int = 64
    order: int = 1
    architecture_first: bool = True
    learning_rate: float = 0.025
    final_learning_rate: float = 0.001
    waves: int | None = None
    weight_decay: float = 3e-4
    clip_norm: float | None = None
    architecture_learning_rate: float = 1e-3
    architecture_decay: float = 1e-3
    architecture_beta_1: float = 0.9
    loss: str = "mse_log_ssim"
    structure: float = 0.5
    mean_of_terms: bool = False
    most_skips: float | None = None
    candidates: int = 8
    candidate_steps: int = 100
    schemes: int = 0
    weight_steps: int = 5
    patience: int = 10
    precision: str = "float32"
    checkpoint_every: int = 100

    def __post_init__(self):
        owner = "SearchRecipe"
        checks.one_of(owner, "ways", self.way, WAYS)
        counts = ("candidates", "candidate_steps", "weight_steps", "patience")
        for name in ("steps", "batch", "patch", "checkpoint_every", *counts):
            checks.at_least(owner, name, getattr(self, name), 1)
        checks.at_least(owner, "schemes", self.schemes, 0)
        checks.within(owner, "begin", self.begin, 0, self.steps)
        checks.one_of(owner, "orders", self.order, (1, 2))
        for name in ("learning_rate", "architecture_learning_rate"):
            checks.above(owner, name, getattr(self, name), 0)
        checks.within(owner, "final_learning_rate", self.final_learning_rate, 0, self.learning_rate)
        for name in ("weight_decay", "architecture_decay", "structure"):
            checks.at_least(owner, name, getattr(self, name), 0)
        checks.within(owner, "architecture_beta_1", self.architecture_beta_1, 0, 1)
        for name in ("clip_norm", "waves"):
            if getattr(self, name) is not None:
                checks.above(owner, name, getattr(self, name), 0)
        if self.most_skips is not None:
            checks.within(owner, "most_skips", self.most_skips, 0, 1)
        checks.one_of(owner, "losses", self.loss, LOSSES)
        checks.one_of(owner, "precisions", self.precision, PRECISIONS)
        demand_whole_intervals(owner, self.steps, self.checkpoint_every)

    @property
    def window(self):
        """(height, width) of the windows in pixels."""
        return self.patch, self.patch


@dataclasses.dataclass(frozen=True, kw_only=True)
class SearchExperiment(Experiment):
    """A named search, after which the network that was found is trained from scratch.

    `network` is the recipe of the final network; its `genotype` is None until one has been found.

    Args:
        search: SearchRecipe.
        supernet: recipe of the relaxed network.
        build_supernet: function from `supernet` to a keras.Model.
        build_architecture: function from `supernet` to an Architecture.
        derive: function (supernet recipe, dict of softmaxed matrices) -> Genotype.
        draw: function (supernet recipe, numpy Generator) -> Genotype at random.
    """

    FUNCTIONS: typing.ClassVar[tuple[str, ...]] = (
        *Experiment.FUNCTIONS,
        "build_supernet",
        "build_architecture",
        "derive",
        "draw",
    )

    search: SearchRecipe
    supernet: typing.Any
    build_supernet: typing.Callable
    build_architecture: typing.Callable
    derive: typing.Callable
    draw: typing.Callable

    def with_genotype(self, genotype):
        """Give the experiment whose network has a genotype.

        Args:
            genotype: Genotype.

        Returns:
            SearchExperiment.
        """
        return dataclasses.replace(self, network=dataclasses.replace(self.network, genotype=genotype))

    def as_begun(self, plain):
        """Take the genotype that a run has found already.

        Args:
            plain: dict as written into a run folder.

        Returns:
            SearchExperiment.
        """
        found = self.with_settings(plain).network.genotype
        return self.with_genotype(found) if self.network.genotype is None and found else self

    def told(self, folder):
        """Read what a search cost, and how much of its result does nothing.

        Args:
            folder: run folder of a finished search.

        Returns:
            dict with "search_seconds", "skips", and "search_peak_bytes" where it could be measured.
        """
        told = json.loads((pathlib.Path(folder) / "search.json").read_text())
        columns = {"seconds": "search_seconds", "peak_bytes": "search_peak_bytes", "skips": "skips"}
        return {ours: told[theirs] for theirs, ours in columns.items() if told[theirs] is not None}
