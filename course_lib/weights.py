"""Weights of the papers' own code: arrays under their official names, into our networks and back.

A network or brick says what its parts are called there, in a plain dict `official`: our layer or weight, by
its name or a path such as "blocks/0", to the official name. Names within names join with dots. What a
convolution, a linear layer and a norm call their arrays is known here.
"""

import dataclasses
import pathlib
import typing
import zipfile

import keras
import numpy as np
from keras import ops


@dataclasses.dataclass(frozen=True)
class Layout:
    """How an official array lies in our weight, and back. Beside a name in `official`: (name, layout).

    Args:
        ours: function from the official array to ours.
        theirs: function from our array to the official one.
    """

    ours: typing.Callable
    theirs: typing.Callable


def permuted(*axes):
    """Make a layout that only changes the order of axes.

    Args:
        *axes: ints; our axis i is the official axis axes[i].

    Returns:
        Layout.
    """
    back = tuple(int(axis) for axis in np.argsort(axes))
    return Layout(lambda array: array.transpose(axes), lambda array: array.transpose(back))


AS_IS = Layout(lambda array: array, lambda array: array)
# Also for transposed convolutions: (in, out, kh, kw) there, (kh, kw, out, in) here.
CONVOLUTION = permuted(2, 3, 1, 0)  # (out, in, kh, kw) -> (kh, kw, in, out)
DEPTHWISE = permuted(2, 3, 0, 1)  # (c, 1, kh, kw) -> (kh, kw, c, 1)
LINEAR = permuted(1, 0)  # (out, in) -> (in, out)
SCALE = Layout(
    lambda array: array.reshape(-1), lambda array: array.reshape(1, -1, 1, 1)
)  # (1, c, 1, 1) -> (c,)

NORM = {"gamma": "weight", "beta": "bias"}
KNOWN = (
    (keras.layers.DepthwiseConv2D, {"kernel": ("weight", DEPTHWISE), "bias": "bias"}),
    (
        (keras.layers.Conv2D, keras.layers.Conv2DTranspose),
        {"kernel": ("weight", CONVOLUTION), "bias": "bias"},
    ),
    (keras.layers.Dense, {"kernel": ("weight", LINEAR), "bias": "bias"}),
    ((keras.layers.LayerNormalization, keras.layers.GroupNormalization), NORM),
    (
        keras.layers.BatchNormalization,
        {**NORM, "moving_mean": "running_mean", "moving_variance": "running_var"},
    ),
)


def load_official(target, state, ignore=()):
    """Move official arrays into a network or brick: every array and every weight is used exactly once.

    Nothing is changed when anything is wrong.

    Args:
        target: built keras model or layer with a dict `official`, or one of the layers known here.
        state: dict, official name -> array in PyTorch's layout: convolution (out, in, kh, kw),
            transposed convolution (in, out, kh, kw), linear (out, in).
        ignore: tuple of endings; arrays so named are left out, such as "num_batches_tracked".

    Raises:
        TypeError: `target` is no layer, or `state` no dict of arrays of numbers.
        ValueError: missing, surplus or wrongly shaped arrays, all listed; `official` does not fit `target`.
    """
    slots = _slots_of(target)
    endings = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    given = {name: array for name, array in _arrays(state).items() if not name.endswith(endings)}
    shapes = {name: _official_shape(*slot) for name, slot in slots.items()}
    missing = [f"{name} {shape}" for name, shape in shapes.items() if name not in given]
    surplus = [f"{name} {array.shape}" for name, array in given.items() if name not in slots]
    wrong = [
        f"{name} needs {shape}, received {given[name].shape}"
        for name, shape in shapes.items()
        if name in given and given[name].shape != shape
    ]
    if missing or surplus or wrong:
        faults = {"missing": missing, "surplus": surplus, "wrong shape": wrong}
        lines = [f"{title} ({len(names)}): {'; '.join(names)}" for title, names in faults.items() if names]
        raise ValueError(
            f"load_official() cannot fill {target.name!r}; nothing was changed.\n"
            + "\n".join(lines + _advice(given, slots))
        )
    for name, (variable, layout) in slots.items():
        # A copy: an engine may go on using the memory it is given.
        variable.assign(np.array(layout.ours(given[name]), dtype="float32", order="C"))


def official_state(target):
    """Read a network's or brick's weights as `load_official` takes them.

    Args:
        target: as in `load_official`.

    Returns:
        dict, official name -> float32 array in PyTorch's layout.

    Raises:
        TypeError: `target` is no layer.
        ValueError: `official` does not fit `target`.
    """
    return {
        name: np.ascontiguousarray(layout.theirs(ops.convert_to_numpy(variable)), dtype="float32")
        for name, (variable, layout) in _slots_of(target).items()
    }


