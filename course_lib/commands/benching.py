"""`course bench`: seconds and bytes, measured here, written as CSV with machine and versions."""

import csv
import pathlib
import time

import typer

app = typer.Typer(help="Measure speed on this machine.", no_args_is_help=True)


@app.callback()
def _bench():
    """Measure speed on this machine."""


@app.command("feed")
def feed(
    name: str = typer.Argument("baseline_deblur_course", help="Experiment, see: course list."),
    batches: int = typer.Option(20, min=3, help="Batches to time."),
    output: pathlib.Path = typer.Option(pathlib.Path("results/bench_feed.csv"), "--output", "-o"),
):
    """Time the feed alone against the training step alone: the feed must not keep the step waiting."""
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib import recipes
        from course_lib.training import feeding, supervised
    experiment = recipes.find(name)
    prepared = feeding.training_feed(experiment)
    model = supervised.compile_network(supervised.build_network(experiment), experiment.training)
    fed = _feed_seconds(prepared, batches)
    blurred, sharp = prepared[0]
    step = machine.median_seconds(lambda: model.train_on_batch(blurred, sharp), repeats=batches, warmup=3)
    row = {
        "experiment": name,
        "feed_seconds_per_batch": round(fed, 5),
        "step_seconds": round(step, 5),
        "feed_is_faster_by": round(step / fed, 2),
        "patches_per_second_of_feed": round(experiment.training.batch / fed, 1),
        "machine": machine.describe(),
    }
    _append(output, row)
    typer.echo(
        f"{machine.describe()}\nfeed {fed * 1e3:.1f} ms a batch, step {step * 1e3:.1f} ms: "
        f"the feed is {step / fed:.1f} times as fast as the step needs. {output}"
    )


def _feed_seconds(prepared, batches):
    # Read through the same stream as training, so that its threads and queues count.
    reader = prepared.batches(0, batches + 2)
    next(reader)
    begun = time.perf_counter()
    for _ in range(batches):
        next(reader)
    return (time.perf_counter() - begun) / batches


def _append(path, row):
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with open(path, "a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
