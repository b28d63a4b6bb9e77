"""Ways to search: by gradient, at random, along single paths; each ends in a genotype."""

import dataclasses
import math
import time

import keras
import numpy as np

from course_lib.data.feed import PairFeed
from course_lib.data.pairs import halves
from course_lib.search import collapse, pynas_search
from course_lib.search.bilevel import Bilevel
from course_lib.search.dmphn import DMPHNRecipe, dmphn
from course_lib.search.schemes import SCHEMES, search_scheme
from course_lib.training import feeding, loop, progress, runs, schedules, seeding, supervised, watching


def build(experiment):
    """Build a supernet, its architecture and what moves both, from the experiment's seed.

    Args:
        experiment: SearchExperiment.

    Returns:
        bilevel.Bilevel whose first round is to come.
    """
    recipe = experiment.search
    with supervised.precision(recipe.precision):
        supernet = experiment.build_supernet(experiment.supernet)
    seeding.seed_weights(supernet, experiment.training.seed)
    architecture = experiment.build_architecture(experiment.supernet)
    if recipe.waves:
        rate = schedules.Waves(
            recipe.learning_rate, recipe.final_learning_rate, recipe.steps, 10 * recipe.waves
        )
    else:
        fall = recipe.final_learning_rate / recipe.learning_rate
        rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate, recipe.steps, alpha=fall)
    weights = keras.optimizers.SGD(rate, momentum=0.9)
    logits = keras.optimizers.Adam(recipe.architecture_learning_rate, beta_1=recipe.architecture_beta_1)
    return Bilevel(
        supernet,
        architecture,
        supervised.loss_of(recipe),
        (weights, logits),
        order=recipe.order,
        architecture_first=recipe.architecture_first,
        architecture_from=recipe.begin,
        decays=(recipe.weight_decay, recipe.architecture_decay),
        clip_norm=recipe.clip_norm,
    )


def feeds_of(experiment):
    """Split the training pictures into two halves: one for the weights, one for the architecture.

    Args:
        experiment: SearchExperiment.

    Returns:
        (PairFeed, PairFeed).

    Raises:
        FileNotFoundError: the data is not where the experiment says.
        ValueError: too few pictures for two halves, or pictures smaller than a window.
    """
    recipe, seed = experiment.search, experiment.training.seed
    parts = halves(feeding.pairs(experiment, "train"), seed)
    feeds = tuple(PairFeed(part, recipe.batch, recipe.window, (seed, i)) for i, part in enumerate(parts))
    for feed in feeds:
        feed[0]
    return feeds


def by_gradient(experiment, folder, say, callbacks=()):
    """Move weights and architecture in turns, and derive a genotype at the end.

    Args:
        experiment: SearchExperiment.
        folder: run folder of the search, new or begun.
        say: function that receives lines.
        callbacks: further keras callbacks.

    Returns:
        (Genotype, dict with the rounds and the seconds of all sittings).
    """
    system, recipe = build(experiment), experiment.search
    guard = (system.architecture, experiment.supernet.space)
    if recipe.most_skips is None:
        told = _play(system, experiment, folder, say, [collapse.StopAtCollapse(*guard, say=say), *callbacks])
        return experiment.derive(experiment.supernet, system.architecture.values()), told
    early = collapse.EndAtCollapse(*guard, recipe.most_skips)
    told = _play(system, experiment, folder, say, [early, *callbacks])
    kept = collapse.before_collapse(looks_of(folder), experiment.supernet.space, recipe.most_skips)
    return experiment.derive(experiment.supernet, kept), {**told, "ended": early.reason}


def looks_of(folder):
    """Read the architecture's weights at each checkpoint of a search.

    Args:
        folder: run folder of the search.

    Returns:
        list of dicts from name to (rows, columns) array, in the order of the search.
    """
    looks = []
    for path in sorted((folder / "architecture").glob("step_*.npz")):
        with np.load(path, allow_pickle=False) as stored:
            looks.append({name: stored[name] for name in stored.files})
    return looks


def by_paths(experiment, folder, say, callbacks=()):
    """Choose the pyramid by sampling, then move weights and gates along single paths, as PyNAS does.

    Args:
        experiment: SearchExperiment whose supernet is a PyNASSearchRecipe.
        folder: run folder of the search, new or begun.
        say: function that receives lines.
        callbacks: further keras callbacks.

    Returns:
        (PyNASArchitecture, dict with the sampled schemes, why the search ended, rounds and seconds).
    """
    recipe, shape = experiment.search, experiment.supernet
    told = {}
    if recipe.schemes:
        name, seen, seconds = _best_scheme(experiment, folder, say)
        shape = dataclasses.replace(shape, grids=SCHEMES[name])
        told = {"scheme": name, "schemes_db": seen, "scheme_seconds": round(seconds, 1)}
    with supervised.precision(recipe.precision):
        system = pynas_search.PyNASSearch(
            shape,
            supervised.loss_of(recipe),
            rates=(recipe.learning_rate, recipe.architecture_learning_rate),
            architecture_from=recipe.begin,
            weight_steps=recipe.weight_steps,
            seed=experiment.training.seed,
        )
    settled = pynas_search.StopWhenSettled(system, recipe.patience, recipe.most_skips or 1.0)
    played = _play(system, experiment, folder, say, [settled, *callbacks])
    told |= {**played, "seconds": played["seconds"] + told.get("scheme_seconds", 0.0)}
    return settled.kept or system.found(), {**told, "ended": settled.reason}


