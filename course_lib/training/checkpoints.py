"""Variables of several networks and optimisers in one file."""

import h5py
import numpy as np
from keras import ops


def save_variables(variables, path):
    """Write named variables into an HDF5 file.

    Args:
        variables: dict from name to keras variable.
        path: file to write.

    Raises:
        OSError: the disk is full or locked.
    """
    with h5py.File(path, "w") as file:
        for name, variable in variables.items():
            file.create_dataset(name, data=np.asarray(ops.convert_to_numpy(variable)))


def load_variables(variables, path):
    """Read what `save_variables` wrote; nothing is changed unless everything fits.

    Args:
        variables: dict from name to keras variable.
        path: file to read.

    Raises:
        OSError: the file is damaged.
        ValueError: a variable is missing, surplus or of another shape; all are named.
    """
    stored = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset):
            stored[name] = item[()]

    with h5py.File(path, "r") as file:
        file.visititems(keep)
    wrong = [f"{name} is missing" for name in variables.keys() - stored.keys()]
    wrong += [f"{name} is not ours" for name in stored.keys() - variables.keys()]
    for name in variables.keys() & stored.keys():
        if tuple(variables[name].shape) != stored[name].shape:
            wrong.append(f"{name} is {stored[name].shape}, ours {tuple(variables[name].shape)}")
    if wrong:
        raise ValueError(f"{path} belongs to other networks: " + "; ".join(sorted(wrong)[:10]) + ".")
    for name, variable in variables.items():
        variable.assign(stored[name])
