"""`course bench speed`: generators that only answer, side by side at several sizes, as a table and a plot."""

import dataclasses
import pathlib

import typer

from course_lib.commands import measuring, results

COMPARED = (
    "asapnet_cityscapes_1024",
    "pix2pixhd_cityscapes",
    "deblurgan_gopro",
    "deblurgan_cityscapes",
    "hybrid_cityscapes",
)
COLUMNS = (
    "experiment",
    "precision",
    "batch",
    "height",
    "width",
    "tile",
    "parameters",
    "multiply_adds_per_picture",
    "seconds_per_picture",
    "repeats",
    "peak_bytes",
    "peak_is",
    "machine",
)


def speed(
    names: list[str] = typer.Argument(list(COMPARED), metavar="NAME", help="Experiments: course list."),
    height: list[int] = typer.Option([256, 512, 1024], min=1, help="Pixels; repeat it for further sizes."),
    aspect: int = typer.Option(2, min=1, help="Width of the pictures, in heights."),
    width: int = typer.Option(None, min=1, help="Width of the pictures, pixels, instead of --aspect."),
    pad: bool = typer.Option(
        False, "--pad", help="Let each network have the next larger size that it accepts, as restoring does."
    ),
    precision: str = typer.Option("float32", help="float32 or mixed_bfloat16, of all that are compared."),
    batch: int = typer.Option(1, help="Pictures at once."),
    keep_tile: bool = typer.Option(
        False, "--keep-tile", help="Time the recipe's own tile at every size, not 16 rows of tiles."
    ),
    repeats: measuring.Repeats = 5,
    warmup: measuring.Warmup = 1,
    output: measuring.Table = pathlib.Path("results/bench_speed.csv"),
):
    """Time generators alone on random pictures; count what an answer costs, and compare them."""
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib import recipes
        from course_lib.commands import rehearsal
    timing = {"repeats": repeats, "warmup": warmup, "output": output}
    asked = {"aspect": aspect, "width": width, "precision": precision, "batch": batch, **timing}
    flags = [flag for flag, given in (("--keep-tile", keep_tile), ("--pad", pad)) if given]
    found = [rehearsal.vary(recipes.find(n), batch=batch, precision=precision) for n in dict.fromkeys(names)]
    plot = _place_of_plot(output, found)
    # Sizes outside, so that networks which are compared run soon after each other.
    sizes = [(rows, width or rows * aspect) for rows in sorted(set(height))]
    pairs = [(e if keep_tile else _of_size(e, *size), size) for size in sizes for e in found]
    results.demand_room(output, COLUMNS)
    if len(pairs) == 1:
        _add_row(*pairs[0], pad, repeats, warmup, output)
        return
    typer.echo(f"{len(pairs)} measurements go to {output}, each from a process of its own.")
    before, reasons = len(results.read(output)), {}
    for experiment, size in pairs:
        what = f"{experiment.name} at {size[0]} x {size[1]}"
        reasons[what] = measuring.apart("speed", {"height": size[0], **asked}, experiment.name, flags)
    rows = results.read(output)[before:]
    _say_ratios(rows)
    if len(_sizes(rows)) > 1:
        typer.echo(f"  {_plot(rows, reasons).save(plot)}")
    results.demand_all(reasons)


def _place_of_plot(output, experiments):
    from course_lib.figures import style

    if len(experiments) > len(style.PALETTE):
        raise ValueError(
            f"course bench speed draws at most {len(style.PALETTE)} networks; received {len(experiments)}."
        )
    if output.suffix.lower() == ".png":
        raise ValueError(f"--output is the table, its plot gets the ending .png; received {output}.")
    plot = output.with_suffix(".png")
    if plot.is_dir():
        raise ValueError(f"The plot goes to {plot}, where a folder is. Choose another --output.")
    return plot


