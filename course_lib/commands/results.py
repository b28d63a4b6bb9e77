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


def read(path):
    """Read all rows of a table.

    Args:
        path: pathlib.Path of a CSV file with the names of the columns above the first row, or an empty one.

    Returns:
        list of dict from column to str.
    """
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def demand_all(reasons):
    """Say at the end which rows are missing, so that a failure costs no other row.

    Args:
        reasons: dict from what was to be measured to why it has no row, "" where it has one.

    Raises:
        RuntimeError: something has no row.
    """
    failed = [f"{what}, {reason}" for what, reason in reasons.items() if reason]
    if failed:
        raise RuntimeError(f"could not be timed: {'; '.join(failed)}. All other rows are there.")
