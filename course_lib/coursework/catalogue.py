"""All exercises and quiz questions by name."""

import difflib

from course_lib.coursework.chapter1 import first_trip, kernels, network, noise, pairs, scores, weighted_sum
from course_lib.coursework.chapter2 import deblurring, duel, penalty, streets
from course_lib.coursework.chapter3 import every_pixel, hybrid, speed
from course_lib.coursework.chapter4 import gradient_choice, patches, pyramid, widths

LESSONS = (
    *(first_trip, weighted_sum, kernels, noise, scores, pairs, network),  # notebooks 00 and 11 to 16
    *(duel, penalty, deblurring, streets),  # 21 to 24
    *(every_pixel, speed, hybrid),  # 31 to 33
    *(patches, gradient_choice, widths, pyramid),  # 41 to 44
)


def exercise(name):
    """Find an exercise.

    Args:
        name: str, such as "11.adjoint".

    Returns:
        exercise.Exercise.

    Raises:
        ValueError: no exercise has that name; the nearest names are told.
    """
    return _find("exercise", name, {entry.name: entry for lesson in LESSONS for entry in lesson.EXERCISES})


def quiz(name):
    """Find a quiz question.

    Args:
        name: str, such as "11.border".

    Returns:
        exercise.Quiz.

    Raises:
        ValueError: no question has that name; the nearest names are told.
    """
    return _find("quiz question", name, {entry.name: entry for lesson in LESSONS for entry in lesson.QUIZZES})


def names(notebook=""):
    """List the exercises in teaching order.

    Args:
        notebook: str such as "11", or "" for all.

    Returns:
        list of str.
    """
    every = [entry.name for lesson in LESSONS for entry in lesson.EXERCISES]
    return [name for name in every if name.startswith(str(notebook))]


def quiz_names(notebook=""):
    """List the quiz questions in teaching order.

    Args:
        notebook: str such as "11", or "" for all.

    Returns:
        list of str.
    """
    every = [entry.name for lesson in LESSONS for entry in lesson.QUIZZES]
    return [name for name in every if name.startswith(str(notebook))]


def _find(kind, name, known):
    if name in known:
        return known[name]
    near = difflib.get_close_matches(str(name), known, n=3)
    # A learner who forgot the notebook's number finds the exercise by its word.
    near = near or [full for full in known if full.partition(".")[2] == str(name)]
    hint = f" Nearest: {', '.join(near)}." if near else ""
    raise ValueError(f"no {kind} is called {name!r}.{hint} All: {', '.join(known)}.")
