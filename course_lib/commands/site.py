"""`course site`: the notebooks and an API page for each room, as a website that works offline."""

import pathlib

import typer


def site(
    output: pathlib.Path = typer.Option(pathlib.Path("site"), "--output", "-o", help="Folder to build into."),
):
    """Build the website, strictly: a broken link ends it."""
    from course_lib.publishing import site as publishing_site

    publishing_site.build(output)
    typer.echo(f"Open {pathlib.Path(output) / 'index.html'} in a browser.")
