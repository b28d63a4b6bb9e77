"""What the verbs of `course bench` share: options, memory up to the first play, a process for each row."""

import contextlib
import pathlib
import signal
import subprocess
import sys
import typing

import typer

Repeats = typing.Annotated[int, typer.Option(min=1, help="Timed calls; their median counts.")]
Warmup = typing.Annotated[
    int, typer.Option(min=0, help="Calls before the clock starts, after the one that compiles.")
]
Table = typing.Annotated[pathlib.Path, typer.Option("--output", "-o", help="CSV to which rows are added.")]

_NO_MEMORY = ("out of memory", "resource_exhausted", "resourceexhausted", "oom when", "bad_alloc")


def with_peak(build):
    """Build and play once; the first play is where JAX and a processor show their highest mark.

    Args:
        build: function () -> rehearsal.Rehearsal.

    Returns:
        (Rehearsal, int or "", str): what has been played, the most bytes held from building to the end of
        that play, and what was counted, or why nothing could be.
    """
    from course_lib.backend import machine

    played = []

    def first():
        rehearsed = build()
        machine.synchronise(rehearsed.play())
        played.append(rehearsed)

    try:
        peak = machine.peak_bytes(first)
        whose = "resident memory of the process" if machine.devices() == ["CPU"] else "count of the allocator"
        peak_is = f"from building to the end of the first {played[0].unit}; {whose}"
    except RuntimeError as error:
        peak, peak_is = "", f"not measured: {error}"
        if not played:
            first()  # where the play itself has failed, this says how
    return played[0], peak, peak_is


def peak_in_words(row):
    """Write the peak of a row as a reader wants it.

    Args:
        row: dict with "peak_bytes" and "peak_is".

    Returns:
        str such as "peak memory 1.20 GB (from building to ...)".
    """
    peak = f"{row['peak_bytes'] / 1e9:.2f} GB" if row["peak_bytes"] != "" else "unknown"
    return f"peak memory {peak} ({row['peak_is']})"


def apart(verb, options, name, flags=()):
    """Call `course bench VERB NAME` in a process of its own, which finds no memory that another left behind.

    Args:
        verb: "step" or "speed".
        options: dict from option to value; None leaves one out.
        name: the experiment.
        flags: options without a value.

    Returns:
        str, why no row was added; "" where one was. Reasons that could be said stand on the screen already.
    """
    given = [f"--{option}={value}" for option, value in options.items() if value is not None]
    command = [sys.executable, "-m", "course_lib", "bench", verb, *given, *flags, name]
    code = subprocess.run(command).returncode
    if code >= 0:
        return "the reason stands above" if code else ""
    # A system without memory kills; a library that gets none of it aborts.
    likely = ", most likely because memory ran out" if -code in (signal.SIGKILL, signal.SIGABRT) else ""
    return f"ended by signal {-code} ({signal.strsignal(-code)}){likely}"


@contextlib.contextmanager
def memory_named(what):
    """Turn every engine's way to say that memory ran out into one sentence.

    Args:
        what: what was tried, for the message.

    Yields:
        None.

    Raises:
        RuntimeError: memory ran out.
    """
    try:
        yield
    except Exception as error:
        said = f"{type(error).__name__} {error}".lower()
        if isinstance(error, MemoryError) or any(words in said for words in _NO_MEMORY):
            raise RuntimeError(f"{what} does not fit into the memory that is free here.") from error
        raise
