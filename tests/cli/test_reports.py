"""What `list`, `evaluate` and `restore` say of networks that paint pictures from labels, and of duels."""

import json

import pytest

from course_lib import recipes
from course_lib.commands import reporting, training
from course_lib.data import images, photographs
from course_lib.recipes import pretrained
from course_lib.training import runs, supervised

pytestmark = pytest.mark.one_engine

REALISM = {
    "distance": "Frechet distance",
    "features": "some statistics",
    "windows": 128,
    "side": 96,
    "biased": False,
    "frechet": {"flat": 9.5, "network": 3.25},
}
LABELS = {
    "gain_db": None,
    "pairs": 64,
    "split": "test",
    "pictures": [f"street{i}" for i in range(10)],
    "protocol": "whole pictures",
    "mean": {"psnr_network": 12.5, "piqe_network": 40.0},
    "realism": REALISM,
}


def test_a_restorer_is_listed_with_its_gain():
    card = {"gain_db": 0.976, "pairs": 15, "split": "test"}
    assert reporting.headline(card) == "+0.98 dB on 15 held-out test pairs"


def test_a_painter_is_listed_with_its_distance_and_the_windows_it_was_measured_on():
    said = reporting.headline(LABELS)
    for words in ("from labels", "Frechet distance", "some statistics", "3.25", "128 windows of 96 x 96"):
        assert words in said
    assert "64 held-out test pairs" in said and "biased" not in said
    assert "flat colours 9.5" in said
    alone = {**LABELS, "realism": {**REALISM, "frechet": {"network": 3.25}}}
    assert "flat" not in reporting.headline(alone)


def test_too_few_windows_are_admitted():
    few = {**LABELS, "realism": {**REALISM, "biased": True}}
    assert "biased upward" in reporting.headline(few)
    assert any("biased upward" in line for line in reporting.lines(few))


def test_a_report_names_the_first_pictures_and_counts_the_others():
    first = next(reporting.lines(LABELS))
    assert "street7 and 2 more" in first and "street8" not in first


def test_a_report_of_a_painter_has_no_gain_and_says_why():
    said = "\n".join(reporting.lines(LABELS))
    assert "no gain" in said and "+0" not in said
    assert "12.5000 dB" in said and "40.0000\n" in said


def test_a_report_of_a_restorer_compares_every_way_with_true_pictures():
    realism = {**REALISM, "frechet": {"blurred": 5.0, "network": 2.5}}
    said = list(reporting.lines({**LABELS, "gain_db": -0.5, "realism": realism}))
    ways = [line.split() for line in said if line.startswith("    ")]
    assert ways == [["blurred", "5.0000"], ["network", "2.5000"]]
    assert "-0.50 dB" in said[-1]


def test_cards_without_a_distance_can_still_be_read():
    card = {key: value for key, value in LABELS.items() if key != "realism"}
    assert not any("Frechet" in line for line in reporting.lines({**card, "gain_db": 1.0}))


def test_the_list_is_aligned_on_the_longest_name(course, monkeypatch):
    monkeypatch.setattr(pretrained, "names", lambda: ["pix2pixhd_of_a_rather_long_name_indeed"])
    monkeypatch.setattr(pretrained, "card", lambda name: LABELS)
    code, printed, _ = course("list")
    assert code == 0
    column = len("pix2pixhd_of_a_rather_long_name_indeed") + 2
    lines = printed.splitlines()
    for name in recipes.names():
        (line,) = [line for line in lines if line.split(" ")[0] == name]
        assert line[len(name) : column].isspace()
        assert line[column:] == recipes.find(name).expect
    assert lines[-1][column:].startswith("pictures from labels")


@pytest.fixture(scope="module")
def painter(tmp_path_factory):
    """A run of a label-to-picture network that has learned nothing yet."""
    folder = tmp_path_factory.mktemp("runs") / "painter"
    experiment = recipes.find("pix2pixhd_smoke")
    runs.save_weights(supervised.build_network(experiment), _begun(folder, experiment))
    return folder


def _begun(folder, experiment):
    return runs.Run.create(folder, experiment).folder / "final.weights.h5"


def test_a_painter_is_scored_without_a_gain_and_with_its_realism(course, painter):
    code, printed, said = course("evaluate", painter, "--split", "validation")
    assert code == 0, said
    card = json.loads((painter / "card.json").read_text())
    assert card["gain_db"] is None and "blurred" not in card["realism"]["frechet"]
    assert card["realism"]["distance"] in printed and card["realism"]["features"] in printed
    # Each of four scenes of 32 x 64 holds two windows of its height.
    assert "8 windows of 32 x 32" in printed and "biased upward" in printed
    assert f"{card['realism']['frechet']['network']:.4f}" in printed
    assert "no gain" in printed and "card.json" in printed


def test_restoring_a_photograph_with_a_painter_is_refused(course, painter, tmp_path):
    images.write(tmp_path / "in.png", photographs.load("chelsea")[:48, :64].copy())
    code, _, said = course("restore", tmp_path / "in.png", "-o", tmp_path / "out.png", "--weights", painter)
    assert code == 2
    for words in (str(painter), "label maps of 11 channels", "course list"):
        assert words in said
    assert not (tmp_path / "out.png").exists()


def test_a_duel_keeps_no_best_weights_and_says_so(painter):
    with pytest.raises(FileNotFoundError, match="duel.*--weights final"):
        training.load_run(painter, "best")


def test_an_unfinished_run_is_finished_with_the_command_it_names(tmp_path):
    _begun(tmp_path / "begun", recipes.find("deblurgan_smoke"))
    with pytest.raises(FileNotFoundError, match="course train deblurgan_smoke -o .*begun --resume"):
        training.load_run(tmp_path / "begun")


def test_damaged_weights_of_a_duel_can_be_written_again(tmp_path):
    _begun(tmp_path / "duel", recipes.find("deblurgan_smoke")).write_bytes(b"nothing")
    with pytest.raises(ValueError, match="damaged.*course train deblurgan_smoke .*--resume") as caught:
        training.load_run(tmp_path / "duel")
    assert "--weights best" not in str(caught.value)
