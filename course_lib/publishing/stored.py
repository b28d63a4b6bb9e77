"""The notebook file: read it, keep what a reader needs of it, write it in one stroke."""

import copy
import hashlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

WIDGET = "application/vnd.jupyter.widget-view+json"
VOLATILE = ("execution", "ExecuteTime", "scrolled", "collapsed", "trusted")
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}


def read(path):
    """Read a notebook file.

    Args:
        path: the notebook file.

    Returns:
        dict of nbformat version 4, texts joined to strings; nothing is added or repaired.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no notebook of version 4.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"read() needs a notebook file; there is no {path}.")
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is no notebook: not valid JSON ({error}).") from None
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4 or "cells" not in notebook:
        raise ValueError(f"{path.name} is no notebook of version 4; open it in JupyterLab and save it there.")
    for cell in notebook["cells"]:
        cell["source"] = _joined(cell["source"])
        for output in cell.get("outputs", []):
            if "text" in output:
                output["text"] = _joined(output["text"])
            for kind, value in output.get("data", {}).items():
                output["data"][kind] = value if kind.endswith("json") else _joined(value)
    return notebook


def normalise(notebook):
    """Keep what a reader needs of a notebook and drop what changes from run to run.

    Cell ids stay; a missing one is derived from the cell's text. Timings, widget states, colour codes and the
    exact Python version go. A widget's view loses its random id: JupyterLab hides such a view until it runs.

    Args:
        notebook: dict as `read` returns it; it is not changed.

    Returns:
        dict, the tidy copy. Normalising it again changes nothing.
    """
    tidy = copy.deepcopy(notebook)
    metadata = tidy.setdefault("metadata", {})
    for key in ("widgets", "orig_nbformat", "signature"):
        metadata.pop(key, None)
    metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata["language_info"] = copy.deepcopy(LANGUAGE)
    tidy["nbformat_minor"] = max(5, tidy.get("nbformat_minor", 5))
    for position, cell in enumerate(tidy["cells"]):
        for key in VOLATILE:
            cell["metadata"].pop(key, None)
        if not cell.get("id"):
            cell["id"] = hashlib.sha1(f"{position}\n{cell['source']}".encode()).hexdigest()[:8]
        if cell["cell_type"] == "code":
            cell["outputs"] = _tidy_outputs(cell["outputs"])
    return tidy


def write(path, notebook):
    """Replace a notebook file in one stroke: a reader meets the old file or the new one, never half of one.

    Args:
        path: the notebook file, which exists.
        notebook: dict of nbformat version 4.

    Raises:
        nbformat.ValidationError: the dict is no valid notebook. The file is as it was before.
        OSError: the folder cannot be written. The file is as it was before.
    """
    from nbformat import from_dict, validate, writes

    path = Path(path)
    notebook = from_dict(notebook)
    validate(notebook)
    content = writes(notebook, version=4)
    handle, draft = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".ipynb", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content.rstrip("\n") + "\n")
        shutil.copymode(path, draft)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def plain(text):
    """Remove the colour codes of a terminal.

    Args:
        text: str.

    Returns:
        str.
    """
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def _joined(value):
    return value if isinstance(value, str) else "".join(value)


def _tidy_outputs(outputs):
    tidy = []
    for output in outputs:
        if output["output_type"] == "stream":
            output["text"] = plain(output["text"])
            # Streams arrive in random portions: neighbours are one text.
            if tidy and tidy[-1]["output_type"] == "stream" and tidy[-1]["name"] == output["name"]:
                tidy[-1]["text"] += output["text"]
                continue
        elif output["output_type"] == "error":
            output["traceback"] = [plain(line) for line in output["traceback"]]
        elif WIDGET in output["data"]:
            output["data"][WIDGET] = {**output["data"][WIDGET], "model_id": ""}
        tidy.append(output)
    return tidy
