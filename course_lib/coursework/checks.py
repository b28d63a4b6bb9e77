"""Check an answer at once: right with the reason, or not yet with the next hint."""

from course_lib.coursework import catalogue, verdicts

_tries = {}  # wrong tries a name, for as long as the process lives


def check(name, answer):
    """Say whether an answer is right, and why; a wrong try earns the next hint.

    Args:
        name: str, the exercise, such as "11.adjoint".
        answer: number, array or function, as the exercise asks; None means not tried yet and costs no hint.

    Returns:
        None; the verdict is printed. A wrong answer never raises.

    Raises:
        ValueError: no exercise has that name; the nearest names are told.
    """
    exercise = catalogue.exercise(name)
    problem = exercise.verify(answer)
    if problem is None:
        print(f"Right. {exercise.because}")
        return
    if problem.startswith(verdicts.NOTHING):
        print(problem)
        return
    tried = _tries.get(name, 0)
    _tries[name] = tried + 1
    shown = min(tried, len(exercise.hints) - 1)
    label = (
        f"Hint {shown + 1} of {len(exercise.hints)}" if tried < len(exercise.hints) else "The last hint again"
    )
    print(f"Not yet: {problem}\n{label}: {exercise.hints[shown]}")


def ask(name):
    """Print what an exercise asks for.

    Args:
        name: str, the exercise.

    Returns:
        None; the question is printed.

    Raises:
        ValueError: no exercise has that name; the nearest names are told.
    """
    print(catalogue.exercise(name).question)


def forget():
    """Start the hints of every exercise from the first again.

    Returns:
        None.
    """
    _tries.clear()
