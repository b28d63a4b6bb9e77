"""Rounds instead of steps: from a duel's experiment to trained networks in a run folder."""

import keras

from course_lib import serial
from course_lib.training import feeding, loop, progress, runs, schedules, supervised, watching
from course_lib.training.duel import Duel


def optimizers(recipe):
    """Make Adam for both players, each with the rate that the papers' schedule gives it.

    Args:
        recipe: DuelRecipe.

    Returns:
        (generator's, critic's) keras optimizers.
    """
    averaged = {} if recipe.ema is None else {"use_ema": True, "ema_momentum": recipe.ema}
    critic_rate = recipe.critic_learning_rate or recipe.learning_rate
    return (
        _adam(recipe, recipe.learning_rate, recipe.steps, **averaged),
        # A rate falls with the updates of its own player, and the critic makes more of them.
        _adam(recipe, critic_rate, recipe.steps * recipe.critic_steps),
    )


def _adam(recipe, rate, steps, **averaged):
    falling = schedules.ConstantThenLinear(rate, steps, recipe.constant)
    return keras.optimizers.Adam(falling, recipe.beta_1, recipe.beta_2, **averaged)


def duel_for(training, generator, critic, generator_loss, critic_loss, reads=()):
    """Set two players against each other as a recipe says.

    Args:
        training: DuelRecipe.
        generator: keras.Model.
        critic: keras.Model.
        generator_loss: function, see `duel.Duel`.
        critic_loss: function, see `duel.Duel`.
        reads: further networks and layers that the losses read, such as those of perceptual features.

    Returns:
        duel.Duel whose first move is to come.
    """
    return Duel(
        generator,
        critic,
        generator_loss,
        critic_loss,
        optimizers(training),
        critic_steps=training.critic_steps,
        fresh=training.fresh,
        reads=reads,
    )


def build_duel(experiment):
    """Build both players with their initial weights.

    Args:
        experiment: DuelExperiment.

    Returns:
        duel.Duel whose first move is to come.
    """
    generator = supervised.build_network(experiment)
    return experiment.build_duel(generator, experiment.rules, experiment.training)


def train(experiment, folder, resume=False, say=print, callbacks=()):
    """Train a duel into a run folder, or go on with one.

    Args:
        experiment: DuelExperiment.
        folder: run folder; new, unless `resume`.
        resume: whether to go on from the newest whole checkpoint.
        say: function that receives lines for the reader; None for silence.
        callbacks: further keras callbacks; they know the generator as `self.model`.

    Returns:
        keras.Model, the generator with the averaged weights of the last round (plain ones where ema is None).

    Raises:
        FileExistsError: a run is there and `resume` is False.
        FileNotFoundError: no run is there and `resume` is True; or `start_from` holds no finished run.
        ValueError: the run was started from other settings, or `start_from` holds other networks.
        FloatingPointError: a loss stopped being a number; the message names the round.
        watching.TooDark: validation pictures stayed darker than `darkest` allows; the message says where.
        OSError: the folder cannot be written to; what was saved before stays whole.
    """
    recipe, say = experiment.training, say or _silent
    duel, judged = build_duel(experiment), supervised.build_network(experiment)
    feed = feeding.training_feed(experiment, duel.generator)
    if experiment.start_from and not (resume and runs.Run(folder).has_checkpoint()):
        begin_from(duel, experiment, say)
    # What can be refused has been by now: no folder is left behind by a run that never began.
    run = runs.Run.reopen(folder, experiment) if resume else runs.Run.create(folder, experiment)
    step = run.load_checkpoint(duel, say) if resume else 0
    if resume:
        say(f"Going on from round {step} of {recipe.steps}.")
        run.forget_after(step)
    if step < recipe.steps:
        play(duel, judged, experiment, step, run, say, callbacks, feed)
    watching.copy_averaged_weights(duel.generator, judged)
    runs.save_weights(judged, run.folder / "final.weights.h5")
    runs.save_weights(duel.critic, run.folder / "critic.weights.h5")
    return judged


def play(duel, judged, experiment, step=0, run=None, say=print, callbacks=(), feed=None):
    """Play the rounds that are left, one interval of the loop a checkpoint interval.

    Args:
        duel: duel.Duel.
        judged: network of the generator's kind for the averaged weights.
        experiment: DuelExperiment.
        step: rounds done already.
        run: Run to write into, or None.
        say: function that receives lines; None for silence.
        callbacks: further keras callbacks; they know the generator as `self.model`.
        feed: PairFeed of the experiment; None opens it.

    Returns:
        list of history rows, dicts from column to number.
    """
    recipe, every = experiment.training, experiment.training.checkpoint_every
    validation = watching.Validation(
        run,
        judged,
        feeding.held_out_windows(experiment),
        every,
        show=feeding.shown(experiment),
        keep_best=False,
    )
    shown = progress.Progress(recipe.steps, step, every, say)
    guards = [watching.StopAtDarkness(recipe.darkest, validation)] if recipe.darkest is not None else []
    keep = [watching.Checkpoints(run, every, duel)] if run else []
    count = duel.batches_per_round
    batches = (feed or feeding.training_feed(experiment)).batches(step * count, recipe.steps * count)
    watched = [watching.StopAtNaN(run, step), validation, *guards, *keep, *callbacks, shown]
    try:
        loop.play(duel, batches, step, recipe.steps, every, watched, duel.generator)
    finally:
        shown.close()
    return validation.rows


def begin_from(duel, experiment, say=print):
    """Give both players the final weights of an earlier run, where `start_from` says.

    Args:
        duel: duel.Duel.
        experiment: DuelExperiment with a `start_from`.
        say: function that receives a line when the critic begins from chance, because it has another shape.

    Raises:
        FileNotFoundError: no finished run there.
        ValueError: the earlier generator does not fit.
    """
    earlier = runs.Run(experiment.start_from)
    settings, final = earlier.recipe(), earlier.folder / "final.weights.h5"
    if not final.is_file():
        raise FileNotFoundError(
            f"{earlier.folder} is not finished. Finish it: "
            f"course train {settings['name']} -o {earlier.folder} --resume."
        )
    begun = supervised.build_network(experiment)
    if experiment.adopt:
        experiment.adopt(begun, settings["network"], final)
    else:
        begun.load_weights(final)
    duel.generator.set_weights(begun.get_weights())
    if settings.get("rules", {}).get("critic") == serial.to_plain(experiment.rules)["critic"]:
        duel.critic.load_weights(earlier.folder / "critic.weights.h5")
    else:
        say(f"The critic begins from chance: {earlier.folder} has none of its shape.")


def _silent(line):
    return None
