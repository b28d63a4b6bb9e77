"""How the learning rate moves."""

import keras


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
