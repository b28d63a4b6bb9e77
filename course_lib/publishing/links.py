"""Links written for the repository, pointed at the site's pages.

A file of the repository knows its neighbours by their place there, such as `../course_lib/data/images.py`;
the site has pages for them elsewhere. No file is read: mkdocs itself reports a link that leads nowhere.
"""

import posixpath
import re
import unicodedata
from urllib.parse import unquote

LINK = re.compile(r"(\]\(\s*<?)([^)\s>#]*)(#[^)\s>]*)?(?=[)\s>])")
HREF = re.compile(r"(\bhref=[\"'])([^\"'#]*)(#[^\"']*)?(?=[\"'])")


def site_place(place):
    """Say where a file of the repository is found on the site.

    Args:
        place: str, path from the top of the repository, such as "notebooks/00_start.ipynb".

    Returns:
        None where the site has no page for it, or (page, anchor): the page's path from the top of the site,
        before it becomes HTML, and "" or an anchor such as "#course_lib.degradation.blur".
    """
    top, *rest = place.rstrip("/").split("/")
    if top == "notebooks" and rest:
        return re.sub(r"\.ipynb$", ".md", place), ""
    if top == "docs" and rest:
        return "/".join(rest), ""
    if top == "course_lib" and len(rest) == 1:
        name, is_file = re.subn(r"\.py$", "", rest[0])
        return ("rooms/ground.md", f"#course_lib.{name}") if is_file else (f"rooms/{name}.md", "")
    if top == "course_lib" and len(rest) == 2 and rest[1].endswith(".py"):
        return f"rooms/{rest[0]}.md", f"#course_lib.{rest[0]}.{rest[1].removesuffix('.py')}"
    return None


def relink(markdown, place):
    """Point the links of a text at the site's pages.

    Args:
        markdown: str.
        place: str, path of the file it stands in, from the top of the repository.

    Returns:
        str. Addresses of other hosts, and links to what the site has no page for, are left alone.
    """
    here = posixpath.dirname(site_place(place)[0]) or "."

    def point(match):
        opening, target, anchor = match.group(1), match.group(2), match.group(3) or ""
        if re.match(r"[a-z]+:|/", target) or not (target or anchor):
            return match.group(0)
        there = posixpath.normpath(posixpath.join(posixpath.dirname(place), target)) if target else place
        if site_place(there) is None:
            return match.group(0)
        page, default = site_place(there)
        # JupyterLab's anchors keep capitals and signs, the site's do not.
        anchor = slug(anchor) if there.endswith(".ipynb") else anchor
        return f"{opening}{posixpath.relpath(page, here) if target else ''}{anchor or default}"

    return HREF.sub(point, LINK.sub(point, markdown))


def slug(anchor):
    """Write an anchor as the site does.

    Args:
        anchor: str, "" or such as "#By-hand:-the-loop".

    Returns:
        str, such as "#by-hand-the-loop".
    """
    letters = unicodedata.normalize("NFKD", unquote(anchor)).encode("ascii", "ignore").decode()
    words = re.sub(r"[^\w\s-]", "", letters).strip().lower()
    return "#" + re.sub(r"[-\s]+", "-", words) if anchor else ""
