"""`course list`: what can be trained, and what it costs."""

import json

import typer

from course_lib.commands import reporting


def list_experiments(
    parameters: bool = typer.Option(
        False, "--parameters", help="Build every network and count its parameters."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for programs."),
):
    """List the named experiments and the pretrained weights."""
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib import recipes
        from course_lib.recipes import pretrained
    rows = {}
    for name in recipes.names():
        experiment = recipes.find(name)
        rows[name] = {"expect": experiment.expect}
        if parameters:
            rows[name]["parameters"] = _parameters(experiment)
    if as_json:
        counts = {name: row["parameters"] for name, row in rows.items()} if parameters else rows
        typer.echo(json.dumps(counts, indent=2))
        return
    longest = max(map(len, [*rows, *pretrained.names()]))
    for name, row in rows.items():
        count = f"{_in_words(row['parameters']):<24}  " if parameters else ""
        typer.echo(f"{name:<{longest}}  {count}{row['expect']}")
    typer.echo("\npretrained weights (course restore --weights NAME, if they take photographs):")
    for name in pretrained.names():
        typer.echo(f"{name:<{longest}}  {reporting.headline(pretrained.card(name))}")


def _parameters(experiment):
    # What a search is to find has no size yet.
    if getattr(experiment.network, "genotype", experiment) is None:
        return None
    return experiment.build(experiment.network).count_params()


def _in_words(parameters):
    return "    searched, then known" if parameters is None else f"{parameters:>12,} parameters"
