"""One notebook as one page: Markdown for its text and code, HTML for its outputs, files for its pictures."""

import base64
import html
import posixpath
import re
from dataclasses import dataclass, field

from course_lib.publishing.dialect import translate
from course_lib.publishing.links import relink
from course_lib.publishing.stored import WIDGET, plain

PICTURES = {"image/png": "png", "image/jpeg": "jpg"}
ORDER = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain")
NEEDS_PYTHON = '<p class="nb-note">A control appears here when you run this notebook.</p>'


@dataclass(kw_only=True)
class Page:
    """What the site needs of a notebook.

    `outputs` holds HTML by marker: markers stand in the Markdown and are exchanged after it has been
    rendered, so that nothing in a script, a picture or a table is mistaken for Markdown.
    """

    title: str
    markdown: str = ""
    pictures: dict = field(default_factory=dict)  # path from the top of the site -> bytes
    outputs: dict = field(default_factory=dict)  # marker -> HTML


def title(notebook, place):
    """Read a notebook's title.

    Args:
        notebook: dict as `course_lib.publishing.stored.read` returns it.
        place: str, path of the file from the top of the repository.

    Returns:
        str: the first heading with the number of the file before it, such as "11 · Blur is a weighted sum".
    """
    stem = posixpath.basename(place).removesuffix(".ipynb")
    texts = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    heading = re.search(r"^# +(.+?) *#*$", "\n\n".join(texts), re.M)
    words = heading.group(1) if heading else stem.replace("_", " ")
    number = re.match(r"\d+", stem)
    if number is None:
        return words
    rest = re.sub(rf"^{number.group()}\b[\s.:·—–-]*", "", words)
    return f"{number.group()} · {rest}"


def render(notebook, place):
    """Turn a notebook into a page.

    Tags of a cell are honoured: `site-only` shows its output without its code, `site-hide-output` its code
    without its output. A control that needs a running Python becomes a note.

    Args:
        notebook: dict as `course_lib.publishing.stored.read` returns it.
        place: str, path of the file from the top of the repository, such as "notebooks/00_start.ipynb".

    Returns:
        Page.
    """
    page = Page(title=title(notebook, place))
    name = posixpath.basename(place)
    download = f"[Download this notebook]({name}){{ .nb-download download={name} }}"
    blocks = []
    for position, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            blocks.append(_text(page, cell, position, place))
        elif cell["cell_type"] == "code":
            blocks += _code(page, cell, position, place)
    text = "\n\n".join(blocks)
    heading = re.search(r"^# .+$", text, re.M)
    cut = heading.end() if heading else 0
    first = "" if heading else f"# {page.title}"
    page.markdown = f"{first}{text[:cut]}\n\n{download}\n\n{text[cut:]}\n"
    return page


def _text(page, cell, position, place):
    source = cell["source"]
    for name, kinds in cell.get("attachments", {}).items():
        kind, payload = next(iter(kinds.items()))
        source = source.replace(
            f"attachment:{name}", _picture(page, place, f"{position}-{name}", kind, payload)
        )
    return translate(relink(source, place))


def _code(page, cell, position, place):
    tags = cell["metadata"].get("tags", [])
    blocks = []
    if "site-only" not in tags and cell["source"].strip():
        longest = max((len(run) for run in re.findall(r"`{3,}", cell["source"])), default=2)
        fence = "`" * (longest + 1)
        blocks.append(f"{fence}python\n{cell['source'].rstrip()}\n{fence}")
    if "site-hide-output" in tags:
        return blocks
    for number, output in enumerate(cell["outputs"]):
        data = output.get("data", {})
        kind = next((kind for kind in ORDER if kind in data), None)
        if kind == "text/markdown" and WIDGET not in data:
            blocks.append(translate(relink(data[kind], place)))
            continue
        marker = f'<div class="nb-output" data-output="{position}-{number}"></div>'
        inside = _output(page, output, kind, f"{cell.get('id', position)}-{number}", place)
        page.outputs[marker] = f'<div class="nb-output" data-search-exclude>{inside}</div>'
        blocks.append(marker)
    return blocks


def _output(page, output, kind, name, place):
    if output["output_type"] == "stream":
        return f"<pre>{html.escape(output['text'].rstrip())}</pre>"
    if output["output_type"] == "error":
        return f"<pre>{html.escape(plain(chr(10).join(output['traceback'])))}</pre>"
    data = output["data"]
    if WIDGET in data:
        return NEEDS_PYTHON
    if kind is None:
        return ""
    described = output.get("metadata", {}).get(kind) or {}
    words = html.escape(described.get("alt", ""))
    if kind in PICTURES:
        source = _picture(page, place, f"{name}.{PICTURES[kind]}", kind, data[kind])
        width = f' width="{described["width"]}"' if "width" in described else ""
        return f'<a href="{source}"><img src="{source}" alt="{words}"{width} loading="lazy"></a>'
    if kind == "image/svg+xml":
        return f'<div class="nb-html" role="img" aria-label="{words}">{data[kind]}</div>'
    if kind == "text/html":
        return f'<div class="nb-html">{data[kind]}</div>'
    if kind == "text/latex":
        formula = data[kind].strip().strip("$")
        return f'<div class="arithmatex">\\[{html.escape(formula)}\\]</div>'
    return f"<pre>{html.escape(plain(data[kind]))}</pre>"


def _picture(page, place, name, kind, payload):
    """Keep a picture beside the page, and return the address that the page calls it by."""
    folder = place.removesuffix(".ipynb")
    content = payload.encode() if kind == "image/svg+xml" else base64.b64decode(payload)
    page.pictures[f"{folder}/{name}"] = content
    return f"{posixpath.basename(folder)}/{name}"
