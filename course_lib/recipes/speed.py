"""What `course bench speed` measured of the published networks, and how two of them compare."""

import csv
import importlib.resources
import pathlib

_WHOLE = (
    "batch",
    "height",
    "width",
    "tile",
    "parameters",
    "multiply_adds_per_picture",
    "repeats",
    "peak_bytes",
)
_ALIKE = ("machine", "precision", "batch", "height", "width")


def rows(path=None):
    """Read a table of `course bench speed`.

    Args:
        path: path of a CSV file, such as results/bench_speed.csv of your own machine; None for the table that
            ships with the course.

    Returns:
        list of dict, one a measurement, with the names of the columns as keys. Numbers are int, seconds
        float; None where there is no number, such as the tile of a network without tiles.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a file without the columns of `course bench speed`, or text where a number is due.
    """
    shipped = importlib.resources.files("course_lib.pretrained") / "speed.csv"
    found = shipped if path is None else pathlib.Path(path)
    try:
        return [_typed(row) for row in csv.DictReader(found.read_text().splitlines())]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"speed.rows() reads tables of `course bench speed`; {found.name} is none: {error!r}."
        ) from None


def ratios(slow, fast, table=None):
    """Compare two networks wherever both were measured alike: machine, precision, batch and size.

    Args:
        slow: str, name of the experiment to be compared with.
        fast: str, name of the other one.
        table: list of dict as `rows` gives it; None for what ships with the course.

    Returns:
        list of dict with "machine", "precision", "batch", "height", "width", "seconds" and "multiply_adds":
        how many times as many of them `slow` needs as `fast`. In the order of the table. Of several
        measurements of one network the last counts.

    Raises:
        ValueError: the two were nowhere measured alike.
    """
    table = rows() if table is None else table
    ours, theirs = ({_conditions(r): r for r in table if r["experiment"] == name} for name in (fast, slow))
    shared = [conditions for conditions in theirs if conditions in ours]
    if not shared:
        known = ", ".join(dict.fromkeys(row["experiment"] for row in table))
        raise ValueError(
            f"ratios() finds no size at which both {slow} and {fast} were timed; known: {known}."
        )
    return [
        dict(zip(_ALIKE, conditions, strict=True))
        | {
            "seconds": theirs[conditions]["seconds_per_picture"] / ours[conditions]["seconds_per_picture"],
            "multiply_adds": theirs[conditions]["multiply_adds_per_picture"]
            / ours[conditions]["multiply_adds_per_picture"],
        }
        for conditions in shared
    ]


def _conditions(row):
    return tuple(row[name] for name in _ALIKE)


def _typed(row):
    numbers = {name: int(row[name]) if row[name] != "" else None for name in _WHOLE}
    return {**row, **numbers, "seconds_per_picture": float(row["seconds_per_picture"])}
