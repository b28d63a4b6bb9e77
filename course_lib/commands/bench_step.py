"""`course bench step`: seconds and bytes of a training step, on random numbers, so that no data is needed."""

import pathlib
import subprocess
import sys

import typer

from course_lib.commands import results

COLUMNS = (
    "experiment",
    "unit",
    "precision",
    "batch",
    "height",
    "width",
    "generator_parameters",
    "critic_parameters",
    "critic_steps",
    "seconds",
    "images_per_second",
    "peak_bytes",
    "peak_is",
    "features",
    "machine",
)


def step(
    names: list[str] = typer.Argument(metavar="NAME...", help="Experiments, see: course list."),
    precision: str = typer.Option(None, help="float32 or mixed_bfloat16; the experiment's if not given."),
    batch: int = typer.Option(None, help="Pictures in a batch; the experiment's if not given."),
    patch: int = typer.Option(None, help="Height of the windows; the experiment's if not given."),
    repeats: int = typer.Option(10, min=1, help="Timed steps; their median counts."),
    warmup: int = typer.Option(2, min=0, help="Steps before the clock starts, after the one that compiles."),
    output: pathlib.Path = typer.Option(pathlib.Path("results/bench_step.csv"), "--output", "-o"),
):
    """Time training steps (of a duel: rounds) on random pictures, and measure the memory they take."""
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib import recipes
        from course_lib.commands import rehearsal
    asked = {"precision": precision, "batch": batch, "patch": patch}
    experiments = [rehearsal.vary(recipes.find(name), **asked) for name in names]
    results.demand_room(output, COLUMNS)
    if len(names) > 1:
        _one_by_one(names, {**asked, "repeats": repeats, "warmup": warmup, "output": output})
        return
    row = _measure(experiments[0], repeats, warmup)
    results.append(output, row)
    peak = f"{row['peak_bytes'] / 1e9:.2f} GB" if row["peak_bytes"] != "" else "unknown"
    typer.echo(
        f"{row['machine']}\n{names[0]}: a {row['unit']} on {row['batch']} x {row['height']} x {row['width']} "
        f"takes {row['seconds'] * 1e3:.1f} ms, {row['images_per_second']:.2f} images per second\n"
        f"  peak memory {peak} ({row['peak_is']})\n  features compared: {row['features']}\n  {output}"
    )


def _one_by_one(names, options):
    # In a process of its own, no experiment finds the memory that another one left behind.
    given = [f"--{option}={value}" for option, value in options.items() if value is not None]
    command = [sys.executable, "-m", "course_lib", "bench", "step", *given]
    failed = [name for name in names if subprocess.run([*command, name]).returncode]
    if failed:
        raise RuntimeError(f"{', '.join(failed)} could not be timed; the reasons stand above.")


def _measure(experiment, repeats, warmup):
    from course_lib.backend import machine
    from course_lib.commands import rehearsal
    from course_lib.metrics import cost

    experiment, features = rehearsal.offline(experiment)
    rehearsed, peak, peak_is = _with_peak(lambda: rehearsal.rehearse(experiment))
    seconds = machine.median_seconds(rehearsed.play, repeats=repeats, warmup=warmup)
    recipe, (height, width) = experiment.training, experiment.training.window
    critic = rehearsed.critic
    values = (
        experiment.name,
        rehearsed.unit,
        recipe.precision,
        recipe.batch,
        height,
        width,
        cost.parameters(rehearsed.generator),
        0 if critic is None else cost.parameters(critic),
        getattr(recipe, "critic_steps", 0),
        round(seconds, 6),
        round(recipe.batch * rehearsed.batches / seconds, 4),
        peak,
        peak_is,
        features,
        rehearsal.machine_line(experiment),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _with_peak(build):
    """Build and play once; the first play is where JAX and a processor show their highest mark."""
    from course_lib.backend import machine

    played = []

    def first():
        rehearsed = build()
        machine.synchronise(rehearsed.play())
        played.append(rehearsed)

    try:
        peak, peak_is = machine.peak_bytes(first), "from building to the end of the first step; "
        whose = "resident memory of the process" if machine.devices() == ["CPU"] else "count of the allocator"
        peak_is += whose
    except RuntimeError as error:
        peak, peak_is = "", f"not measured: {error}"
        if not played:
            first()  # where the step itself has failed, this says how
    return played[0], peak, peak_is
