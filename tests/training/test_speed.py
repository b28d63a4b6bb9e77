"""The table of `course bench speed`: read as numbers, and two networks compared only where measured alike."""

import pytest

from course_lib import recipes
from course_lib.commands import bench_speed
from course_lib.recipes import speed

HEAD = ",".join(bench_speed.COLUMNS)
MACHINE = "engine x 1 · device CPU"


def line(name, height, seconds, products, machine=MACHINE, tile=""):
    return (
        f"{name},float32,1,{height},{2 * height},{tile},7,{products},{seconds},5,,not measured: why,{machine}"
    )


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "bench.csv"
    lines = [
        line("small", 256, 0.5, 100, tile=16),
        line("large", 256, 1.0, 300),
        line("large", 512, 6.0, 1200),
        line("small", 512, 2.0, 200, tile=32),
        line("large", 512, 0.06, 1200, machine="engine x 1 · device GPU"),
    ]
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    return path


def test_numbers_are_read_as_numbers_and_gaps_as_none(table):
    first, second = speed.rows(table)[:2]
    assert (first["experiment"], first["height"], first["width"], first["tile"]) == ("small", 256, 512, 16)
    assert first["seconds_per_picture"] == 0.5 and first["multiply_adds_per_picture"] == 100
    assert second["tile"] is None and second["peak_bytes"] is None


def test_networks_are_compared_at_the_same_size_on_the_same_machine(table):
    found = speed.ratios("large", "small", speed.rows(table))
    assert [(r["machine"], r["height"], r["seconds"], r["multiply_adds"]) for r in found] == [
        (MACHINE, 256, 2.0, 3.0),
        (MACHINE, 512, 3.0, 6.0),
    ]


def test_of_two_measurements_the_last_counts(table):
    with open(table, "a") as file:
        file.write(line("small", 512, 1.5, 200, tile=32) + "\n")
    assert speed.ratios("large", "small", speed.rows(table))[1]["seconds"] == 4.0


def test_networks_that_never_met_are_refused_with_the_names_that_are_there(table):
    with pytest.raises(
        ValueError, match="no size at which both large and tiny were timed; known: small, large"
    ):
        speed.ratios("large", "tiny", speed.rows(table))


@pytest.mark.parametrize("text", ["a,b\n1,2\n", f"{HEAD}\n{line('small', 'high', 1.0, 3)}\n"])
def test_another_table_is_refused(tmp_path, text):
    path = tmp_path / "other.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match="other.csv is none"):
        speed.rows(path)


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.csv"):
        speed.rows(tmp_path / "nowhere.csv")


def test_the_shipped_table_holds_what_the_command_times_by_default():
    rows = speed.rows()
    assert set(bench_speed.COMPARED) <= {row["experiment"] for row in rows}
    assert {row["experiment"] for row in rows} <= set(recipes.names())
    assert all(row["seconds_per_picture"] > 0 and row["repeats"] >= 3 for row in rows)


def test_the_shipped_counts_are_those_of_the_paper_and_of_its_rival():
    at_512 = {row["experiment"]: row for row in speed.rows() if row["height"] == 512}
    ours, rival = at_512["asapnet_cityscapes_1024"], at_512["pix2pixhd_cityscapes"]
    assert (ours["parameters"], rival["parameters"]) == (83_463_811, 182_546_755)
    assert round(ours["multiply_adds_per_picture"] / 1e9, 1) == 55.4
    assert round(rival["multiply_adds_per_picture"] / 1e9, 1) == 489.3
