"""The ledger's file: small JSON on the learner's own disk, which no accident may make worse than empty."""

import json
import math
import os
import sys
import tempfile
from pathlib import Path

_memory = {}  # what could not be written, for as long as the process lives
_told = set()  # places about which one line has been printed


def place():
    """Say where the ledger lies.

    Returns:
        Path: $COURSE_LEDGER where it is set, otherwise a file in the user's own data folder.
    """
    named = os.environ.get("COURSE_LEDGER")
    if named:
        return Path(named)
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return folder / "course_lib" / "ledger.json"


def load():
    """Read all entries; a damaged file is kept aside as ledger.json.damaged and a new one begun.

    Returns:
        dict from name to {"guess": float or [low, high], "unit": str, "measured": float or None}.
    """
    path = place()
    entries = {}
    try:
        entries = _entries(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    except OSError as error:
        _tell(path, f"The ledger {path} cannot be read ({error.strerror}); going on in memory.")
    except (ValueError, RecursionError, OverflowError):
        aside = path.with_name(path.name + ".damaged")
        try:
            os.replace(path, aside)
            print(f"The ledger was damaged: it is kept as {aside.name}, and a new one is begun.")
        except OSError:
            _tell(path, f"The ledger {path} is damaged and cannot be moved; going on in memory.")
    return {**entries, **_memory.get(path, {})}


def store(name, entry):
    """Write one entry, whole or not at all; where the folder refuses, remember it in memory and say so once.

    Args:
        name: str.
        entry: dict, see `load`.

    Returns:
        None.
    """
    path = place()
    entries = {**load(), name: entry}
    if path in _told:  # reading failed: writing would bury what lies there
        _memory.setdefault(path, {})[name] = entry
        return
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"version": 1, "entries": entries}, file, indent=1, ensure_ascii=False)
        os.replace(part, path)
    except OSError as error:
        if part is not None and os.path.exists(part):
            os.unlink(part)
        _memory.setdefault(path, {})[name] = entry
        _tell(path, f"The ledger {path} cannot be written ({error.strerror}); going on in memory.")


def _entries(text):
    """Read and check the file's text; anything unexpected is an error."""
    whole = json.loads(text)
    if not isinstance(whole, dict) or whole.get("version") != 1 or not isinstance(whole.get("entries"), dict):
        raise ValueError("no ledger of version 1")
    for entry in whole["entries"].values():
        if not isinstance(entry, dict) or not isinstance(entry.get("unit"), str):
            raise ValueError("an entry without a unit")
        guess, measured = entry.get("guess"), entry.get("measured")
        numbers = list(guess) if isinstance(guess, list) and len(guess) == 2 else [guess]
        numbers += [] if measured is None else [measured]
        if not all(type(number) in (int, float) and math.isfinite(number) for number in numbers):
            raise ValueError("an entry whose numbers are not numbers")
    return whole["entries"]


def _tell(path, line):
    if path not in _told:
        print(line)
    _told.add(path)
