import base64
import html.parser
import io
import re

import numpy as np
import pytest
from PIL import Image

from course_lib.figures import interactive

ALT = "A square that gets brighter."


def frames(count, side=16):
    return [np.full((side, side, 3), i / 12, "float32") for i in range(count)]


def labels(count):
    return [f"step {i}" for i in range(count)]


class Tags(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.seen = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.setdefault(tag, dict(attrs))


def test_the_page_holds_every_frame_and_shows_the_first():
    page = interactive.frames_slider(frames(5), labels(5), ALT).html
    found = re.findall(r'"data:image/png;base64,([^"]+)"', page)  # the first stands in the img
    values = [np.asarray(Image.open(io.BytesIO(base64.b64decode(f))).convert("RGB"))[0, 0, 0] for f in found]
    assert values == [0, 21, 42, 64, 85]


def test_slider_and_picture_can_be_read_aloud():
    tags = Tags(interactive.frames_slider(frames(3), labels(3), ALT).html).seen
    assert tags["img"]["alt"] == f"{ALT} step 0"
    assert tags["input"]["aria-label"] == ALT
    assert tags["input"]["aria-valuetext"] == "step 0"
    assert tags["input"]["max"] == "2"


def test_nothing_comes_from_another_host():
    page = interactive.frames_slider(frames(3), labels(3), ALT).html
    assert "http" not in page


def test_labels_cannot_break_out_of_the_page():
    page = interactive.frames_slider(frames(2), ["</script><b>", 'a"b'], ALT).html
    assert page.count("</script>") == 1
    assert "<b>" not in page


def test_equal_frames_give_an_equal_page_and_other_frames_another_id():
    made = [interactive.frames_slider(frames(3), labels(3), ALT).html for _ in range(2)]
    other = interactive.frames_slider(frames(4), labels(4), ALT).html
    assert made[0] == made[1]
    assert re.search(r"frames-[0-9a-f]{8}", made[0])[0] != re.search(r"frames-[0-9a-f]{8}", other)[0]


def test_where_html_is_not_shown_the_words_are():
    slider = interactive.frames_slider(frames(2), labels(2), ALT)
    assert slider._repr_mimebundle_()["text/plain"] == ALT


@pytest.mark.parametrize("count", [1, 13])
def test_too_few_or_too_many_frames_are_refused(count):
    with pytest.raises(ValueError, match="2 to 12 frames"):
        interactive.frames_slider([np.zeros((4, 4), "float32")] * count, labels(count), ALT)


def test_frames_larger_than_256_pixels_are_refused():
    with pytest.raises(ValueError, match="at most 256"):
        interactive.frames_slider([np.zeros((257, 4), "float32")] * 2, labels(2), ALT)


def test_frames_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="one size"):
        interactive.frames_slider([np.zeros((4, 4), "float32"), np.zeros((4, 5), "float32")], labels(2), ALT)


def test_frames_too_heavy_for_a_notebook_are_refused():
    rng = np.random.default_rng(0)
    noise = [rng.random((256, 256, 3)).astype("float32") for _ in range(12)]
    with pytest.raises(ValueError, match="400 kB"):
        interactive.frames_slider(noise, labels(12), ALT)


def test_explore_calls_the_function_with_the_sliders_values_once_they_are_let_go():
    seen = []
    widget = interactive.explore(
        lambda sigma, side: seen.append((sigma, side)), sigma=(0.0, 2.0), side=[3, 5]
    )
    widget.update()
    slider, menu = widget.children[:2]
    assert seen[-1] == (slider.value, menu.value) == (1.0, 3)
    assert slider.continuous_update is False


@pytest.mark.parametrize("controls", [{}, {"sgima": (0, 1)}])
def test_controls_that_the_function_does_not_have_are_refused(controls):
    def show(sigma):
        return sigma

    with pytest.raises(ValueError, match=r"show\(sigma\)"):
        interactive.explore(show, **controls)


def test_explore_of_no_function_is_refused():
    with pytest.raises(TypeError, match="function"):
        interactive.explore(3, sigma=(0, 1))
