"""From a named search to a genotype, and from the genotype to a trained network, in one run folder.

runs/NAME/
├── recipe.json         the experiment; with the genotype as soon as there is one
├── genotype.json       what was found
├── search.json         how: way, seconds, peak memory, share of skips, scores of candidates
├── search/             run folder of the search; architecture/ holds its weights at each checkpoint
└── ...                 run folder of the final training, see `training.runs`
"""

import dataclasses
import json
import pathlib
import time

import keras
import numpy as np

from course_lib import serial
from course_lib.backend import machine
from course_lib.data.feed import PairFeed
from course_lib.data.pairs import halves
from course_lib.search import collapse
from course_lib.search.bilevel import Bilevel
from course_lib.training import feeding, loop, progress, runs, schedules, seeding, supervised, watching


def train(experiment, folder, resume=False, say=print, callbacks=()):
    """Search an architecture and train it from scratch, or go on with that.

    Args:
        experiment: SearchExperiment.
        folder: run folder; new, unless `resume`.
        resume: whether to go on from what is there.
        say: function that receives lines for the reader; None for silence.
        callbacks: further keras callbacks, of the search and of the final training.

    Returns:
        keras.Model, the found network with the averaged weights of the last step.

    Raises:
        FileExistsError: a run is there and `resume` is False.
        FileNotFoundError: no run is there and `resume` is True.
        ValueError: the run was started from other settings, or there is too little data for two halves.
        FloatingPointError: a loss or a logit stopped being a number; the message names the step.
        collapse.Collapsed: too many operators were "skip" or "none"; the message says how many.
        OSError: the folder cannot be written to.
    """
    folder, say = pathlib.Path(folder), say or _silent
    if resume:
        experiment = experiment.as_begun(runs.Run(folder).recipe())
        run = runs.Run.reopen(folder, experiment)
    else:
        search_feeds(experiment)  # what can be refused leaves no folder behind
        run = runs.Run.create(folder, experiment)
    if experiment.network.genotype is None:
        found, told = find(experiment, folder / "search", say, callbacks)
        experiment = experiment.with_genotype(found)
        runs.write_whole(folder / "search.json", json.dumps(told, indent=2) + "\n")
        runs.write_whole(folder / "genotype.json", serial.to_json(found))
        runs.write_whole(folder / "recipe.json", json.dumps(experiment.to_plain(), indent=2) + "\n")
        say(f"Found in {progress.clock(told['seconds'])}: {folder / 'genotype.json'}.")
    return supervised.train(experiment, run.folder, resume=True, say=say, callbacks=callbacks)


def find(experiment, folder, say=print, callbacks=()):
    """Search, as the recipe's `way` says; what was begun in the folder goes on.

    Args:
        experiment: SearchExperiment.
        folder: run folder of the search.
        say: function that receives lines for the reader; None for silence.
        callbacks: further keras callbacks.

    Returns:
        (Genotype, dict): what was found; the dict tells way, seconds, peak memory and, at random, scores.

    Raises:
        ValueError: the search was started from other settings.
    """
    ways = {"gradient": by_gradient, "random": at_random}
    results = []
    begun = time.perf_counter()

    def search():
        way = ways[experiment.search.way]
        results.append(way(experiment, pathlib.Path(folder), say or _silent, callbacks))

    try:
        peak = machine.peak_bytes(search)
    except RuntimeError:
        if not results:
            raise
        peak = None
    found, told = results[0]
    seconds = told.pop("seconds", None) or time.perf_counter() - begun
    told = {"way": experiment.search.way, "seed": experiment.training.seed, **told}
    told |= {"seconds": round(seconds, 1), "peak_bytes": peak, "runs_on": machine.describe()}
    return found, {**told, "skips": round(collapse.share_of_genotype(found), 4)}


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


def search_feeds(experiment):
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
        (Genotype, dict with the seconds of all sittings).
    """
    recipe, system = experiment.search, build(experiment)
    feeds = search_feeds(experiment)
    begun = (folder / "recipe.json").exists()
    run = runs.Run.reopen(folder, experiment) if begun else runs.Run.create(folder, experiment)
    step = run.load_checkpoint(system, say) if begun else 0
    run.forget_after(step)
    watch = Watch(run, system.architecture, recipe.checkpoint_every)
    shown = progress.Progress(recipe.steps, step, recipe.checkpoint_every, say)
    guards = [
        watching.StopAtNaN(run, step),
        collapse.StopAtCollapse(system.architecture, experiment.supernet.space, recipe.most_skips, say),
    ]
    keep = watching.Checkpoints(run, recipe.checkpoint_every, system)
    batches = _joined(feeds, step, recipe.steps)
    try:
        all_of_them = [*guards, watch, keep, *callbacks, shown]
        loop.play(system, batches, step, recipe.steps, recipe.checkpoint_every, all_of_them, system.supernet)
    finally:
        shown.close()
    seconds = watch.rows[-1]["seconds"] if watch.rows else 0.0
    found = experiment.derive(experiment.supernet, system.architecture.values())
    return found, {"rounds": recipe.steps, "seconds": seconds}


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
    short = dataclasses.replace(
        experiment.training,
        steps=recipe.candidate_steps,
        checkpoint_every=recipe.candidate_steps,
        warmup=min(experiment.training.warmup, recipe.candidate_steps // 2),
    )
    for i in range(recipe.candidates):
        rng = np.random.default_rng((experiment.training.seed, i))
        drawn.append(experiment.draw(experiment.supernet, rng))
        candidate = dataclasses.replace(experiment.with_genotype(drawn[-1]), training=short)
        at = folder / f"candidate_{i}"
        supervised.train(candidate, at, resume=(at / "recipe.json").exists(), say=None, callbacks=callbacks)
        row = runs.Run(at).rows()[-1]
        scores.append(row["validation_psnr"])
        seconds += row["seconds"]
        say(f"candidate {i + 1} of {recipe.candidates}: {scores[-1]:.2f} dB")
    return drawn[int(np.argmax(scores))], {"candidates_db": scores, "seconds": seconds}


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
        row = {
            "step": step,
            **{name: round(float(value), 6) for name, value in (logs or {}).items()},
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


def _silent(line):
    return None
