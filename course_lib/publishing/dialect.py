"""From the Markdown that JupyterLab reads to the Markdown that the site reads.

Both agree on nearly all. The site wants blank lines before lists, tables and displayed maths, wants nested
lists four spaces deep, and reads Markdown inside an HTML element only where the element says so.
"""

import re

ITEM = re.compile(r"( *)([-*+]|\d+[.)]) +(?=\S)")
RULE = re.compile(r" *([-*_])( *\1){2,} *$")
FENCE = re.compile(r" *(`{3,}|~{3,})")
QUOTE = re.compile(r"(?:^>.*(?:\n|\Z))+", re.M)
DISPLAY = re.compile(r"\$\$[^`]+?\$\$[.,;]?|(?<!\$)\\begin\{([a-z]+\*?)\}[^`]+?\\end\{\1\}")


def translate(markdown):
    """Rewrite one text cell for the site.

    Args:
        markdown: str, as JupyterLab reads it.

    Returns:
        str, as Python-Markdown reads it. What lies inside code fences keeps its text.
    """
    parts = [part if is_code else _prose(part) for is_code, part in _parts(markdown)]
    return "\n".join(_lists("\n".join(parts).split("\n")))


def _parts(markdown):
    """Split into text and fenced code: [(is_code, lines)]."""
    parts, fence = [[]], None
    for line in markdown.split("\n"):
        opening = FENCE.match(line)
        if fence is None and opening:
            fence = opening.group(1)
            parts.append([line])
            continue
        parts[-1].append(line)
        if fence and _closes(line, fence):
            fence = None
            parts.append([])
    return [(bool(FENCE.match(lines[0])), "\n".join(lines)) for lines in parts if lines]


def _closes(line, fence):
    return line.strip().startswith(fence) and not line.strip().strip(fence[0])


def _prose(text):
    text = QUOTE.sub(_quote, text)
    text = re.sub(r"<(details|div)\b(?![^>]*markdown=)", r'<\1 markdown="1"', text)
    return DISPLAY.sub(_apart, text)


def _quote(match):
    inside = re.sub(r"^> ?", "", match.group(0).rstrip("\n"), flags=re.M)
    lines = [f"> {line}".rstrip() for line in translate(inside).split("\n")]
    return "\n".join(lines) + ("\n" if match.group(0).endswith("\n") else "")


def _apart(match):
    """Put blank lines around displayed maths, keeping the indent of the line it stands in."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    if before.rsplit("\n", 1)[-1].startswith(">"):
        return match.group(0)
    line = before.rsplit("\n", 1)[-1]
    item = ITEM.match(line)
    margin = " " * (item.end() if item else len(line) - len(line.lstrip()))
    stands_alone = not before.strip() or re.search(r"\n[ \t]*\n[ \t]*$", before)
    ends = re.match(r"[ \t]*(\n[ \t]*\n|\n?\Z)", after)
    return ("" if stands_alone else f"\n\n{margin}") + match.group(0) + ("" if ends else f"\n\n{margin}")


def _lists(lines):
    out, fence, indent_of_fence = [], None, 0
    offsets = []  # where the text of each open list item begins
    loose = False  # the item above holds more than one block
    for line in lines:
        indent = len(line) - len(line.lstrip())
        previous = out[-1].strip() if out else ""
        opening = FENCE.match(line)
        item = None if fence or RULE.match(line) else ITEM.match(line)
        # A paragraph goes on: only a bullet or the number 1 interrupts it.
        if item and previous and not offsets and item.group(2)[:-1] not in ("", "1"):
            item = None
        starts = item or opening or not previous or line.startswith("#")
        if line.strip() and starts and not fence:
            listing = bool(offsets)
            while offsets and indent < offsets[-1]:
                offsets.pop()
            if previous and (loose if item and listing else not offsets):
                out.append("")
        elif line.startswith("|") and previous and not previous.startswith("|") and not fence:
            out.append("")
        margin = " " * 4 * len(offsets)
        if item:
            out.append(f"{margin}{item.group(2).replace(')', '.')} {line[item.end() :]}")
            offsets.append(item.end())
            loose = False
        else:
            # An item's text moves to the item's margin; code in a fence keeps its indent within the fence.
            spare = indent_of_fence if fence else indent if offsets else 0
            out.append(margin + line[min(indent, spare) :] if line.strip() else "")
            loose = loose or bool(offsets and (opening or not line.strip()))
        if fence:
            fence = None if _closes(line, fence) else fence
        elif opening:
            fence, indent_of_fence = opening.group(1), indent if offsets else 0
    return out
