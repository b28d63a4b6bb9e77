"""Commands that README and site print can be typed as they stand."""

import pathlib
import re
import shlex

import pytest
import typer.main

import course_lib
from course_lib import recipes
from course_lib.__main__ import app

pytestmark = pytest.mark.one_engine

REPOSITORY = pathlib.Path(course_lib.__file__).parent.parent
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def commands():
    for page in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S):
            for line in block.splitlines():
                words = shlex.split(line, comments=True)
                if words and pathlib.Path(words[0]).name == "course":
                    yield pytest.param(words[1:], id=f"{page.stem}: {' '.join(words[1:])}")


def find(words):
    """Follow the words to a verb; gives it and what is left."""
    group, rest = typer.main.get_command(app), list(words)
    while hasattr(group, "commands") and rest:
        name = rest.pop(0)
        assert name in group.commands, f"course has no {name}"
        group = group.commands[name]
    return group, rest


@pytest.mark.parametrize("words", list(commands()))
def test_a_printed_command_names_a_verb_options_and_experiments_that_exist(words):
    verb, rest = find(words)
    known = {name: option for option in verb.params for name in (*option.opts, *option.secondary_opts)}
    values = iter(rest)
    for word in values:
        if word.startswith("-"):
            assert word in known, f"{words} has an option that {verb.name} does not know"
            if not known[word].is_flag:
                next(values)
        elif verb.name in ("train", "step", "speed", "feed") and word != "NAME":
            assert word in recipes.names()


def test_there_is_something_to_check():
    assert len(list(commands())) >= 20
