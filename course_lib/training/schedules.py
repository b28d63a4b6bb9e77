"""How the learning rate moves."""

import math

import keras

from course_lib import checks, serial


def schedule(recipe):
    """Make the schedule that a recipe names.

    Args:
        recipe: TrainingRecipe.

    Returns:
        keras learning-rate schedule, from the number of steps done to the rate.
    """
    if recipe.schedule == "poly":
        return keras.optimizers.schedules.PolynomialDecay(
            recipe.learning_rate, recipe.steps, end_learning_rate=0.0, power=0.9
        )
    if recipe.schedule == "tenths":
        return keras.optimizers.schedules.ExponentialDecay(
            recipe.learning_rate, recipe.decay_every, 0.1, staircase=True
        )
    return cosine(recipe)


def cosine(recipe):
    """Climb for `warmup` steps, then fall along half a cosine to the final rate.

    Args:
        recipe: TrainingRecipe.

    Returns:
        keras learning-rate schedule.

    Source:
        Loshchilov and Hutter, SGDR, ICLR 2017, equation 5, without restarts.
    """
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if recipe.warmup else recipe.learning_rate,
        decay_steps=max(1, recipe.steps - recipe.warmup),
        alpha=recipe.final_learning_rate / recipe.learning_rate,
        warmup_target=recipe.learning_rate if recipe.warmup else None,
        warmup_steps=recipe.warmup,
    )


@serial.serializable
class ConstantThenLinear(keras.optimizers.schedules.LearningRateSchedule):
    """Stay at a rate, then fall on a line that reaches 0 after the last step.

    Args:
        rate: learning rate of the first part, above 0.
        steps: optimiser steps in all, at least 1.
        constant: share of the steps in the first part, in [0, 1].

    Source:
        Zhu et al., CycleGAN, ICCV 2017, section 4, as the codes of DeblurGAN and pix2pixHD use it; they lower
        the rate once an epoch, this one every step.
    """

    def __init__(self, rate, steps, constant=0.5):
        checks.above("ConstantThenLinear", "rate", rate, 0)
        checks.at_least("ConstantThenLinear", "steps", steps, 1)
        checks.within("ConstantThenLinear", "constant", constant, 0, 1)
        self.rate, self.steps, self.constant = rate, steps, constant

    def __call__(self, step):
        start = self.constant * self.steps
        left = (self.steps - keras.ops.cast(step, "float32")) / max(self.steps - start, 1e-6)
        return self.rate * keras.ops.clip(left, 0.0, 1.0)

    def get_config(self):
        return {"rate": self.rate, "steps": self.steps, "constant": self.constant}


@serial.serializable
class Waves(keras.optimizers.schedules.LearningRateSchedule):
    """A cosine that goes down and up again under a falling envelope, as HiNAS' search has it.

    In the e-th of `epochs` parts of the run, e counted from 1, the rate is
    low + (high - low) (1 + cos(pi e / half)) / 2 (1 - e / epochs)^0.9.

    Args:
        high: rate of the highest wave, above `low`.
        low: rate between waves, at least 0.
        steps: optimiser steps in all; `epochs` divides them.
        epochs: parts in which the rate stays the same.
        half: parts from a crest to the next trough.

    Raises:
        ValueError: a number outside its range.

    Source:
        hkzhang-git/HiNAS, one_stage_nas/solver/lr_scheduler.py.
    """

    def __init__(self, high, low, steps, epochs=100, half=10):
        checks.at_least("Waves", "low", low, 0)
        checks.above("Waves", "high", high, low)
        checks.at_least("Waves", "epochs", epochs, 1)
        checks.at_least("Waves", "half", half, 1)
        if steps % epochs:
            raise ValueError(f"Waves needs steps that epochs={epochs} divides; received {steps}.")
        self.high, self.low, self.steps, self.epochs, self.half = high, low, steps, epochs, half

    def __call__(self, step):
        epoch = keras.ops.floor(keras.ops.cast(step, "float32") / (self.steps // self.epochs)) + 1
        wave = (1 + keras.ops.cos(math.pi * epoch / self.half)) / 2
        left = keras.ops.maximum(1 - epoch / self.epochs, 0.0)
        return self.low + (self.high - self.low) * wave * keras.ops.power(left, 0.9)

    def get_config(self):
        fields = ("high", "low", "steps", "epochs", "half")
        return {name: getattr(self, name) for name in fields}
