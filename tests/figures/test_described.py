import base64
import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from course_lib.figures import described, style

WORDS = "A grey square of four pixels, for a test."


@pytest.fixture
def figure():
    return described.from_pixels(np.full((2, 2, 3), 128, "uint8"), WORDS)


def test_a_notebook_gets_the_png_with_its_words_as_alt_text(figure):
    data, metadata = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]) == figure.png
    assert data["text/plain"] == WORDS
    assert metadata == {"image/png": {"alt": WORDS}}


def test_the_saved_file_carries_the_words_and_the_same_pixels(figure, tmp_path):
    path = figure.save(tmp_path / "square.png")
    with Image.open(path) as picture:
        assert picture.text["Description"] == WORDS
        assert np.array_equal(np.asarray(picture.convert("RGB")), np.full((2, 2, 3), 128))
    assert [entry.name for entry in tmp_path.iterdir()] == ["square.png"]


def test_words_beyond_latin_letters_survive_the_file(tmp_path):
    words = "Schätzung Ŝ gegen σ, in Dezibel."
    described.from_pixels(np.zeros((1, 1, 3), "uint8"), words).save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.text["Description"] == words


def test_a_failed_save_leaves_the_old_file_and_no_part(figure, tmp_path, monkeypatch):
    figure.save(tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()

    def full_disk(*_):
        raise OSError("no space left")

    monkeypatch.setattr(described.os, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        figure.save(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


def test_a_missing_folder_is_named_with_the_way_out(figure, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.*mkdir"):
        figure.save(tmp_path / "nowhere" / "a.png")


def test_a_name_that_is_no_png_is_refused(figure, tmp_path):
    with pytest.raises(ValueError, match="a.jpg"):
        figure.save(tmp_path / "a.jpg")


@pytest.mark.parametrize("alt", ["", "   ", "a picture", "a             b"])
def test_a_figure_without_a_description_is_refused(alt):
    with pytest.raises(ValueError, match="at least 15 characters"):
        described.from_pixels(np.zeros((1, 1, 3), "uint8"), alt)


def test_words_of_another_type_are_refused():
    with pytest.raises(TypeError, match="NoneType"):
        described.from_pixels(np.zeros((1, 1, 3), "uint8"), None)


def test_bytes_that_are_no_png_are_refused():
    with pytest.raises(TypeError, match="PNG"):
        described.Described(b"GIF89a", WORDS)


def test_any_matplotlib_figure_can_be_described():
    with style.look():
        page = style.page(60, 40)
        page.set_facecolor("#ff0000")
        result = described.from_figure(page, WORDS)
    pixels = np.asarray(Image.open(io.BytesIO(result.png)).convert("RGB"))
    assert pixels.shape == (40, 60, 3)
    assert (pixels == (255, 0, 0)).all()
    assert (result.width, result.height) == (60, 40)


def test_drawing_leaves_the_readers_own_settings_alone():
    import matplotlib

    matplotlib.rcParams["font.size"] = 17
    with style.look():
        assert matplotlib.rcParams["font.size"] != 17
    assert matplotlib.rcParams["font.size"] == 17
    matplotlib.rcdefaults()


def test_importing_the_room_loads_no_matplotlib_and_no_engine():
    rooms = "described, sheets, curves, spectra, diagrams, source, interactive, agreement"
    heavy = "{'matplotlib', 'IPython', 'ipywidgets', 'pygments', 'PIL', 'keras', 'tensorflow', 'jax'}"
    code = f"from course_lib.figures import {rooms}; import sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
