"""Architectures that this project's searches have found, as data beside the weights."""

import importlib.resources

from course_lib import checks, serial
from course_lib.search.genotype import Genotype
from course_lib.search.pynas import PyNASArchitecture

_FOUND = {"irnas": Genotype, "irnas_random": Genotype, "pynas": PyNASArchitecture}


def names():
    """Name every architecture.

    Returns:
        list of str.
    """
    return list(_FOUND)


def load(name):
    """Read an architecture.

    Args:
        name: one of `names()`; each is that of seed 0 of the course's search of this name.

    Returns:
        Genotype or PyNASArchitecture.

    Raises:
        ValueError: an unknown name.
    """
    checks.one_of("genotypes.load()", "architectures", name, _FOUND)
    file = importlib.resources.files("course_lib.pretrained") / f"genotype_{name}.json"
    return serial.from_json(_FOUND[name], file.read_text())
