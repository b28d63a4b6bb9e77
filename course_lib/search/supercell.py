"""The cell of IR-NAS and HiNAS: every operator on every edge while searching, two edges a node afterwards.

Paper: Zhang et al., Memory-Efficient Hierarchical Neural Architecture Search for Image Denoising (IR-NAS),
       CVPR 2020, section 3.1.
Code:  hkzhang-git/HiNAS, one_stage_nas/darts/cell.py, Cell and FixCell.
Differs: a stored variance is that of the batch, PyTorch's that of the batch times n / (n - 1).
Check: 3, 4 and 5 nodes have 9, 14 and 20 edges.
"""

import keras
from keras import ops

from course_lib import checks
from course_lib.search.genotype import INPUTS, edges_of
from course_lib.search.mixed import MixedOperation
from course_lib.search.operations import SPACES, operation
from course_lib.serial import serializable


@serializable
class SuperCell(keras.layers.Layer):
    """Nodes that sum mixed operations over all states before them: [two back, previous, weights].

    Both inputs are (b, h, w, width), the weights (edges, operators): node by node, and for each node state by
    state, first two back, then previous, then the nodes. The answer is all nodes, (b, h, w, nodes * width).

    Args:
        nodes: how many nodes there are.
        width: channels of every state.
        space: a name of `operations.SPACES`.
        affine: whether the operators' batch norms learn a scale and a shift.
        activation: "relu" or "leaky_relu".

    Raises:
        ValueError: no node, or an unknown space.
    """

    def __init__(self, nodes, width, space="irnas", affine=False, activation="relu", **kwargs):
        super().__init__(**kwargs)
        checks.at_least("SuperCell", "nodes", nodes, 1)
        checks.one_of("SuperCell", "spaces", space, SPACES)
        self.nodes, self.width, self.space = nodes, width, space
        self.affine, self.activation = affine, activation
        settings = {"affine": affine, "activation": activation}
        self.edges = [MixedOperation(SPACES[space], width, **settings) for _ in range(edges_of(nodes))]
        self.official = {f"edges/{i}": f"_ops.{i}" for i in range(len(self.edges))}

    def build(self, shapes):
        for edge in self.edges:
            edge.build([shapes[1], shapes[2][1:]])

    def call(self, inputs, training=None):
        two_back, previous, weights = inputs
        states, number = [two_back, previous], 0
        for _ in range(self.nodes):
            node = None
            for state in list(states):
                y = self.edges[number]([state, weights[number]], training=training)
                node, number = y if node is None else node + y, number + 1
            states.append(node)
        return ops.concatenate(states[INPUTS:], axis=-1)

    def compute_output_shape(self, shapes):
        return (*shapes[1][:-1], self.nodes * self.width)

    def get_config(self):
        fields = ("nodes", "width", "space", "affine", "activation")
        return {**super().get_config(), **{name: getattr(self, name) for name in fields}}


@serializable
class CompactCell(keras.layers.Layer):
    """A derived cell: [two back, previous], each (b, h, w, width), to (b, h, w, nodes * width).

    Args:
        nodes: for every node its pairs (operator, source); source 0 is two back, 1 previous, 2 + i node i.
        width: channels of every state.
        activation: "relu" or "leaky_relu".

    Raises:
        ValueError: no node, a node without pairs, an unknown operator, or a source that comes later.
    """

    def __init__(self, nodes, width, activation="relu", **kwargs):
        super().__init__(**kwargs)
        checks.at_least("CompactCell", "the number of nodes", len(nodes), 1)
        self.nodes = tuple(tuple((name, int(source)) for name, source in pairs) for pairs in nodes)
        self.width, self.activation = width, activation
        for i, pairs in enumerate(self.nodes):
            checks.at_least("CompactCell", f"pairs at node {i}", len(pairs), 1)
            for _, source in pairs:
                checks.within("CompactCell", f"sources of node {i}", source, 0, INPUTS + i - 1)
        names = [name for pairs in self.nodes for name, _ in pairs]
        self.operators = [operation(name, width, activation=activation) for name in names]

    def build(self, shapes):
        for operator in self.operators:
            operator.build(shapes[1])
        self.official = {f"operators/{i}": f"_ops.{i}" for i, one in enumerate(self.operators) if one.weights}

    def call(self, inputs, training=None):
        states, operators = list(inputs), iter(self.operators)
        for pairs in self.nodes:
            answers = []
            for _, source in pairs:
                operator, x = next(operators), states[source]
                answers.append(operator(x, training=training) if operator.weights else operator(x))
            states.append(sum(answers[1:], answers[0]))
        return ops.concatenate(states[INPUTS:], axis=-1)

    def compute_output_shape(self, shapes):
        return (*shapes[1][:-1], len(self.nodes) * self.width)

    def get_config(self):
        own = {"nodes": self.nodes, "width": self.width, "activation": self.activation}
        return {**super().get_config(), **own}


@serializable
class Fusion(keras.layers.Layer):
    """The sum of what arrives at a width, each times its share: [shares, *arrivals] to (b, h, w, c).

    Shares are the matrix "widths", (rows, 3); arrivals are (b, h, w, c).

    Args:
        places: for each arrival its (row, column) in the matrix.

    Raises:
        ValueError: no arrival.
    """

    official = {}

    def __init__(self, places, **kwargs):
        super().__init__(**kwargs)
        checks.at_least("Fusion", "the number of arrivals", len(places), 1)
        self.places = tuple((int(row), int(column)) for row, column in places)

    def call(self, inputs):
        shares, *arrivals = inputs
        total = 0
        for (row, column), arrival in zip(self.places, arrivals, strict=True):
            total = ops.cast(shares[row, column], arrival.dtype) * arrival + total
        return total

    def compute_output_shape(self, shapes):
        return tuple(shapes[1])

    def get_config(self):
        return {**super().get_config(), "places": self.places}
