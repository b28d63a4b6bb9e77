"""What a notebook must be to be read with pleasure: each rule is one small function."""

import ast
import re
import statistics

LARGEST = 1_000_000  # bytes of a notebook file
LONGEST_CELL = 25  # lines of code
LONGEST_DEFINITION = 15  # lines of a class or function
MEDIAN_CELL = 6  # lines of code
LONGEST_SILENCE = 3  # code cells in a row that show nothing

FOLDERS = "home|Users|root|tmp|var|opt|mnt|media|srv|work|workspace|private"
ABSOLUTE = re.compile(rf"(?<![\w.~:/<-])/(?:{FOLDERS})(?=[/\s\"'`),;:]|$)|\b[A-Z]:\\{{1,2}}\w", re.M)
# What a page would fetch from elsewhere when it is opened, or a command from a named index.
HOSTS = re.compile(
    r"(?:src=|import\s*\(?|url\(|@import)\s*[\"']?(?:https?:)?//([\w.-]+)"
    r"|<link[^>]*href=\s*[\"']?(?:https?:)?//([\w.-]+)"
    r"|--(?:extra-)?index-url[= ]+\S+",
    re.I,
)
TRAINING_LOG = re.compile(r"^Epoch \d+/\d+|\d(?:ms|s)/(?:step|epoch)", re.M)
CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1|`[^`\n]+`", re.M | re.S)
ALT = re.compile(r"alt=([\"'])\s*\S.*?\1", re.S)
MATHS = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$|\\begin\{.+?\\end\{", re.S)
DATA_URI = re.compile(r"data:[\w/+.;=-]+?;base64,[A-Za-z0-9+/=\s]+")


def complaints(notebook):
    """Apply every rule to a notebook.

    Args:
        notebook: dict as `course_lib.publishing.stored.read` returns it.

    Returns:
        list of (position, complaint): the index of a cell, or None for the whole notebook, and a str.
    """
    return [found for rule in RULES for found in rule(notebook)]


def _ids_are_stable(notebook):
    """Every cell has an id of its own, so that a change touches only its own lines."""
    seen = set()
    for position, cell in enumerate(notebook["cells"]):
        name = cell.get("id")
        if not name:
            yield position, "no cell id; run the notebook with `course notebooks run`, which gives one"
        elif name in seen:
            yield position, f"the id {name!r} is used twice"
        seen.add(name)


def _cells_ran_in_order(notebook):
    """Stored outputs come from one run from top to bottom."""
    expected = 1
    for position, cell in _code(notebook):
        if not _code_lines(cell["source"]):
            yield position, "an empty code cell"
            continue
        count = cell.get("execution_count")
        if count is None:
            yield position, "never run; `course notebooks run` stores outputs"
        elif count != expected:
            yield position, f"run as number {count} where {expected} was due; run from top to bottom"
        expected += 1


def _compared_cells_have_something_to_compare(notebook):
    """A cell whose output tests compare has been run and shows something."""
    for position, cell in _code(notebook):
        if "nbval-check-output" in cell["metadata"].get("tags", []):
            if cell.get("execution_count") is None or not cell["outputs"]:
                yield position, "tagged nbval-check-output, but it has no stored output to compare"


def _outputs_are_clean(notebook):
    """No errors, no warnings on stderr, no training log."""
    for position, cell, output in _outputs(notebook):
        if output["output_type"] == "error" and "raises-exception" not in cell["metadata"].get("tags", []):
            yield position, f"an error is stored: {output['ename']}: {output['evalue'][:80]}"
        if output["output_type"] == "stream" and output["name"] == "stderr":
            yield position, f"text on stderr: {output['text'].strip()[:80]!r}"
        if any(TRAINING_LOG.search(words) for words in _words(output)):
            yield position, "a training log; pass verbose=0 and show a curve or a number"


def _nothing_names_this_machine(notebook):
    """No absolute path, and nothing that is fetched from another host, in text, code or output."""
    for position, cell in enumerate(notebook["cells"]):
        # Maths such as $K:\\mathbb{R}$ looks like a drive of Windows.
        words = [("", MATHS.sub("", cell["source"]) if cell["cell_type"] == "markdown" else cell["source"])]
        words += [(" in its output", part) for output in cell.get("outputs", []) for part in _words(output)]
        for place, part in words:
            for match in ABSOLUTE.finditer(part):
                yield position, f"an absolute path{place}: {part[match.start() :].split()[0][:40]}"
            for match in HOSTS.finditer(part):
                yield position, f"an outside host{place}: {match.group()}"


def _pictures_have_words(notebook):
    """Every picture, in text or output, says in words what it shows."""
    for position, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            prose = CODE.sub("", cell["source"])
            tags = re.findall(r"<img\b[^>]*>", prose)
            if re.search(r"!\[\s*\]\(", prose) or not all(ALT.search(tag) for tag in tags):
                yield position, "a picture without text; write ![what it shows](file)"
    for position, _, output in _outputs(notebook):
        for kind in ("image/png", "image/jpeg"):
            words = output.get("metadata", {}).get(kind) or {}
            if kind in output.get("data", {}) and not words.get("alt", "").strip():
                yield position, "a figure without text; return one of course_lib.figures, which all carry alt"


def _code_is_short(notebook):
    """Cells, and the functions and classes in them, stay small enough to be read at a glance."""
    sizes = []
    for position, cell in _code(notebook):
        sizes.append(_code_lines(cell["source"]))
        if sizes[-1] > LONGEST_CELL:
            yield position, f"{sizes[-1]} lines of code; at most {LONGEST_CELL}"
        for name, length in _definitions(cell["source"]):
            if length > LONGEST_DEFINITION:
                yield position, f"{name} has {length} lines; past {LONGEST_DEFINITION}, move it to course_lib"
    if sizes and statistics.median(sizes) > MEDIAN_CELL:
        yield None, f"the median code cell has {statistics.median(sizes):g} lines; at most {MEDIAN_CELL}"


def _no_line_ends_in_a_semicolon(notebook):
    """A trailing semicolon hides an output in JupyterLab alone: tests see it."""
    for position, cell in _code(notebook):
        lines = [line.strip() for line in cell["source"].splitlines()]
        lines = [line for line in lines if line and not line.startswith("#")]
        if lines and lines[-1].endswith(";"):
            yield position, "a trailing ';'; assign the value instead: _ = ..."


def _something_is_shown_often(notebook):
    """A reader sees a number or a picture at least every few cells."""
    silent = []
    for position, cell in _code(notebook):
        silent = [] if cell["outputs"] else [*silent, position]
        if len(silent) == LONGEST_SILENCE + 1:
            yield silent[0], f"more than {LONGEST_SILENCE} code cells in a row show nothing"


def _code(notebook):
    return [(i, cell) for i, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code"]


def _outputs(notebook):
    return [(position, cell, output) for position, cell in _code(notebook) for output in cell["outputs"]]


def _words(output):
    kinds = output.get("data", {})
    texts = [output.get("text", ""), *output.get("traceback", [])]
    texts += [value for kind, value in kinds.items() if kind.startswith("text/") or kind == "image/svg+xml"]
    return [DATA_URI.sub("data:", part) for part in texts if isinstance(part, str)]


def _code_lines(source):
    return sum(bool(line.strip()) for line in source.splitlines())


def _definitions(source):
    plain = "\n".join("pass" if re.match(r"[%!]", line) else line for line in source.splitlines())
    try:
        tree = ast.parse(plain)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


RULES = (
    _ids_are_stable,
    _cells_ran_in_order,
    _compared_cells_have_something_to_compare,
    _outputs_are_clean,
    _nothing_names_this_machine,
    _pictures_have_words,
    _code_is_short,
    _no_line_ends_in_a_semicolon,
    _something_is_shown_often,
)
