"""The `course` command: doctor, list, train, evaluate, ablate, restore, bench, notebooks, site."""

import os
import sys

import typer

from course_lib import __version__
from course_lib.commands import ablating, benching, doctoring, listing, notebooks, restoring, site, training

app = typer.Typer(
    help="Image restoration with deep networks: the course's one command.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("doctor")(doctoring.doctor)
app.command("list")(listing.list_experiments)
app.command("train")(training.train)
app.command("evaluate")(training.evaluate)
app.command("ablate")(ablating.ablate)
app.command("restore")(restoring.restore)
app.add_typer(benching.app, name="bench")
app.add_typer(notebooks.app, name="notebooks")
app.command("site")(site.site)

_EXPECTED = (ValueError, TypeError, OSError, FloatingPointError, RuntimeError)


@app.callback(invoke_without_command=True)
def _options(version: bool = typer.Option(False, "--version", help="Print the version and stop.")):
    if version:
        typer.echo(__version__)
        raise typer.Exit()


def main():
    """Run the command line; expected errors become one sentence, and the exit code 2."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        app()
    except _EXPECTED as error:
        if os.environ.get("COURSE_DEBUG"):
            raise
        typer.echo(f"course: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("course: stopped; what was saved stays.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
