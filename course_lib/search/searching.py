"""From a named search to a genotype, and from the genotype to a trained network, in one run folder.

runs/NAME/
├── recipe.json         the experiment; with the genotype as soon as there is one
├── genotype.json       what was found
├── search.json         how: way, seconds, peak memory, share of skips, scores of candidates
├── search/             run folder of the search; architecture/ holds its weights at each checkpoint
└── ...                 run folder of the final training, see `training.runs`
"""

import json
import pathlib
import time

from course_lib import serial
from course_lib.backend import machine
from course_lib.search import collapse, ways
from course_lib.search.genotype import Genotype
from course_lib.training import progress, runs, supervised


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
        OSError: the folder cannot be written to.
    """
    folder, say = pathlib.Path(folder), say or _silent
    if resume:
        experiment = experiment.as_begun(runs.Run(folder).recipe())
        run = runs.Run.reopen(folder, experiment)
    else:
        ways.feeds_of(experiment)  # what can be refused leaves no folder behind
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
    way = {"gradient": ways.by_gradient, "random": ways.at_random, "paths": ways.by_paths}
    results = []
    begun = time.perf_counter()

    def search():
        run = way[experiment.search.way]
        results.append(run(experiment, pathlib.Path(folder), say or _silent, callbacks))

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
    skips = collapse.share_of_genotype(found) if isinstance(found, Genotype) else found.skips
    return found, {**told, "skips": round(skips, 4)}


def _silent(line):
    return None
