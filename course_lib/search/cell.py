"""DARTS' cells: with every operator on every edge while searching, with two edges a node afterwards.

Paper: Liu et al., DARTS, ICLR 2019, sections 2.1 and 3.1.
Code:  quark0/darts, cnn/model_search.py and cnn/model.py, class Cell.
Differs: the probability of dropping an edge is fixed, the original raises it during training; a stored
         variance is that of the batch, PyTorch's that of the batch times n / (n - 1).
"""

import keras
from keras import ops

from course_lib import checks
from course_lib.search.genotype import INPUTS, Cell, edges_of
from course_lib.search.mixed import MixedOperation
from course_lib.search.operations import (
    SPACES,
    ConvOperation,
    FactorisedReduce,
    Identity,
    operation,
    subsampled,
)
from course_lib.serial import serializable


@serializable
class SearchCell(keras.layers.Layer):
    """A relaxed cell: [s0, s1, weights] to all its nodes, side by side.

    s0 (b, h, w, c) is the state two cells back, twice as high and wide where the cell before reduced it; s1
    (b, h, w, c') is the state before; the weights (edges, operators) go node by node, and within a node state
    by state: s0, s1, then the nodes before. The answer is (b, h, w, nodes * width), or half as high and wide
    from a reducing cell.

    Args:
        width: channels of each state inside.
        nodes: how many nodes there are.
        space: a name of `operations.SPACES`; only "darts" can reduce.
        reduction: whether the operators that read s0 and s1 have stride 2.
        reduced_before: whether the cell before was a reducing one.
        affine: whether batch norms learn a scale and a shift.

    Raises:
        ValueError: no width, no node, an unknown space, or an odd width where sizes are halved.
    """

    def __init__(
        self, width, nodes=4, space="darts", reduction=False, reduced_before=False, affine=False, **kwargs
    ):
        super().__init__(**kwargs)
        _demand("SearchCell", width, nodes)
        checks.one_of("SearchCell", "spaces", space, sorted(SPACES))
        self.width, self.nodes, self.space, self.affine = width, nodes, space, affine
        self.reduction, self.reduced_before = reduction, reduced_before
        self.projections = _projections(width, reduced_before, affine)
        sources = [source for i in range(nodes) for source in range(INPUTS + i)]
        self.edges = [
            MixedOperation(SPACES[space], width, 2 if reduction and source < INPUTS else 1, affine)
            for source in sources
        ]
        self.official = _official("edges", edges_of(nodes))

    def build(self, shapes):
        states = _build_projections(self.projections, shapes[:INPUTS], self.width)
        states += [self._node_shape(states)] * self.nodes
        number = 0
        for i in range(self.nodes):
            for state in states[: INPUTS + i]:
                self.edges[number].build([state, tuple(shapes[INPUTS][1:])])
                number += 1

    def call(self, inputs, training=None):
        weights, number = inputs[INPUTS], 0
        pairs = zip(self.projections, inputs[:INPUTS], strict=True)
        states = [project(x, training=training) for project, x in pairs]
        for i in range(self.nodes):
            parts = []
            for state in states[: INPUTS + i]:
                parts.append(self.edges[number]([state, weights[number]], training=training))
                number += 1
            states.append(sum(parts[1:], parts[0]))
        return ops.concatenate(states[INPUTS:], axis=-1)  # (b, h', w', nodes * width)

    def compute_output_shape(self, shapes):
        return (*self._node_shape([shapes[1]])[:-1], self.nodes * self.width)

    def get_config(self):
        fields = ("width", "nodes", "space", "reduction", "reduced_before", "affine")
        return {**super().get_config(), **{name: getattr(self, name) for name in fields}}

    def _node_shape(self, states):
        return (*subsampled(states[-1], 2 if self.reduction else 1)[:-1], self.width)


