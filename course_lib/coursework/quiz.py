"""Questions with options: every option is explained, not only the right one."""

from course_lib.coursework import catalogue

LETTERS = "abcdef"


def quiz(name):
    """Print a question and its lettered options.

    Args:
        name: str, such as "11.border".

    Returns:
        None; the question is printed.

    Raises:
        ValueError: no question has that name; the nearest names are told.
    """
    question = catalogue.quiz(name)
    print(question.question)
    for letter, option in zip(LETTERS, question.options, strict=False):
        print(f"  {letter}) {option.text}")
    print(f'Answer with choose("{name}", "{LETTERS[0]}"), or another letter.')


def choose(name, option):
    """Judge one option. A wrong one is explained; the right one brings the reasons of all.

    Args:
        name: str, the question.
        option: str, a letter of it; None means not chosen yet.

    Returns:
        None; the verdict is printed.

    Raises:
        ValueError: no question has that name; the nearest names are told.
    """
    question = catalogue.quiz(name)
    letters = LETTERS[: len(question.options)]
    if option is None or option is Ellipsis:
        print(f"Nothing yet: choose one of {', '.join(letters)}.")
        return
    letter = str(option).strip().strip(")").lower()
    if len(letter) != 1 or letter not in letters:
        print(f"There is no option {option!r}; choose one of {', '.join(letters)}.")
        return
    chosen = question.options[letters.index(letter)]
    if not chosen.right:
        print(f"Not {letter}. {chosen.why} Try another.")
        return
    print(f"Right, {letter}. {chosen.why}")
    for other, rest in zip(letters, question.options, strict=True):
        if other != letter:
            print(f"  Not {other}) {rest.text}: {rest.why}")
