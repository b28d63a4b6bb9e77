"""An ablation: one thing changed at a time, everything else alike, every variant scored alike."""

import dataclasses
import json
import pathlib
import re

import numpy as np

from course_lib import checks
from course_lib.backend import machine
from course_lib.training import evaluation, runs
from course_lib.training.watching import TooDark

_SCORES = ("psnr", "ssim", "piqe", "luminance", "falsely_black")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ablation:
    """A question, and the experiments that answer it.

    Args:
        name: how the command line calls it.
        question: one sentence.
        variants: dict from what a variant changes, in words, to its Experiment; the first is the reference.
        split: "validation" or "test".
        seeds: whole numbers, each of which trains every variant once; none leaves an experiment its own.

    Raises:
        TypeError: a seed is no number.
        ValueError: no variants, another split, a seed below 0, or one seed twice.
    """

    name: str
    question: str
    variants: dict
    split: str = "test"
    seeds: tuple = ()

    def __post_init__(self):
        checks.at_least("Ablation", "the number of variants", len(self.variants), 1)
        checks.one_of("Ablation", "splits", self.split, ("validation", "test"))
        for seed in self.seeds:
            checks.at_least("Ablation", "a seed", seed, 0)
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"Ablation needs different seeds; received {self.seeds}.")


def run(ablation, folder, say=print, only=None):
    """Train and score every variant with every seed; what is finished is not done again.

    Args:
        ablation: Ablation.
        folder: folder for the runs and `results.json`: `0_reference` of one seed, `0_reference/seed_0` and so
            on of several.
        say: function that receives lines for the reader; None for silence.
        only: list of the variants to do now, so that processes can share the work on one folder; None does
            all that is left, and writes `results.json`.

    Returns:
        dict: the question, the protocol, and one row a variant with the means over its seeds of its cards,
        its Frechet distance and its training time; `by_seed` lists them one by one. The first row is that of
        doing nothing. Where training stopped, because a number was lost or pictures went dark, `stopped` says
        why, and means are of the other seeds, if any.

    Raises:
        OSError: the folder cannot be written to.
        RuntimeError: no run came to its end.
        ValueError: a run there was started from other settings, or `only` names no variant.
    """
    folder = pathlib.Path(folder)
    for variant in only or ():
        checks.one_of("ablation.run()", "variants", variant, ablation.variants)
    rows, cards = [], []
    for number, (variant, experiment) in enumerate(ablation.variants.items()):
        if only is not None and variant not in only:
            continue
        by_seed = []
        for seed in ablation.seeds or (experiment.training.seed,):
            if say:
                say(f"{ablation.name}: {variant}, seed {seed}")
            at = _place(folder, number, variant, seed, ablation.seeds)
            card, row = _train_and_score(_seeded(experiment, seed), at, ablation.split, folder, say)
            cards += [card] if card else []
            by_seed.append({"seed": seed, **row})
        rows.append({"variant": variant, **_summary(by_seed, experiment), "by_seed": by_seed})
    if not cards:
        raise RuntimeError(f"{ablation.name}: no run came to its end. {rows[0]['stopped']}")
    results = _results(ablation, cards[0], rows)
    if only is None:
        runs.write_whole(folder / "results.json", json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    return results


def _place(folder, number, variant, seed, seeds):
    words = re.sub(r"[^a-z0-9]+", "_", variant.lower()).strip("_")[:40].strip("_")
    at = folder / f"{number}_{words}"
    return at / f"seed_{seed}" if len(seeds) > 1 else at


def _seeded(experiment, seed):
    return dataclasses.replace(experiment, training=dataclasses.replace(experiment.training, seed=seed))


def _train_and_score(experiment, at, split, folder, say):
    """Give (card, scores) of a run, or (None, why it stopped); a run that stopped is not begun again."""
    told, begun = at / "stopped.txt", (at / "recipe.json").exists()
    if begun:
        experiment = experiment.as_begun(runs.Run(at).recipe())
        runs.Run.reopen(at, experiment)  # what was stopped with other settings says nothing of these
    if told.is_file():
        return None, {"stopped": told.read_text().strip()}
    scored = at / f"card_{split}.json"
    try:
        if scored.is_file():
            card = json.loads(scored.read_text())
        else:
            network = experiment.trainer(experiment, at, resume=begun, say=say)
            card = evaluation.evaluate(network, experiment, split, with_wiener=False)
            runs.write_whole(scored, json.dumps(card, ensure_ascii=False) + "\n")
    except (FloatingPointError, TooDark) as error:
        # Results travel to other machines: paths are told from the ablation's folder on.
        why = str(error).replace(f"{folder}/", "")
        runs.write_whole(told, why + "\n")
        if say:
            say(f"stopped: {why}")
        return None, {"stopped": why}
    seconds = runs.Run(at).rows()[-1]["seconds"]
    return card, {**_scores(card, "network"), "seconds": seconds, **experiment.told(at)}


def _scores(card, way):
    mean = card["mean"]
    found = {score: mean[f"{score}_{way}"] for score in _SCORES if f"{score}_{way}" in mean}
    return {**found, "frechet": card["realism"]["frechet"][way]}


def _summary(by_seed, experiment):
    finished = [row for row in by_seed if "stopped" not in row]
    stopped = [row["stopped"] for row in by_seed if "stopped" in row]
    columns = [column for column in finished[0] if column != "seed"] if finished else []
    means = {column: round(float(np.mean([row[column] for row in finished])), 4) for column in columns}
    told = {"stopped": f"{len(stopped)} of {len(by_seed)} seeds: {stopped[0]}"} if stopped else {}
    return {**means, "steps": experiment.training.steps, **told}


def _results(ablation, card, rows):
    nothing = {"variant": "nothing: the blurred picture", **_scores(card, "blurred")}
    seeds = {"seeds": list(ablation.seeds)} if ablation.seeds else {}
    true = {"luminance_true": card["mean"]["luminance_true"]} if "luminance_true" in card["mean"] else {}
    return {
        "name": ablation.name,
        "question": ablation.question,
        **{key: card[key] for key in ("data", "split", "pairs", "protocol", "seed")},
        **seeds,
        **true,
        "frechet": {key: card["realism"][key] for key in ("distance", "features", "windows", "side")},
        "engine": machine.describe(),
        "rows": [nothing, *rows],
    }
