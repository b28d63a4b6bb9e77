import pytest

from course_lib.coursework import catalogue
from course_lib.coursework.quiz import choose, quiz


@pytest.mark.parametrize("name", catalogue.quiz_names())
def test_the_right_option_brings_the_reasons_of_all(capsys, name):
    question = catalogue.quiz(name)
    letter = "abcdef"[[option.right for option in question.options].index(True)]
    choose(name, letter)
    text = capsys.readouterr().out
    assert text.startswith(f"Right, {letter}. ")
    assert all(option.why in text for option in question.options)


@pytest.mark.parametrize("name", catalogue.quiz_names())
def test_a_wrong_option_is_explained_without_giving_the_others_away(capsys, name):
    question = catalogue.quiz(name)
    for letter, option in zip("abcdef", question.options, strict=False):
        if option.right:
            continue
        choose(name, letter)
        text = capsys.readouterr().out
        assert text.startswith(f"Not {letter}. {option.why}")
        assert not any(other.why in text for other in question.options if other is not option)


def test_a_question_is_printed_with_its_letters(capsys):
    quiz("00.known")
    text = capsys.readouterr().out
    assert "a) " in text and "d) " in text
    assert 'choose("00.known", "a")' in text


@pytest.mark.parametrize("odd", ["z", "ab", "", 3, "only B"])
def test_an_option_that_does_not_exist_is_answered_with_the_letters(capsys, odd):
    choose("00.known", odd)
    assert "choose one of a, b, c, d" in capsys.readouterr().out


def test_letters_may_be_written_large_or_with_a_bracket(capsys):
    choose("00.known", "B)")
    assert capsys.readouterr().out.startswith("Right, b.")


def test_no_choice_yet_is_no_mistake(capsys):
    choose("00.known", None)
    assert capsys.readouterr().out.startswith("Nothing yet")


def test_a_misspelt_question_is_answered_with_its_neighbours():
    with pytest.raises(ValueError, match="Nearest: 00.known"):
        choose("00.knwon", "a")


def test_the_right_options_do_not_all_have_one_letter():
    places = {
        [option.right for option in catalogue.quiz(name).options].index(True)
        for name in catalogue.quiz_names()
    }
    assert len(places) >= 2
