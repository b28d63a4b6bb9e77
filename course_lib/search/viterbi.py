"""The most probable path through the widths of a supernet.

Paper: Liu et al., Auto-DeepLab, CVPR 2019, section 4.3; Zhang et al., Memory-Efficient Hierarchical Neural
       Architecture Search for Image Denoising (IR-NAS), CVPR 2020, section 3.
Code:  hkzhang-git/HiNAS, one_stage_nas/modeling/common.py.
Differs: moves to a width that does not exist are not followed; the original's mask leaves them 1e-22.
Check: when all moves are as probable, the path stays at the narrowest width.
"""

import numpy as np

from course_lib import checks

MOVES = (-1, 0, 1)  # narrower, same, wider: the columns


def widest_path(shares, widths):
    """Find the path through the widths whose product of shares is the largest (Viterbi, 1967).

    It starts at width 0 before the first layer and changes by at most one width a layer. Of equal products
    the one from the narrower width stays, and of equal ends the narrower one.

    Args:
        shares: list, one entry a layer: (sources, 3) float array >= 0, row s says what goes from width s
            to width s - 1, s and s + 1. Sources that no path reaches may be left out at the end.
        widths: int, how many widths there are.

    Returns:
        tuple of ints, the index of the width of every layer; the start is not listed.

    Raises:
        ValueError: no layer, other than three columns, NaN or a negative share, or no path at all.
    """
    shares = _checked("widest_path()", shares, widths)
    best = np.zeros(widths)
    best[0] = 1
    origins = []
    for layer in shares:
        reached, origin = np.zeros(widths), np.full(widths, -1)
        for source, row in enumerate(layer[:widths]):
            for move, share in zip(MOVES, row, strict=True):
                target = source + move
                # Products, not sums of logarithms: equal products would not stay equal.
                if 0 <= target < widths and best[source] * share > reached[target]:
                    reached[target], origin[target] = best[source] * share, source
        best = reached
        origins.append(origin)
    if not best.max() > 0:
        raise ValueError("widest_path() finds no path: every one has a share of 0.")
    path = [int(best.argmax())]
    for origin in reversed(origins[1:]):
        path.append(int(origin[path[-1]]))
    return tuple(reversed(path))


def path_share(shares, path):
    """Multiply the shares along a path.

    Args:
        shares: as `widest_path` takes them.
        path: the index of the width of every layer.

    Returns:
        float, the path's probability when the rows of `shares` sum to 1.

    Raises:
        ValueError: the path has another number of layers or changes by more than one width.
    """
    shares = _checked("path_share()", shares, max(path, default=0) + 1)
    if len(path) != len(shares):
        raise ValueError(f"path_share() needs a width for each of {len(shares)} layers; received {path}.")
    product, source = 1.0, 0
    for layer, target in zip(shares, path, strict=True):
        if abs(target - source) > 1 or source >= len(layer):
            raise ValueError(f"path_share() cannot go from width {source} to {target} in the path {path}.")
        product *= float(layer[source, target - source + 1])
        source = target
    return product


def _checked(owner, shares, widths):
    checks.at_least(owner, "widths", widths, 1)
    checks.at_least(owner, "the number of layers", len(shares), 1)
    shares = [np.asarray(layer, "float64") for layer in shares]
    for number, layer in enumerate(shares):
        if layer.ndim != 2 or layer.shape[1] != len(MOVES) or not len(layer):
            raise ValueError(
                f"{owner} needs (sources, 3) shares a layer: narrower, same, wider; received "
                f"{layer.shape} at layer {number}."
            )
        if not (np.isfinite(layer).all() and layer.min() >= 0):
            raise ValueError(
                f"{owner} needs finite shares of 0 or more; those of layer {number} are {layer.tolist()}. "
                "Logits become shares by Architecture.values()."
            )
    return shares
