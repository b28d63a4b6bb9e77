"""Depths and grids of a multi-patch network: drawn at random, the better ones more often.

Paper: Hu et al., Pyramid Architecture Search for Real-Time Image Deblurring (PyNAS), ICCV 2021, supplement:
       "weighted random sampling" from "a discrete empirical distribution" that favours depths 3 and 4.
Differs: the probabilities, the list of schemes and the rule by which they change are ours.
"""

import math

import numpy as np

from course_lib import checks
from course_lib.search.dmphn import GRIDS_1_2_4, GRIDS_1_2_4_8, GRIDS_1_3_9, GRIDS_1_4_16

SCHEMES = {
    "1": ((1, 1),),
    "1-2": ((1, 1), (2, 1)),
    "1-3": ((1, 1), (3, 1)),
    "1-4": ((1, 1), (2, 2)),
    "1-2-4": GRIDS_1_2_4,
    "1-3-9": GRIDS_1_3_9,
    "1-4-16": GRIDS_1_4_16,
    "1-2-4-8": GRIDS_1_2_4_8,
    "1-2-4-8-16": (*GRIDS_1_2_4_8, (4, 4)),
}
DEPTHS = {1: 0.05, 2: 0.15, 3: 0.35, 4: 0.35, 5: 0.10}  # how likely each number of levels is at first


class Schemes:
    """A distribution over schemes that learns from the validation PSNR of what was drawn.

    At first a depth is drawn, and a scheme of that depth, all alike. As schemes are judged, those judged
    share what they had among them in the proportions exp(mean PSNR / temperature); those never tried keep
    what they had.

    Args:
        temperature: in dB; a scheme that is better by this much becomes e times as likely.
        floor: least probability of a scheme.

    Raises:
        ValueError: a temperature that is not positive, or a floor that all schemes cannot have.
    """

    def __init__(self, temperature=0.5, floor=0.02):
        checks.above("Schemes", "temperature", temperature, 0)
        checks.within("Schemes", "floor", floor, 0, 1 / len(SCHEMES))
        self.temperature, self.floor = temperature, floor
        self.scores = {name: [] for name in SCHEMES}  # dB of each network that was tried

    @property
    def probabilities(self):
        """Dict from a scheme's name to its probability; they sum to 1."""
        depths = [len(grids) for grids in SCHEMES.values()]
        before = np.array([DEPTHS[depth] / depths.count(depth) for depth in depths])
        tried = np.array([bool(scores) for scores in self.scores.values()])
        now = before.copy()
        if tried.any():
            means = np.array([np.mean(scores) for scores in self.scores.values() if scores])
            shares = np.exp((means - means.max()) / self.temperature)
            now[tried] = before[tried].sum() * shares / shares.sum()
        return dict(zip(SCHEMES, raised(now, self.floor).tolist(), strict=True))

    def draw(self, rng):
        """Draw a scheme.

        Args:
            rng: numpy Generator.

        Returns:
            str, a key of `SCHEMES`.
        """
        checks.generator("Schemes.draw()", rng, "it draws a scheme")
        now = self.probabilities
        return str(rng.choice(list(now), p=list(now.values())))

    def record(self, scheme, psnr):
        """Tell how good a network of a scheme was.

        Args:
            scheme: str, a key of `SCHEMES`.
            psnr: float, validation PSNR in dB.

        Raises:
            ValueError: an unknown scheme, or a PSNR that is not finite.
        """
        checks.one_of("Schemes.record()", "schemes", scheme, SCHEMES)
        if not math.isfinite(psnr):
            raise ValueError(f"Schemes.record() needs a finite PSNR in dB for {scheme}; received {psnr}.")
        self.scores[scheme].append(float(psnr))


def search_scheme(judge, samples, rng, schemes=None):
    """Draw schemes one after the other, and find the best.

    Args:
        judge: function from grids, coarse to fine, to the validation PSNR in dB of a network with them.
        samples: int, how many networks are judged.
        rng: numpy Generator.
        schemes: Schemes to go on from; None starts anew.

    Returns:
        (name, Schemes): the scheme with the highest mean PSNR, and all scores.

    Raises:
        ValueError: `samples` below 1, or a PSNR that is not finite.
    """
    checks.at_least("search_scheme()", "samples", samples, 1)
    schemes = Schemes() if schemes is None else schemes
    for _ in range(samples):
        name = schemes.draw(rng)
        schemes.record(name, judge(SCHEMES[name]))
    means = {name: np.mean(scores) for name, scores in schemes.scores.items() if scores}
    return max(means, key=lambda name: means[name]), schemes


def raised(probabilities, floor):
    """Raise small probabilities to a floor; the others pay for it in proportion.

    Args:
        probabilities: (n,) float array that sums to 1.
        floor: float of at most 1 / n.

    Returns:
        (n,) float array that sums to 1, none below `floor`.
    """
    low = np.zeros(len(probabilities), bool)
    now = np.array(probabilities, "float64")
    while (now[~low] < floor).any():
        low |= now < floor
        now[low] = floor
        rest = 1 - floor * low.sum()
        now[~low] = probabilities[~low] * rest / max(probabilities[~low].sum(), 1e-300)
    return now
