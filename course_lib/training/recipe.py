"""How the weights of one network are moved: settings, frozen and checked at birth."""

import dataclasses

from course_lib import checks

LOSSES = ("l1", "charbonnier", "mse", "mse_log_ssim")
OPTIMIZERS = ("adamw", "adam", "sgd")
SCHEDULES = ("cosine", "poly", "tenths")
PRECISIONS = ("float32", "mixed_bfloat16")


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingRecipe:
    """How weights are moved.

    Args:
        steps: optimiser steps in all.
        batch: pairs in a step.
        patch: side of the training windows in pixels.
        learning_rate: the optimiser's rate at its highest.
        final_learning_rate: where the cosine ends.
        warmup: first steps, in which the rate climbs from 0; with a cosine only.
        weight_decay: decay of the weights beside the gradient.
        clip_norm: largest global norm of the gradient; None leaves it alone.
        ema: momentum of the averaged weights that are kept at the end; None keeps the last weights.
        loss: "l1", "charbonnier", "mse", or "mse_log_ssim", to which IR-NAS adds `structure` times the
            negative logarithm of SSIM.
        precision: "float32" or "mixed_bfloat16" (weights stay float32).
        checkpoint_every: steps between checkpoints; divides `steps`.
        seed: fixes initial weights and every batch.
        darkest: how far the luminance of validation pictures may lie below the truth, in the worst of 8 x 8
            regions and in units of [0, 1], before the run is stopped; None never stops it.
        optimizer: "adamw", "adam", or "sgd" with momentum 0.9.
        schedule: "cosine", "poly" (to the power 0.9, down to 0) or "tenths" (a tenth every `decay_every`).
        decay_every: steps after which "tenths" lowers the rate.
        clip_value: largest entry of the gradient; None leaves it alone.
        structure: weight of the structural term in "mse_log_ssim".
        mean_of_terms: whether that loss is the mean of its two terms instead of their sum, as in HiNAS' code.

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
    optimizer: str = "adamw"
    schedule: str = "cosine"
    decay_every: int | None = None
    clip_value: float | None = None
    structure: float = 0.5
    mean_of_terms: bool = False

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
        if self.clip_value is not None:
            checks.above(owner, "clip_value", self.clip_value, 0)
        if self.clip_norm is not None and self.clip_value is not None:
            raise ValueError(f"{owner} clips by norm or by value; set clip_norm or clip_value to None.")
        checks.at_least(owner, "structure", self.structure, 0)
        checks.one_of(owner, "losses", self.loss, LOSSES)
        checks.one_of(owner, "optimizers", self.optimizer, OPTIMIZERS)
        checks.one_of(owner, "schedules", self.schedule, SCHEDULES)
        if self.schedule != "cosine" and self.warmup:
            raise ValueError(f"{owner} warms up before a cosine only; set warmup=0 for {self.schedule!r}.")
        if (self.decay_every is not None) != (self.schedule == "tenths"):
            raise ValueError(f"{owner} needs decay_every with the schedule 'tenths', and only there.")
        if self.decay_every is not None:
            checks.at_least(owner, "decay_every", self.decay_every, 1)
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
