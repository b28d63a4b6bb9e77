"""`course bench forward`: seconds and multiply-adds of a network that only answers."""

import pathlib

import typer

from course_lib.commands import results

COLUMNS = (
    "experiment",
    "precision",
    "batch",
    "height",
    "width",
    "parameters",
    "multiply_adds_per_image",
    "seconds",
    "images_per_second",
    "machine",
)


def forward(
    names: list[str] = typer.Argument(metavar="NAME...", help="Experiments, see: course list."),
    height: int = typer.Option(None, help="Pixels; with --width. If not given: the training windows."),
    width: int = typer.Option(None, help="Pixels; with --height. If not given: the training windows."),
    batch: int = typer.Option(1, help="Pictures at once."),
    precision: str = typer.Option(None, help="float32 or mixed_bfloat16; the experiment's if not given."),
    repeats: int = typer.Option(10, min=1, help="Timed calls; their median counts."),
    warmup: int = typer.Option(2, min=1, help="Calls before the clock starts; the first one compiles."),
    output: pathlib.Path = typer.Option(pathlib.Path("results/bench_forward.csv"), "--output", "-o"),
):
    """Time the generator alone on random pictures, and count its multiply-adds."""
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib import recipes
        from course_lib.commands import rehearsal
    if (height is None) != (width is None):
        raise ValueError("course bench forward needs --height and --width, or neither.")
    experiments = [rehearsal.vary(recipes.find(name), batch=batch, precision=precision) for name in names]
    results.demand_room(output, COLUMNS)
    for experiment in experiments:
        size = experiment.training.window if height is None else (height, width)
        row = _measure(experiment, *size, repeats, warmup)
        results.append(output, row)
        typer.echo(
            f"{row['machine']}\n{row['experiment']}: {batch} x {size[0]} x {size[1]} takes "
            f"{row['seconds'] * 1e3:.1f} ms, {row['images_per_second']:.2f} images per second; "
            f"{row['multiply_adds_per_image'] / 1e9:.4g} G multiply-adds an image\n  {output}"
        )


def _measure(experiment, height, width, repeats, warmup):
    import numpy as np
    from keras import ops

    from course_lib import checks
    from course_lib.backend import machine
    from course_lib.backend.forward import compile_forward
    from course_lib.commands import rehearsal
    from course_lib.metrics import cost
    from course_lib.training import supervised

    network = supervised.build_network(experiment)
    shape = (experiment.training.batch, height, width, network.input_shape[-1])
    checks.at_least("course bench forward", "height", height, 1)
    checks.at_least("course bench forward", "width", width, 1)
    network.compute_output_shape(shape)  # refuses a size in one sentence
    spent = cost.multiply_adds(network, height, width)
    given = ops.convert_to_tensor(np.random.default_rng(0).random(shape, dtype="float32"))
    run = compile_forward(lambda given: network(given, training=False), [network])
    seconds = machine.median_seconds(run, given, repeats=repeats, warmup=warmup)
    values = (
        experiment.name,
        experiment.training.precision,
        experiment.training.batch,
        height,
        width,
        cost.parameters(network),
        spent,
        round(seconds, 6),
        round(experiment.training.batch / seconds, 4),
        rehearsal.machine_line(experiment),
    )
    return dict(zip(COLUMNS, values, strict=True))
