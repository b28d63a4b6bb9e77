"""`course restore`: one picture file in, one picture file out."""

import dataclasses
import pathlib

import numpy as np
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
    network = _network(weights)
    if network.input_shape[-1] == 3:
        restored = run_network(network, opened.pixels)
    else:
        # A network of gray pictures takes the channels one by one; those of a gray file are equal.
        channels = [opened.pixels[..., i : i + 1] for i in range(1 if opened.gray else 3)]
        restored = np.concatenate([run_network(network, channel) for channel in channels], axis=-1)
        restored = images.coloured(restored)
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
    if channels not in (1, 3):
        raise ValueError(
            f"course restore needs weights that take photographs; those of {weights} take label maps of "
            f"{channels} channels and paint pictures of them. Take other weights: course list."
        )
    return network
