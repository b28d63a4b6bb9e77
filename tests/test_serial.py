"""Recipes to JSON and back; layers registered under the package's name."""

import dataclasses
import json

import keras
import pytest

from course_lib import serial


@dataclasses.dataclass(frozen=True, kw_only=True)
class Brush:
    size: int = 3
    hard: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scene:
    name: str
    sides: tuple = (4, 5)
    sigma: float | None = None
    brush: Brush = Brush()
    second: Brush | None = None
    others: tuple[Brush, ...] = ()

    def __post_init__(self):
        if not self.name:
            raise ValueError("Scene needs a name")


RECIPES = [
    Scene(name="plain"),
    Scene(name="numbers", sides=(1, (2, 3.5)), sigma=0.1),
    Scene(name="inside", brush=Brush(size=9, hard=True)),
    Scene(name="by choice", second=Brush(size=1)),
    Scene(name="several", others=(Brush(size=7), Brush(hard=True))),
    Scene(name="Grüße"),
]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_comes_back_equal_from_json(recipe):
    assert serial.from_json(Scene, serial.to_json(recipe)) == recipe


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_comes_back_equal_from_its_plain_dict(recipe):
    assert serial.from_plain(Scene, serial.to_plain(recipe)) == recipe


def test_json_lists_the_settings_in_the_order_of_the_fields():
    text = serial.to_json(Scene(name="a", sigma=0.5))
    assert text.endswith("}\n")
    assert list(json.loads(text)) == ["name", "sides", "sigma", "brush", "second", "others"]
    assert json.loads(text)["brush"] == {"size": 3, "hard": False}


def test_a_missing_setting_takes_its_default():
    assert serial.from_json(Scene, '{"name": "short"}') == Scene(name="short")


def test_a_recipe_from_json_is_checked_at_birth():
    with pytest.raises(ValueError, match="Scene needs a name"):
        serial.from_json(Scene, '{"name": ""}')


def test_an_unknown_setting_is_answered_with_its_neighbour():
    words = "Scene has no setting 'sigmas'; did you mean 'sigma'\\? Settings: name, sides, sigma"
    with pytest.raises(ValueError, match=words):
        serial.from_plain(Scene, {"name": "a", "sigmas": 1})


def test_an_unknown_setting_inside_another_recipe_is_refused():
    with pytest.raises(ValueError, match="Brush has no setting 'colour'. Settings: size, hard"):
        serial.from_plain(Scene, {"name": "a", "brush": {"colour": "red"}})


@pytest.mark.parametrize("text", ["", "{", '{"name": }', "name: a"])
def test_text_that_is_no_json_is_refused(text):
    with pytest.raises(ValueError, match="Scene cannot be read: the text is not valid JSON"):
        serial.from_json(Scene, text)


@pytest.mark.parametrize("text, kind", [("[1]", "list"), ('"a"', "str"), ("null", "NoneType")])
def test_json_of_another_kind_is_refused(text, kind):
    with pytest.raises(TypeError, match=f"Scene needs a dict of its settings; received {kind}"):
        serial.from_json(Scene, text)


@pytest.mark.parametrize("thing", [{"size": 3}, Brush, None])
def test_only_a_recipe_itself_turns_into_plain_values(thing):
    with pytest.raises(TypeError, match="needs a recipe"):
        serial.to_plain(thing)


def test_a_registered_class_is_found_again_by_its_name():
    class Doubling(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    assert serial.serializable(Doubling) is Doubling
    assert keras.saving.get_registered_object("course_lib>Doubling") is Doubling
    del keras.saving.get_custom_objects()["course_lib>Doubling"]
