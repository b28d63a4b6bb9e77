"""Judging one answer: None when it is right, otherwise a sentence that says what is wrong with it."""

import numpy as np

NOTHING = "Nothing yet"  # how a verdict on an empty answer begins: it costs no try


def number(expected, tolerance, slips=()):
    """Make a verify that wants one number.

    Args:
        expected: float.
        tolerance: largest welcome distance, in the same unit.
        slips: pairs (value, sentence): wrong numbers that people get, with what happened to them.

    Returns:
        function of an answer, see `exercise.Exercise`.
    """

    def verify(answer):
        array, problem = read(answer)
        if problem:
            return problem
        if array.size != 1:
            return f"one number is asked for; you gave an array of shape {array.shape}."
        value = array.reshape(()).item()
        if isinstance(value, complex):
            return f"a real number is asked for; you gave the complex {value}."
        if not np.isfinite(value):
            return f"{value} is no finite number: look for a division by zero or a logarithm of zero."
        if abs(value - expected) <= tolerance:
            return None
        for wrong, sentence in slips:
            if abs(value - wrong) <= max(tolerance, 5e-4 * abs(wrong)):
                return sentence
        size = "too large" if value > expected else "too small"
        sign = " It has the wrong sign." if value * expected < 0 else ""
        return f"{value:.6g} is {size}.{sign}"

    return verify


def array(expected, tolerance=1e-6, slips=()):
    """Make a verify that wants one array.

    Args:
        expected: NumPy array.
        tolerance: largest welcome distance of any element.
        slips: pairs (array, sentence): wrong arrays that people get.

    Returns:
        function of an answer.
    """

    def verify(answer):
        given, problem = read(answer)
        if problem:
            return problem
        if not _differs(given, expected, tolerance):
            return None
        for wrong, sentence in slips:
            if not _differs(given, wrong, tolerance):
                return sentence
        return _differs(given, expected, tolerance)

    return verify


def function(reference, cases, how, tolerance=1e-5, slips=(), edge=0):
    """Make a verify that wants a function, tried on random inputs against a reference.

    Args:
        reference: function that is right.
        cases: list of tuples of arguments, such as random arrays.
        how: str, the call that the exercise asks for, such as "psnr(sharp, restored, data_range)".
        tolerance: largest welcome distance of any element.
        slips: pairs (function, sentence): wrong functions that people write.
        edge: pixels at the border that are reported apart, since border modes go wrong there; 0 for none.

    Returns:
        function of an answer.
    """

    def verify(answer):
        results = []
        for arguments in cases:
            given, problem = call(answer, arguments, how)
            given, problem = (None, problem) if problem else read(given, "your function returned")
            if problem:
                return problem
            results.append(given)
        wants = [np.asarray(reference(*arguments)) for arguments in cases]
        wrong = [_differs(r, want, tolerance, edge) for r, want in zip(results, wants, strict=True)]
        if not any(wrong):
            return None
        for slip, sentence in slips:
            if all(not _differs(r, slip(*a), tolerance) for r, a in zip(results, cases, strict=True)):
                return sentence
        case = next(i for i, problem in enumerate(wrong) if problem)
        sizes = ", ".join(str(np.shape(a)) for a in cases[case] if np.ndim(a))
        return f"on random input{f' of shape {sizes}' if sizes else ''}, {wrong[case]}"

    return verify


def call(answer, arguments, how):
    """Call a learner's function on copies, and catch what it does wrong.

    Args:
        answer: what the learner gave.
        arguments: tuple of arguments.
        how: str, the call that the exercise asks for.

    Returns:
        pair (result, None), or (None, sentence).
    """
    if answer is None:
        return None, f"{NOTHING}: put your function in the place of None."
    if not callable(answer):
        return None, f"a function is asked for, to be called as {how}; you gave {_kind(answer)}."
    copies = [np.copy(value) if isinstance(value, np.ndarray) else value for value in arguments]
    try:
        result = answer(*copies)
    except NotImplementedError:
        return None, f"{NOTHING}: your function still says that it is not implemented."
    except (Exception, SystemExit) as error:
        words = str(error).strip().split("\n")[0][:160].rstrip(".")
        return None, f"calling {how} stopped with {type(error).__name__}{f': {words}' if words else ''}."
    for copy, value in zip(copies, arguments, strict=True):
        if isinstance(value, np.ndarray) and not np.array_equal(
            copy, value, equal_nan=value.dtype.kind in "fc"
        ):
            return (
                None,
                "your function changed its input; work on a copy, so that the caller keeps the picture.",
            )
    if result is None or result is Ellipsis:
        return None, f"{NOTHING}: your function returns None. Is there a return line?"
    return result, None


def read(answer, subject="you gave"):
    """Read an answer as numbers.

    Args:
        answer: number, list, NumPy array or a tensor of any engine.
        subject: str, how a sentence about it begins.

    Returns:
        pair (array, None), or (None, sentence).
    """
    if answer is None or answer is Ellipsis:
        return None, f"{NOTHING}: put your answer in the place of None."
    if isinstance(answer, str):
        return None, f"{subject} text, {answer!r:.40}; numbers stand without quotes."
    if callable(answer):
        return None, f"{subject} a function; call it and give what it returns."
    if isinstance(answer, (bool, np.bool_, dict, set)):
        return None, f"{subject} {_kind(answer)}; numbers are asked for."
    try:
        values = np.asarray(answer.detach().cpu() if hasattr(answer, "detach") else answer)
    except Exception:
        return (
            None,
            f"{subject} {_kind(answer)}, which cannot be read as numbers; are its rows of one length?",
        )
    if not np.issubdtype(values.dtype, np.number):
        return None, f"{subject} {_kind(answer)} of type {values.dtype}; numbers are asked for."
    return values, None


def _differs(given, expected, tolerance, edge=0):
    """Return None where two arrays agree, else the sentence that tells them apart."""
    given, expected = np.asarray(given), np.asarray(expected)
    if given.shape != expected.shape:
        shapes = [f"shape {s}" if s else "a single number" for s in (given.shape, expected.shape)]
        return f"{shapes[0]} came back; expected {shapes[1]}."
    if given.dtype.kind == "c" and expected.dtype.kind != "c":
        return (
            "complex numbers came back; a real result is expected. After an inverse FFT take the real part."
        )
    bad = int((~np.isfinite(given)).sum())
    if bad:
        return f"{bad} of {given.size} values are NaN or infinite: look for a division by zero."
    gap = np.abs(given.astype("complex128") - expected)
    if (gap <= tolerance).all():
        return None
    place = np.unravel_index(np.argmax(gap), gap.shape)
    where = f" at {[int(i) for i in place]}" if gap.ndim else ""
    both = f"{_plain(given[place])} stands{where}, expected {_plain(expected[place])}"
    if given.dtype.kind in "iu" and expected.dtype.kind == "f":
        return f"{both}; whole numbers came back: was something rounded, or made an array of integers?"
    if edge and gap.ndim >= 2 and (gap[edge:-edge, edge:-edge] <= tolerance).all():
        return f"the inside agrees, but the border does not: {both}. What lies beyond the picture's edge?"
    return f"{both}; {int((gap > tolerance).sum())} of {gap.size} values differ."


def _plain(value):
    value = value.item()
    if isinstance(value, complex):
        return f"{value.real:.4g}{value.imag:+.4g}j"
    return f"{value:.5g}"


def _kind(value):
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
