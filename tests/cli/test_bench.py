"""`course bench`: what a row says, that no data is needed, and what is refused before anything is timed."""

import csv
import dataclasses
import subprocess
import sys

import keras
import pytest
from PIL import Image

from course_lib import recipes
from course_lib.__main__ import main
from course_lib.backend import applications, machine
from course_lib.commands import rehearsal
from course_lib.pixelwise.asapnet import ASAPNetRecipe, asapnet
from course_lib.pixelwise.hypernet import HypernetRecipe
from course_lib.training import duelling, supervised

STEP = ("--repeats", "1", "--warmup", "0")


@pytest.fixture
def table(tmp_path):
    return tmp_path / "new" / "bench.csv"


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def text_of(plot):
    with Image.open(plot) as picture:
        return " ".join(picture.text.values())


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
    assert code == 2 and "could not be timed: pix2pixhd_smoke, the reason stands above" in said
    assert "deblurgan_smoke" not in said


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
    for what in ("step", "speed", "feed"):
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
        assert course("bench", "speed", name, "--height", "32", *STEP, "-o", table)[0] == 0
    assert [row["experiment"] for row in rows(table)] == ["deblurgan_smoke", "pix2pixhd_smoke"]
    assert table.read_text().count("multiply_adds") == 1


@pytest.mark.parametrize("name, width, blocks", [("deblurgan_smoke", 4, 1), ("deblurgan_l1", 16, 6)])
def test_an_answer_costs_what_the_layers_multiply(course, table, name, width, blocks):
    asked = ("--height", "24", "--aspect", "3", "--batch", "2", "--precision", "mixed_bfloat16")
    code, printed, said = course("bench", "speed", name, *asked, *STEP, "-o", table)
    assert code == 0, said
    (row,) = rows(table)
    # By hand, for a pixel of the picture at width w: 294 w in first and last layer; 4.5 w w in each of
    # two layers down and two up, those counted at their input; 18 w w in each block.
    by_hand = 24 * 72 * (294 * width + 18 * width**2 + 18 * width**2 * blocks)
    assert int(row["multiply_adds_per_picture"]) == by_hand
    assert (row["batch"], row["height"], row["width"], row["tile"]) == ("2", "24", "72", "")
    assert row["precision"] == "mixed_bfloat16" and row["machine"].endswith("precision mixed_bfloat16")
    assert row["peak_is"].startswith("from building to the end of the first answer")
    assert int(row["peak_bytes"]) >= 0 and row["repeats"] == "1"
    assert f"{name} at 24 x 72" in printed and "peak memory" in printed


@pytest.fixture
def at_once(monkeypatch):
    """Instead of a new process for each measurement, call the command here; gives the calls."""
    calls = []

    def run(command):
        calls.append(command[1:])
        with monkeypatch.context() as inside:
            inside.setattr(sys, "argv", ["course", *command[3:]])
            try:
                main()
            except SystemExit as stop:
                return subprocess.CompletedProcess(command, stop.code or 0)

    monkeypatch.setattr(subprocess, "run", run)
    return calls


@pytest.fixture
def answers(monkeypatch):
    """Networks of one layer; `answers[name, height]` is the seconds one takes for its batch, or its error."""
    taken, playing = {}, []

    def rehearse_answer(experiment, height, width, pad=False):
        picture = keras.Input((None, None, 3))
        network = keras.Model(picture, keras.layers.Conv2D(3, 1, name="only")(picture))
        playing.append(taken[experiment.name, height])

        def play():
            if isinstance(playing[-1], Exception):
                raise playing[-1]

        return rehearsal.Rehearsal(play=play, unit="answer", batches=1, generator=network, critic=None)

    monkeypatch.setattr(rehearsal, "rehearse_answer", rehearse_answer)
    monkeypatch.setattr(machine, "median_seconds", lambda play, **options: playing[-1])
    return taken


PAIR = ("pix2pixhd_smoke", "deblurgan_smoke")
SIZES = ("--height", "64", "--height", "32")


