"""What a search has found: which operators join which nodes, as data that a person can read.

Paper: Liu et al., DARTS, ICLR 2019, section 2.4.
Code:  quark0/darts, cnn/model_search.py (`Network.genotype`); on equal strengths its order is kept.
"""

from dataclasses import dataclass

import numpy as np

from course_lib import checks
from course_lib.search.operations import NONE, SPACES

INPUTS = 2  # of a cell; they are the sources 0 and 1


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A small network: every node is a sum of operators, each reading an input or a node before it.

    Args:
        nodes: one tuple a node of (operator, source) pairs, strongest first. Sources 0 and 1 are the cell's
            inputs (the state two cells back and the one before), source 2 + i is node i.

    Raises:
        TypeError: a node is not made of (str, int) pairs.
        ValueError: no nodes, an empty node, an unknown operator, a source that does not come before, or one
            source read twice by a node.
    """

    nodes: tuple[tuple[tuple[str, int], ...], ...]

    def __post_init__(self):
        known = sorted({name for space in SPACES.values() for name in space})
        if not isinstance(self.nodes, list | tuple):
            raise TypeError(f"Cell needs nodes as a tuple; received {type(self.nodes).__name__}.")
        if not self.nodes:
            raise ValueError("Cell needs at least one node; received none.")
        for i, node in enumerate(self.nodes):
            _demand_pairs(i, node)
            for name, source in node:
                checks.one_of(f"Cell, node {i},", "operators", name, known)
                _demand_source(i, name, source)
            sources = [source for _, source in node]
            for source in sources:
                if sources.count(source) > 1:
                    raise ValueError(
                        f"Cell, node {i}, reads source {source} twice. Keep one operator for an edge."
                    )
        nodes = tuple(tuple((str(name), int(source)) for name, source in node) for node in self.nodes)
        object.__setattr__(self, "nodes", nodes)


@dataclass(frozen=True, kw_only=True)
class Genotype:
    """The result of a search; `serial.to_json` writes it, `serial.from_json(Genotype, text)` reads it.

    Args:
        space: name of the operators' set, one of `operations.SPACES`.
        cells: DARTS: (normal, reduction). IR-NAS: one cell for all layers, or one a layer.
        path: the width of every layer as an index into the ratios of widths, 0 the narrowest; a layer is at
            most one step wider or narrower than the one before, and the first starts from 0. Empty where
            widths are not searched.

    Raises:
        TypeError: a cell that is no Cell, or a width index that is no whole number.
        ValueError: an unknown space, no cells, an operator from another space, a number of cells that does
            not fit the path, or a path that jumps.
    """

    space: str
    cells: tuple[Cell, ...]
    path: tuple[int, ...] = ()

    def __post_init__(self):
        checks.one_of("Genotype", "spaces", self.space, sorted(SPACES))
        if not self.cells:
            raise ValueError("Genotype needs at least one cell; received none.")
        for number, cell in enumerate(self.cells):
            if not isinstance(cell, Cell):
                raise TypeError(
                    f"Genotype needs cells of the class Cell; cell {number} is {type(cell).__name__}."
                )
            for i, node in enumerate(cell.nodes):
                for name, _ in node:
                    owner = f"Genotype, cell {number}, node {i}, space {self.space!r},"
                    checks.one_of(owner, "operators", name, SPACES[self.space])
        if len(self.path) and len(self.cells) not in (1, len(self.path)):
            raise ValueError(
                f"Genotype needs one cell for all layers or one a layer; received {len(self.cells)} cells "
                f"and a path of {len(self.path)} layers."
            )
        _demand_path(self.path)
        object.__setattr__(self, "cells", tuple(self.cells))
        object.__setattr__(self, "path", tuple(int(width) for width in self.path))

    def cell_of(self, layer):
        """Give the cell of a layer of a network whose widths were searched.

        Args:
            layer: int, from 0.

        Returns:
            Cell.
        """
        return self.cells[0] if len(self.cells) == 1 else self.cells[layer]


def edges_of(nodes):
    """Count the edges of a relaxed cell: node i is reached from both inputs and from all i nodes before.

    Args:
        nodes: int.

    Returns:
        int, the rows of the cell's matrix of weights.
    """
    return sum(INPUTS + i for i in range(nodes))


def nodes_of(edges):
    """Count the nodes of a relaxed cell with so many edges, the inverse of `edges_of`.

    Args:
        edges: int.

    Returns:
        int.

    Raises:
        ValueError: no cell has this number of edges.
    """
    nodes = next(n for n in range(edges + 2) if edges_of(n) >= edges)
    if edges < 1 or edges_of(nodes) != edges:
        fitting = ", ".join(str(edges_of(n)) for n in range(1, 6))
        raise ValueError(
            f"a cell of 1, 2, 3, 4, 5 nodes has {fitting} edges; received {edges} rows of weights."
        )
    return nodes


def derive_cell(weights, space):
    """Cut a relaxed cell down: each node keeps its two strongest sources and the best operator of each.

    An edge is as strong as its best operator other than "none"; on equal strength the earlier source and the
    earlier operator stay.

    Args:
        weights: (edges, operators) float array, each row the softmax of an edge's logits, as
            `Architecture.values()` gives; edges node by node, within a node source by source.
        space: name of the operators' set, whose order the columns have.

    Returns:
        Cell.

    Raises:
        ValueError: an unknown space, NaN, another number of operators, a number of edges that no cell has,
            or rows that are no weights.
    """
    checks.one_of("derive_cell()", "spaces", space, sorted(SPACES))
    weights = _demand_weights(np.asarray(weights, "float64"), space)
    allowed = [i for i, name in enumerate(SPACES[space]) if name != NONE]
    nodes, row = [], 0
    for i in range(nodes_of(len(weights))):
        mine = weights[row : row + INPUTS + i][:, allowed]
        row += len(mine)
        strongest = sorted(range(len(mine)), key=lambda source: -mine[source].max())[:2]
        nodes.append(tuple((SPACES[space][allowed[mine[source].argmax()]], source) for source in strongest))
    return Cell(nodes=tuple(nodes))


def random_cell(space, nodes, rng):
    """Draw a cell as a search might have found it: two sources a node and an operator for each, not "none".

    Args:
        space: name of the operators' set.
        nodes: int, at least 1.
        rng: numpy Generator.

    Returns:
        Cell.

    Raises:
        ValueError: an unknown space, no nodes, or no `rng`.
    """
    checks.one_of("random_cell()", "spaces", space, sorted(SPACES))
    checks.at_least("random_cell()", "nodes", nodes, 1)
    checks.generator("random_cell()", rng, "a cell is drawn")
    names = [name for name in SPACES[space] if name != NONE]
    drawn = []
    for i in range(nodes):
        sources = rng.choice(INPUTS + i, size=2, replace=False)
        drawn.append(tuple((names[rng.integers(len(names))], int(source)) for source in sources))
    return Cell(nodes=tuple(drawn))


def _demand_pairs(i, node):
    pairs = isinstance(node, list | tuple) and all(
        isinstance(edge, list | tuple) and len(edge) == 2 and isinstance(edge[0], str) for edge in node
    )
    if not pairs:
        raise TypeError(f'Cell, node {i}, needs (operator, source) pairs such as ("skip", 0); got {node!r}.')
    if not node:
        raise ValueError(f"Cell, node {i}, has no edge. Give it at least one (operator, source) pair.")


def _demand_source(i, name, source):
    if isinstance(source, bool) or not isinstance(source, int | np.integer):
        raise TypeError(f"Cell, node {i}, needs whole numbers as sources; {name!r} reads {source!r}.")
    if not 0 <= source < INPUTS + i:
        why = "that is the node itself" if source == INPUTS + i else "that is none before it"
        raise ValueError(
            f"Cell, node {i}, may read sources 0 to {INPUTS + i - 1} (0 and 1 are inputs, 2 + j is node j), "
            f"so that there is no cycle; {name!r} reads {source}: {why}."
        )


def _demand_path(path):
    before = 0
    for layer, width in enumerate(path):
        if isinstance(width, bool) or not isinstance(width, int | np.integer):
            raise TypeError(f"Genotype needs whole numbers in path; layer {layer} has {width!r}.")
        if width < 0 or abs(width - before) > 1:
            raise ValueError(
                f"Genotype, layer {layer}: a width index is at least 0 and at most one step from the one "
                f"before ({before}, the first starts from 0); received {width} in the path {tuple(path)}."
            )
        before = width


def _demand_weights(weights, space):
    columns = len(SPACES[space])
    if weights.ndim != 2 or weights.shape[1] != columns:
        raise ValueError(
            f"derive_cell() needs (edges, {columns}) weights for the space {space!r}; received "
            f"{weights.shape}."
        )
    for edge, row in enumerate(weights):
        if not np.isfinite(row).all():
            raise ValueError(
                f"derive_cell() needs finite weights; edge {edge} has NaN or infinity: the search has "
                "diverged. Take an earlier checkpoint, or a smaller learning rate."
            )
        if row.min() < -1e-6 or abs(row.sum() - 1) > 1e-3:
            raise ValueError(
                f"derive_cell() needs rows of weights, at least 0 and summing to 1; edge {edge} sums to "
                f"{row.sum():.3g}. Logits go through a softmax first: architecture.values()."
            )
    return weights