@serializable
class DerivedCell(keras.layers.Layer):
    """A cell that a search has found: [s0, s1], shaped as for `SearchCell`, to all its nodes, side by side.

    Args:
        nodes: for every node its (operator, source) pairs, as `genotype.Cell` has them.
        width: channels of each state inside.
        reduction: whether the operators that read s0 and s1 have stride 2.
        reduced_before: whether the cell before was a reducing one.
        drop_path: probability of dropping an edge of one picture while training, in [0, 1); what is kept
            grows to make up for it. Edges without an operator are never dropped.
        seed: int; fixes what is dropped.

    Raises:
        ValueError: nodes that `genotype.Cell` refuses, no width, an odd width where sizes are halved, or a
            probability outside its range.
    """

    def __init__(self, nodes, width, reduction=False, reduced_before=False, drop_path=0.0, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.nodes = Cell(nodes=nodes).nodes
        _demand("DerivedCell", width, len(self.nodes))
        checks.within("DerivedCell", "drop_path", drop_path, 0, 0.99)
        self.width, self.reduction, self.reduced_before = width, reduction, reduced_before
        self.drop_path, self.seed = drop_path, seed
        self.projections = _projections(width, reduced_before, affine=True)
        edges = [edge for node in self.nodes for edge in node]
        self.operators = [
            operation(name, width, stride=2 if reduction and source < INPUTS else 1) for name, source in edges
        ]
        self.drops = [
            None
            if isinstance(operator, Identity) or not drop_path
            else keras.layers.Dropout(drop_path, noise_shape=(None, 1, 1, 1), seed=seed + i)
            for i, operator in enumerate(self.operators)
        ]

    def build(self, shapes):
        states = _build_projections(self.projections, shapes, self.width)
        states += [(*self.compute_output_shape(shapes)[:-1], self.width)] * len(self.nodes)
        sources = [source for node in self.nodes for _, source in node]
        for operator, drop, source in zip(self.operators, self.drops, sources, strict=True):
            operator.build(states[source])
            if drop:
                drop.build(states[-1])
        learning = [i for i, operator in enumerate(self.operators) if operator.weights]
        official = _official("operators", len(self.operators))
        skipped = {f"operators/{i}" for i in range(len(self.operators)) if i not in learning}
        self.official = {ours: theirs for ours, theirs in official.items() if ours not in skipped}

    def call(self, inputs, training=None):
        states = [project(x, training=training) for project, x in zip(self.projections, inputs, strict=True)]
        number = 0
        for node in self.nodes:
            parts = []
            for _, source in node:
                operator, drop = self.operators[number], self.drops[number]
                y = (
                    operator(states[source], training=training)
                    if operator.weights
                    else operator(states[source])
                )
                parts.append(drop(y, training=training) if drop else y)
                number += 1
            states.append(sum(parts[1:], parts[0]))
        return ops.concatenate(states[INPUTS:], axis=-1)  # (b, h', w', nodes * width)

    def compute_output_shape(self, shapes):
        return (*subsampled(shapes[1], 2 if self.reduction else 1)[:-1], len(self.nodes) * self.width)

    def get_config(self):
        fields = ("nodes", "width", "reduction", "reduced_before", "drop_path", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in fields}}


def _demand(owner, width, nodes):
    checks.at_least(owner, "width", width, 1)
    checks.at_least(owner, "the number of nodes", nodes, 1)


def _projections(width, reduced_before, affine):
    """Bring both inputs to one width, and the older one to the size of the newer."""
    older = (
        FactorisedReduce(width, affine=affine) if reduced_before else ConvOperation(width, 1, affine=affine)
    )
    return [older, ConvOperation(width, 1, affine=affine)]


def _build_projections(projections, shapes, width):
    for project, shape in zip(projections, shapes, strict=True):
        project.build(shape)
    return [(*shapes[1][:-1], width)] * INPUTS


def _official(ours, count):
    names = {f"projections/{i}": f"preprocess{i}" for i in range(INPUTS)}
    return names | {f"{ours}/{i}": f"_ops.{i}" for i in range(count)}
