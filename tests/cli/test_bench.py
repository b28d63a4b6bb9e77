"""`course bench`: what a row says, that no data is needed, and what is refused before anything is timed."""

import csv
import dataclasses
import subprocess

import keras
import pytest

from course_lib import recipes
from course_lib.backend import applications, machine
from course_lib.commands import rehearsal
from course_lib.training import duelling, supervised

STEP = ("--repeats", "1", "--warmup", "0")


@pytest.fixture
def table(tmp_path):
    return tmp_path / "new" / "bench.csv"


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def refuse(*arguments, **options):
    raise AssertionError("something was begun before everything was checked")


@pytest.fixture
def stub(monkeypatch):
    """A rehearsal that costs nothing, of three batches a round; gives the list of its plays."""
    plays = []
    picture = keras.Input((None, None, 3))
    network = keras.Model(picture, keras.layers.Conv2D(3, 1, name="only")(picture))
    built = rehearsal.Rehearsal(
        play=lambda: plays.append(len(plays)), unit="round", batches=3, generator=network, critic=None
    )
    monkeypatch.setattr(rehearsal, "rehearse", lambda experiment: built)
    return plays


def test_a_round_of_a_duel_is_one_row_and_moves_both_players(course, table, monkeypatch):
    duels, build = [], duelling.build_duel

    def watched(experiment):
        duel = build(experiment)
        duels.append((duel, [player.get_weights()[0] for player in (duel.generator, duel.critic)]))
        return duel

    monkeypatch.setattr(duelling, "build_duel", watched)
    code, printed, said = course("bench", "step", "deblurgan_smoke", *STEP, "--patch", "16", "-o", table)
    assert code == 0, said
    (row,) = rows(table)
    # Counted by hand: kernels and biases of seven convolutions at width 4, and of the critic's four.
    assert row["generator_parameters"] == "8739" and row["critic_parameters"] == "6825"
    assert (row["unit"], row["batch"], row["height"], row["width"]) == ("round", "2", "16", "16")
    assert row["critic_steps"] == "2" and row["precision"] == "float32"
    assert float(row["seconds"]) * float(row["images_per_second"]) == pytest.approx(2, rel=1e-2)
    assert int(row["peak_bytes"]) >= 0 and row["peak_is"].startswith("from building to the end of the first")
    assert row["features"].startswith("random features (block3_conv3")
    assert row["machine"] == machine.describe()
    assert "16 x 16" in printed and "images per second" in printed and str(table) in printed
    ((duel, before),) = duels
    after = [player.get_weights()[0] for player in (duel.generator, duel.critic)]
    assert all((old != new).any() for old, new in zip(before, after, strict=True))


def test_a_step_in_bfloat16_says_so_and_builds_layers_of_it(course, table, monkeypatch):
    built = []
    build = supervised.build_network
    monkeypatch.setattr(supervised, "build_network", lambda e: built.append(build(e)) or built[-1])
    asked = ("--precision", "mixed_bfloat16", "--batch", "3", "--patch", "16")
    code, _, said = course("bench", "step", "baseline_deblur_smoke", *STEP, *asked, "-o", table)
    assert code == 0, said
    (row,) = rows(table)
    assert (row["unit"], row["batch"], row["height"]) == ("step", "3", "16")
    assert row["precision"] == "mixed_bfloat16" and row["machine"].endswith("precision mixed_bfloat16")
    assert row["critic_parameters"] == "0" and row["features"] == "none"
    assert {layer.compute_dtype for layer in built[0].layers if layer.weights} == {"bfloat16"}


def test_a_map_of_labels_has_the_channels_of_the_network():
    experiment = rehearsal.vary(recipes.find("pix2pixhd_smoke"), batch=2)
    rehearsed = rehearsal.rehearse(experiment)
    given, true = rehearsal.random_batch(experiment, rehearsed.generator, rehearsed.critic)
    assert given.shape == (2, 32, 64, 11) and true.shape == (2, 32, 64, 3)  # ten classes and the edges
    assert given.dtype == true.dtype == "float32"
    assert rehearsed.unit == "round" and rehearsed.batches == 1


