"""The library's own source, quoted live in a notebook, so that no copy can drift."""

import ast
import html
import inspect
import sys
import textwrap
from pathlib import Path

# Shades that stand out on light paper and on dark; all else takes the page's own colour.
SHADES = {
    "Keyword": "#8a63d2",
    "Name.Builtin": "#2383b8",
    "String": "#2e8b57",
    "Number": "#b8681c",
    "Comment": "#7a838c",
}


class Source:
    """The text of a function or class, coloured where the reader's screen can show it.

    Args:
        text: str, the source.
        place: str, file and line as the course names them.
    """

    def __init__(self, text, place):
        self.text, self.place = text, place

    def __repr__(self):
        return f"# {self.place}\n{self.text}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {
            "text/html": _html(self.text, self.place),
            "text/markdown": f"`{self.place}`\n\n```python\n{self.text}\n```\n",
            "text/plain": repr(self),
        }


def show_source(obj, docstring=False):
    """Quote the live source of a function, method or class.

    Args:
        obj: what the course or the notebook defined with def or class.
        docstring: whether its documentation is quoted too; help(obj) shows it as well.

    Returns:
        Source: the last line of a notebook cell shows it.

    Raises:
        TypeError: `obj` has no source, such as a number, an instance or a function written in C.
    """
    target = inspect.unwrap(obj) if callable(obj) else obj
    try:
        written, line = inspect.getsourcelines(target)
    except (TypeError, OSError):
        raise TypeError(
            f"show_source() needs a function, method, class or module written in Python; received "
            f"{type(obj).__name__} {obj!r:.60}. Of an instance, show its class: type(...)."
        ) from None
    text = textwrap.dedent("".join(written)).rstrip()
    if not docstring:
        text = without_docstrings(text)
    return Source(text, f"{_place(target)}, line {max(line, 1)}")


def without_docstrings(text):
    """Remove docstrings from source, and nothing else: comments and blank lines stay.

    Args:
        text: str of valid Python.

    Returns:
        str; a definition that held only its docstring keeps it.
    """
    drop, lines = set(), text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
            continue
        if ast.get_docstring(node, clean=False) is None or len(node.body) < 2:
            continue
        words = node.body[0]
        after = words.end_lineno or words.lineno  # counted from 0, this is the line below
        drop.update(range(words.lineno, after + 1))
        if after < len(lines) and not lines[after].strip():
            drop.add(after + 1)
    return "\n".join(line for number, line in enumerate(lines, start=1) if number not in drop)


def _place(target):
    name = target.__name__ if inspect.ismodule(target) else target.__module__
    module = sys.modules.get(name)
    package = sys.modules.get(name.split(".")[0])
    file, first = getattr(module, "__file__", None), getattr(package, "__file__", None)
    if name == "__main__" or file is None or first is None:
        return "this notebook"
    root = Path(first).parent
    if not hasattr(package, "__path__"):
        return Path(file).name  # a module outside any package has no folder worth naming
    return Path(root.name, Path(file).relative_to(root)).as_posix()


def _html(text, place):
    from pygments.lexers.python import PythonLexer
    from pygments.token import string_to_tokentype

    shades = {string_to_tokentype(name): colour for name, colour in SHADES.items()}
    parts = []
    for kind, value in PythonLexer(stripnl=False).get_tokens(text):
        colour = next((shades[k] for k in reversed(kind.split()) if k in shades), None)
        escaped = html.escape(value, quote=False)
        parts.append(f'<span style="color:{colour}">{escaped}</span>' if colour else escaped)
    code = "".join(parts).rstrip("\n")
    frame = "border:1px solid rgba(128,128,128,.35);border-radius:6px;margin:.4em 0;overflow:hidden"
    caption = "font-size:.8em;opacity:.75;padding:.3em .9em;border-bottom:1px solid rgba(128,128,128,.25)"
    inner = "margin:0;padding:.7em .9em;overflow-x:auto;background:transparent;line-height:1.4"
    # Blank lines would end an HTML block where a page is made from Markdown.
    code = "\n".join(line or "<span></span>" for line in code.split("\n"))
    return (
        f'<div style="{frame}"><div style="{caption}"><code>{html.escape(place)}</code></div>'
        f'<pre style="{inner}"><code style="background:transparent">{code}</code></pre></div>'
    )
