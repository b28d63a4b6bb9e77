"""What mkdocs is told on its way: notebooks are pages, and every room of the library is listed in full.

mkdocs calls the `on_...` functions; `mkdocs.yml` names this file. Marks in the pages are exchanged for lists
that cannot fall behind: `<!-- lessons -->` for all notebooks, `<!-- rooms -->` for all rooms, and
`<!-- files -->` for a room's files.
"""

import logging
import re
from pathlib import Path

from mkdocs.structure.files import File

from course_lib.publishing import notebooks, pages, stored
from course_lib.publishing.links import relink

LESSONS = "LESSONS"  # the word in the navigation of mkdocs.yml that stands for all notebooks
FIGURES = (".png", ".jpg", ".jpeg", ".svg", ".gif")

log = logging.getLogger("mkdocs.hooks.course")
rendered = {}  # path of a page from the top of the site -> course_lib.publishing.pages.Page


def on_config(config):
    """Put the notebooks into the navigation, in teaching order.

    Args:
        config: mkdocs.config.defaults.MkDocsConfig.

    Returns:
        The same config.
    """
    root = _root(config)
    rendered.clear()
    for path in _notebooks(root):
        place = path.relative_to(root).as_posix()
        rendered[place.removesuffix(".ipynb") + ".md"] = pages.render(stored.read(path), place)
    lessons = _navigation()
    config.nav = [
        {label: lessons if entry == LESSONS else entry}
        for part in config.nav or []
        for label, entry in part.items()
        if entry != LESSONS or lessons
    ]
    return config


def on_files(files, config):
    """Add the notebooks' pages, their pictures, and the notebooks themselves to download.

    Args:
        files: mkdocs.structure.files.Files.
        config: mkdocs.config.defaults.MkDocsConfig.

    Returns:
        The same files.
    """
    root = _root(config)
    for place, page in rendered.items():
        files.append(File.generated(config, place, content=page.markdown))
        notebook = place.removesuffix(".md") + ".ipynb"
        files.append(File.generated(config, notebook, abs_src_path=str(root / notebook)))
        for name, content in page.pictures.items():
            files.append(File.generated(config, name, content=content))
    for path in sorted((root / "notebooks").rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix in FIGURES and "/." not in name:
            files.append(File.generated(config, name, abs_src_path=str(path)))
    for room in _rooms(root):
        if files.get_file_from_path(f"rooms/{room}.md") is None:
            log.warning("The room course_lib/%s has no page; write docs/rooms/%s.md.", room, room)
    return files


def on_page_markdown(markdown, page, config, files):
    """Fill the marks of a page that is not a notebook, and point its links at the site.

    Args:
        markdown: str, the page's text.
        page: mkdocs.structure.pages.Page.
        config: mkdocs.config.defaults.MkDocsConfig.
        files: mkdocs.structure.files.Files.

    Returns:
        str.
    """
    place = page.file.src_uri
    if place in rendered:
        return markdown
    markdown = markdown.replace("<!-- lessons -->", _lesson_list())
    if "<!-- rooms -->" in markdown:
        markdown = markdown.replace("<!-- rooms -->", _room_table(config))
    if "<!-- files -->" in markdown:
        markdown = markdown.replace("<!-- files -->", _file_list(_root(config), Path(place).stem, markdown))
    return relink(markdown, f"docs/{place}")


def on_page_content(html, page, config, files):
    """Put the notebooks' outputs where their markers stand, and tidy the lists of the library's pages.

    Args:
        html: str, the page as rendered so far.
        page: mkdocs.structure.pages.Page.
        config: mkdocs.config.defaults.MkDocsConfig.
        files: mkdocs.structure.files.Files.

    Returns:
        str.
    """
    notebook = rendered.get(page.file.src_uri)
    for marker, output in (notebook.outputs if notebook else {}).items():
        html = html.replace(marker, output)
    # A value without a type has no name to stand before the dash.
    return re.sub(r'(<li class="doc-section-item field-body">)\s*–\s*(?=<div)', r"\1", html)


def _root(config):
    return Path(config.config_file_path).parent


def _notebooks(root):
    return notebooks.find(root / "notebooks") if (root / "notebooks").is_dir() else []


def _rooms(root):
    library = root / "course_lib"
    return sorted({path.parent.name for path in library.glob("*/*.py") if path.name != "__init__.py"})


def _chapters():
    """Group the pages by folder: [(chapter or "", [(title, place)])]."""
    chapters = []
    for place, page in rendered.items():
        folder = Path(place).parent.name if Path(place).parent != Path("notebooks") else ""
        words = re.sub(r"^(\d+)_", r"\1 · ", folder).replace("_", " ")
        chapter = re.sub(r"· (\w)", lambda match: "· " + match.group(1).upper(), words)
        if not chapters or chapters[-1][0] != chapter:
            chapters.append((chapter, []))
        chapters[-1][1].append((page.title, place))
    return chapters


def _navigation():
    navigation = []
    for chapter, lessons in _chapters():
        entries = [{title: place} for title, place in lessons]
        navigation += [{chapter: entries}] if chapter else entries
    return navigation


def _lesson_list():
    lines = []
    for chapter, lessons in _chapters():
        # Links as docs/ has them: `relink` takes them to the pages.
        entries = [f"- [{title}](../{place.removesuffix('.md')}.ipynb)" for title, place in lessons]
        lines += [f"- **{chapter}**", ""] + ["    " + entry for entry in entries] if chapter else entries
    return "\n".join(lines)


def _room_table(config):
    places = re.findall(r"rooms/(?!index\.md)\w+\.md", str(config.nav))
    lines = ["| room | what it holds |", "| --- | --- |"]
    for place in places:
        text = (Path(config.docs_dir) / place).read_text(encoding="utf-8")
        words = [part.replace("\n", " ") for part in text.split("\n\n") if part.strip()]
        lines.append(f"| [{words[0].removeprefix('# ')}]({Path(place).name}) | {words[1]} |")
    return "\n".join(lines)


def _file_list(root, room, markdown):
    """List what the page does not name itself, in the order of the alphabet."""
    names = sorted(path.stem for path in (root / "course_lib" / room).glob("*.py") if path.stem != "__init__")
    blocks = [f"::: course_lib.{room}.{name}\n    options:\n      heading: {name}.py\n" for name in names]
    return "\n".join(block for block in blocks if block.split("\n")[0] + "\n" not in markdown)
