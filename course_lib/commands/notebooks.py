"""`course notebooks`: run them from top to bottom, or check what is stored in them."""

import pathlib

import typer

app = typer.Typer(help="Run or check the notebooks.", no_args_is_help=True)


@app.command("run")
def run(
    paths: list[pathlib.Path] = typer.Argument(None, help="Notebooks or folders; all if none is given."),
    timeout: int = typer.Option(300, help="Seconds a cell may take."),
    keep: bool = typer.Option(True, "--write/--dry", help="Store the outputs in the file, or only run."),
):
    """Execute notebooks in place, with a progress bar, and store their outputs."""
    import rich.console
    import rich.progress

    from course_lib.publishing import notebooks

    for path in notebooks.find(paths):
        with rich.progress.Progress(console=rich.console.Console()) as bar:
            task = bar.add_task(path.name, total=None)

            def show(done, total, bar=bar, task=task):
                bar.update(task, completed=done, total=total)

            seconds = notebooks.run(path, timeout=timeout, progress=show, write=keep)
        typer.echo(f"{path}: {seconds:.0f} s")


@app.command("check")
def check(paths: list[pathlib.Path] = typer.Argument(None, help="Notebooks or folders; all if none is given.")):
    """Check stored notebooks: outputs present, no errors, no absolute paths, every figure described."""
    from course_lib.publishing import notebooks

    found = notebooks.find(paths)
    notebooks.check(found)
    typer.echo(f"{len(found)} notebooks are in order.")
