"""Named experiments, one file per chapter; `find` answers a misspelt name with its neighbours."""

import difflib

from course_lib.recipes import chapter1, chapter2, chapter3, chapter4

_ALL = {
    experiment.name: experiment
    for chapter in (chapter1, chapter2, chapter3, chapter4)
    for experiment in chapter.EXPERIMENTS
}


def names():
    """Name every experiment.

    Returns:
        list of str, in teaching order.
    """
    return list(_ALL)


def find(name):
    """Find an experiment by name.

    Args:
        name: one of `names()`.

    Returns:
        Experiment.

    Raises:
        ValueError: an unknown name; the nearest ones are offered.
    """
    if name not in _ALL:
        near = difflib.get_close_matches(str(name), _ALL, n=3, cutoff=0.4)
        hint = f"nearest: {', '.join(near)}. " if near else ""
        raise ValueError(f"no recipe is called {name!r}; {hint}All: course list.")
    return _ALL[name]
