"""Argument checks in one voice: who asked, what came, the way out."""

import difflib

import numpy as np


def unit_image(owner, name, image, dims=(2, 3)):
    """Demand a finite, non-empty floating-point picture with values in [0, 1].

    Args:
        owner: who asks, for the message, such as "blur()".
        name: the argument's name.
        image: (h, w) or (h, w, c) float array in [0, 1].
        dims: the numbers of axes that are welcome.

    Raises:
        TypeError: `image` is no NumPy array.
        ValueError: wrong type, axes, size, range, or NaN inside.
    """
    finite_image(owner, name, image, dims)
    low, high = float(image.min()), float(image.max())
    if low < 0 or high > 1:
        raise ValueError(
            f"{owner} needs {name} in [0, 1]; received {image.dtype} in [{low:g}, {high:g}]. "
            f"Convert: course_lib.data.images.to_unit({name}) for integers, or divide by the known maximum."
        )


def finite_image(owner, name, image, dims=(2, 3)):
    """Demand a finite, non-empty floating-point picture of any range.

    Args:
        owner: who asks, for the message.
        name: the argument's name.
        image: (h, w) or (h, w, c) float array.
        dims: the numbers of axes that are welcome.

    Raises:
        TypeError: `image` is no NumPy array.
        ValueError: wrong type, axes or size, or NaN inside.
    """
    if not isinstance(image, np.ndarray):
        raise TypeError(f"{owner} needs {name} as a NumPy array; received {type(image).__name__}.")
    if image.size == 0:
        raise ValueError(f"{owner} needs {name} with at least one pixel; received shape {image.shape}.")
    if not np.issubdtype(image.dtype, np.floating):
        raise ValueError(
            f"{owner} needs {name} as float32 in [0, 1]; received {image.dtype} "
            f"in [{image.min()}, {image.max()}]. Convert: course_lib.data.images.to_unit({name})."
        )
    if image.ndim not in dims:
        shapes = " or ".join({2: "(h, w)", 3: "(h, w, c)", 4: "(b, h, w, c)"}[d] for d in dims)
        raise ValueError(f"{owner} needs {name} of shape {shapes}; received {image.shape}.")
    if not np.isfinite(image).all():
        bad = int(image.size - np.isfinite(image).sum())
        raise ValueError(
            f"{owner} needs finite values in {name}; received {bad} NaN or infinite of {image.size}."
        )


def kernel(owner, kernel):
    """Demand a blur kernel: odd sides, no negative weight, sum 1.

    Args:
        owner: who asks, for the message.
        kernel: (k, k') float array, both sides odd.

    Raises:
        TypeError: `kernel` is no NumPy array.
        ValueError: wrong axes, an even side, NaN, a negative weight, or a sum other than 1.
    """
    if not isinstance(kernel, np.ndarray):
        raise TypeError(f"{owner} needs kernel as a NumPy array; received {type(kernel).__name__}.")
    if kernel.ndim != 2 or kernel.size == 0:
        raise ValueError(f"{owner} needs kernel of shape (k, k); received {kernel.shape}.")
    if kernel.shape[0] % 2 == 0 or kernel.shape[1] % 2 == 0:
        raise ValueError(
            f"{owner} needs a kernel with odd sides, so that it has a middle; received "
            f"{kernel.shape[0]} x {kernel.shape[1]}. Pad one row or column of zeros."
        )
    if not np.isfinite(kernel).all():
        raise ValueError(f"{owner} needs finite weights in kernel; received NaN or infinity.")
    if kernel.min() < 0:
        raise ValueError(f"{owner} needs kernel weights of 0 or more; received {kernel.min():g}.")
    total = float(kernel.sum())
    if abs(total - 1) > 1e-4:
        raise ValueError(
            f"{owner} needs a kernel that sums to 1, or brightness changes; received sum {total:g}. "
            f"Divide: kernel / kernel.sum()."
        )


