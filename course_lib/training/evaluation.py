"""From a trained network to an evaluation card: every number with its protocol."""

import functools
import time

import numpy as np

from course_lib.backend import machine
from course_lib.data.images import coloured
from course_lib.degradation import deconvolution, draw
from course_lib.inference.paint import paint
from course_lib.inference.restore import restore
from course_lib.metrics import darkness, fidelity
from course_lib.metrics.likeness import Likeness
from course_lib.metrics.naturalness import piqe
from course_lib.training import feeding, held_out

JUDGED = ("blurred", "flat", "network")  # what is scored for realism
FLAT_EXAMPLES = 64  # training pairs whose mean colours are taken
NOISE_TO_SIGNAL = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)  # candidates for Wiener's constant
PROTOCOL = (
    "whole pictures, {channels}, range 1.0, no border cut, {noise}restored clipped to [0, 1] and not rounded"
    "; PSNR, SSIM (gauss11_valid){realism} of each picture, then the mean"
)


def average_kernel(recipe, count=400, seed=11):
    """Average many drawn kernels: what a restorer knows who was only told the family.

    Args:
        recipe: DegradationRecipe.
        count: kernels to draw.
        seed: int.

    Returns:
        (k, k) float32, sums to 1.
    """
    rng = np.random.default_rng(seed)
    mean = np.mean([draw.draw_kernel(recipe, rng) for _ in range(count)], axis=0)
    return (mean / mean.sum()).astype("float32")


def evaluate(network, experiment, split="test", seed=7, draws=None, with_wiener=None, realism=True):
    """Score a network on held-out pictures, beside doing nothing and Wiener, or beside flat colours.

    Args:
        network: keras.Model from blurred to restored, or from label maps to pictures.
        experiment: Experiment that names degradation and data.
        split: "validation" or "test".
        seed: int, fixes the degradations.
        draws: degradations of each picture; None as in `held_out.held_out_pairs`.
        with_wiener: whether Wiener is scored; None means wherever kernels are known.
        realism: whether PIQE and Frechet distances are taken; without them a card takes a third of the time.

    Returns:
        dict: the card, without what concerns training and weights. `rows` holds one dict a pair; `realism`
        compares windows of all pairs with true ones, and is None where it was not asked. Gray pictures are
        repeated three times for what asks for colour, and noise that leads out of [0, 1] is clipped for all
        but PSNR and SSIM. With several noise levels `levels` holds the means of each. Of pictures made from
        labels PSNR and SSIM say little: a car may be of another colour. `gain_db` is None there, and
        luminance and the falsely black share, which stand in every other card, are not asked. Cards of
        earlier versions lack them.
    """
    if with_wiener is None:
        with_wiener = experiment.degradation is not None and experiment.degradation.kernel != "none"
    others = _wiener(experiment) if with_wiener else {}
    clipped = experiment.degradation is None or experiment.degradation.clip
    run = functools.partial(restore, unit=clipped)
    if feeding.labelled(experiment):
        others["flat"] = _flat(experiment)
        run = functools.partial(paint, classes=feeding.pairs(experiment, split).class_channels)
    rows, sigmas, seconds = [], [], 0.0
    likeness = Likeness(_window(experiment))
    for pair in held_out.held_out_pairs(experiment, split, seed, draws):
        begun = time.perf_counter()
        answers = {"network": run(network, pair.given)}
        seconds += time.perf_counter() - begun
        if not feeding.labelled(experiment):
            answers = {"blurred": pair.given, **answers}
        answers |= {name: run(pair) for name, run in others.items()}
        seen = _seen(pair, answers)
        if realism:
            likeness.add(real=seen["true"], **{way: seen[way] for way in JUDGED if way in seen})
        rows.append(_row(pair, answers, seen, realism))
        sigmas.append(pair.sigma)
    return {
        "experiment": experiment.name,
        "data": experiment.data,
        "split": split,
        "pictures": list(dict.fromkeys(row["picture"].rsplit("_", 1)[0] for row in rows)),
        "pairs": len(rows),
        "degradation": experiment.to_plain()["degradation"],
        "seed": seed,
        "protocol": _protocol(experiment, realism),
        "engine": machine.describe(),
        "mean": _mean(rows),
        **_levels(experiment, rows, sigmas),
        "gain_db": _gain(rows),
        "realism": likeness.scores() if realism else None,
        "seconds_per_picture": round(seconds / len(rows), 3),
        "rows": rows,
    }


