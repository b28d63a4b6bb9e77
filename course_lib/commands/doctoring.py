"""`course doctor`: does this machine have what the course needs, and what to do if not."""

import importlib.metadata
import pathlib
import shutil
import sys
import tempfile

import typer

NEEDED_GB = 2


def doctor():
    """Look at Python, engine, devices, disk and packages; one remedy a line for what is wrong."""
    trouble = 0
    for name, found, remedy in _findings():
        trouble += remedy is not None
        typer.echo(f"{'ok  ' if remedy is None else 'FIX '} {name:<12} {found}")
        if remedy:
            typer.echo(f"     {'':<12} {remedy}")
    if trouble:
        raise typer.Exit(1)
    typer.echo("Everything the course needs is here.")


def _findings():
    python = ".".join(map(str, sys.version_info[:3]))
    good = (3, 11) <= sys.version_info[:2] < (3, 14)
    yield (
        "python",
        python,
        None if good else "Install Python 3.11, 3.12 or 3.13 and make the environment again.",
    )
    yield from _engine()
    free = shutil.disk_usage(pathlib.Path.cwd()).free / 1e9
    remedy = None if free >= NEEDED_GB else f"Free {NEEDED_GB} GB on this disk, or work on another one."
    yield "disk", f"{free:.1f} GB free here", remedy
    yield from _folder()
    for package in ("jupyterlab", "ipywidgets", "matplotlib", "scikit-image", "scikit-learn", "nbval"):
        try:
            yield package, importlib.metadata.version(package), None
        except importlib.metadata.PackageNotFoundError:
            yield package, "absent", "Install the course's packages: make course."


def _engine():
    from course_lib.backend import machine

    try:
        yield "engine", machine.describe(), None
    except (ImportError, ValueError) as error:
        yield (
            "engine",
            f"cannot be loaded ({error})",
            "Install it: pip install tensorflow; or choose another: KERAS_BACKEND=jax.",
        )
        return
    if machine.devices() == ["CPU"]:
        yield "device", "CPU: enough for every notebook; for full training take a GPU", None
        return
    yield "device", ", ".join(machine.devices()), None


def _folder():
    try:
        with tempfile.NamedTemporaryFile(dir=pathlib.Path.cwd()):
            pass
    except OSError as error:
        yield "folder", f"cannot write here ({error.strerror})", "Change to a folder of your own."
        return
    yield "folder", "can be written to", None
