"""Registered layers, and recipes that travel as JSON."""

import dataclasses
import difflib
import json
import typing


def serializable(cls):
    """Register a keras class under the package `course_lib`, so that saved models find it again.

    Args:
        cls: a subclass of keras.layers.Layer, Loss or Metric with a `get_config`.

    Returns:
        The same class.
    """
    import keras

    return keras.saving.register_keras_serializable("course_lib")(cls)


def to_plain(recipe):
    """Turn a recipe (a frozen dataclass) into dicts, lists, numbers and strings.

    Args:
        recipe: dataclass instance whose fields are numbers, strings, booleans, None, tuples or recipes.

    Returns:
        dict ready for JSON.

    Raises:
        TypeError: `recipe` is no dataclass instance.
    """
    if not dataclasses.is_dataclass(recipe) or isinstance(recipe, type):
        raise TypeError(
            f"to_plain() needs a recipe (a dataclass instance); received {type(recipe).__name__}."
        )
    return dataclasses.asdict(recipe)


def to_json(recipe):
    """Write a recipe as JSON text, keys in the order of its fields.

    Args:
        recipe: dataclass instance, see `to_plain`.

    Returns:
        str, indented, ending in a newline.
    """
    return json.dumps(to_plain(recipe), indent=2) + "\n"


def from_plain(cls, plain):
    """Build a recipe from `to_plain`'s dict; a key that the recipe does not have is refused.

    Args:
        cls: the recipe's dataclass.
        plain: dict of its fields; a missing field takes its default.

    Returns:
        cls instance, checked by its own `__post_init__`.

    Raises:
        TypeError: `plain` is no dict.
        ValueError: an unknown key, with the nearest known one.
    """
    if not isinstance(plain, dict):
        raise TypeError(f"{cls.__name__} needs a dict of its settings; received {type(plain).__name__}.")
    hints = typing.get_type_hints(cls)
    for key in plain:
        if key not in hints:
            near = difflib.get_close_matches(key, hints, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise ValueError(f"{cls.__name__} has no setting {key!r}{hint} Settings: {', '.join(hints)}.")
    return cls(**{key: _revive(hints[key], value) for key, value in plain.items()})


def from_json(cls, text):
    """Read what `to_json` wrote.

    Args:
        cls: the recipe's dataclass.
        text: JSON text of one object.

    Returns:
        cls instance.

    Raises:
        ValueError: the text is not JSON, or names an unknown setting.
    """
    try:
        plain = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{cls.__name__} cannot be read: the text is not valid JSON ({error}).") from None
    return from_plain(cls, plain)


def _revive(hint, value):
    inner = typing.get_args(hint)  # what stands in the brackets of tuple[...], or beside the | of a choice
    if isinstance(value, dict):
        recipes = [kind for kind in (hint, *inner) if dataclasses.is_dataclass(kind)]
        return from_plain(recipes[0], value) if recipes else value
    if isinstance(value, list | tuple):
        return tuple(_revive(inner[0] if inner else None, entry) for entry in value)
    return value
