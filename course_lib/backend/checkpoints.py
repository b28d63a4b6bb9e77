"""Checkpoints of PyTorch as NumPy arrays; torch is needed only here, and no program in the file runs."""

import pathlib

WAY_OUT = (
    "Install it: pip install torch. Or convert the file where it is installed, "
    "numpy.savez(path, **{name: tensor.numpy()}), and read it with course_lib.weights.read_npz(path)."
)


def read_torch(path, entry=None):
    """Read the tensors of a PyTorch checkpoint with weights_only=True.

    Args:
        path: a .pt or .pth file.
        entry: the entry that holds the tensors, if the file holds more than tensors, such as "params".

    Returns:
        dict, official name -> array; half-precision tensors become float32. Ready for
        `course_lib.weights.load_official`.

    Raises:
        ImportError: torch is not installed.
        FileNotFoundError: there is no such file.
        ValueError: the file holds Python objects, is damaged, lacks `entry`, or holds more than tensors.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"read_torch() found no file {path}.")
    try:
        import torch
    except ImportError:
        raise ImportError(f"read_torch() needs torch, which is not installed. {WAY_OUT}") from None
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    # torch lets the errors of its unpickler, of zip files and of old formats through; all mean the same here.
    except Exception as error:
        reason = str(error).strip().split("\n")[0]
        raise ValueError(
            f"read_torch() refuses {path}: it is damaged, or holds Python objects, which could run any "
            f"program when opened ({type(error).__name__}: {reason}). Ask its author for the state_dict()."
        ) from None
    if entry is not None:
        if not isinstance(stored, dict) or entry not in stored:
            raise ValueError(f"{path} has no entry {entry!r}; it holds {_contents(stored)}.")
        stored = stored[entry]
    if not isinstance(stored, dict) or not all(isinstance(x, torch.Tensor) for x in stored.values()):
        raise ValueError(
            f"read_torch() needs a dict of tensors; {path} holds {_contents(stored)}. "
            f"Name the entry that holds them: read_torch(path, entry=...)."
        )
    half = (torch.float16, torch.bfloat16)
    return {name: (x.float() if x.dtype in half else x).numpy() for name, x in stored.items()}


def _contents(stored):
    if not isinstance(stored, dict):
        return f"a {type(stored).__name__}"
    return ", ".join(f"{key!r} ({type(value).__name__})" for key, value in list(stored.items())[:8])
