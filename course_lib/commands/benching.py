"""`course bench`: seconds and bytes, measured here, written as CSV with machine and versions."""

import typer

from course_lib.commands import bench_feed, bench_speed, bench_step

app = typer.Typer(help="Measure speed on this machine.", no_args_is_help=True)
app.command("feed")(bench_feed.feed)
app.command("step")(bench_step.step)
app.command("speed")(bench_speed.speed)
