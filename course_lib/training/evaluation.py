"""From a trained network to an evaluation card: every number with its protocol."""

import dataclasses
import time

import numpy as np

from course_lib.backend import machine
from course_lib.data import catalogue
from course_lib.degradation import blur, deconvolution, draw
from course_lib.inference.restore import restore
from course_lib.metrics import fidelity

DRAWS = 5  # degradations of each picture
NOISE_TO_SIGNAL = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)  # candidates for Wiener's constant
PROTOCOL = (
    "whole pictures, RGB, range 1.0, no border cut, restored clipped to [0, 1] and not rounded; "
    "PSNR and SSIM (gauss11_valid) of each picture, then the mean"
)


@dataclasses.dataclass(frozen=True)
class Pair:
    """A degraded picture with what an oracle would know about it.

    Args:
        name: the picture's name and the number of the draw.
        blurred: (h, w, 3) float32 in [0, 1].
        sharp: (h, w, 3) float32 in [0, 1].
        kernel: (k, k) float32, sums to 1.
        sigma: standard deviation of the noise, in units of [0, 1].
    """

    name: str
    blurred: np.ndarray
    sharp: np.ndarray
    kernel: np.ndarray
    sigma: float


def held_out_pairs(experiment, split="test", seed=7, draws=DRAWS):
    """Degrade every picture of a split a few times, always alike.

    Args:
        experiment: Experiment.
        split: "validation" or "test".
        seed: int; pair (picture i, draw j) depends on (seed, i, j) alone.
        draws: degradations of each picture.

    Returns:
        list of Pair.
    """
    pairs, recipe = [], experiment.degradation
    for i, (name, sharp) in enumerate(catalogue.pictures(experiment.data, split).items()):
        for j in range(draws):
            # As `draw.degrade` does, keeping what it draws.
            rng = np.random.default_rng((seed, i, j))
            kernel, sigma = draw.draw_kernel(recipe, rng), draw.draw_sigma(recipe, rng)
            blurred = blur.blur(sharp, kernel, sigma, rng, recipe.border)
            pairs.append(Pair(f"{name}_{j}", blurred, sharp, kernel, sigma))
    return pairs


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


def evaluate(network, experiment, split="test", seed=7, draws=DRAWS, with_wiener=None):
    """Score a network on held-out pictures, beside doing nothing and beside Wiener.

    Args:
        network: keras.Model from blurred to restored.
        experiment: Experiment that names degradation and data.
        split: "validation" or "test".
        seed: int, fixes the degradations.
        draws: degradations of each picture.
        with_wiener: whether Wiener is scored; None means wherever there is a kernel.

    Returns:
        dict: the card, without what concerns training and weights. `rows` holds one dict a pair.
    """
    if with_wiener is None:
        with_wiener = experiment.degradation.kernel != "none"
    pairs = held_out_pairs(experiment, split, seed, draws)
    begun = time.perf_counter()
    answers = {"network": [restore(network, pair.blurred) for pair in pairs]}
    seconds = (time.perf_counter() - begun) / len(pairs)
    if with_wiener:
        answers.update(_wiener(experiment, pairs))
    rows = [_row(pair, {key: found[i] for key, found in answers.items()}) for i, pair in enumerate(pairs)]
    columns = [column for column in rows[0] if column != "picture"]
    return {
        "experiment": experiment.name,
        "data": experiment.data,
        "split": split,
        "pictures": list(dict.fromkeys(pair.name.rsplit("_", 1)[0] for pair in pairs)),
        "pairs": len(pairs),
        "degradation": experiment.to_plain()["degradation"],
        "seed": seed,
        "protocol": PROTOCOL,
        "engine": machine.describe(),
        "mean": {column: round(float(np.mean([row[column] for row in rows])), 4) for column in columns},
        "gain_db": round(float(np.mean([row["psnr_network"] - row["psnr_blurred"] for row in rows])), 4),
        "seconds_per_picture": round(seconds, 3),
        "rows": rows,
    }


def _wiener(experiment, pairs):
    average = average_kernel(experiment.degradation)
    held_out = held_out_pairs(experiment, "validation", draws=2)
    answers = {}
    for name, kernel_of in (
        ("wiener_true", lambda pair: pair.kernel),
        ("wiener_average", lambda pair: average),
    ):

        def run(pair, ratio, kernel_of=kernel_of):
            restored = deconvolution.wiener(pair.blurred, kernel_of(pair), ratio, scene="photograph")
            return np.clip(restored, 0, 1)

        def score(ratio, run=run):
            return np.mean([fidelity.psnr(p.sharp, run(p, ratio), data_range=1.0) for p in held_out])

        # The constant is chosen on validation pictures: Wiener is as blind to the test as the network.
        best = max(NOISE_TO_SIGNAL, key=score)
        answers[name] = [run(pair, best) for pair in pairs]
    return answers


def _row(pair, answers):
    row = {"picture": pair.name}
    for name, picture in {"blurred": pair.blurred, **answers}.items():
        row[f"psnr_{name}"] = round(fidelity.psnr(pair.sharp, picture, data_range=1.0), 4)
        row[f"ssim_{name}"] = round(fidelity.ssim(pair.sharp, picture, data_range=1.0), 5)
    return row
