import pytest

from course_lib import checks, serial
from course_lib.figures import described, source


def test_the_text_is_that_of_the_file_without_its_docstring():
    text = source.show_source(checks.odd).text
    assert text.startswith("def odd(owner, name, value):\n    at_least(")
    assert '"""' not in text


def test_the_docstring_comes_on_demand():
    assert "Demand an odd whole number" in source.show_source(checks.odd, docstring=True).text


def test_the_quoted_source_without_docstring_still_defines_the_function():
    names = {}
    exec(source.show_source(serial.to_json).text, {"json": __import__("json"), "to_plain": dict}, names)
    assert names["to_json"]([("a", 1)]) == '{\n  "a": 1\n}\n'


def test_comments_and_strings_that_are_no_docstrings_stay():
    text = 'def f(x):\n    """Say.\n\n    More.\n    """\n\n    # why\n    y = """kept"""\n    return y\n'
    assert source.without_docstrings(text) == 'def f(x):\n    # why\n    y = """kept"""\n    return y\n'


def test_a_function_that_is_only_documented_keeps_its_body():
    text = 'def f():\n    """Nothing."""\n'
    assert source.without_docstrings(text) == text


def test_the_place_is_relative_to_the_package():
    shown = source.show_source(described.Described.save)
    assert shown.place.startswith("course_lib/figures/described.py, line ")
    data = shown._repr_mimebundle_()
    for text in data.values():
        assert str(described.__file__) not in text
    assert set(data) == {"text/html", "text/markdown", "text/plain"}


def test_a_method_is_set_back_to_the_margin():
    assert source.show_source(described.Described.save).text.startswith("def save(self, path):")


def test_the_line_number_is_where_the_definition_stands():
    place = source.show_source(checks.odd).place
    line = int(place.rpartition(" ")[2])
    with open(checks.__file__, encoding="utf-8") as file:
        assert file.read().split("\n")[line - 1].startswith("def odd(")


def test_html_escapes_the_source_and_has_no_blank_line():
    data = source.show_source(checks.within)._repr_mimebundle_()
    assert "&lt;=" in data["text/html"]
    assert "<= high" not in data["text/html"]
    assert "\n\n" not in source.show_source(checks)._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("thing", [3, len, described.SHORTEST])
def test_what_has_no_source_is_refused(thing):
    with pytest.raises(TypeError, match="written in Python"):
        source.show_source(thing)
