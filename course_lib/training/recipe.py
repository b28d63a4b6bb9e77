"""How the weights of one network are moved: settings, frozen and checked at birth."""

import dataclasses

from course_lib import checks

LOSSES = ("l1", "charbonnier", "mse")
PRECISIONS = ("float32", "mixed_bfloat16")


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingRecipe:
    """How weights are moved.

    Args:
        steps: optimiser steps in all.
        batch: pairs in a step.
        patch: side of the training windows in pixels.
        learning_rate: AdamW's rate at its highest.
        final_learning_rate: where the cosine ends.
        warmup: first steps, in which the rate climbs from 0.
        weight_decay: AdamW's decay.
        clip_norm: largest global norm of the gradient; None leaves it alone.
        ema: momentum of the averaged weights that are kept at the end; None keeps the last weights.
        loss: "l1", "charbonnier" or "mse".
        precision: "float32" or "mixed_bfloat16" (weights stay float32).
        checkpoint_every: steps between checkpoints; divides `steps`.
        seed: fixes initial weights and every batch.
        darkest: how far the luminance of validation pictures may lie below the truth, in the worst of 8 x 8
            regions and in units of [0, 1], before the run is stopped; None never stops it.

    Raises:
        ValueError: a number outside its range, or an unknown word.
    """

    steps: int = 400
    batch: int = 8
    patch: int = 128
    learning_rate: float = 1e-3
    final_learning_rate: float = 1e-6
    warmup: int = 50
    weight_decay: float = 0.0
    clip_norm: float | None = 1.0
    ema: float | None = 0.999
    loss: str = "charbonnier"
    precision: str = "float32"
    checkpoint_every: int = 100
    seed: int = 0
    darkest: float | None = None

    def __post_init__(self):
        owner = "TrainingRecipe"
        for name in ("steps", "batch", "patch", "checkpoint_every"):
            checks.at_least(owner, name, getattr(self, name), 1)
        checks.above(owner, "learning_rate", self.learning_rate, 0)
        checks.within(owner, "final_learning_rate", self.final_learning_rate, 0, self.learning_rate)
        checks.within(owner, "warmup", self.warmup, 0, self.steps)
        checks.at_least(owner, "weight_decay", self.weight_decay, 0)
        checks.at_least(owner, "seed", self.seed, 0)
        if self.darkest is not None:
            checks.within(owner, "darkest", self.darkest, 0, 1)
        if self.clip_norm is not None:
            checks.above(owner, "clip_norm", self.clip_norm, 0)
        if self.ema is not None:
            checks.within(owner, "ema", self.ema, 0, 1)
        checks.one_of(owner, "losses", self.loss, LOSSES)
        checks.one_of(owner, "precisions", self.precision, PRECISIONS)
        demand_whole_intervals(owner, self.steps, self.checkpoint_every)

    @property
    def window(self):
        """(height, width) of the training windows in pixels."""
        return self.patch, self.patch


def demand_whole_intervals(owner, steps, checkpoint_every):
    """Demand that checkpoints divide a run evenly.

    Args:
        owner: who asks, for the message.
        steps: int, steps in all.
        checkpoint_every: int, steps between checkpoints.

    Raises:
        ValueError: they do not; the nearest number of steps is offered.
    """
    if steps % checkpoint_every:
        nearest = -(-steps // checkpoint_every) * checkpoint_every
        raise ValueError(
            f"{owner} needs steps that checkpoint_every={checkpoint_every} divides; "
            f"received {steps}. Try {nearest}, or another checkpoint_every."
        )
