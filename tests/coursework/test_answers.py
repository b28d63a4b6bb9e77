"""What a learner is told: checked with exercises made for the test, whatever the catalogue holds."""

import numpy as np
import pytest

from course_lib.coursework import catalogue, checks, verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz


def exercise(verify, hints=("First hint.", "Second hint.", "Third hint.")):
    return Exercise(name="11.test", question="Find it.", verify=verify, hints=hints, because="It is so.")


@pytest.fixture
def told(monkeypatch, capsys):
    """Return a function that checks answers in turn and returns what was printed for each."""
    checks.forget()

    def tell(verify, *answers):
        monkeypatch.setattr(catalogue, "exercise", lambda name: exercise(verify))
        said = []
        for answer in answers:
            assert checks.check("11.test", answer) is None
            said.append(capsys.readouterr().out.strip())
        return said

    yield tell
    checks.forget()


def test_a_right_answer_is_told_why(told):
    assert told(verdicts.number(3, 0.1), 3.05) == ["Right. It is so."]


def test_each_wrong_try_brings_the_next_hint_and_the_last_one_stays(told):
    said = told(verdicts.number(3, 0.1), 1, 5, 2, 4)
    assert said[0] == "Not yet: 1 is too small.\nHint 1 of 3: First hint."
    assert said[1] == "Not yet: 5 is too large.\nHint 2 of 3: Second hint."
    assert said[2].endswith("Hint 3 of 3: Third hint.")
    assert said[3].endswith("The last hint again: Third hint.")


@pytest.mark.parametrize("empty", [None, ..., lambda: None, lambda: ...])
def test_an_answer_not_begun_costs_no_hint(told, empty):
    verify = verdicts.function(lambda: 3, [()], "three()") if callable(empty) else verdicts.number(3, 0.1)
    said = told(verify, empty, empty, (lambda: 5) if callable(empty) else 5)
    assert said[0] == said[1]
    assert said[0].startswith("Nothing yet: ")
    assert "Hint 1 of 3" in said[2]


def test_a_known_slip_is_named(told):
    verify = verdicts.number(26.02, 0.02, slips=((13.01, "sigma has to be squared."),))
    assert told(verify, 13.01)[0].startswith("Not yet: sigma has to be squared.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("3", "without quotes"),
        (float("nan"), "no finite number"),
        (float("inf"), "no finite number"),
        ([1.0, 2.0], "shape (2,)"),
        (True, "a bool"),
        ({"a": 3}, "a dict"),
        ([[1], [1, 2]], "rows of one length"),
        (object(), "numbers are asked for"),
        (3 + 1j, "complex"),
        (len, "call it"),
        (-3, "wrong sign"),
    ],
)
def test_an_answer_that_is_no_number_is_explained_and_never_raises(told, answer, words):
    assert words in told(verdicts.number(3, 0.1), answer)[0]


@pytest.mark.parametrize("right", [3, 3.0, np.float32(3), np.array(3), np.array([3.0]), [3]])
def test_a_number_may_come_in_any_coat(told, right):
    assert told(verdicts.number(3, 0.1), right) == ["Right. It is so."]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (np.ones((2, 3)), "shape (2, 3) came back; expected shape (3, 2)"),
        (np.zeros((3, 2), int), "whole numbers came back"),
        (np.full((3, 2), np.nan), "6 of 6 values are NaN"),
        (np.eye(3, 2) + 0.5, "0.5 stands at [0, 1], expected 1.5; 2 of 6 values differ"),
        (np.full((3, 2), 0.5 + 0j), "complex"),
    ],
)
def test_a_wrong_array_is_told_apart_in_words(told, answer, words):
    expected = np.full((3, 2), 0.5)
    expected[0] = 1.5
    assert words in told(verdicts.array(expected), answer)[0]


def shift(picture):
    return np.pad(picture, ((0, 0), (1, 0)))[:, :-1]


CASES = [(np.random.default_rng(0).random((6, 7)),)]
SHIFT = verdicts.function(shift, CASES, "shift(picture)", edge=1)


def changes_input(picture):
    picture[:] = 0
    return picture


def stops(picture):
    raise IndexError("index 9 is out of bounds")


def leaves(picture):
    raise SystemExit


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (3, "a function is asked for, to be called as shift(picture); you gave an int"),
        (lambda: 3, "calling shift(picture) stopped with TypeError"),
        (stops, "IndexError: index 9 is out of bounds"),
        (leaves, "stopped with SystemExit"),
        (changes_input, "changed its input"),
        (lambda picture: picture[1:], "shape (5, 7) came back; expected shape (6, 7)"),
        (lambda picture: shift(picture) * 1.5, "on random input of shape (6, 7)"),
        (lambda picture: np.roll(picture, 1, axis=1), "the inside agrees, but the border does not"),
        (lambda picture: "done", "your function returned text"),
    ],
)
def test_a_wrong_function_is_told_where_it_fails(told, answer, words):
    assert words in told(SHIFT, answer)[0]


def test_the_place_of_the_largest_error_is_named(told):
    def off(picture):
        wrong = shift(picture)
        wrong[2, 3] += 1
        return wrong

    assert "stands at [2, 3]" in told(SHIFT, off)[0]


def test_a_function_not_written_yet_is_nothing_yet(told):
    def todo(picture):
        raise NotImplementedError

    assert told(SHIFT, todo)[0].startswith("Nothing yet")


def test_a_right_function_is_right(told):
    assert told(SHIFT, lambda p: np.concatenate([np.zeros((6, 1)), p[:, :-1]], axis=1)) == [
        "Right. It is so."
    ]


def test_a_misspelt_name_is_answered_with_its_neighbours():
    with pytest.raises(ValueError, match="'11.adjont'. Nearest: 11.adjoint"):
        checks.check("11.adjont", 3)
    with pytest.raises(ValueError, match="Nearest: 11.adjoint"):
        checks.check("adjoint", 3)


def test_a_question_can_be_read_again(capsys):
    checks.ask("11.kernel_sum")
    assert "weights sum to 0.9" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["adjoint", "1.adjoint", "11", "11."])
def test_an_exercise_without_notebook_and_word_is_refused(name):
    with pytest.raises(ValueError, match="notebook and word"):
        Exercise(name=name, question="q", verify=len, hints=("a", "b"), because="c")


@pytest.mark.parametrize("hints", [("one",), ("1", "2", "3", "4"), ("one", " ")])
def test_an_exercise_wants_two_or_three_hints_with_words(hints):
    with pytest.raises(ValueError, match="hint"):
        exercise(len, hints)


def test_a_quiz_wants_one_right_option():
    wrong, right = Option(text="a", why="b"), Option(text="a", why="b", right=True)
    with pytest.raises(ValueError, match="exactly one right option; received 2"):
        Quiz(name="11.test", question="q", options=(right, right, wrong))
    with pytest.raises(ValueError, match="options"):
        Quiz(name="11.test", question="q", options=(right, wrong))
