"""What a person types, what they get, and what they read when it cannot be done."""

import json

import numpy as np
import PIL.Image
import pytest

from course_lib import __version__, recipes
from course_lib.commands import restoring
from course_lib.data import images, photographs

pytestmark = pytest.mark.one_engine


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished smoke run."""
    from course_lib.training import supervised

    folder = tmp_path_factory.mktemp("runs") / "smoke"
    supervised.train(recipes.find("baseline_deblur_smoke"), folder, say=None)
    return folder


@pytest.fixture
def photograph(tmp_path):
    """A small piece of a photograph as a file, and its pixels."""
    piece = np.ascontiguousarray(photographs.load("chelsea")[100:145, 100:171])
    images.write(tmp_path / "in.png", piece)
    return tmp_path / "in.png"


def test_the_version_is_the_packages(course):
    assert course("--version")[1].strip() == __version__


def test_help_names_every_command(course):
    printed = course("--help")[1]
    for name in ("doctor", "list", "train", "evaluate", "restore", "bench", "notebooks", "site"):
        assert name in printed


def test_doctor_finds_everything_here(course):
    code, printed, _ = course("doctor")
    assert code == 0
    for word in ("python", "engine", "disk", "GB free", "jupyterlab"):
        assert word in printed


def test_doctor_gives_a_remedy_for_a_full_disk(course, monkeypatch):
    usage = type("Usage", (), {"free": 1e8})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    code, printed, _ = course("doctor")
    assert code == 1
    assert "FIX  disk" in printed and "Free 2 GB" in printed


def test_list_counts_parameters_exactly(course):
    code, printed, _ = course("list", "--parameters", "--json")
    counts = json.loads(printed)
    assert code == 0
    assert list(counts) == recipes.names()
    assert counts["baseline_deblur_course"] == 651372


def test_list_reads_well(course):
    printed = course("list")[1]
    assert "baseline_deblur_course" in printed and "half an hour" in printed and "held-out" in printed


def test_training_an_unknown_experiment_offers_neighbours(course):
    code, _, said = course("train", "baseline_deblr_smoke")
    assert code == 2
    assert "no recipe is called 'baseline_deblr_smoke'" in said and "baseline_deblur_smoke" in said


def test_resuming_what_was_never_begun_says_so(course, tmp_path):
    code, _, said = course("train", "baseline_deblur_smoke", "-o", tmp_path / "none", "--resume")
    assert code == 2 and "holds no run" in said


def test_resuming_with_another_experiment_is_refused(course, run):
    code, _, said = course("train", "baseline_denoise_course", "-o", run, "--resume")
    assert code == 2 and "belong to 'baseline_deblur_smoke'" in said


def test_training_onto_a_run_is_refused(course, run):
    code, _, said = course("train", "baseline_deblur_smoke", "-o", run)
    assert code == 2 and "--resume" in said


def test_odd_steps_are_refused_with_a_number_to_try(course, tmp_path):
    code, _, said = course("train", "baseline_deblur_smoke", "--steps", "25", "-o", tmp_path / "x")
    assert code == 2 and "Try 30" in said


def test_evaluating_a_run_writes_a_card_with_its_protocol(course, run):
    code, printed, _ = course("evaluate", run, "--split", "validation")
    card = json.loads((run / "card.json").read_text())
    assert code == 0
    assert card["split"] == "validation" and card["pictures"] == photographs.names("validation")
    assert "range 1.0" in card["protocol"] and card["engine"].startswith("engine")
    assert set(card["mean"]) >= {"psnr_blurred", "psnr_network", "psnr_wiener_true", "psnr_wiener_average"}
    rows = card["rows"]
    assert card["mean"]["psnr_network"] == pytest.approx(
        np.mean([row["psnr_network"] for row in rows]), abs=1e-3
    )
    assert len((run / "scores.csv").read_text().splitlines()) == len(rows) + 1
    assert "gain over the blurred input" in printed


def test_evaluating_a_folder_without_a_run_says_so(course, tmp_path):
    code, _, said = course("evaluate", tmp_path)
    assert code == 2 and "holds no run" in said


def test_damaged_weights_are_named_with_the_way_out(course, run, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    (copy / "final.weights.h5").write_bytes(b"not weights")
    code, _, said = course("evaluate", copy)
    assert code == 2 and "damaged" in said and "--weights best" in said


def test_restore_keeps_size_and_says_what_it_wrote(course, photograph, tmp_path):
    code, printed, _ = course("restore", photograph, "-o", tmp_path / "out.png")
    assert code == 0 and "71 x 45" in printed
    assert images.read(tmp_path / "out.png").pixels.shape == (45, 71, 3)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_restore_gives_a_network_of_gray_pictures_one_channel_after_the_other(
    course, tmp_path, monkeypatch, mode
):
    import keras

    gray = keras.Input((None, None, 1))
    darker = keras.Model(gray, keras.layers.Rescaling(0.5)(gray))
    monkeypatch.setattr(restoring, "_network", lambda weights: darker)
    stored = np.random.default_rng(0).integers(0, 128, (20, 30, 3)).astype("uint8") * 2
    PIL.Image.fromarray(stored if mode == "RGB" else stored[..., 0]).save(tmp_path / "in.png")
    assert course("restore", tmp_path / "in.png", "-o", tmp_path / "out.png")[0] == 0
    restored = np.asarray(PIL.Image.open(tmp_path / "out.png"))
    np.testing.assert_array_equal(restored, stored // 2 if mode == "RGB" else stored[..., 0] // 2)


def test_restore_takes_a_run_folder(course, photograph, run, tmp_path):
    code, printed, _ = course("restore", photograph, "-o", tmp_path / "out.png", "--weights", run)
    assert code == 0 and str(run) in printed


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "CMYK"])
def test_restore_handles_the_files_people_have(course, photograph, tmp_path, mode):
    source = PIL.Image.open(photograph)
    ending = "tif" if mode == "CMYK" else "png"
    source.convert(mode).save(tmp_path / f"odd.{ending}")
    code, printed, _ = course("restore", tmp_path / f"odd.{ending}", "-o", tmp_path / "out.png")
    assert code == 0
    written = PIL.Image.open(tmp_path / "out.png")
    assert written.size == source.size
    assert written.mode == {"L": "L", "LA": "LA", "RGBA": "RGBA", "P": "RGB", "CMYK": "RGB"}[mode]
    words = {"L": "gray", "LA": "transparency", "RGBA": "transparency", "P": "palette", "CMYK": "CMYK"}
    assert words[mode] in printed


def test_restore_keeps_sixteen_bits(course, photograph, tmp_path):
    deep = images.Picture(pixels=images.read(photograph).pixels, bits=16)
    images.write(tmp_path / "deep.png", deep)
    assert course("restore", tmp_path / "deep.png", "-o", tmp_path / "out.png")[0] == 0
    assert images.read(tmp_path / "out.png").bits == 16


@pytest.mark.parametrize(
    "content, word",
    [
        (b"hello", "not a picture"),
        (b"", "not a picture"),
        (b"version https://git-lfs.example/v1", "git lfs pull"),
    ],
)
def test_restore_names_a_file_that_is_no_picture(course, tmp_path, content, word):
    (tmp_path / "bad.png").write_bytes(content)
    code, _, said = course("restore", tmp_path / "bad.png", "-o", tmp_path / "out.png")
    assert code == 2 and "bad.png" in said and word in said
    assert not (tmp_path / "out.png").exists()


def test_restore_names_a_truncated_file(course, photograph, tmp_path):
    (tmp_path / "half.png").write_bytes(photograph.read_bytes()[:2000])
    code, _, said = course("restore", tmp_path / "half.png", "-o", tmp_path / "out.png")
    assert code == 2 and "half.png is truncated" in said


def test_restore_does_not_overwrite_unasked(course, photograph, tmp_path):
    code, _, said = course("restore", photograph, "-o", photograph)
    assert code == 2 and "--overwrite" in said


def test_restore_refuses_a_format_before_it_computes(course, photograph, tmp_path):
    code, _, said = course("restore", photograph, "-o", tmp_path / "out.gif")
    assert code == 2 and ".png" in said
    code, _, said = course("restore", photograph, "-o", tmp_path / "none" / "out.png")
    assert code == 2 and "no folder" in said


def test_restore_with_unknown_weights_offers_the_nearest(course, photograph, tmp_path):
    code, _, said = course("restore", photograph, "-o", tmp_path / "out.png", "--weights", "baseline_debulr")
    assert code == 2 and "baseline_deblur" in said


def test_bench_feed_writes_machine_and_numbers(course, tmp_path):
    code, printed, _ = course(
        "bench", "feed", "baseline_deblur_smoke", "--batches", "3", "-o", tmp_path / "feed.csv"
    )
    header, row = (tmp_path / "feed.csv").read_text().splitlines()
    assert code == 0 and "times as fast" in printed
    assert "feed_seconds_per_batch" in header and "engine" in row


def test_checking_notebooks_lists_what_is_wrong(course, tmp_path):
    bad = {
        "cells": [
            {
                "cell_type": "code",
                "id": "a",
                "metadata": {},
                "source": "1",
                "outputs": [],
                "execution_count": None,
            }
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (tmp_path / "bad.ipynb").write_text(json.dumps(bad))
    code, _, said = course("notebooks", "check", tmp_path / "bad.ipynb")
    assert code == 2 and "bad.ipynb" in said
