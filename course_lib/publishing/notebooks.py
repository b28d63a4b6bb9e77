"""Run notebooks from top to bottom, and say what a reader would stumble over."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from course_lib.publishing import rules, stored
from course_lib.publishing.stored import normalise

__all__ = ["check", "find", "normalise", "problems", "run"]

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "ERROR", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def find(folder="notebooks"):
    """List the notebooks under a folder in teaching order.

    Args:
        folder: path of a folder, or of one notebook.

    Returns:
        list of pathlib.Path, sorted by the numbers that open the file names; hidden folders are left out.

    Raises:
        FileNotFoundError: there is no such folder or file.
    """
    folder = Path(folder)
    if not folder.exists():
        raise FileNotFoundError(f"find() needs a folder of notebooks; there is no {folder}.")
    if folder.is_file():
        return [folder]
    found = [path for path in folder.rglob("*.ipynb") if not _is_hidden(path.relative_to(folder))]
    return sorted(found, key=lambda path: (path.name, path.as_posix()))


def run(path, timeout=600, progress=None, write=True):
    """Execute a notebook in its own folder, with this Python, and store its outputs.

    The learner's ledger of predictions is not touched: the notebook writes into one that is thrown away.

    Args:
        path: the notebook file.
        timeout: seconds that one cell may take.
        progress: None, or a callable (done, total, heading): called when a code cell starts, with the number
            of code cells done, their total and the heading above the cell; and at the end with done = total.
        write: True stores the executed notebook, normalised; False only tries it out.

    Returns:
        dict, the executed notebook, normalised.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no notebook.
        RuntimeError: a cell failed, took too long or ended Python. The file is as it was before.
    """
    path = Path(path).resolve()
    notebook = normalise(stored.read(path))
    headings = _headings(notebook)
    total = sum(cell["cell_type"] == "code" and bool(cell["source"].strip()) for cell in notebook["cells"])
    started = []

    def report(cell, cell_index):
        if progress:
            progress(len(started), total, headings[cell_index])
        started.append(cell_index)

    executed, reason = _execute(notebook, path.parent, timeout, report)
    if reason:
        place = _opening(notebook, started[-1]) if started else "the start of Python"
        raise RuntimeError(f"{path.name} stopped in {place}: {reason}")
    if progress:
        progress(total, total, "")
    executed = normalise(executed)
    if write:
        stored.write(path, executed)
    return executed


def problems(path):
    """Say what would trouble a reader of one notebook.

    Args:
        path: the notebook file.

    Returns:
        list of str, each "file, cell number (id): what is wrong"; empty where all is well.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no notebook.
    """
    path = Path(path)
    notebook = stored.read(path)
    found = []
    size = path.stat().st_size
    if size > rules.LARGEST:
        found.append(
            f"{path.name}: {size / 1e6:.2f} MB; at most {rules.LARGEST / 1e6:g}: store fewer pictures"
        )
    for position, complaint in rules.complaints(notebook):
        place = path.name if position is None else f"{path.name}, {_place(notebook, position)}"
        found.append(f"{place}: {complaint}")
    return found


def check(paths="notebooks"):
    """Demand that notebooks are fit for readers.

    Args:
        paths: a notebook, a folder of them, or a list of both.

    Returns:
        list of pathlib.Path, the notebooks that were looked at.

    Raises:
        FileNotFoundError: a path does not exist.
        ValueError: there are problems (the message lists all of them), or no notebook at all.
    """
    paths = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    files = [file for path in paths for file in find(path)]
    if not files:
        raise ValueError(f"check() needs at least one notebook; found none in {', '.join(map(str, paths))}.")
    found = [problem for file in files for problem in problems(file)]
    if found:
        lines = "\n".join(f"- {problem}" for problem in found)
        raise ValueError(f"check() wants notebooks fit for readers; received {len(found)} problems:\n{lines}")
    return files


def _execute(notebook, folder, timeout, report):
    # The machinery takes a second to import: here and not at the top, so that commands start at once.
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbformat import from_dict

    notebook = from_dict(notebook)
    with tempfile.TemporaryDirectory(prefix="course-") as scratch:
        ledger, ipython = os.path.join(scratch, "ledger.json"), os.path.join(scratch, "ipython")
        client = NotebookClient(
            notebook,
            km=_kernel_manager(),
            timeout=timeout,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
            on_cell_execute=report,
        )
        try:
            environment = {**os.environ, **QUIET, "COURSE_LEDGER": ledger, "IPYTHONDIR": ipython}
            # What the kernel says of its own death is no use to a reader: the reason below is.
            client.execute(env=environment, stderr=subprocess.DEVNULL, cleanup_kc=True)
        except CellExecutionError as error:
            return notebook, f"{error.ename}: {stored.plain(error.evalue)}"
        except CellTimeoutError:
            return notebook, f"it took longer than {timeout} s."
        except DeadKernelError:
            return notebook, "Python ended while it ran (memory was short, or the code left)."
    return notebook, None


def _kernel_manager():
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from traitlets.config import Config

    # No kernel folder is searched: "python3" is then always the Python that runs this line.
    specs = KernelSpecManager(kernel_dirs=[])
    # Encryption where the kernel offers it; without this, every start prints a warning.
    quiet = Config({"AsyncKernelManager": {"transport_encryption": "auto"}})
    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs, config=quiet)


def _is_hidden(path):
    return any(part.startswith(".") for part in path.parts)


def _headings(notebook):
    headings, current = [], ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            titles = re.findall(r"^#{1,6} +(.+?) *#*$", cell["source"], re.M)
            current = titles[-1] if titles else current
        headings.append(current)
    return headings


def _place(notebook, position):
    return f"cell {position + 1} (id {notebook['cells'][position].get('id', 'missing')})"


def _opening(notebook, position):
    first = notebook["cells"][position]["source"].strip().splitlines()[0]
    return f"{_place(notebook, position)}, which begins `{first}`"