def generator(owner, rng, why):
    """Demand a NumPy Generator, because chance is an argument here.

    Args:
        owner: who asks, for the message.
        rng: numpy.random.Generator.
        why: what needs it, such as "sigma > 0".

    Raises:
        ValueError: `rng` is missing.
        TypeError: `rng` is something else.
    """
    if rng is None:
        raise ValueError(f"{owner} needs rng because {why}; pass numpy.random.default_rng(seed).")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"{owner} needs rng as a numpy.random.Generator; received {type(rng).__name__}.")


def at_least(owner, name, value, minimum):
    """Demand value >= minimum.

    Args:
        owner: who asks, for the message.
        name: the argument's name.
        value: number.
        minimum: smallest welcome number.

    Raises:
        TypeError: `value` is no number.
        ValueError: `value` is smaller, or NaN.
    """
    _number(owner, name, value)
    if not value >= minimum:
        raise ValueError(f"{owner} needs {name} of at least {minimum}; received {value}.")


def above(owner, name, value, bound):
    """Demand value > bound.

    Args:
        owner: who asks, for the message.
        name: the argument's name.
        value: number.
        bound: number that is just too small.

    Raises:
        TypeError: `value` is no number.
        ValueError: `value` is not larger, or NaN.
    """
    _number(owner, name, value)
    if not value > bound:
        raise ValueError(f"{owner} needs {name} above {bound}; received {value}.")


def within(owner, name, value, low, high):
    """Demand low <= value <= high.

    Args:
        owner: who asks, for the message.
        name: the argument's name.
        value: number.
        low: smallest welcome number.
        high: largest welcome number.

    Raises:
        TypeError: `value` is no number.
        ValueError: `value` is outside, or NaN.
    """
    _number(owner, name, value)
    if not low <= value <= high:
        raise ValueError(f"{owner} needs {name} in [{low}, {high}]; received {value}.")


def odd(owner, name, value):
    """Demand an odd whole number of at least 1.

    Args:
        owner: who asks, for the message.
        name: the argument's name.
        value: integer.

    Raises:
        TypeError: `value` is no number.
        ValueError: `value` is even, below 1 or not whole.
    """
    at_least(owner, name, value, 1)
    if value % 2 != 1:
        raise ValueError(f"{owner} needs an odd {name}, so that there is a middle; received {value}.")


def one_of(owner, name, value, known):
    """Demand a known word; name the nearest one otherwise.

    Args:
        owner: who asks, for the message.
        name: the argument's name.
        value: str.
        known: iterable of welcome words.

    Raises:
        ValueError: `value` is unknown.
    """
    known = list(known)
    if value not in known:
        near = difflib.get_close_matches(str(value), [word for word in known if isinstance(word, str)], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{owner} knows {name} {', '.join(map(repr, known))}; received {value!r}.{hint}")


def same_shape(owner, names, first, second):
    """Demand two arrays of one shape.

    Args:
        owner: who asks, for the message.
        names: the two arguments' names.
        first: array of any shape.
        second: array that must match it.

    Raises:
        ValueError: the shapes differ.
    """
    if tuple(first.shape) != tuple(second.shape):
        raise ValueError(
            f"{owner} needs {names[0]} and {names[1]} of one shape; "
            f"received {tuple(first.shape)} and {tuple(second.shape)}."
        )


def divisible(owner, shape, by):
    """Demand height and width that `by` divides.

    Args:
        owner: who asks, for the message.
        shape: (..., h, w, c).
        by: int, the multiple; or (rows, columns), one for each side.

    Raises:
        ValueError: a remainder is left.
    """
    height, width = shape[-3], shape[-2]
    rows, columns = by if isinstance(by, tuple) else (by, by)
    if height % rows or width % columns:
        wanted = (
            f"height and width divisible by {rows}"
            if rows == columns
            else f"a height divisible by {rows} and a width by {columns}"
        )
        raise ValueError(
            f"{owner} needs {wanted}; received {height} x {width}. "
            f"Pad first: course_lib.layers.borders.pad_to_multiple(image, {by})."
        )


def _number(owner, name, value):
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{owner} needs {name} as a number; received {type(value).__name__} {value!r}.")
