"""What an exercise and a quiz question are: data that a check, a grader and a page can share."""

from collections.abc import Callable
from dataclasses import dataclass

from course_lib import checks


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One task whose answer can be checked at once.

    Args:
        name: str, notebook and a short word, such as "11.adjoint".
        question: str, what to find, in words that stand alone.
        verify: function of an answer; returns None when it is right and otherwise a sentence (str) that says
            what is wrong with this answer. It may raise nothing.
        hints: two or three str, each closer to the answer; every wrong try shows the next.
        because: str, why the right answer is right.
    """

    name: str
    question: str
    verify: Callable
    hints: tuple
    because: str

    def __post_init__(self):
        owner = f"Exercise {self.name!r}"
        _named(owner, self.name)
        checks.within(owner, "number of hints", len(self.hints), 2, 3)
        if not all(text.strip() for text in (self.question, self.because, *self.hints)):
            raise ValueError(
                f"{owner} needs words in question, because and every hint; received an empty one."
            )


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer to choose, with the reason it is right or wrong.

    Args:
        text: str, the answer.
        why: str, what speaks for it or against it.
        right: whether it is the one.
    """

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True, kw_only=True)
class Quiz:
    """One question with lettered options, each of which is explained.

    Args:
        name: str, notebook and a short word, such as "11.border".
        question: str.
        options: three to six Option, one of them right.
    """

    name: str
    question: str
    options: tuple

    def __post_init__(self):
        owner = f"Quiz {self.name!r}"
        _named(owner, self.name)
        checks.within(owner, "number of options", len(self.options), 3, 6)
        right = sum(option.right for option in self.options)
        if right != 1:
            raise ValueError(f"{owner} needs exactly one right option; received {right}.")


def _named(owner, name):
    notebook, dot, word = name.partition(".")
    if not (len(notebook) == 2 and notebook.isdigit() and dot and word):
        raise ValueError(
            f"{owner} needs a name of notebook and word, such as '11.adjoint'; received {name!r}."
        )