@pytest.mark.one_engine
def test_each_network_at_each_size_is_a_process_and_a_row_of_its_own(course, table, at_once, answers):
    answers |= {(PAIR[0], 32): 0.8, (PAIR[1], 32): 0.2, (PAIR[0], 64): 6.0, (PAIR[1], 64): 2.4}
    code, printed, said = course("bench", "speed", *PAIR, PAIR[0], *SIZES, "--batch", "2", "-o", table)
    assert code == 0, said
    assert [(call[:4], call[-1]) for call in at_once] == [
        (["-m", "course_lib", "bench", "speed"], name) for name in (*PAIR, *PAIR)
    ]
    assert all({"--batch=2", f"--output={table}", "--precision=float32"} <= set(call) for call in at_once)
    found = [(row["experiment"], row["height"], row["width"]) for row in rows(table)]
    assert found == [
        (name, height, width) for height, width in (("32", "64"), ("64", "128")) for name in PAIR
    ]
    assert [float(row["seconds_per_picture"]) for row in rows(table)] == [0.4, 0.1, 3.0, 1.2]
    assert "4.00 times as fast as pix2pixhd_smoke" in printed.split("64 x 128, engine")[0]
    assert "2.50 times as fast as pix2pixhd_smoke" in printed.split("64 x 128, engine")[1]
    assert machine.describe() in printed


@pytest.mark.one_engine
def test_every_slower_network_is_what_a_faster_one_is_compared_with(course, table, at_once, answers):
    answers |= {(PAIR[0], 32): 0.9, (PAIR[1], 32): 0.3, ("baseline_deblur_smoke", 32): 0.6}
    names = (*PAIR, "baseline_deblur_smoke")
    code, printed, said = course("bench", "speed", *names, "--height", "32", "-o", table)
    assert code == 0, said
    fastest = "3.00 times as fast as pix2pixhd_smoke, 2.00 times as fast as baseline_deblur_smoke"
    assert fastest in printed.splitlines()[-1] and "deblurgan_smoke" in printed.splitlines()[-1]
    assert not table.with_suffix(".png").exists()  # one size makes no line


@pytest.mark.one_engine
def test_the_plot_says_in_words_what_it_shows_of_this_run(course, table, at_once, answers):
    answers |= {(PAIR[0], 32): 0.4, (PAIR[1], 32): 0.1, (PAIR[0], 64): 3.0, (PAIR[1], 64): 1.2}
    assert course("bench", "speed", PAIR[0], "--height", "32", "-o", table)[0] == 0
    answers[PAIR[0], 32] = 0.5
    code, printed, said = course("bench", "speed", *PAIR, *SIZES, "-o", table)
    assert code == 0, said
    plot = table.with_suffix(".png")
    assert str(plot) in printed
    words = text_of(plot)
    assert "pix2pixhd_smoke takes 0.5 s at 32 x 64, 3 s at 64 x 128" in words and "0.4 s" not in words
    assert "deblurgan_smoke takes 0.1 s at 32 x 64, 1.2 s at 64 x 128" in words


@pytest.mark.one_engine
@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes."),
        type("ResourceExhaustedError", (Exception,), {})("failed to allocate"),
    ],
    ids=["python", "jax", "tensorflow"],
)
def test_a_size_that_memory_cannot_hold_costs_no_other_row(course, table, at_once, answers, error):
    answers |= {(PAIR[0], 32): 0.4, (PAIR[1], 32): 0.1, (PAIR[0], 64): error, (PAIR[1], 64): 1.2}
    code, printed, said = course("bench", "speed", *PAIR, *SIZES, "-o", table)
    assert code == 2
    assert "pix2pixhd_smoke at 64 x 128 does not fit into the memory" in said
    assert "could not be timed: pix2pixhd_smoke at 64 x 128, the reason stands above" in said
    assert [row["height"] for row in rows(table)] == ["32", "32", "64"]
    assert "4.00 times as fast" in printed
    assert "not timed: pix2pixhd_smoke at 64 x 128" in text_of(table.with_suffix(".png"))
    assert "Traceback" not in said


@pytest.mark.one_engine
def test_an_error_that_is_not_about_memory_keeps_its_words(course, table, answers):
    answers[PAIR[0], 32] = RuntimeError("the device is gone")
    code, _, said = course("bench", "speed", PAIR[0], "--height", "32", "-o", table)
    assert code == 2 and "the device is gone" in said and "memory" not in said


@pytest.mark.one_engine
def test_a_process_that_is_killed_is_named_with_its_size(course, table, tmp_path, monkeypatch):
    killed = tmp_path / "python"
    killed.write_text('#!/bin/sh\ncase "$*" in *height=64*pix2pixhd*) kill -9 $$;; esac\n')
    killed.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(killed))
    code, _, said = course("bench", "speed", *PAIR, *SIZES, "-o", table)
    assert code == 2
    assert "pix2pixhd_smoke at 64 x 128, ended by signal 9 (Killed), most likely because memory" in said
    assert "deblurgan_smoke" not in said and "32 x 64" not in said


