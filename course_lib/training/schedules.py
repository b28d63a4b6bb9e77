"""How the learning rate moves."""

import keras

from course_lib import checks, serial


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
