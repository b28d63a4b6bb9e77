"""Every exercise of the course: the answer that is right, and two that are not."""

import numpy as np
import pytest

from course_lib.coursework import catalogue, checks
from tests.coursework.answers import ANSWERS


@pytest.fixture(autouse=True)
def first_try():
    checks.forget()


def said(capsys, name, answer):
    checks.check(name, answer)
    return capsys.readouterr().out


def test_every_exercise_has_a_solution_here():
    assert list(ANSWERS) == catalogue.names()


@pytest.mark.parametrize(
    "notebook",
    [
        "00",
        "11",
        "12",
        "13",
        "14",
        "15",
        "16",
        "21",
        "22",
        "23",
        "24",
        "31",
        "32",
        "33",
        "41",
        "42",
        "43",
        "44",
    ],
)
def test_every_notebook_has_two_exercises_and_a_question(notebook):
    assert len(catalogue.names(notebook)) >= 2
    assert len(catalogue.quiz_names(notebook)) >= 1


@pytest.mark.parametrize("name", ANSWERS)
def test_the_right_answer_is_right(capsys, name):
    assert said(capsys, name, ANSWERS[name][0]) == f"Right. {catalogue.exercise(name).because}\n"


@pytest.mark.parametrize("name", ANSWERS)
def test_two_wrong_answers_get_two_reasons_and_two_hints(capsys, name):
    _, first, second = ANSWERS[name]
    texts = [said(capsys, name, first), said(capsys, name, second)]
    for i, text in enumerate(texts):
        reason, hint = text.strip().split("\n")
        assert reason.startswith("Not yet: ")
        assert (
            hint
            == f"Hint {i + 1} of {len(catalogue.exercise(name).hints)}: {catalogue.exercise(name).hints[i]}"
        )
    assert texts[0].split("\n")[0] != texts[1].split("\n")[0]


@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_whatever_makes_an_exercise_raise(capsys, name):
    for odd in (None, "", "x", [], {}, object(), np.nan, np.array([]), len, lambda *_: None, lambda *_: "x"):
        text = said(capsys, name, odd)
        assert text.startswith(("Not yet: ", "Nothing yet: "))


@pytest.mark.parametrize(
    "name", [n for n, answers in ANSWERS.items() if isinstance(answers[0], (int, float))]
)
def test_the_first_hint_does_not_give_the_number_away(capsys, name):
    right = ANSWERS[name][0]
    first = catalogue.exercise(name).hints[0]
    assert str(right) not in first.replace(",", " ").replace(".", " ").split()
