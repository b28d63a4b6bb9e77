"""Named ablations, and what they gave when this project ran them."""

import dataclasses
import importlib.resources
import json

from course_lib import checks, recipes
from course_lib.adversarial.deblurgan import DeblurGANRecipe, deblurgan_generator
from course_lib.degradation.draw import DegradationRecipe
from course_lib.recipes import chapter3
from course_lib.training.ablation import Ablation

_ROUNDS = 600
_KERNEL_STEPS = 300


def _deblurgan():
    course = recipes.find("deblurgan_course")
    training = dataclasses.replace(course.training, steps=_ROUNDS, checkpoint_every=_ROUNDS // 2)
    course = dataclasses.replace(course, training=training)

    def variant(**rules):
        return dataclasses.replace(course, rules=dataclasses.replace(course.rules, **rules))

    return Ablation(
        name="deblurgan",
        question="which part of the loss does what, after the same L1 start and the same number of rounds?",
        variants={
            "the course's losses": variant(),
            "without the critic": variant(adversarial_weight=0.0),
            "without the pixel loss": variant(pixel_weight=0.0),
            "random features instead of pixels": variant(pixel_weight=0.0, content_weight=100.0),
            "penalty of one norm a picture": variant(penalty_form="per_sample"),
            "least squares, no penalty": variant(adversarial="least_squares", penalty=0.0),
        },
    )


def _hybrid():
    ran = recipes.find("hybrid_course")
    faulty = ran.network
    alone = chapter3.l1_alone(ran, "hybrid_l1")
    cures = {
        "H1": {"kernel": 13, "spectrum": 16},
        "H2": {"start": "xavier"},
        "H3": {"border": "reflect"},
        "H4": {"coarse_blue": False},
        "H5": {"skip": True},
        "H7": {"blend": True},
    }
    everything = {key: value for name in ("H1", "H2", "H3", "H4", "H5") for key, value in cures[name].items()}

    def ruled(**rules):
        return dataclasses.replace(ran, rules=dataclasses.replace(ran.rules, **rules))

    def shaped(**settings):
        return dataclasses.replace(alone, network=_with(faulty, **settings))

    def but(name):
        return shaped(**{key: value for key, value in everything.items() if key not in cures[name]})

    small = DeblurGANRecipe(width=8, blocks=3, dropout=0.0)
    return Ablation(
        name="hybrid",
        question="which of its faults costs the hybrid how many decibels?",
        variants={
            "as it was run": ran,
            "as it was run, H6 cured: a pixel loss": ruled(pixel_weight=100.0),
            "as it was run, H8 cured: WGAN-GP": ruled(adversarial="wasserstein", penalty=10.0),
            "as it was run, but DeblurGAN's generator": dataclasses.replace(
                ran, build=deblurgan_generator, network=small
            ),
            "L1 alone": alone,
            "L1 alone, H1 cured: predicted kernels": shaped(**cures["H1"]),
            "L1 alone, H2 cured: Xavier start": shaped(**cures["H2"]),
            "L1 alone, H3 cured: mirrored borders": shaped(**cures["H3"]),
            "L1 alone, H4 cured: all colours": shaped(**cures["H4"]),
            "L1 alone, H5 cured: residual": shaped(**cures["H5"]),
            "L1 alone, H7 cured: blended tiles": shaped(**cures["H7"]),
            "all cured": shaped(**everything),
            "all cured but H1: no kernels": but("H1"),
            "all cured but H2: normal start": but("H2"),
            "all cured but H3: zeros at borders": but("H3"),
            "all cured but H4: blue dropped": but("H4"),
            "all cured but H5: no residual": but("H5"),
        },
        seeds=(0, 1, 2),
    )


def _hybrid_kernels():
    known = DegradationRecipe(
        kernel="ramp", kernel_size=9, smallest=9, sigma=0.0, border="reflect", angle=90, direction=1.0
    )
    cured = recipes.find("hybrid_repaired_course")
    cured = dataclasses.replace(
        cured,
        degradation=known,
        data="photographs",
        training=dataclasses.replace(
            cured.training,
            steps=_KERNEL_STEPS,
            batch=4,
            patch=64,
            warmup=50,
            ema=0.98,
            precision="float32",
            checkpoint_every=_KERNEL_STEPS // 2,
        ),
    )
    return Ablation(
        name="hybrid_kernels",
        question="how many neighbours does the mended hybrid need to undo one known blur, 9 pixels high?",
        variants={
            f"kernels of {side} x {side}": dataclasses.replace(
                cured, network=_with(cured.network, kernel=side)
            )
            for side in (1, 5, 9, 13)
        },
        seeds=(0, 1, 2),
    )


def _irnas():
    return Ablation(
        name="irnas",
        question="does searching by gradient find a better denoiser than chance or a hand, trained alike?",
        variants={
            "searched by gradient": recipes.find("irnas_denoise_course"),
            "searched at random": recipes.find("irnas_denoise_random_course"),
            "by hand: 3 x 3 convolutions": recipes.find("irnas_denoise_hand_course"),
        },
        seeds=(0, 1, 2),
    )


def _with(network, **settings):
    inner = {name: settings.pop(name) for name in ("start", "border", "spectrum") if name in settings}
    return dataclasses.replace(network, hypernet=dataclasses.replace(network.hypernet, **inner), **settings)


_ALL = {"deblurgan": _deblurgan, "hybrid": _hybrid, "hybrid_kernels": _hybrid_kernels, "irnas": _irnas}


def names():
    """Name every ablation.

    Returns:
        list of str.
    """
    return list(_ALL)


def find(name):
    """Find an ablation by name.

    Args:
        name: one of `names()`.

    Returns:
        Ablation.

    Raises:
        ValueError: an unknown name.
    """
    checks.one_of("ablations.find()", "ablations", name, _ALL)
    return _ALL[name]()


def results(name):
    """Read what an ablation gave.

    Args:
        name: one of `names()`.

    Returns:
        dict, see `training.ablation.run`.

    Raises:
        ValueError: an unknown name.
    """
    checks.one_of("ablations.results()", "ablations", name, _ALL)
    found = importlib.resources.files("course_lib.pretrained") / f"ablation_{name}.json"
    return json.loads(found.read_text())
