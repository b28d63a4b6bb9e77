"""Notebooks become pages, and the site asks no other host for anything."""

import base64
import importlib.util
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import griffe
import pytest

from course_lib.publishing import site
from course_lib.publishing.dialect import translate
from course_lib.publishing.links import relink
from course_lib.publishing.pages import render

PROJECT = Path(__file__).resolve().parents[2]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
PLACE = "notebooks/1_blur_model/11_blur.ipynb"
CONFIG = f"""
site_name: Tiny
use_directory_urls: false
theme: {{ name: material, font: false }}
extra: {{ generator: false, polyfills: [shim.js] }}
plugins: [search, offline]
markdown_extensions: [attr_list, md_in_html, sane_lists, tables, pymdownx.superfences, pymdownx.highlight,
  {{ pymdownx.arithmatex: {{ generic: true }} }}]
hooks: ["{PROJECT.as_posix()}/course_lib/publishing/mkdocs_hook.py"]
validation: {{ links: {{ not_found: warn, anchors: warn }} }}
nav: [Start: index.md, Lessons: LESSONS]
"""


def prose(source, **more):
    return {"cell_type": "markdown", "id": "t", "metadata": {}, "source": source, **more}


def code(source, *outputs, tags=(), name="c"):
    cell = {"cell_type": "code", "id": name, "metadata": {"tags": list(tags)}, "source": source}
    return {**cell, "outputs": list(outputs), "execution_count": 1}


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def shown(data, metadata=None):
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def notebook(*cells):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


class Loads(HTMLParser):
    """Collects the addresses that a browser loads by itself, and the text of scripts inside the page."""

    def __init__(self):
        super().__init__()
        self.addresses, self.scripts, self.inside = [], [], False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.inside = tag == "script"
        if tag in ("script", "img", "iframe", "source", "video", "audio", "embed", "object", "use", "input"):
            self.addresses += [attributes[name] for name in ("src", "srcset", "data") if attributes.get(name)]
        if tag == "link":
            self.addresses.append(attributes["href"])

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, text):
        if self.inside:
            self.scripts.append(text)


def outside(html):
    """List what a page would ask of other hosts."""
    page = Loads()
    page.feed(html)
    found = [address for address in page.addresses if re.match(r"(https?:)?//", address.strip())]
    return found + [text for text in page.scripts if re.search(r"https?://|[\"']//", text)]


@pytest.fixture
def tiny(tmp_path):
    """A project of one page and two notebooks."""
    chapter = tmp_path / "notebooks" / "1_blur_model"
    chapter.mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    (tmp_path / "docs" / "shim.js").write_text("")
    (tmp_path / "docs" / "index.md").write_text("# Start\n\n<!-- lessons -->\n")
    first = notebook(
        prose("# One photograph\n\nGo to [blur](1_blur_model/11_blur.ipynb#By-hand:-the-loop)."),
        code("print(1)", stream("one & <two>\n")),
    )
    second = notebook(
        prose("# 11 Blur\n\nFrom [00](../00_start.ipynb). Here $S_i * K_j$."),
        prose("## By hand: the loop"),
        code(
            "figure",
            shown({"image/png": PIXEL, "text/plain": "x"}, {"image/png": {"alt": 'A "grey" dot'}}),
            name="dot",
        ),
        code("slider", shown({"text/html": "<div>\n\n<script>\nlet x = 1 < 2 && '*a*';\n\n</script></div>"})),
    )
    (tmp_path / "notebooks" / "00_start.ipynb").write_text(json.dumps(first))
    (chapter / "11_blur.ipynb").write_text(json.dumps(second))
    return tmp_path


def test_a_tiny_project_becomes_a_site_of_plain_files(tiny):
    index = site.build(tiny / "out", project=tiny)
    assert index == (tiny / "out" / "index.html").resolve()
    start = index.read_text(encoding="utf-8")
    assert '<a href="notebooks/00_start.html">00 · One photograph</a>' in start
    assert '<a href="notebooks/1_blur_model/11_blur.html">11 · Blur</a>' in start
    assert start.index("00 · One photograph") < start.index("1 · Blur model") < start.index("11 · Blur<")
    first = (tiny / "out/notebooks/00_start.html").read_text(encoding="utf-8")
    assert 'href="1_blur_model/11_blur.html#by-hand-the-loop"' in first
    assert "<pre>one &amp; &lt;two&gt;</pre>" in first
    second = (tiny / "out/notebooks/1_blur_model/11_blur.html").read_text(encoding="utf-8")
    assert 'id="by-hand-the-loop"' in second
    assert 'href="../00_start.html"' in second
    assert r'<span class="arithmatex">\(S_i * K_j\)</span>' in second
    assert '<img src="11_blur/dot-0.png" alt="A &quot;grey&quot; dot"' in second
    assert "<div>\n\n<script>\nlet x = 1 < 2 && '*a*';\n\n</script></div>" in second
    assert re.search(r'<a class="nb-download" download="11_blur.ipynb" href="11_blur.ipynb">', second)
    assert (tiny / "out/notebooks/1_blur_model/11_blur/dot-0.png").read_bytes() == base64.b64decode(PIXEL)
    source = (tiny / "notebooks/1_blur_model/11_blur.ipynb").read_bytes()
    assert (tiny / "out/notebooks/1_blur_model/11_blur.ipynb").read_bytes() == source


