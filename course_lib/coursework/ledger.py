"""Predict before you run: guesses are remembered, scored against what was measured, and drawn."""

import math
import numbers

from course_lib.coursework import storage
from course_lib.figures import agreement


def predict(name, guess, unit=""):
    """Remember a guess, so that the next cell can hold it against the measurement.

    Args:
        name: str, notebook and a short word, such as "11.half_shift".
        guess: number, or (low, high) for a range that should hold the measurement; None for no guess yet.
        unit: str, such as "dB".

    Returns:
        None; one line is printed.

    Raises:
        TypeError: `guess` is no number and no pair of numbers, or `name` or `unit` no str.
        ValueError: NaN, an infinite number, or a range from high to low.
    """
    if guess is None or guess is Ellipsis:
        print("Nothing yet: put your guess in the place of None, a number or (low, high).")
        return
    low, high = _range(guess)
    for title, text in (("name", name), ("unit", unit)):
        if not isinstance(text, str):
            raise TypeError(f"predict() needs {title} as a str; received {type(text).__name__} {text!r}.")
    entry = {"guess": low if low == high else [low, high], "unit": unit, "measured": None}
    known = storage.load().get(name)
    if known is not None and known["measured"] is not None:
        if known["guess"] != entry["guess"]:
            # A guess made after the answer is known would flatter the plot at the chapter's end.
            print(f"You have seen the answer already, {_text(known['measured'], known['unit'])}: ", end="")
            print(f"your first guess, {_said(known)}, stays.")
            return
        entry["measured"] = known["measured"]
    storage.store(name, entry)
    print(f"Noted for {name}: {_said(entry)}. Now run the next cell.")


def score(name, measured):
    """Print the guess beside the measurement, and remember the measurement with it.

    Args:
        name: str, what `predict` was given.
        measured: finite number.

    Returns:
        None; one or two lines are printed.

    Raises:
        TypeError: `measured` is no number.
        ValueError: `measured` is NaN or infinite.
    """
    measured = _number("score()", "measured", measured)
    entry = storage.load().get(name)
    if entry is None:
        print(f"Measured {_text(measured, '')}; there was no guess to hold against it.")
        print(f'Next time run the cell above with your guess first: predict("{name}", ...).')
        return
    storage.store(name, {**entry, "measured": measured})
    low, high = _ends(entry)
    gap = max(low - measured, measured - high, 0.0)
    if gap <= 1e-6 * abs(measured):  # what float32 leaves of an equality is no error of the learner's
        gap = 0.0
    if low == high:
        verdict = f"{_text(gap, entry['unit'])} apart" if gap else "exactly"
    else:
        verdict = f"outside by {_text(gap, entry['unit'])}" if gap else "inside your range"
    print(f"You said {_said(entry)}; measured {_text(measured, entry['unit'])}: {verdict}.")


def calibration(chapter=None):
    """Draw how far every scored guess lay from its measurement, a panel a unit.

    Args:
        chapter: int or str such as 1, for the notebooks 11 to 19; None for all.

    Returns:
        figures.described.Described; None after a printed line where nothing has been scored yet.
    """
    entries = storage.load()
    scored = {
        name: entry
        for name, entry in sorted(entries.items())
        if entry["measured"] is not None and (chapter is None or name.startswith(str(chapter)))
    }
    if not scored:
        where = "" if chapter is None else f" in chapter {chapter}"
        print(f"Nothing has been predicted and measured{where} yet: fill in a predict(...) and run on.")
        return None
    groups = {}
    for name, entry in scored.items():
        low, high = _ends(entry)
        groups.setdefault(entry["unit"], []).append((name, low, high, entry["measured"]))
    parts = [f"{name}: said {_said(entry)}, measured {_text(entry['measured'], entry['unit'])}"
             for name, entry in scored.items()]  # fmt: skip
    return agreement.agreement(groups, f"Predicted against measured values. {'; '.join(parts)}.")


def _range(guess):
    if isinstance(guess, (tuple, list)):
        if len(guess) != 2:
            raise ValueError(f"predict() needs a range as (low, high); received {len(guess)} numbers.")
        low, high = (_number("predict()", "guess", end) for end in guess)
        if low > high:
            raise ValueError(f"predict() needs a range from low to high; received ({low:g}, {high:g}).")
        return low, high
    value = _number("predict()", "guess", guess)
    return value, value


def _number(owner, name, value):
    try:
        # NumPy's and the engines' scalars have item(); it refuses arrays of several numbers.
        value = value.item() if hasattr(value, "item") else value
        if isinstance(value, (bool, str)) or not isinstance(value, numbers.Real):
            value = float(value.numpy()) if hasattr(value, "numpy") else None
    except (ValueError, RuntimeError, TypeError):
        value = None
    if value is None:
        raise TypeError(
            f"{owner} needs {name} as one number, without quotes or a unit; write 24.5, not '24.5 dB'."
        )
    if not math.isfinite(value):
        raise ValueError(f"{owner} needs a finite {name}; received {value}.")
    return float(value)


def _ends(entry):
    guess = entry["guess"]
    return tuple(guess) if isinstance(guess, list) else (guess, guess)


def _said(entry):
    low, high = _ends(entry)
    if low == high:
        return _text(low, entry["unit"])
    return f"{_text(low, '')} to {_text(high, entry['unit'])}"


def _text(value, unit):
    digits = f"{value:.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"
    return f"{digits} {unit}".rstrip()
