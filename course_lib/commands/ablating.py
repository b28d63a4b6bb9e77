"""`course ablate`: change one thing at a time, train, score, write the table."""

import pathlib

import typer

_COLUMNS = {
    "psnr": ("PSNR", "8.2f"),
    "ssim": ("SSIM", "8.3f"),
    "piqe": ("PIQE", "8.2f"),
    "frechet": ("Frechet", "9.4f"),
    "luminance": ("luminance", "11.3f"),
    "falsely_black": ("falsely black", "15.2%"),
}


def ablate(
    name: str = typer.Argument(help="Ablation, such as deblurgan."),
    output: pathlib.Path = typer.Option(None, "--output", "-o", help="Folder; runs/ablation_NAME otherwise."),
    only: list[str] = typer.Option(
        None, help="Variant to do now; may be given again. The table is written by a later call without."
    ),
):
    """Run an ablation; a killed one goes on where it stopped."""
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib.recipes import ablations
        from course_lib.training import ablation
    found = ablations.find(name)
    folder = output or pathlib.Path("runs") / f"ablation_{name}"
    typer.echo(f"{machine.describe()}\n{found.question}")
    results = ablation.run(found, folder, say=typer.echo, only=only or None)
    wide = max(len(row["variant"]) for row in results["rows"]) + 2
    # A way of scoring that came later is not in every card.
    columns = {score: how for score, how in _COLUMNS.items() if score in results["rows"][0]}
    heads = "".join(f"{head:>{form.split('.')[0]}}" for head, form in columns.values())
    typer.echo(f"{'variant':<{wide}}{heads}")
    for row in results["rows"]:
        scores = [format(row[score], form) for score, (_, form) in columns.items() if score in row]
        typer.echo(f"{row['variant']:<{wide}}{''.join(scores)}")
        if "stopped" in row:
            typer.echo(f"  stopped, {row['stopped']}")
    if only:
        typer.echo("No table yet: call again without --only when all variants are done.")
    else:
        typer.echo(f"Table: {folder / 'results.json'}")
