"""Auto-DeepLab's cell, which runs once for every level that it hears, and the levels it decodes to.

Paper: Liu et al., Auto-DeepLab: Hierarchical Neural Architecture Search for Semantic Image Segmentation,
       CVPR 2019, sections 3 and 4.
Code:  the authors' search code is not public; NoamRosenberg/autodeeplab, cell_level_search.py and
       decoding_formulas.py, is a re-implementation.
Differs: `three_evaluations` keeps IR-NAS' widths at full size, and takes what is two layers back from IR-NAS,
       so that a measurement compares only how often cells run.
Check: with one share of 1 at every width both supernets say the same.
"""

import dataclasses

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.search.genotype import INPUTS, edges_of
from course_lib.search.irnas import supernet
from course_lib.search.mixed import MixedOperation
from course_lib.search.operations import SPACES, ConvOperation
from course_lib.serial import serializable

SCALES = {"finer": 0.5, "same": 1, "coarser": 2}  # how a neighbouring level's answer is resized
BORDER = 2 / 3  # what the shares of a border level sum to, which has two moves instead of three


def three_evaluations(recipe):
    """Build IR-NAS' supernet with cells that run once for every width that they hear, not once in all.

    Args:
        recipe: IRNASRecipe.

    Returns:
        keras.Model with the inputs, weights and names of `irnas.supernet(recipe)`.
    """
    return supernet(dataclasses.replace(recipe, shared=False))


@serializable
class LevelCell(keras.layers.Layer):
    """The cell's answers to each arrival, mixed by shares: [two back, *arrivals, weights, shares].

    Weights are (edges, operators), shares (arrivals,). The answer is (b, h, w, outputs * width); two back and
    an arrival from the same level are (b, h, w, c), one from the finer level has twice that size, one from
    the coarser level half of it (an odd side n meets 2 n - 1 and (n + 1) / 2). Each arrival is resized and
    projected in its own way; all else is shared.

    Args:
        nodes: how many nodes there are.
        width: channels of every node.
        outputs: how many of the last nodes make the answer; None takes all.
        arrivals: which of "finer", "same" and "coarser" come, in this order.
        affine: whether batch norms learn a scale and a shift.

    Raises:
        ValueError: no node, more outputs than nodes, or no or unknown arrivals.
    """

    def __init__(self, nodes, width, outputs=None, arrivals=tuple(SCALES), affine=False, **kwargs):
        super().__init__(**kwargs)
        checks.at_least("LevelCell", "nodes", nodes, 1)
        checks.within("LevelCell", "outputs", nodes if outputs is None else outputs, 1, nodes)
        checks.at_least("LevelCell", "the number of arrivals", len(arrivals), 1)
        for arrival in arrivals:
            checks.one_of("LevelCell", "arrivals", arrival, SCALES)
        self.nodes, self.width, self.outputs = nodes, width, outputs or nodes
        self.arrivals, self.affine = tuple(arrivals), affine
        self.two_back = ConvOperation(width, 1, affine=affine, name="two_back")
        self.entrances = [ConvOperation(width, 1, affine=affine, name=name) for name in self.arrivals]
        names = SPACES["darts"]
        self.edges = [MixedOperation(names, width, affine=affine) for _ in range(edges_of(nodes))]
        theirs = {"finer": "preprocess_down", "same": "preprocess_same", "coarser": "preprocess_up"}
        self.official = {"two_back": "pre_preprocess"}
        self.official.update({f"entrances/{i}": theirs[name] for i, name in enumerate(self.arrivals)})
        self.official.update({f"edges/{i}": f"_ops.{i}" for i in range(len(self.edges))})

    def build(self, shapes):
        two_back, *arrivals, weights, _ = shapes
        self.two_back.build(two_back)
        for entrance, shape in zip(self.entrances, arrivals, strict=True):
            entrance.build(shape)
        for edge in self.edges:
            edge.build([(*two_back[:-1], self.width), weights[1:]])

    def call(self, inputs, training=None):
        two_back, *arrivals, weights, shares = inputs
        first, total = self.two_back(two_back, training=training), 0
        for i, (name, x) in enumerate(zip(self.arrivals, arrivals, strict=True)):
            x = self.entrances[i](resized(x, SCALES[name]), training=training)
            answer = self._evaluate([first, x], weights, training)
            total = ops.cast(shares[i], answer.dtype) * answer + total
        return total

    def _evaluate(self, states, weights, training):
        edges, rows = iter(self.edges), iter(range(len(self.edges)))
        for _ in range(self.nodes):
            node = 0
            for state in list(states):
                node = next(edges)([state, weights[next(rows)]], training=training) + node
            states.append(node)
        return ops.concatenate(states[INPUTS:][-self.outputs :], axis=-1)

    def compute_output_shape(self, shapes):
        return (*shapes[0][:-1], self.outputs * self.width)

    def get_config(self):
        fields = ("nodes", "width", "outputs", "arrivals", "affine")
        return {**super().get_config(), **{name: getattr(self, name) for name in fields}}


