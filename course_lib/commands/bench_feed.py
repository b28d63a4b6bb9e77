"""`course bench feed`: does the data keep up with the network?"""

import pathlib
import time

import typer

from course_lib.commands import results

COLUMNS = (
    "experiment",
    "feed_seconds_per_batch",
    "step_seconds",
    "feed_is_faster_by",
    "patches_per_second_of_feed",
    "machine",
)


def feed(
    name: str = typer.Argument("baseline_deblur_course", help="Experiment, see: course list."),
    batches: int = typer.Option(20, min=3, help="Batches to time."),
    data: pathlib.Path = typer.Option(None, help="Folder of the data set, where the experiment needs one."),
    output: pathlib.Path = typer.Option(pathlib.Path("results/bench_feed.csv"), "--output", "-o"),
):
    """Time the feed alone against the training step alone: the feed must not keep the step waiting."""
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib import recipes
        from course_lib.commands import rehearsal
        from course_lib.training import feeding
    experiment = rehearsal.vary(recipes.find(name), folder=None if data is None else str(data))
    results.demand_room(output, COLUMNS)
    prepared = feeding.training_feed(experiment)
    rehearsed = rehearsal.rehearse(rehearsal.offline(experiment)[0])
    fed = _feed_seconds(prepared, batches)
    step = machine.median_seconds(rehearsed.play, repeats=batches, warmup=3)
    faster, pictures = step / (fed * rehearsed.batches), experiment.training.batch / fed
    line = rehearsal.machine_line(experiment)
    values = (name, round(fed, 5), round(step, 5), round(faster, 2), round(pictures, 1), line)
    results.append(output, dict(zip(COLUMNS, values, strict=True)))
    typer.echo(
        f"{line}\nfeed {fed * 1e3:.1f} ms a batch, {rehearsed.unit} {step * 1e3:.1f} ms: "
        f"the feed is {faster:.1f} times as fast as the {rehearsed.unit} needs. {output}"
    )


def _feed_seconds(prepared, batches):
    # Read through the same stream as training, so that its threads and queues count.
    reader = prepared.batches(0, batches + 2)
    next(reader)
    begun = time.perf_counter()
    for _ in range(batches):
        next(reader)
    return (time.perf_counter() - begun) / batches