def _protocol(experiment, realism):
    recipe = experiment.degradation
    gray, clipped = recipe is not None and recipe.gray, recipe is None or recipe.clip
    return PROTOCOL.format(
        channels="gray (luma of BT.601, not rounded)" if gray else "RGB",
        noise="" if clipped else "noise neither clipped nor rounded, ",
        realism=" and PIQE" if realism else "",
    )


def _mean(rows):
    columns = [column for column in rows[0] if column != "picture"]
    return {column: round(float(np.mean([row[column] for row in rows])), 4) for column in columns}


def _levels(experiment, rows, sigmas):
    recipe = experiment.degradation
    if recipe is None or recipe.sigmas is None:
        return {}
    levels = dict.fromkeys(recipe.sigmas)
    of_each = {
        level: [row for row, sigma in zip(rows, sigmas, strict=True) if sigma == level] for level in levels
    }
    return {"levels": {f"{255 * level:g} / 255": _mean(found) for level, found in of_each.items()}}


def _seen(pair, answers):
    """What the eye would get: colour, in [0, 1]."""
    pictures = {**{way: answers[way] for way in JUDGED if way in answers}, "true": pair.true}
    return {way: np.clip(coloured(picture), 0, 1) for way, picture in pictures.items()}


def _window(experiment):
    # Pictures from labels are small at course scale; smaller windows are more of them.
    return min(64, experiment.training.patch) if feeding.labelled(experiment) else 96


def _gain(rows):
    if "psnr_blurred" not in rows[0]:
        return None
    return round(float(np.mean([row["psnr_network"] - row["psnr_blurred"] for row in rows])), 4)


def _flat(experiment):
    """Give what knows only the mean colour of each class: the least that a picture from labels must beat."""
    pairs = feeding.pairs(experiment, "train")
    classes, sums, counts = slice(pairs.class_channels), 0.0, 0.0
    for i in range(min(FLAT_EXAMPLES, len(pairs.names))):
        condition, picture = pairs.load(i)
        sums = sums + np.tensordot(condition[..., classes], picture, axes=((0, 1), (0, 1)))  # (classes, 3)
        counts = counts + condition[..., classes].sum(axis=(0, 1))[:, None]
    colours = (sums / np.maximum(counts, 1)).astype("float32")
    return lambda pair: np.clip(pair.given[..., classes] @ colours, 0, 1)


def _wiener(experiment):
    average = average_kernel(experiment.degradation)
    watched = list(held_out.held_out_pairs(experiment, "validation", draws=2))
    restorers = {}
    for name, kernel_of in (
        ("wiener_true", lambda pair: pair.kernel),
        ("wiener_average", lambda pair: average),
    ):

        def run(pair, ratio, kernel_of=kernel_of):
            restored = deconvolution.wiener(pair.given, kernel_of(pair), ratio, scene="photograph")
            return np.clip(restored, 0, 1)

        def score(ratio, run=run):
            return np.mean([fidelity.psnr(p.true, run(p, ratio), data_range=1.0) for p in watched])

        # The constant is chosen on validation pictures: Wiener is as blind to the test as the network.
        best = max(NOISE_TO_SIGNAL, key=score)
        restorers[name] = functools.partial(run, ratio=best)
    return restorers


def _row(pair, answers, seen, realism):
    row = {"picture": pair.name}
    for name, picture in answers.items():
        row[f"psnr_{name}"] = round(fidelity.psnr(pair.true, picture, data_range=1.0), 4)
        row[f"ssim_{name}"] = round(fidelity.ssim(pair.true, picture, data_range=1.0), 5)
    if realism:
        for name, picture in seen.items():
            row[f"piqe_{name}"] = round(piqe(picture), 3)
    if "blurred" in answers:
        for name, picture in seen.items():
            row[f"luminance_{name}"] = round(darkness.luminance(picture), 5)
        true = seen.pop("true")
        for name, picture in seen.items():
            row[f"falsely_black_{name}"] = round(darkness.falsely_black(true, picture), 6)
    return row
