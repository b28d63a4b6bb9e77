"""From the Markdown that JupyterLab reads to the Markdown that the site reads.

Both agree on nearly all. The site wants blank lines before lists, tables and displayed maths, wants nested
lists four spaces deep, and reads Markdown inside an HTML element only where the element says so.
"""

import re

ITEM = re.compile(r"( *)([-*+]|\d+[.)]) +(?=\S)")
RULE = re.compile(r" *([-*_])( *\1){2,} *$")
FENCE = re.compile(r" *(`{3,}|~{3,})")
DISPLAY = re.compile(r"\$\$.+?\$\$[.,;]?|(?<!\$)\\begin\{([a-z]+\*?)\}.+?\\end\{\1\}", re.S)


def translate(markdown):
    """Rewrite one text cell for the site.

    Args:
        markdown: str, as JupyterLab reads it.

    Returns:
        str, as Python-Markdown reads it. What lies inside code fences keeps its text.
    """
    pieces = []
    for is_code, text in _pieces(markdown):
        pieces.append(
            text
            if is_code
            else re.sub(r"<(details|div)\b(?![^>]*markdown=)", r'<\1 markdown="1"', _apart(text))
        )
    return "\n".join(_indented("\n".join(pieces).split("\n")))


def _pieces(markdown):
    """Split into alternating text and fenced code."""
    pieces, fence = [[]], None
    for line in markdown.split("\n"):
        opening = FENCE.match(line)
        if fence is None and opening:
            fence = opening.group(1)
            pieces.append([line])
        else:
            pieces[-1].append(line)
            if fence and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = None
                pieces.append([])
    return [(bool(lines and FENCE.match(lines[0])), "\n".join(lines)) for lines in pieces if lines]


def _apart(text):
    """Put blank lines around displayed maths, keeping the indent of the line it stands in."""

    def separate(match):
        before, after = text[: match.start()], text[match.end() :]
        line = before.rsplit("\n", 1)[-1]
        item = ITEM.match(line)
        margin = " " * (item.end() if item else len(line) - len(line.lstrip()))
        lead = (
            ""
            if not line.strip() and before.endswith(("\n\n" + line, "\n" * 2 + margin))
            else "\n\n" + margin
        )
        tail = "" if re.match(r"\s*\n\s*\n|\s*$", after) else "\n\n" + margin
        return (lead if before.strip() else "") + match.group(0) + tail

    return DISPLAY.sub(separate, text)


def _indented(lines):
    out, offsets, fence = [], [], None  # offsets: where the text of each open list item begins
    for line in lines:
        indent = len(line) - len(line.lstrip())
        previous = out[-1].strip() if out else ""
        item = None if fence or RULE.match(line) else ITEM.match(line)
        # A paragraph goes on: only a bullet or the number 1 interrupts it.
        if item and previous and not offsets and item.group(2)[:-1] not in ("", "1"):
            item = None
        if line.strip() and not fence and (item or not previous or FENCE.match(line) or line.startswith("#")):
            was_listing = bool(offsets)
            while offsets and indent < offsets[-1]:
                offsets.pop()
            if previous and not offsets and (not was_listing or not item):
                out.append("")
        elif line.startswith("|") and previous and not previous.startswith("|"):
            out.append("")
        margin = " " * 4 * len(offsets)
        if item:
            out.append(f"{margin}{item.group(2).replace(')', '.')} {line[item.end() :]}")
            offsets.append(item.end())
        else:
            out.append(margin + line[min(indent, offsets[-1] if offsets else 0) :] if line.strip() else "")
        if FENCE.match(line):
            mark = FENCE.match(line).group(1)
            fence = mark if fence is None else None if line.strip().startswith(fence) else fence
    return out
