"""The import graph is the syllabus: a file imports only from strictly lower floors."""

import ast
import pathlib
import subprocess
import sys

import pytest

import course_lib

ROOT = pathlib.Path(course_lib.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
FLOORS = {
    "checks": 0,
    "serial": 1,
    "weights": 1,
    "backend": 2,
    "degradation": 3,
    "layers": 3,
    "losses": 3,
    "metrics": 3,
    "data": 4,
    "inference": 4,
    "figures": 4,
    "training": 5,
    "baseline": 6,
    "adversarial": 7,
    "pixelwise": 8,
    "search": 9,
    "reversible": 10,
    "recipes": 11,
    "pretrained": 11,
    "coursework": 12,
    "publishing": 12,
    "commands": 13,
    "__main__": 14,
}
ENGINES = {"tensorflow", "jax", "torch", "tensorflow_datasets"}


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert all(alias.name != "*" for alias in node.names), f"{path} imports a star"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_room_has_a_floor():
    rooms = {room_of(path) for path in FILES} - {"__init__"}
    assert rooms <= FLOORS.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_point_down(path):
    room = room_of(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "course_lib" or len(parts) == 1 or parts[1] in (room, "__version__"):
            continue
        assert FLOORS[parts[1]] < FLOORS[room], f"{path} imports {name}, which is not on a lower floor"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_engines_are_named_only_in_backend(path):
    engines = {name.split(".")[0] for name in imports(path)} & ENGINES
    assert not engines or room_of(path) == "backend", f"{path} imports {engines}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_library_has_no_assert_and_no_file_of_everything(path):
    assert path.stem not in {"utils", "helpers", "misc", "common", "base", "core", "tools"}
    assert not [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Assert)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_sets_a_global_seed_and_nobody_pickles(path):
    names = set(imports(path))
    assert not {name for name in names if name.split(".")[0] in ("pickle", "dill", "joblib", "random")}
    calls = {ast.unparse(n.func) for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)}
    assert not calls & {"np.random.seed", "keras.utils.set_random_seed", "random.seed", "tf.random.set_seed"}


def test_importing_the_package_loads_no_engine_and_takes_no_time():
    code = (
        "import sys, time; begun = time.perf_counter(); import course_lib; "
        "taken = time.perf_counter() - begun; "
        "print(taken, sorted({'keras', 'tensorflow', 'jax', 'torch', 'numpy'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    taken, loaded = printed.split(" ", 1)
    assert loaded.strip() == "[]"
    assert float(taken) < 0.2


def test_the_command_line_explains_itself_without_loading_an_engine():
    code = (
        "import sys; sys.argv = ['course', '--help']\n"
        "from course_lib.__main__ import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip().endswith("[]")