def test_where_there_are_tiles_a_height_gets_16_rows_of_them(course, table, monkeypatch):
    tiny = HypernetRecipe(width=4, halvings=1, widest=8, blocks=0)
    tiled = dataclasses.replace(
        recipes.find("pix2pixhd_smoke"),
        name="tiled",
        build=asapnet,
        network=ASAPNetRecipe(channels=3, tile=8, width=4, depth=2, hypernet=tiny),
    )
    find = recipes.find
    monkeypatch.setattr(recipes, "find", lambda name: tiled if name == "tiled" else find(name))
    for height in ("32", "64"):
        code, printed, said = course("bench", "speed", "tiled", "--height", height, *STEP, "-o", table)
        assert code == 0, said
        assert f"tile {int(height) // 16}:" in printed
    small, large = rows(table)
    assert (small["tile"], large["tile"]) == ("2", "4")
    assert course("bench", "speed", "tiled", "--height", "32", "--keep-tile", *STEP, "-o", table)[0] == 0
    assert rows(table)[-1]["tile"] == "8"
    # Twice the side has four codes more, each with 4 weights in the tile, each of those 8 weights and a bias.
    assert int(large["parameters"]) - int(small["parameters"]) == 4 * 4 * (8 + 1)


@pytest.mark.one_engine
def test_unless_told_otherwise_five_networks_are_compared_at_three_sizes(course, table, monkeypatch):
    calls = []
    monkeypatch.setattr(
        subprocess, "run", lambda command: calls.append(command) or subprocess.CompletedProcess(command, 2)
    )
    assert course("bench", "speed", "-o", table)[0] == 2
    five = [
        "asapnet_cityscapes_1024",
        "pix2pixhd_cityscapes",
        "deblurgan_gopro",
        "deblurgan_cityscapes",
        "hybrid_cityscapes",
    ]
    assert [call[-1] for call in calls] == five * 3
    heights = [word for call in calls for word in call if word.startswith("--height")]
    assert heights == [f"--height={height}" for height in (256, 512, 1024) for _ in five]
    for name in (five[0], five[4]):
        assert "tile" in recipes.find(name).to_plain()["network"]


@pytest.mark.one_engine
@pytest.mark.parametrize(
    "arguments, words",
    [
        (["deblurgan_smok"], ["no recipe is called 'deblurgan_smok'", "deblurgan_smoke"]),
        ([*PAIR, "deblurgan_smok"], ["no recipe is called 'deblurgan_smok'"]),
        (["deblurgan_smoke", "--height", "30"], ["divisible by 4", "30 x 60"]),
        (["deblurgan_smoke", "--height", "0"], ["--height", "greater than or equal to 1"]),
        (["deblurgan_smoke", "--height", "32", "--aspect", "0"], ["--aspect", "greater than or equal to 1"]),
        (["deblurgan_smoke", "--batch", "0"], ["batch", "received 0"]),
        (["deblurgan_smoke", "--repeats", "0"], ["--repeats", "greater than or equal to 1"]),
        (["deblurgan_smoke", "--precision", "float16"], ["float16", "mixed_bfloat16"]),
        ([*PAIR, "asapnet_cityscapes", "--height", "384"], ["asapnet_cityscapes has no tile for 384 x 768"]),
        (["asapnet_cityscapes", "--height", "128"], ["asapnet_cityscapes has no tile for 128 x 256"]),
        (recipes.names()[:8], ["at most 7 networks", "received 8"]),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence_and_leaves_no_row(
    course, table, monkeypatch, arguments, words
):
    monkeypatch.setattr(subprocess, "run", refuse)
    monkeypatch.setattr(machine, "median_seconds", refuse)
    code, _, said = course("bench", "speed", *arguments, "-o", table)
    assert code == 2
    for word in words:
        assert word in said
    assert "Exception encountered" not in said and "Traceback" not in said and len(said) < 400
    assert not table.exists() or table.read_text() == ""


@pytest.mark.one_engine
def test_a_table_needs_a_place_and_its_plot_another(course, tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", refuse)
    (tmp_path / "file").write_text("")
    (tmp_path / "taken.png").mkdir()
    for output, words in {
        tmp_path: str(tmp_path),
        tmp_path / "file" / "new.csv": "file",
        tmp_path / "new.png": "ending .png",
        tmp_path / "taken.csv": "taken.png",
    }.items():
        code, _, said = course("bench", "speed", *PAIR, *SIZES, "-o", output)
        assert code == 2 and words in said and "Traceback" not in said


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
