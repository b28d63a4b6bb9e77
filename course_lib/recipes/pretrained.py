"""Small weights that this project trained, each with its evaluation card."""

import difflib
import hashlib
import importlib.resources
import json

from course_lib import recipes

_FOLDER = "course_lib.pretrained"


def names():
    """Name the weights that ship with the course.

    Returns:
        list of str, sorted.
    """
    files = importlib.resources.files(_FOLDER).iterdir()
    return sorted(
        file.name.removesuffix(".weights.h5") for file in files if file.name.endswith(".weights.h5")
    )


def card(name):
    """Read the evaluation card: data, split, protocol, seed, engine, and the scores before and after.

    Args:
        name: one of `names()`.

    Returns:
        dict.

    Raises:
        ValueError: no such weights; the nearest name is offered.
    """
    known = names()
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise ValueError(f"no pretrained weights are called {name!r}{hint} All: {', '.join(known)}.")
    return json.loads((importlib.resources.files(_FOLDER) / f"{name}.json").read_text())


def load(name):
    """Build the network of a card, in float32, and load its weights.

    Args:
        name: one of `names()`.

    Returns:
        keras.Model from blurred (b, h, w, 3) in [0, 1], or label maps (b, h, w, c), to pictures (b, h, w, 3).

    Raises:
        ValueError: no such weights, or a file that differs from its card.
    """
    described = card(name)
    experiment = recipes.find(described["experiment"]).with_settings(described["recipe"])
    with importlib.resources.as_file(importlib.resources.files(_FOLDER) / f"{name}.weights.h5") as path:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != described["weights"]["sha256"]:
            raise ValueError(f"the weights of {name} are not those of its card. Install the package again.")
        model = experiment.build(experiment.network)
        model.load_weights(path)
    return model