def resized(x, scale):
    """Resize bilinearly, corners on corners, as a neighbouring level needs it.

    Args:
        x: (b, h, w, c) tensor.
        scale: 0.5, 1 or 2; an odd side n becomes (n - 1) scale + 1, an even one n scale.

    Returns:
        (b, h', w', c) tensor.
    """
    if scale == 1:
        return x
    for axis in (1, 2):
        side = ops.shape(x)[axis]
        odd = side % 2
        new = (side - odd) // 2 + odd if scale == 0.5 else (side - odd) * 2 + odd
        # Sides may be unknown when a graph is traced; a distance of one pixel there is as good as none.
        step = ops.cast(side - 1, "float32") / ops.cast(ops.maximum(new - 1, 1), "float32")
        places = ops.cast(ops.arange(new), "float32") * step
        below = ops.clip(ops.cast(ops.floor(places), "int32"), 0, ops.maximum(side - 2, 0))
        share = ops.cast(places - ops.cast(below, "float32"), x.dtype)
        share = ops.reshape(share, (1, -1, 1, 1) if axis == 1 else (1, 1, -1, 1))
        before = ops.take(x, below, axis=axis)
        after = ops.take(x, ops.minimum(below + 1, side - 1), axis=axis)
        x = before + share * (after - before)
    return x


def level_shares(logits):
    """Turn logits of levels into shares for `viterbi.widest_path`.

    Args:
        logits: (layers, levels, 3) float array: to the finer, the same, the coarser level.

    Returns:
        (layers, levels, 3) float64 array. Rows of levels that exist before a layer sum to 1, or to 2/3 for
        the finest and the coarsest one, which have two moves; the others are 0, since levels appear one a
        layer.

    Raises:
        ValueError: another shape, fewer than two levels, or NaN.
    """
    logits = np.asarray(logits, "float64")
    if logits.ndim != 3 or logits.shape[2] != 3 or logits.shape[1] < 2 or not np.isfinite(logits).all():
        raise ValueError(
            "level_shares() needs finite logits (layers, levels, 3) of two levels or more; "
            f"received {logits.shape}."
        )
    levels, shares = logits.shape[1], np.zeros(logits.shape)
    for layer, level in np.ndindex(logits.shape[:2]):
        if level <= layer:
            moves = [column for column in range(3) if 0 <= level + column - 1 < levels]
            weights = np.exp(logits[layer, level, moves] - logits[layer, level, moves].max())
            shares[layer, level, moves] = weights / weights.sum() * (1 if len(moves) == 3 else BORDER)
    return shares


def strongest_edges(weights, nodes):
    """Decode a cell as the re-implementation does: two edges a node, and on each its largest operator.

    Edges are compared without "none", but their operators with it, so that "none" may be chosen.

    Args:
        weights: (edges, 8) float array, softmaxed, "none" first.
        nodes: how many nodes there are.

    Returns:
        list of (edge, operator) pairs of ints, the strongest edge of a node first.

    Raises:
        ValueError: another number of edges.
    """
    weights = np.asarray(weights, "float64")
    if len(weights) != edges_of(nodes):
        raise ValueError(
            f"strongest_edges() needs {edges_of(nodes)} edges for {nodes} nodes; received {len(weights)}."
        )
    found, first = [], 0
    for node in range(nodes):
        edges = range(first, first + INPUTS + node)
        first = edges.stop
        kept = sorted(edges, key=lambda edge: -weights[edge, 1:].max())[:2]
        found += [(edge, int(weights[edge].argmax())) for edge in kept]
    return found
