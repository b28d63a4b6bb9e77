"""An ablation: one thing changed at a time, everything else alike, every variant scored alike."""

import dataclasses
import json
import pathlib

from course_lib import checks
from course_lib.backend import machine
from course_lib.training import evaluation, runs


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ablation:
    """A question, and the experiments that answer it.

    Args:
        name: how the command line calls it.
        question: one sentence.
        variants: dict from what a variant changes, in words, to its Experiment; the first is the reference.
        split: "validation" or "test".

    Raises:
        ValueError: no variants, or another split.
    """

    name: str
    question: str
    variants: dict
    split: str = "test"

    def __post_init__(self):
        checks.at_least("Ablation", "the number of variants", len(self.variants), 1)
        checks.one_of("Ablation", "splits", self.split, ("validation", "test"))


def run(ablation, folder, say=print):
    """Train and score every variant; what is finished is not done again.

    Args:
        ablation: Ablation.
        folder: folder for the runs and `results.json`.
        say: function that receives lines for the reader; None for silence.

    Returns:
        dict, also written to `results.json`: the question, the protocol, and one row a variant with the means
        of its card, its Frechet distance and its training time; the first row is that of doing nothing.

    Raises:
        OSError: the folder cannot be written to.
        ValueError: a run there was started from other settings.
    """
    folder = pathlib.Path(folder)
    rows, cards = [], []
    for number, (variant, experiment) in enumerate(ablation.variants.items()):
        at = folder / f"{number}_{'_'.join(variant.lower().split())}"
        if say:
            say(f"{ablation.name}: {variant}")
        network = experiment.trainer(experiment, at, resume=(at / "recipe.json").exists(), say=say)
        cards.append(evaluation.evaluate(network, experiment, ablation.split, with_wiener=False))
        rows.append({"variant": variant, **_scores(cards[-1], "network"), **_spent(at, experiment)})
    card = cards[0]
    rows.insert(0, {"variant": "nothing: the blurred picture", **_scores(card, "blurred")})
    results = {
        "name": ablation.name,
        "question": ablation.question,
        **{key: card[key] for key in ("data", "split", "pairs", "protocol", "seed")},
        "frechet": {key: card["realism"][key] for key in ("distance", "features", "windows", "side")},
        "engine": machine.describe(),
        "rows": rows,
    }
    runs.write_whole(folder / "results.json", json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    return results


def _scores(card, way):
    found = {score: card["mean"][f"{score}_{way}"] for score in ("psnr", "ssim", "piqe")}
    return {**found, "frechet": card["realism"]["frechet"][way]}


def _spent(at, experiment):
    rows = runs.Run(at).rows()
    return {"steps": experiment.training.steps, "seconds": rows[-1]["seconds"]}
