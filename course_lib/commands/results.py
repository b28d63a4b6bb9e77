"""Measurements as CSV: one row each, always the same columns in one file."""

import csv


def demand_room(path, columns):
    """Demand, before anything is measured, that rows of these columns can be added to a file.

    Args:
        path: pathlib.Path of a CSV file, there or not.
        columns: names of the columns in their order.

    Raises:
        ValueError: the file has other columns.
        OSError: the file or its folder cannot be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", newline="") as file:
        file.seek(0)
        found = next(csv.reader(file), None)
    if found is not None and found != list(columns):
        raise ValueError(
            f"{path} has other columns: {', '.join(found)}. Move it away, or choose another --output."
        )


def append(path, row):
    """Add one row, with the names of the columns above the first.

    Args:
        path: pathlib.Path that `demand_room` has seen.
        row: dict from column to value.
    """
    with open(path, "a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if not path.stat().st_size:
            writer.writeheader()
        writer.writerow(row)