def test_a_published_recipe_can_be_timed_without_data_and_without_imagenet(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    published = recipes.find("deblurgan_gopro")
    here, features = rehearsal.offline(published)
    assert published.rules.content.weights == "imagenet"
    assert here.rules.content == dataclasses.replace(published.rules.content, weights="random")
    assert here.rules.content.width == 64
    assert features.startswith("random features") and "not on this machine" in features


def test_imagenet_weights_that_are_here_are_used(monkeypatch):
    monkeypatch.setattr(applications, "at_hand", lambda architecture: architecture == "VGG19")
    published = recipes.find("pix2pixhd_cityscapes")
    here, features = rehearsal.offline(published)
    assert here == published and "ImageNet weights of keras.applications" in features


def test_features_that_do_not_count_are_not_named():
    experiment = recipes.find("deblurgan_course")
    assert experiment.rules.content_weight == 0
    assert rehearsal.offline(experiment) == (experiment, "none")


@pytest.mark.one_engine
def test_a_round_with_fresh_batches_draws_one_for_each_update_of_the_critic():
    fresh = rehearsal.vary(recipes.find("deblurgan_smoke"), fresh=True, critic_steps=3, patch=16)
    assert rehearsal.rehearse(fresh).batches == 3


@pytest.mark.one_engine
def test_images_per_second_are_all_that_a_feed_must_deliver(course, table, stub, monkeypatch):
    monkeypatch.setattr(machine, "median_seconds", lambda fn, *args, **options: 0.5)
    assert course("bench", "step", "deblurgan_smoke", "-o", table)[0] == 0
    # Three batches of two in half a second.
    assert float(rows(table)[0]["images_per_second"]) == 12


@pytest.mark.one_engine
@pytest.mark.parametrize("after", [False, True], ids=["before the step", "after the step"])
def test_where_memory_cannot_be_measured_the_row_says_so_and_no_step_is_lost_or_doubled(
    course, table, stub, monkeypatch, after
):
    def peak_bytes(fn):
        if after:
            fn()
        raise RuntimeError("no count to be had")

    monkeypatch.setattr(machine, "peak_bytes", peak_bytes)
    asked = ("--repeats", "3", "--warmup", "2")
    code, printed, said = course("bench", "step", "deblurgan_smoke", *asked, "-o", table)
    assert code == 0, said
    (row,) = rows(table)
    assert row["peak_bytes"] == "" and row["peak_is"] == "not measured: no count to be had"
    assert "peak memory unknown" in printed
    assert len(stub) == 1 + 2 + 3


@pytest.mark.one_engine
def test_a_step_that_fails_is_no_missing_count(course, table, stub, monkeypatch):
    def fail():
        raise RuntimeError("out of memory")

    broken = dataclasses.replace(rehearsal.rehearse(None), play=fail)
    monkeypatch.setattr(rehearsal, "rehearse", lambda experiment: broken)
    code, _, said = course("bench", "step", "deblurgan_smoke", "-o", table)
    assert code == 2 and "out of memory" in said and table.read_text() == ""


@pytest.mark.one_engine
def test_several_experiments_are_timed_each_in_a_process_of_its_own(course, table, monkeypatch):
    commands = []

    def run(command):
        commands.append(command)
        return subprocess.CompletedProcess(command, returncode=int(command[-1] == "pix2pixhd_smoke"))

    monkeypatch.setattr(subprocess, "run", run)
    names = ("baseline_deblur_smoke", "pix2pixhd_smoke", "deblurgan_smoke")
    code, _, said = course("bench", "step", *names, "--precision", "float32", *STEP, "-o", table)
    assert [command[-1] for command in commands] == list(names)
    assert all(f"--output={table}" in command and "--repeats=1" in command for command in commands)
    assert all("--precision=float32" in command for command in commands)
    assert not any("batch" in word for command in commands for word in command)
    assert code == 2 and "pix2pixhd_smoke could not be timed" in said and "deblurgan_smoke" not in said


@pytest.mark.one_engine
@pytest.mark.parametrize(
    "arguments, words",
    [
        (["deblurgan_smok"], ["no recipe is called 'deblurgan_smok'", "deblurgan_smoke"]),
        (["deblurgan_smoke", "deblurgan_smok"], ["no recipe is called 'deblurgan_smok'"]),
        (["deblurgan_smoke", "--batch", "0"], ["DuelRecipe", "batch", "0"]),
        (["baseline_deblur_smoke", "--patch", "-3"], ["TrainingRecipe", "patch", "-3"]),
        (["deblurgan_smoke", "--precision", "float16"], ["float16", "mixed_bfloat16"]),
        (["deblurgan_smoke", "--patch", "30"], ["divisible by 4", "30 x 30"]),
        (["pix2pixhd_smoke", "--patch", "4"], ["at least 8 x 8", "4 x 8"]),
        (["deblurgan_smoke", "--repeats", "0"], ["--repeats", "greater than or equal to 1"]),
        ([], ["NAME"]),
    ],
)
def test_what_cannot_be_timed_is_refused_in_one_sentence_and_leaves_no_row(
    course, table, monkeypatch, arguments, words
):
    monkeypatch.setattr(subprocess, "run", refuse)
    monkeypatch.setattr(machine, "median_seconds", refuse)
    code, _, said = course("bench", "step", *arguments, "-o", table)
    assert code == 2
    for word in words:
        assert word in said
    assert "Traceback" not in said and "in user code" not in said
    assert not table.exists() or table.read_text() == ""


@pytest.mark.one_engine
def test_a_table_of_other_columns_is_refused_before_anything_is_timed(course, table, monkeypatch):
    monkeypatch.setattr(rehearsal, "rehearse", refuse)
    table.parent.mkdir()
    table.write_text("experiment,seconds\nmine,1\n")
    for what in ("step", "forward", "feed"):
        code, _, said = course("bench", what, "deblurgan_smoke", "-o", table)
        assert code == 2 and "other columns: experiment, seconds" in said and "--output" in said
    assert table.read_text() == "experiment,seconds\nmine,1\n"


@pytest.mark.one_engine
def test_a_folder_is_no_table(course, tmp_path, monkeypatch):
    monkeypatch.setattr(rehearsal, "rehearse", refuse)
    code, _, said = course("bench", "step", "deblurgan_smoke", "-o", tmp_path)
    assert code == 2 and str(tmp_path) in said


def test_rows_are_added_under_one_header(course, table):
    for name in ("deblurgan_smoke", "pix2pixhd_smoke"):
        assert course("bench", "forward", name, *STEP[:2], "-o", table)[0] == 0
    assert [row["experiment"] for row in rows(table)] == ["deblurgan_smoke", "pix2pixhd_smoke"]
    assert table.read_text().count("multiply_adds") == 1


def test_an_answer_costs_what_the_layers_multiply(course, table):
    size = ("--height", "24", "--width", "40", "--batch", "2")
    names = ("deblurgan_smoke", "deblurgan_l1")
    code, printed, said = course("bench", "forward", *names, *size, *STEP[:2], "-o", table)
    assert code == 0, said
    small, large = rows(table)
    # By hand, for a pixel of the picture at width w: 294 w in first and last layer; 4.5 w w in each of
    # two layers down and two up, those counted at their input; 18 w w in each block.
    assert int(small["multiply_adds_per_image"]) == 24 * 40 * (294 * 4 + 18 * 16 + 18 * 16)
    assert int(large["multiply_adds_per_image"]) == 24 * 40 * (294 * 16 + 18 * 256 + 6 * 18 * 256)
    assert small["parameters"] == "8739"
    assert (small["batch"], small["height"], small["width"]) == ("2", "24", "40")
    assert float(small["seconds"]) * float(small["images_per_second"]) == pytest.approx(2, rel=1e-2)
    assert large["precision"] == "mixed_bfloat16" and large["machine"].endswith("precision mixed_bfloat16")
    assert "multiply-adds an image" in printed


@pytest.mark.one_engine
@pytest.mark.parametrize(
    "size, words",
    [
        (["--height", "32"], ["--height and --width"]),
        (["--height", "30", "--width", "32"], ["divisible by 4", "30 x 32"]),
        (["--height", "0", "--width", "32"], ["height", "0"]),
        (["--batch", "0"], ["batch", "0"]),
    ],
)
def test_a_size_that_no_picture_has_is_refused_in_one_sentence(course, table, size, words):
    code, _, said = course("bench", "forward", "deblurgan_smoke", *size, "-o", table)
    assert code == 2
    for word in words:
        assert word in said
    assert "Exception encountered" not in said and len(said) < 300
    assert not table.exists() or table.read_text() == ""


@pytest.mark.one_engine
def test_the_feed_of_a_duel_is_held_against_its_round(course, table):
    code, printed, said = course("bench", "feed", "deblurgan_smoke", "--batches", "3", "-o", table)
    assert code == 0, said
    (row,) = rows(table)
    share = float(row["step_seconds"]) / float(row["feed_seconds_per_batch"])
    assert float(row["feed_is_faster_by"]) == pytest.approx(share, rel=0.05)
    assert "as the round needs" in printed


@pytest.mark.one_engine
def test_the_feed_of_a_data_set_needs_its_folder(course, table, tmp_path):
    code, _, said = course("bench", "feed", "deblurgan_gopro", "-o", table)
    assert code == 2 and "--data" in said
    code, _, said = course("bench", "feed", "deblurgan_gopro", "--data", tmp_path / "none", "-o", table)
    assert code == 2 and "GOPRO_Large" in said