def drop_prefix(state, prefix):
    """Keep the arrays whose names begin with `prefix`, under names without it.

    Args:
        state: dict, name -> array.
        prefix: str such as "module." or "sd/".

    Returns:
        dict of the same arrays under shorter names.

    Raises:
        ValueError: no name begins with `prefix`.
    """
    kept = {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}
    if not kept:
        raise ValueError(f"drop_prefix() needs names that begin with {prefix!r}; received {_some(state)}.")
    return kept


def read_npz(path):
    """Read a file of named arrays, without ever opening a pickle.

    Args:
        path: a .npz file, as numpy.savez writes it.

    Returns:
        dict, name -> array.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a pickled checkpoint, a pickled object inside, a damaged file, or no .npz file.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"read_npz() found no file {path}.")
    pickled = (
        f"read_npz() reads arrays only; {path} is a pickled checkpoint, and opening a pickle can run any "
        "program. course_lib.backend.checkpoints.read_torch(path) takes its tensors alone; it needs torch."
    )
    with open(path, "rb") as file:
        head = file.read(2)
    if head[:1] == b"\x80":
        raise ValueError(pickled)
    if head != b"PK":
        raise ValueError(f"read_npz() needs a .npz file of arrays; {path} is none.")
    try:
        with zipfile.ZipFile(path) as archive:
            if any(name.endswith(".pkl") for name in archive.namelist()):
                raise ValueError(pickled)
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise ValueError(f"read_npz() cannot read {path}: damaged ({error}).") from None
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise ValueError(f"{pickled} It holds an array of Python objects.") from None
        raise


def _slots_of(target):
    """Every weight of `target` as official name -> (variable, layout)."""
    if not isinstance(target, keras.Layer):
        raise TypeError(f"load_official() needs a keras model or layer; received {type(target).__name__}.")
    if not target.built:
        raise ValueError(f"load_official() needs a built target; {target.name!r} has no weights yet.")
    found = list(_walk(target, ""))
    slots = {name: (variable, layout) for name, variable, layout in found}
    filled = {id(variable) for _, variable, _ in found}
    if len(slots) != len(found) or len(filled) != len(found):
        raise ValueError(f"{target.name!r} names an array or a weight twice in `official`.")
    nameless = [variable.path for variable in target.weights if id(variable) not in filled]
    if nameless:
        raise ValueError(f"{target.name!r} has weights without an official name: {', '.join(nameless)}.")
    return slots


def _walk(layer, prefix):
    names = getattr(layer, "official", None)
    if names is None:
        names = next((names for kinds, names in KNOWN if isinstance(layer, kinds)), None)
    if names is None:
        raise ValueError(
            f"{layer.name!r} ({type(layer).__name__}) has no official names. Give it a dict: "
            "layer.official = {our layer or weight: official name}."
        )
    for path, entry in names.items():
        name, layout = entry if isinstance(entry, tuple) else (entry, AS_IS)
        found, full = _find(layer, path), ".".join(word for word in (prefix, name) if word)
        if isinstance(found, keras.Layer):
            yield from _walk(found, full)
        elif found is not None:  # a layer without bias, or a norm without scale, keeps None there
            yield full, found, layout


def _find(layer, path):
    found = layer
    for word in path.split("/"):
        if isinstance(found, list | tuple):
            inside = dict(enumerate(found))
            word = int(word) if word.isdigit() else word
        else:
            inside = {child.name: child for child in getattr(found, "layers", [])}
            if word not in inside and hasattr(found, word):
                inside[word] = getattr(found, word)
        if word not in inside:
            raise ValueError(f"{layer.name!r} has no {path!r}, of which its dict `official` speaks.")
        found = inside[word]
    return found


def _official_shape(variable, layout):
    return layout.theirs(np.broadcast_to(np.float32(0), tuple(variable.shape))).shape


def _arrays(state):
    if not isinstance(state, dict):
        raise TypeError(f"load_official() needs a dict of arrays; received {type(state).__name__}.")
    for name, array in state.items():
        if isinstance(array, dict):
            raise TypeError(
                f"load_official() needs arrays; {name!r} is a dict of {_some(array)}. Pass it alone."
            )
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
            kind = getattr(array, "dtype", type(array).__name__)
            raise TypeError(f"load_official() needs NumPy arrays of numbers; {name!r} is {kind}.")
    return state


def _advice(given, slots):
    firsts = {name.split(".")[0] + "." for name in given}
    if len(firsts) == 1 and any(name.removeprefix(*firsts) in slots for name in given):
        word = next(iter(firsts))
        return [f"Every name begins with {word!r}. Try course_lib.weights.drop_prefix(state, {word!r})."]
    return []


def _some(names):
    names = [repr(name) for name in names]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "") or "nothing"
