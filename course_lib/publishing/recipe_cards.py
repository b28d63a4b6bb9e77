"""Recipes on the library's pages: the comment beside each setting becomes its description.

A recipe is a frozen dataclass that says what a setting means at the setting itself, where the code is read.
mkdocstrings shows only what has a docstring, so this extension, named in `mkdocs.yml`, writes one.
"""

import re

import griffe


class RecipeCards(griffe.Extension):
    """Write the missing docstring of a dataclass from the comments beside its fields."""

    def on_class(self, *, cls, loader, **kwargs):
        """Look at one class; griffe calls this.

        Args:
            cls: griffe.Class as read from the source.
            loader: griffe.GriffeLoader, which keeps the lines of the files it has read.
            **kwargs: what griffe also tells its extensions.
        """
        is_dataclass = any(str(decorator.value).startswith("dataclass") for decorator in cls.decorators)
        if cls.docstring or not is_dataclass:
            return
        lines = loader.lines_collection[cls.filepath]
        fields = [member for member in cls.members.values() if member.is_attribute]
        described = [(field.name, _comment(lines[field.endlineno - 1])) for field in fields]
        entries = "\n".join(f"    {name}: {words}" for name, words in described if words)
        text = "Settings, each with its default." + (f"\n\nArgs:\n{entries}" if entries else "")
        cls.docstring = griffe.Docstring(text, parent=cls, parser="google", lineno=cls.lineno)


def _comment(line):
    found = re.search(r"#\s*(.+)$", line)
    return found.group(1).strip() if found else ""
