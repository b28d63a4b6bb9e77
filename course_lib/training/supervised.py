"""One loss, one optimiser, `fit`: from an experiment to a trained network in a run folder."""

import contextlib

import keras

from course_lib.losses.pixel import Charbonnier, EveryPicture
from course_lib.losses.structural import MSELogSSIM
from course_lib.training import feeding, progress, runs, schedules, seeding, watching


def build_network(experiment):
    """Build the experiment's network in its precision, with initial weights from its seed.

    Args:
        experiment: Experiment.

    Returns:
        keras.Model, not compiled.
    """
    with precision(experiment.training.precision):
        model = experiment.build(experiment.network)
    seeding.seed_weights(model, experiment.training.seed)
    return model


@contextlib.contextmanager
def precision(policy):
    """Build layers under a dtype policy and put the old one back.

    Args:
        policy: "float32" or "mixed_bfloat16".

    Yields:
        None.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def build_learner(experiment):
    """Build what an experiment trains: its network, or with `taught` one of the same weights that shows more.

    Args:
        experiment: Experiment.

    Returns:
        keras.Model, compiled.
    """
    recipe, network = experiment.training, build_network(experiment)
    if experiment.taught is None:
        return compile_network(network, recipe)
    return compile_network(experiment.taught(network), recipe, EveryPicture(loss_of(recipe)))


def compile_network(model, recipe, loss=None):
    """Give a network its optimiser and loss, and make the optimiser's slots.

    Args:
        model: keras.Model.
        recipe: TrainingRecipe.
        loss: keras loss; None for the recipe's.

    Returns:
        The same model, compiled.
    """
    optimizer = optimizer_of(recipe)
    model.compile(optimizer, loss or loss_of(recipe))
    optimizer.build(model.trainable_variables)
    return model


def optimizer_of(recipe):
    """Make the optimiser that a recipe names.

    Args:
        recipe: TrainingRecipe.

    Returns:
        keras optimizer without slots.
    """
    common = {
        "weight_decay": recipe.weight_decay,
        "global_clipnorm": recipe.clip_norm,
        "clipvalue": recipe.clip_value,
        "use_ema": recipe.ema is not None,
        "ema_momentum": recipe.ema if recipe.ema is not None else 0.99,
    }
    rate = schedules.schedule(recipe)
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=0.9, **common)
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate, **common)
    return keras.optimizers.AdamW(rate, beta_2=0.99, **common)


def loss_of(recipe):
    """Make the loss that a recipe names.

    Args:
        recipe: TrainingRecipe, or another recipe with `loss`, `structure` and `mean_of_terms`.

    Returns:
        keras loss, called with (true, made).
    """
    if recipe.loss == "mse_log_ssim":
        return MSELogSSIM(recipe.structure, mean=recipe.mean_of_terms)
    plain = {
        "l1": keras.losses.MeanAbsoluteError,
        "mse": keras.losses.MeanSquaredError,
        "charbonnier": Charbonnier,
    }
    return plain[recipe.loss]()


def train(experiment, folder, resume=False, say=print, callbacks=()):
    """Train an experiment into a run folder, or go on with one.

    Args:
        experiment: Experiment.
        folder: run folder; new, unless `resume`.
        resume: whether to go on from the newest whole checkpoint.
        say: function that receives lines for the reader; None for silence.
        callbacks: further keras callbacks.

    Returns:
        keras.Model with the averaged weights of the last step (plain weights where ema is None).

    Raises:
        FileExistsError: a run is there and `resume` is False.
        FileNotFoundError: no run is there and `resume` is True.
        ValueError: the run was started from other settings.
        FloatingPointError: the loss stopped being a number; the message names the step.
        watching.TooDark: validation pictures stayed darker than `darkest` allows; the message says where.
        OSError: the folder cannot be written to; what was saved before stays whole.
    """
    recipe, model, judged = experiment.training, build_learner(experiment), build_network(experiment)
    feed = feeding.training_feed(experiment, judged)
    # What can be refused has been by now: no folder is left behind by a run that never began.
    run = runs.Run.reopen(folder, experiment) if resume else runs.Run.create(folder, experiment)
    step = run.load_checkpoint(model, say or _silent) if resume else 0
    if resume:
        (say or _silent)(f"Going on from step {step} of {recipe.steps}.")
        run.forget_after(step)
    if step < recipe.steps:
        fit(model, judged, experiment, step, run, say, callbacks, feed)
    watching.copy_averaged_weights(model, judged)
    runs.save_weights(judged, run.folder / "final.weights.h5")
    return judged


def fit(model, judged, experiment, step=0, run=None, say=print, callbacks=(), feed=None):
    """Run the steps that are left, one Keras epoch a checkpoint interval.

    Args:
        model: compiled network.
        judged: network of the same kind for the averaged weights.
        experiment: Experiment.
        step: steps done already.
        run: Run to write into, or None.
        say: function that receives lines; None for silence.
        callbacks: further keras callbacks.
        feed: PairFeed of the experiment; None opens it.

    Returns:
        list of history rows, dicts from column to number.
    """
    recipe = experiment.training
    every = recipe.checkpoint_every
    validation = watching.Validation(
        run, judged, feeding.held_out_windows(experiment), every, show=feeding.shown(experiment)
    )
    shown = progress.Progress(recipe.steps, step, every, say)
    guards = [watching.StopAtDarkness(recipe.darkest, validation)] if recipe.darkest is not None else []
    keep = [watching.Checkpoints(run, every)] if run else []
    try:
        model.fit(
            (feed or feeding.training_feed(experiment)).stream(step, recipe.steps),
            initial_epoch=step // every,
            epochs=recipe.steps // every,
            steps_per_epoch=every,
            shuffle=False,
            verbose=0,
            callbacks=[watching.StopAtNaN(run, step), validation, *guards, *keep, *callbacks, shown],
        )
    finally:
        shown.close()
    return validation.rows


def _silent(line):
    return None
