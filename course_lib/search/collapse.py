"""Searches that fall for operators that do nothing: how many there are, a warning, and a stop.

Paper: Zela et al., Understanding and Robustifying Differentiable Architecture Search, ICLR 2020, section 3,
       describe the collapse; stopping early is one of the remedies, also PyNAS' (Hu et al., ICCV 2021).
"""

import warnings

import keras
import numpy as np

from course_lib import checks
from course_lib.search.genotype import derive_cell
from course_lib.search.operations import NONE, SKIPS, SPACES

IDLE = (*SKIPS, NONE)  # operators that do nothing
WARN_ABOVE = 0.5  # share of them from which a search is warned, where it is never stopped
LOOKS = 2  # looks in a row that must be above the limit before a search is stopped


class Collapsed(RuntimeError):
    """What `StopAtCollapse` raises."""


def share_of_names(names):
    """Count skips and nones among operators.

    Args:
        names: iterable of operators' names, at least one.

    Returns:
        float in [0, 1], their share.

    Raises:
        ValueError: there are no operators.
    """
    names = list(names)
    checks.at_least("share_of_names()", "the number of operators", len(names), 1)
    return sum(name in IDLE for name in names) / len(names)


def share_of_genotype(genotype):
    """Count skips and nones in what a search has found.

    Args:
        genotype: Genotype.

    Returns:
        float in [0, 1], their share among the operators of all its cells.
    """
    return share_of_names(name for cell in genotype.cells for node in cell.nodes for name, _ in node)


def share_of_weights(weights, space):
    """Count skips and nones in what would be derived now.

    Args:
        weights: dict from name to (rows, columns) softmaxed weights, as `Architecture.values()` gives.
            Matrices with another number of columns than the space has operators, such as weights of widths,
            are left out.
        space: name of the operators' set, whose cells are derived as `genotype.derive_cell` does; or a tuple
            of names, of which each row chooses its strongest.

    Returns:
        float in [0, 1], their share.

    Raises:
        ValueError: an unknown space, weights that are not finite, or no matrix that fits.
    """
    return share_of_names(_names_of(weights, space))


def _names_of(weights, space):
    if isinstance(space, str):
        checks.one_of("share_of_weights()", "spaces", space, sorted(SPACES))
    operators = SPACES[space] if isinstance(space, str) else tuple(space)
    fitting = {name: rows for name, rows in weights.items() if np.shape(rows)[-1] == len(operators)}
    if not fitting:
        shapes = ", ".join(f"{name} {np.shape(rows)}" for name, rows in weights.items())
        raise ValueError(f"share_of_weights() needs a matrix of {len(operators)} columns; received {shapes}.")
    for name, rows in fitting.items():
        if not np.isfinite(rows).all():
            raise ValueError(f"share_of_weights() needs finite weights; {name!r} holds NaN or infinity.")
    if isinstance(space, str):
        cells = [derive_cell(rows, space) for rows in fitting.values()]
        return [name for cell in cells for node in cell.nodes for name, _ in node]
    return [operators[i] for rows in fitting.values() for i in np.argmax(rows, axis=-1)]


class StopAtCollapse(keras.callbacks.Callback):
    """Warn when skips take over what would be derived, and stop the search when they stay.

    To the logs of an interval it adds "skips", their share.

    Args:
        architecture: Architecture.
        space: as in `share_of_weights`.
        most: share above which the search is stopped at the second look in a row; None only warns, above a
            half.
        say: function that receives the warning; None for a Python warning.

    Raises:
        TypeError: `most` is no number.
        ValueError: `most` is outside [0, 1].
    """

    def __init__(self, architecture, space, most=None, say=None):
        super().__init__()
        if most is not None:
            checks.within("StopAtCollapse", "most", most, 0, 1)
        self.architecture, self.space, self.most = architecture, space, most
        self.say, self.looks, self.warned = say, [], False

    def on_epoch_end(self, epoch, logs=None):
        names = _names_of(self.architecture.values(), self.space)
        self.looks.append(share_of_names(names))
        if logs is not None:
            logs["skips"] = self.looks[-1]
        limit = WARN_ABOVE if self.most is None else self.most
        if self.looks[-1] <= limit:
            return
        idle = sum(name in IDLE for name in names)
        what = f"{idle} of {len(names)} operators would be skips at interval {epoch + 1}, more than {limit:g}"
        if self.most is not None and len(self.looks) >= LOOKS and min(self.looks[-LOOKS:]) > limit:
            raise Collapsed(
                f"the search collapsed: {what}, and {LOOKS} looks in a row. Usual causes: the architecture "
                f"moved before the weights had learned, its learning rate is too high, or the search took "
                f"too long. Take an earlier architecture, or set most_skips to null to go on all the same."
            )
        if not self.warned:
            self.warned = True
            (self.say or _warn)(f"The search may be collapsing: {what}.")


class EndAtCollapse(keras.callbacks.Callback):
    """End a search quietly when skips take over; `before_collapse` finds what it knew before.

    To the logs of an interval it adds "skips", their share.

    Args:
        architecture: Architecture.
        space: as in `share_of_weights`.
        most: share above which the search ends at once.

    Raises:
        TypeError: `most` is no number.
        ValueError: `most` is outside [0, 1].

    Source:
        Liang et al., DARTS+, 2019, stop a search by counting skips.
    """

    def __init__(self, architecture, space, most):
        super().__init__()
        checks.within("EndAtCollapse", "most", most, 0, 1)
        self.architecture, self.space, self.most, self.reason = architecture, space, most, ""

    def on_epoch_end(self, epoch, logs=None):
        share = share_of_weights(self.architecture.values(), self.space)
        if logs is not None:
            logs["skips"] = share
        if share > self.most:
            self.reason = f"at interval {epoch + 1}: {share:.0%} skips, more than {self.most:.0%}"
            self.model.stop_training = True


def before_collapse(looks, space, most):
    """Choose the last architecture before skips took over.

    Args:
        looks: list of dicts of softmaxed weights, in the order of the search, at least one.
        space: as in `share_of_weights`.
        most: share of skips above which nothing more is taken.

    Returns:
        dict, one of `looks`: the last before the first above `most`, or the first of all.
    """
    kept = looks[0]
    for look in looks:
        if share_of_weights(look, space) > most:
            break
        kept = look
    return kept


def _warn(line):
    warnings.warn(line, UserWarning, stacklevel=3)
