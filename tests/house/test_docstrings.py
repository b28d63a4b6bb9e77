"""A public function's docstring is a card: one sentence, Args, Returns or Yields, Raises where it raises."""

import ast
import pathlib
import re

import pytest

import course_lib

ROOT = pathlib.Path(course_lib.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py") if "commands" not in path.parts)
SILENT = {"build", "call", "get_config", "from_config", "compute_output_shape", "update_state", "result"}
SILENT |= {
    "reset_state",
    "on_epoch_end",
    "on_epoch_begin",
    "on_train_begin",
    "on_train_batch_end",
    "on_train_end",
}


def public_functions():
    for path in FILES:
        tree = ast.parse(path.read_text())
        for holder in [tree, *[n for n in tree.body if isinstance(n, ast.ClassDef) and n.name[0] != "_"]]:
            for node in holder.body:
                if isinstance(node, ast.FunctionDef) and node.name[0] != "_" and node.name not in SILENT:
                    name = f"{path.relative_to(ROOT)}::{node.name}"
                    yield pytest.param(node, id=name)


def public_classes():
    for path in FILES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name[0] != "_":
                yield pytest.param(node, id=f"{path.relative_to(ROOT)}::{node.name}")


@pytest.mark.parametrize("node", list(public_functions()))
def test_a_public_function_documents_arguments_returns_and_errors(node):
    card = ast.get_docstring(node) or ""
    assert card, "no docstring"
    wanted = [a.arg for a in [*node.args.args, *node.args.kwonlyargs] if a.arg not in ("self", "cls")]
    for argument in wanted:
        assert re.search(rf"^\s+\*{{0,2}}{argument}\b.*:", card, re.M), (
            f"argument {argument} is not described"
        )
    inner = [n for n in ast.walk(node) if isinstance(n, (ast.Return, ast.Yield))]
    gives = any(n.value is not None and not _is_none(n.value) for n in inner if isinstance(n, ast.Return))
    gives = gives or any(isinstance(n, ast.Yield) for n in inner)
    if gives and not _is_property(node):
        assert "Returns:" in card or "Yields:" in card, "what it returns is not described"
    if any(isinstance(n, ast.Raise) and n.exc is not None for n in ast.walk(node)):
        assert "Raises:" in card, "what it raises is not described"


@pytest.mark.parametrize("node", list(public_classes()))
def test_a_public_class_has_a_docstring(node):
    assert ast.get_docstring(node), "no docstring"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_what_it_is_for_and_keeps_its_size(path):
    text = path.read_text()
    if path.name == "__init__.py" and not text.strip():
        return
    assert ast.get_docstring(ast.parse(text)), "no module docstring"
    longest = max(text.splitlines(), key=len, default="")
    assert len(longest) <= 110, longest
    assert len(text.splitlines()) <= 400


def _is_none(value):
    return isinstance(value, ast.Constant) and value.value is None


def _is_property(node):
    return any(isinstance(d, ast.Name) and d.id == "property" for d in node.decorator_list)
