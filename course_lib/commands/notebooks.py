"""`course notebooks`: run them from top to bottom, or check what is stored in them."""

import contextlib
import pathlib
import time

import typer

app = typer.Typer(help="Run or check the notebooks.", no_args_is_help=True)
ALL = [pathlib.Path("notebooks")]


@app.command("run")
def run(
    paths: list[pathlib.Path] = typer.Argument(None, help="Notebooks or folders; all if none is given."),
    timeout: int = typer.Option(300, help="Seconds a cell may take."),
    write: bool = typer.Option(True, "--write/--dry", help="Store the outputs in the file, or only run."),
):
    """Execute notebooks in place, with a progress bar, and store their outputs."""
    from course_lib.publishing import notebooks

    for path in [file for folder in paths or ALL for file in notebooks.find(folder)]:
        begun = time.perf_counter()
        with _bar(path) as show:
            notebooks.run(path, timeout=timeout, progress=show, write=write)
        typer.echo(f"{path}: {time.perf_counter() - begun:.0f} s")


@app.command("check")
def check(
    paths: list[pathlib.Path] = typer.Argument(None, help="Notebooks or folders; all if none is given."),
):
    """Check stored notebooks: outputs present, no errors, no absolute paths, every figure described."""
    from course_lib.publishing import notebooks

    found = notebooks.check(paths or ALL)
    typer.echo(f"{len(found)} notebooks are in order.")


@contextlib.contextmanager
def _bar(path):
    import rich.console
    import rich.progress

    columns = (
        rich.progress.TextColumn("{task.description}"),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TimeElapsedColumn(),
    )
    with rich.progress.Progress(*columns, console=rich.console.Console()) as bar:
        task = bar.add_task(path.stem, total=None)

        def show(done, total, heading):
            bar.update(task, completed=done, total=total, description=heading[:48])

        yield show