def _best_scheme(experiment, folder, say):
    recipe, numbers = experiment.search, iter(range(experiment.search.schemes))
    short, seconds = short_training(experiment), []

    def judge(grids):
        number = next(numbers)
        shape = DMPHNRecipe(grids=grids, widths=experiment.supernet.widths, residual=True)
        candidate = dataclasses.replace(experiment, network=shape, build=dmphn, training=short)
        score, took = _score(candidate, folder / f"scheme_{number}")
        seconds.append(took)
        patches = "-".join(str(rows * columns) for rows, columns in grids)
        say(f"pyramid {number + 1} of {recipe.schemes}: {patches}, {score:.2f} dB")
        return score

    rng = np.random.default_rng((experiment.training.seed, 1))
    name, seen = search_scheme(judge, recipe.schemes, rng)
    return name, {scheme: scores for scheme, scores in seen.scores.items() if scores}, sum(seconds)


def at_random(experiment, folder, say, callbacks=()):
    """Draw networks, train each for a while, and keep the one that is best on validation windows.

    Args:
        experiment: SearchExperiment.
        folder: folder for a run of each candidate, new or begun.
        say: function that receives lines.
        callbacks: further keras callbacks.

    Returns:
        (Genotype, dict with the candidates' PSNR in dB and the seconds of all of them).
    """
    recipe, scores, seconds, drawn = experiment.search, [], 0.0, []
    short = short_training(experiment)
    for i in range(recipe.candidates):
        rng = np.random.default_rng((experiment.training.seed, i))
        drawn.append(experiment.draw(experiment.supernet, rng))
        candidate = dataclasses.replace(experiment.with_genotype(drawn[-1]), training=short)
        score, took = _score(candidate, folder / f"candidate_{i}", callbacks)
        scores.append(score)
        seconds += took
        say(f"candidate {i + 1} of {recipe.candidates}: {score:.2f} dB")
    return drawn[int(np.argmax(scores))], {"candidates_db": scores, "seconds": seconds}


def short_training(experiment):
    """Cut the final training down to what a candidate gets.

    Args:
        experiment: SearchExperiment.

    Returns:
        TrainingRecipe.
    """
    steps = experiment.search.candidate_steps
    return dataclasses.replace(
        experiment.training,
        steps=steps,
        checkpoint_every=steps,
        warmup=min(experiment.training.warmup, steps // 2),
        ema=None,  # an average over so few steps would remember the first weights
    )


def _score(candidate, at, callbacks=()):
    supervised.train(candidate, at, resume=(at / "recipe.json").exists(), say=None, callbacks=callbacks)
    row = runs.Run(at).rows()[-1]
    return row["validation_psnr"], row["seconds"]


def _play(system, experiment, folder, say, guards):
    """Play the rounds that are left into a run folder. Returns rounds and seconds."""
    recipe, feeds = experiment.search, feeds_of(experiment)
    begun = (folder / "recipe.json").exists()
    run = runs.Run.reopen(folder, experiment) if begun else runs.Run.create(folder, experiment)
    step = run.load_checkpoint(system, say) if begun else 0
    run.forget_after(step)
    every, count = recipe.checkpoint_every, system.batches_per_round
    watch = Watch(run, system.architecture, every)
    shown = progress.Progress(recipe.steps, step, every, say)
    watched = [watching.StopAtNaN(run, step), *guards, watch, watching.Checkpoints(run, every, system), shown]
    try:
        batches = _joined(feeds, step * count, recipe.steps * count)
        loop.play(system, batches, step, recipe.steps, every, watched, system.supernet)
    finally:
        shown.close()
    rows = watch.rows
    return (
        {"rounds": rows[-1]["step"], "seconds": rows[-1]["seconds"]}
        if rows
        else {"rounds": 0, "seconds": 0.0}
    )


class Watch(keras.callbacks.Callback):
    """Write a row a checkpoint interval, and the architecture's weights beside it.

    Args:
        run: Run of the search.
        architecture: Architecture.
        every: rounds in an interval.
    """

    def __init__(self, run, architecture, every):
        super().__init__()
        self.run, self.architecture, self.every = run, architecture, every
        self.rows = run.rows()
        self.begun = time.perf_counter() - (self.rows[-1]["seconds"] if self.rows else 0)
        self.folder = run.folder / "architecture"

    def on_epoch_end(self, epoch, logs=None):
        values, step = self.architecture.values(), (epoch + 1) * self.every
        self.folder.mkdir(exist_ok=True)
        np.savez(self.folder / f"step_{step:08d}.npz", **values)
        # The first row decides the columns, and before `begin` the architecture has no loss.
        told = {"architecture_loss": math.nan, **(logs or {})}
        row = {
            "step": step,
            **{name: round(float(value), 6) for name, value in told.items()},
            **{f"entropy_{name}": round(entropy(rows), 5) for name, rows in values.items()},
            "seconds": round(time.perf_counter() - self.begun, 2),
        }
        self.rows.append(row)
        self.run.log(row)


def entropy(weights):
    """Measure how undecided an architecture is.

    Args:
        weights: (rows, columns) float array; rows sum to 1.

    Returns:
        float, mean over the rows of the entropy in units of the largest possible, in [0, 1].
    """
    weights = np.clip(weights, 1e-12, 1)
    return float(np.mean(-np.sum(weights * np.log(weights), axis=-1)) / np.log(weights.shape[-1]))


def _joined(feeds, start, stop):
    streams = [feed.batches(start, stop) for feed in feeds]
    for ours, other in zip(*streams, strict=True):
        yield (*ours, *other)