def _of_size(experiment, height, width):
    """The network that was published for pictures of this size: where there are tiles, 16 rows of them."""
    from course_lib.pixelwise.asapnet import tile_for

    if "tile" not in {field.name for field in dataclasses.fields(experiment.network)}:
        return experiment
    try:
        network = dataclasses.replace(experiment.network, tile=tile_for(height, width))
    except ValueError as error:
        raise ValueError(
            f"{experiment.name} has no tile for {height} x {width}: 16 tiles are as high as the picture, "
            "and a tile is a power of two that its hypernet can halve; choose --height 256, 512, 1024, ..."
        ) from error
    return dataclasses.replace(experiment, network=network)


def _add_row(experiment, size, pad, repeats, warmup, output):
    what = f"{experiment.name} at {size[0]} x {size[1]}"
    with measuring.memory_named(what):
        row = _measure(experiment, *size, pad, repeats, warmup)
    results.append(output, row)
    tile = f", tile {row['tile']}" if row["tile"] != "" else ""
    typer.echo(
        f"{what}{tile}: {row['seconds_per_picture']:.4g} s a picture, {row['parameters']:,} parameters, "
        f"{row['multiply_adds_per_picture'] / 1e9:.4g} G multiply-adds\n  {measuring.peak_in_words(row)}"
    )


def _measure(experiment, height, width, pad, repeats, warmup):
    from course_lib.backend import machine
    from course_lib.commands import rehearsal
    from course_lib.metrics import cost

    rehearsed, peak, peak_is = measuring.with_peak(
        lambda: rehearsal.rehearse_answer(experiment, height, width, pad)
    )
    seconds = machine.median_seconds(rehearsed.play, repeats=repeats, warmup=warmup)
    values = (
        experiment.name,
        experiment.training.precision,
        experiment.training.batch,
        height,
        width,
        getattr(experiment.network, "tile", ""),
        cost.parameters(rehearsed.generator),
        cost.multiply_adds(rehearsed.generator, height, width),
        round(seconds / experiment.training.batch, 6),
        repeats,
        peak,
        peak_is,
        rehearsal.machine_line(experiment),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _sizes(rows):
    return sorted({(int(row["height"]), int(row["width"])) for row in rows})


def _seconds_at(rows, size):
    """Dict from experiment to seconds per picture, the slowest first."""
    here = [row for row in rows if (int(row["height"]), int(row["width"])) == size]
    seconds = {row["experiment"]: float(row["seconds_per_picture"]) for row in here}
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def _say_ratios(rows):
    widest = max((len(row["experiment"]) for row in rows), default=0)
    for size in _sizes(rows):
        typer.echo(f"{size[0]} x {size[1]}, {rows[0]['machine']}")
        slower = {}
        for name, seconds in _seconds_at(rows, size).items():
            ratios = [f"{took / seconds:.2f} times as fast as {other}" for other, took in slower.items()]
            typer.echo(f"  {name:{widest}}  {seconds:9.4f} s  {', '.join(ratios)}".rstrip())
            slower[name] = seconds


def _plot(rows, reasons):
    from course_lib.figures import curves

    sizes = _sizes(rows)
    seconds = [_seconds_at(rows, size) for size in sizes]
    series = {row["experiment"]: [there.get(row["experiment"]) for there in seconds] for row in rows}
    told = [
        f"{name} takes "
        + ", ".join(f"{s:.3g} s at {h} x {w}" for (h, w), s in zip(sizes, line, strict=True) if s is not None)
        for name, line in series.items()
    ]
    missing = [what for what, reason in reasons.items() if reason]
    told += [f"not timed: {', '.join(missing)}"] if missing else []
    return curves.lines(
        [float(f"{h * w / 1e6:.3g}") for h, w in sizes],
        series,
        "megapixels",
        "seconds per picture",
        f"Seconds per picture against megapixels, both axes logarithmic: {'; '.join(told)}. "
        f"Measured with {rows[0]['machine']}.",
        logx=True,
        logy=True,
    )
