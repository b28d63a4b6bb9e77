"""`course ablate`: change one thing at a time, train, score, write the table."""

import pathlib

import typer


def ablate(
    name: str = typer.Argument(help="Ablation: deblurgan."),
    output: pathlib.Path = typer.Option(None, "--output", "-o", help="Folder; runs/ablation_NAME otherwise."),
):
    """Run an ablation; a killed one goes on where it stopped."""
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib.recipes import ablations
        from course_lib.training import ablation
    found = ablations.find(name)
    folder = output or pathlib.Path("runs") / f"ablation_{name}"
    typer.echo(f"{machine.describe()}\n{found.question}")
    results = ablation.run(found, folder, say=typer.echo)
    typer.echo(f"{'variant':<36}{'PSNR':>8}{'SSIM':>8}{'PIQE':>8}{'Frechet':>9}")
    for row in results["rows"]:
        scores = f"{row['psnr']:>8.2f}{row['ssim']:>8.3f}{row['piqe']:>8.2f}{row['frechet']:>9.4f}"
        typer.echo(f"{row['variant']:<36}{scores}")
    typer.echo(f"Table: {folder / 'results.json'}")