def test_links_that_lead_nowhere_stop_the_build_and_keep_the_old_site(tiny):
    site.build(tiny / "out", project=tiny)
    before = (tiny / "out/index.html").read_bytes()
    nowhere = "[x](12_missing.ipynb) [y](../00_start.ipynb#no-such-heading) ![z](no.png)"
    path = tiny / PLACE
    path.write_text(json.dumps(notebook(prose(f"# 11 Blur\n\n## By hand: the loop\n\n{nowhere}"))))
    with pytest.raises(RuntimeError, match="stopped by mkdocs") as e:
        site.build(tiny / "out", project=tiny)
    assert all(f"{name}'" in str(e.value) for name in ("12_missing.md", "no-such-heading", "no.png"))
    assert (tiny / "out/index.html").read_bytes() == before
    assert not list(tiny.glob(".site-*"))


def test_a_folder_that_is_no_site_is_never_replaced(tiny):
    (tiny / "precious").mkdir()
    (tiny / "precious" / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="precious holds something that is no site"):
        site.build(tiny / "precious", project=tiny)
    with pytest.raises(FileExistsError, match="is a file"):
        site.build(tiny / "precious" / "thesis.txt", project=tiny)
    assert (tiny / "precious" / "thesis.txt").read_text() == "years of work"


def test_missing_tools_are_named_with_the_command_that_installs_them(tiny, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "material" else real(name))
    with pytest.raises(ModuleNotFoundError, match=r"mkdocs-material; .* pip install -e '\.\[docs\]'"):
        site.build(tiny / "out", project=tiny)


def test_a_place_without_the_course_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"mkdocs\.yml"):
        site.build(tmp_path / "out", project=tmp_path)


def test_the_whole_site_builds_strictly_and_asks_no_other_host(tmp_path):
    index = site.build(tmp_path / "site", project=PROJECT)
    pages = sorted(index.parent.rglob("*.html"))
    assert {
        path.relative_to(index.parent).as_posix(): outside(path.read_text("utf-8")) for path in pages
    } == {path.relative_to(index.parent).as_posix(): [] for path in pages}
    built = {path.relative_to(index.parent).as_posix() for path in pages}
    rooms = {
        path.parent.name for path in (PROJECT / "course_lib").glob("*/*.py") if path.name != "__init__.py"
    }
    assert {f"rooms/{room}.html" for room in rooms} <= built
    lessons = [
        path.relative_to(PROJECT).with_suffix(".html")
        for path in (PROJECT / "notebooks").rglob("[0-9]*.ipynb")
    ]
    assert {path.as_posix() for path in lessons if ".ipynb_checkpoints" not in path.parts} <= built
    assert "def unit_image" in re.sub("<[^>]+>", "", (index.parent / "rooms/ground.html").read_text("utf-8"))
    styles = [path.read_text("utf-8") for path in index.parent.rglob("*.css")]
    assert not any(re.search(r"(url\(|@import)[\"' ]*(https?:)?//", style) for style in styles)


def test_the_search_for_outside_hosts_finds_them():
    assert outside('<script src="https://cdn.example/x"></script>') == ["https://cdn.example/x"]
    assert outside("<img src=//cdn.example/x.png>") == ["//cdn.example/x.png"]
    assert outside('<link rel="stylesheet" href="https://fonts.example/css">') != []
    assert outside("<script>import('https://esm.example/x')</script>") != []
    assert outside('<a href="https://arxiv.org">a paper</a><img src="x.png">') == []


def test_tags_hide_the_code_or_the_output_of_a_cell():
    page = render(
        notebook(
            code("only_output", stream("seen"), tags=["site-only"]),
            code("only_code", stream("unseen"), tags=["site-hide-output"]),
        ),
        PLACE,
    )
    assert "only_output" not in page.markdown and "only_code" in page.markdown
    assert ["seen" in html and "unseen" not in html for html in page.outputs.values()] == [True]


