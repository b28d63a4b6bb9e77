import json

import numpy as np
import pytest

from course_lib.coursework import storage
from course_lib.coursework.ledger import calibration, predict, score
from course_lib.figures.described import Described


@pytest.fixture(autouse=True)
def own_file(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_LEDGER", str(tmp_path / "folder" / "ledger.json"))
    storage._memory.clear()
    storage._told.clear()
    return tmp_path / "folder" / "ledger.json"


def said(capsys):
    return capsys.readouterr().out.strip()


def test_a_guess_is_held_against_the_measurement(capsys, own_file):
    predict("11.half_shift", 24, unit="dB")
    assert said(capsys) == "Noted for 11.half_shift: 24 dB. Now run the next cell."
    score("11.half_shift", 26.3)
    assert said(capsys) == "You said 24 dB; measured 26.3 dB: 2.3 dB apart."
    written = json.loads(own_file.read_text())
    assert written["entries"] == {"11.half_shift": {"guess": 24.0, "unit": "dB", "measured": 26.3}}


@pytest.mark.parametrize(
    ("guess", "measured", "words"),
    [
        ((20, 25), 26.3, "You said 20 to 25 dB; measured 26.3 dB: outside by 1.3 dB."),
        ((20, 25), 18, "You said 20 to 25 dB; measured 18 dB: outside by 2 dB."),
        ([26, 27], 26.3, "You said 26 to 27 dB; measured 26.3 dB: inside your range."),
        (26.3, np.float32(26.3), "You said 26.3 dB; measured 26.3 dB: exactly."),
        (np.float64(30), np.array(30.5), "You said 30 dB; measured 30.5 dB: 0.5 dB apart."),
    ],
)
def test_ranges_and_numpy_numbers_are_scored(capsys, guess, measured, words):
    predict("a", guess, unit="dB")
    said(capsys)
    score("a", measured)
    assert said(capsys) == words


def test_a_measurement_without_a_guess_prints_the_way_out(capsys):
    score("12.frames", 3.0)
    text = said(capsys)
    assert "Measured 3" in text and 'predict("12.frames", ...)' in text


def test_no_guess_yet_is_not_written(capsys, own_file):
    predict("a", None)
    assert said(capsys).startswith("Nothing yet")
    assert not own_file.exists()


def test_a_guess_may_change_before_the_measurement_but_not_after(capsys):
    predict("a", 1)
    predict("a", 2)
    score("a", 5)
    said(capsys)
    predict("a", 5)
    assert said(capsys) == "You have seen the answer already, 5: your first guess, 2, stays."
    score("a", 5)
    assert said(capsys) == "You said 2; measured 5: 3 apart."


def test_running_a_notebook_twice_prints_the_same(capsys):
    texts = []
    for _ in range(2):
        predict("a", 1, unit="s")
        score("a", 2)
        texts.append(said(capsys))
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{", "cut short"),
        ("[]", "no object"),
        ('{"version": 1, "entries": {"a": 3}}', "no entry"),
        ('{"version": 1, "entries": {"a": {"guess": "x", "unit": "", "measured": null}}}', "no number"),
        ('{"version": 1, "entries": {"a": {"guess": NaN, "unit": "", "measured": null}}}', "NaN"),
        ('{"version": 2, "entries": {}}', "another version"),
        ("[" * 100_000, "nested too deep"),
        ("\x00\x01", "bytes"),
    ],
)
def test_a_damaged_file_is_kept_aside_and_a_new_one_begun(capsys, own_file, text, kind):
    own_file.parent.mkdir()
    own_file.write_text(text)
    predict("b", 4)
    assert "ledger.json.damaged" in capsys.readouterr().out
    assert own_file.with_name("ledger.json.damaged").read_text() == text
    assert list(json.loads(own_file.read_text())["entries"]) == ["b"]


def test_bytes_that_are_no_text_are_damage_too(capsys, own_file):
    own_file.parent.mkdir()
    own_file.write_bytes(b"\xff\xfe\x00")
    predict("b", 4)
    assert own_file.with_name("ledger.json.damaged").read_bytes() == b"\xff\xfe\x00"


def test_where_the_folder_refuses_one_line_is_printed_and_memory_goes_on(capsys, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("COURSE_LEDGER", str(tmp_path / "file" / "ledger.json"))
    predict("a", 1)
    predict("b", 2)
    score("a", 3)
    text = said(capsys)
    assert text.count("going on in memory") == 1
    assert "You said 1; measured 3: 2 apart." in text
    assert (tmp_path / "file").read_text() == "no folder"


def test_a_write_that_fails_leaves_the_old_file_whole(capsys, monkeypatch, own_file):
    predict("a", 1)
    before = own_file.read_bytes()

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "replace", full_disk)
    predict("b", 2)
    assert "No space left" in capsys.readouterr().out
    assert own_file.read_bytes() == before
    assert [entry.name for entry in own_file.parent.iterdir()] == ["ledger.json"]
    score("b", 3)
    assert "You said 2; measured 3" in said(capsys)


def test_the_file_lies_where_the_system_keeps_such_things(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_LEDGER")
    monkeypatch.setattr(storage.sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert storage.place() == tmp_path / "course_lib" / "ledger.json"


def test_calibration_shows_every_scored_guess_in_words_and_picture(capsys):
    predict("11.a", 24, unit="dB")
    predict("11.b", (1, 3), unit="pixels")
    predict("21.c", 7)
    predict("12.open", 7)
    for name, measured in (("11.a", 26), ("11.b", 2), ("21.c", 8)):
        score(name, measured)
    chapter = calibration(1)
    assert isinstance(chapter, Described)
    assert "11.a: said 24 dB, measured 26 dB" in chapter.alt
    assert "11.b: said 1 to 3 pixels, measured 2 pixels" in chapter.alt
    assert "21.c" not in chapter.alt and "12.open" not in chapter.alt
    assert "21.c" in calibration().alt


def test_calibration_of_nothing_is_a_line_of_text(capsys):
    assert calibration(1) is None
    assert "in chapter 1 yet" in said(capsys)


@pytest.mark.parametrize("guess", ["24 dB", True, 3 + 1j, {"low": 1}, np.ones(3)])
def test_a_guess_that_is_no_number_is_refused(guess):
    with pytest.raises(TypeError, match="without quotes or a unit"):
        predict("a", guess)


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        ((3, 2), "from low to high"),
        ((1, 2, 3), "3 numbers"),
        (float("nan"), "finite"),
        ((0, float("inf")), "finite"),
    ],
)
def test_a_guess_that_cannot_be_scored_is_refused(guess, words):
    with pytest.raises(ValueError, match=words):
        predict("a", guess)


def test_a_measurement_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="finite measured"):
        score("a", float("nan"))
