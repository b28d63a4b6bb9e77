"""`course restore`: one picture file in, one picture file out."""

import dataclasses
import pathlib

import typer


def restore(
    picture: pathlib.Path = typer.Argument(help="A PNG, JPEG, TIFF, WebP or BMP file."),
    output: pathlib.Path = typer.Option(
        ..., "--output", "-o", help="File to write; its ending picks the format."
    ),
    weights: str = typer.Option("baseline_deblur", help="Pretrained name (course list) or run folder."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the output if it is there."),
):
    """Restore a picture; size, bit depth, gray and transparency of the file are kept."""
    from course_lib.data import images

    opened = images.read(picture)
    if output.exists() and not overwrite:
        raise FileExistsError(f"{output} is there already. Choose another name, or add --overwrite.")
    # Everything that can be refused is refused before the network is loaded.
    images.check_output(output, opened)
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib.inference.restore import restore as run_network
    restored = run_network(_network(weights), opened.pixels)
    images.write(output, dataclasses.replace(opened, pixels=restored))
    for note in opened.notes:
        typer.echo(f"  {note}")
    height, width = restored.shape[:2]
    typer.echo(f"Wrote {output} ({width} x {height}, {opened.bits} bits a channel, weights {weights}).")


def _network(weights):
    from course_lib.commands.training import load_run
    from course_lib.recipes import pretrained

    found = (pathlib.Path(weights) / "recipe.json").is_file()
    network = load_run(weights)[1] if found else pretrained.load(weights)
    channels = network.input_shape[-1]
    if channels != 3:
        raise ValueError(
            f"course restore needs weights that take photographs; those of {weights} take label maps of "
            f"{channels} channels and paint pictures of them. Take other weights: course list."
        )
    return network
