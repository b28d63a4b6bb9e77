"""`course bench step`: seconds and bytes of a training step, on random numbers, so that no data is needed."""

import pathlib

import typer

from course_lib.commands import measuring, results

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
    repeats: measuring.Repeats = 10,
    warmup: measuring.Warmup = 2,
    output: measuring.Table = pathlib.Path("results/bench_step.csv"),
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
        options = {**asked, "repeats": repeats, "warmup": warmup, "output": output}
        results.demand_all({name: measuring.apart("step", options, name) for name in names})
        return
    row = _measure(experiments[0], repeats, warmup)
    results.append(output, row)
    typer.echo(
        f"{row['machine']}\n{names[0]}: a {row['unit']} on {row['batch']} x {row['height']} x {row['width']} "
        f"takes {row['seconds'] * 1e3:.1f} ms, {row['images_per_second']:.2f} images per second\n"
        f"  {measuring.peak_in_words(row)}\n  features compared: {row['features']}\n  {output}"
    )


def _measure(experiment, repeats, warmup):
    from course_lib.backend import machine
    from course_lib.commands import rehearsal
    from course_lib.metrics import cost

    experiment, features = rehearsal.offline(experiment)
    rehearsed, peak, peak_is = measuring.with_peak(lambda: rehearsal.rehearse(experiment))
    seconds = machine.median_seconds(rehearsed.play, repeats=repeats, warmup=warmup)
    recipe = rehearsal.recipe_of(experiment)
    height, width = recipe.window
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
