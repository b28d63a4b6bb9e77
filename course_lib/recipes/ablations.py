"""Named ablations, and what they gave when this project ran them."""

import dataclasses
import importlib.resources
import json

from course_lib import checks, recipes
from course_lib.training.ablation import Ablation

_ROUNDS = 600


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


_ALL = {"deblurgan": _deblurgan}


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