def test_a_control_becomes_a_note_that_the_notebook_must_run():
    view = {
        "application/vnd.jupyter.widget-view+json": {"model_id": ""},
        "text/plain": "interactive(children=(...))",
    }
    (html,) = render(notebook(code("explore(f)", shown(view))), PLACE).outputs.values()
    assert "run this notebook" in html and "interactive(" not in html


def test_code_with_fences_inside_stays_one_block():
    page = render(notebook(code('text = """\n```python\n"""\nlast = 1')), PLACE)
    assert '````python\ntext = """\n```python\n"""\nlast = 1\n````' in page.markdown


def test_a_pasted_picture_becomes_a_file():
    pasted = prose("# T\n\n![a dot](attachment:dot.png)", attachments={"dot.png": {"image/png": PIXEL}})
    page = render(notebook(pasted), PLACE)
    assert page.pictures == {"notebooks/1_blur_model/11_blur/0-dot.png": base64.b64decode(PIXEL)}
    assert "![a dot](11_blur/0-dot.png)" in page.markdown


@pytest.mark.parametrize(
    "written, placed",
    [
        ("[x](12_kernels.ipynb)", "[x](12_kernels.md)"),
        ("[x](../00_start.ipynb#The-Idea)", "[x](../00_start.md#the-idea)"),
        ("[x](#By-hand:-the-loop)", "[x](#by-hand-the-loop)"),
        ("[x](../../docs/researchers.md)", "[x](../../researchers.md)"),
        (
            "[x](../../course_lib/degradation/blur.py)",
            "[x](../../rooms/degradation.md#course_lib.degradation.blur)",
        ),
        ("[x](../../course_lib/degradation/)", "[x](../../rooms/degradation.md)"),
        ("[x](../../course_lib/baseline.py)", "[x](../../rooms/ground.md#course_lib.baseline)"),
        ('<a href="12_kernels.ipynb">x</a>', '<a href="12_kernels.md">x</a>'),
        ("![a street](street.png)", "![a street](street.png)"),
        ("[x](https://arxiv.org/a.ipynb)", "[x](https://arxiv.org/a.ipynb)"),
        ("[x](../../README.md)", "[x](../../README.md)"),
    ],
)
def test_links_of_the_repository_lead_to_pages_of_the_site(written, placed):
    assert relink(written, PLACE) == placed


@pytest.mark.parametrize(
    "written, placed",
    [
        ("text\n- a\n  - b\n    - c\n- d", "text\n\n- a\n    - b\n        - c\n- d"),
        ("text\n1) a\n2) b", "text\n\n1. a\n2. b"),
        ("in\n1999. A year", "in\n1999. A year"),
        ("text\n| a |\n|---|\n| 1 |", "text\n\n| a |\n|---|\n| 1 |"),
        ("so $$x$$ is", "so \n\n$$x$$\n\n is"),
        ("$$\nx\n$$", "$$\nx\n$$"),
        ("```\ntext\n- a\n$$x$$ b\n```", "```\ntext\n- a\n$$x$$ b\n```"),
        ("- a\n\n  ```\n  x\n  ```\n- b", "- a\n\n    ```\n    x\n    ```\n\n- b"),
        ("> text\n> - a", "> text\n>\n> - a"),
        ("<details>\n<summary>S</summary>", '<details markdown="1">\n<summary>S</summary>'),
        ("a\n\n---\n\n- b", "a\n\n---\n\n- b"),
    ],
)
def test_markdown_of_jupyterlab_is_rewritten_for_the_site(written, placed):
    assert translate(written) == placed
    assert translate(placed) == placed


def test_the_comment_beside_a_setting_becomes_its_description(tmp_path):
    (tmp_path / "recipes.py").write_text(
        "from dataclasses import dataclass\n\n\n@dataclass(frozen=True, kw_only=True)\nclass Recipe:\n"
        "    width: int = 48  # channels of every feature map\n    depth: int = 8\n"
    )
    extensions = griffe.load_extensions("course_lib.publishing.recipe_cards.RecipeCards")
    module = griffe.load("recipes", search_paths=[tmp_path], extensions=extensions)
    words = module["Recipe"].docstring.value
    assert "width: channels of every feature map" in words
    assert "depth" not in words


def test_a_room_without_a_page_stops_the_build(tiny):
    shutil.copytree(PROJECT / "course_lib" / "publishing", tiny / "course_lib" / "publishing")
    with pytest.raises(RuntimeError, match=r"course_lib/publishing has no page"):
        site.build(tiny / "out", project=tiny)
