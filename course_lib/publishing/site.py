"""The course as a site of plain files: it opens from a folder, without a server and without a network."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NEEDED = {
    "mkdocs": "mkdocs",
    "material": "mkdocs-material",
    "mkdocstrings": "mkdocstrings",
    "pymdownx": "pymdown-extensions",
}


def build(output="site", project=None):
    """Build the site, strictly: a broken link or a page that is missing fails the build.

    The site replaces an earlier one only when it is complete.

    Args:
        output: the folder to write; a missing or empty one, or one that holds an earlier site.
        project: the folder with mkdocs.yml; None looks for it from the current folder upwards, then around
            the library's own source.

    Returns:
        pathlib.Path of the first page, index.html.

    Raises:
        ModuleNotFoundError: the tools of the extra `docs` are not installed.
        FileNotFoundError: no mkdocs.yml is found.
        FileExistsError: `output` is a file, or holds something that is no site.
        RuntimeError: mkdocs found something wrong; its words are in the message.
        OSError: `output` cannot be written.
    """
    missing = [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise ModuleNotFoundError(
            f"build() needs {', '.join(missing)}; not installed here. Install them: pip install -e '.[docs]'"
        )
    project = _project(project)
    output = Path(output).expanduser().resolve()
    _demand_replaceable(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=output.parent) as scratch:
        draft = Path(scratch) / "site"
        _mkdocs(project, draft)
        draft.chmod(0o755)
        if output.exists():
            output.rename(Path(scratch) / "before")
        shutil.move(draft, output)
    return output / "index.html"


def _project(project):
    if project is not None:
        places = [Path(project)]
    else:
        places = [Path.cwd(), *Path.cwd().parents, Path(__file__).resolve().parents[2]]
    for place in places:
        if (place / "mkdocs.yml").is_file():
            return place.resolve()
    raise FileNotFoundError(
        f"build() needs the folder of the course with mkdocs.yml in it; found none in {places[0]}. "
        "Start it inside a clone of the course, or pass project=..."
    )


def _demand_replaceable(output):
    if not output.exists():
        return
    if not output.is_dir():
        raise FileExistsError(f"build() needs a folder as output; {output} is a file. Name another place.")
    is_site = (output / "index.html").is_file() and (output / "search" / "search_index.json").is_file()
    if any(output.iterdir()) and not is_site:
        raise FileExistsError(
            f"build() replaces its output, and {output} holds something that is no site. Name another folder."
        )


def _mkdocs(project, draft):
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--config-file",
        str(project / "mkdocs.yml"),
    ]
    # The theme prints a page about its successor unless it is told not to.
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [*command, "--site-dir", str(draft)], cwd=project, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        words = [
            line for line in done.stderr.splitlines() if line.strip() and not re.match(r"INFO|DEBUG", line)
        ]
        raise RuntimeError("build() was stopped by mkdocs:\n" + "\n".join(words[-40:]))
