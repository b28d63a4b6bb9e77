"""Genotypes: checked at birth, readable as JSON, cut out of weights as the rule says."""

import json
import re

import numpy as np
import pytest

from course_lib import serial
from course_lib.search.genotype import Cell, Genotype, derive_cell, edges_of, nodes_of, random_cell
from course_lib.search.operations import SPACES

TWO = Cell(nodes=((("sep3", 1), ("skip", 0)), (("conv3", 2), ("dil3", 0))))


def weights_for(space, strengths):
    """Rows with a given weight for one operator each and the rest for "none"."""
    names = SPACES[space]
    rows = np.zeros((len(strengths), len(names)))
    for row, (name, weight) in zip(rows, strengths, strict=True):
        row[names.index("none")] = 1 - weight
        row[names.index(name)] += weight
    return rows


def test_a_genotype_survives_json():
    genotype = Genotype(space="irnas", cells=(TWO, TWO), path=(1, 2))
    text = serial.to_json(genotype)
    assert json.loads(text)["cells"][0]["nodes"][1] == [["conv3", 2], ["dil3", 0]]
    assert serial.from_json(Genotype, text) == genotype


def test_numbers_of_numpy_become_plain_ones():
    cell = Cell(nodes=[[["skip", np.int64(1)]]])
    genotype = Genotype(space="irnas", cells=[cell], path=np.array([1, 2]))
    assert serial.from_json(Genotype, serial.to_json(genotype)).path == (1, 2)


def test_one_cell_serves_all_layers_and_many_serve_one_each():
    other = Cell(nodes=((("skip", 0),),))
    assert Genotype(space="irnas", cells=(TWO,), path=(0, 1, 1)).cell_of(2) is TWO
    assert Genotype(space="irnas", cells=(TWO, other), path=(0, 1)).cell_of(1) is other


@pytest.mark.parametrize(
    "nodes, error, words",
    [
        ((), ValueError, "at least one node"),
        (((),), ValueError, "node 0, has no edge"),
        (((("conv4", 0),),), ValueError, "node 0.*'conv4'.*Did you mean 'conv3'"),
        (
            ((("skip", 0),), (("skip", 3),)),
            ValueError,
            "node 1.*sources 0 to 2.*reads 3.*the node itself",
        ),
        (((("skip", 4),),), ValueError, "node 0.*no cycle.*reads 4: that is none before it"),
        (((("skip", -1),),), ValueError, "reads -1"),
        (((("skip", 0), ("conv3", 0)),), ValueError, "node 0, reads source 0 twice"),
        (((("skip", 0.5),),), TypeError, "whole numbers"),
        ((("skip", 0),), TypeError, "node 0, needs .operator, source. pairs"),
        ("skip", TypeError, "nodes as a tuple"),
    ],
)
def test_a_cell_without_sense_is_refused_by_its_node(nodes, error, words):
    with pytest.raises(error, match=words):
        Cell(nodes=nodes)


@pytest.mark.parametrize(
    "settings, error, words",
    [
        ({"space": "dart"}, ValueError, "spaces.*Did you mean 'darts'"),
        ({"space": "darts"}, ValueError, "cell 0, node 0, space 'darts'.*'sep3'"),
        ({"cells": ()}, ValueError, "at least one cell"),
        ({"cells": ("skip",)}, TypeError, "cell 0 is str"),
        ({"cells": (TWO, TWO), "path": (0, 1, 2)}, ValueError, "received 2 cells and a path of 3"),
        ({"path": (0, 2)}, ValueError, re.escape("layer 1: a width index")),
        ({"path": (2,)}, ValueError, "layer 0.*the first starts from 0.; received 2"),
        ({"path": (0, -1)}, ValueError, "layer 1.*received -1"),
        ({"path": (0.5,)}, TypeError, "whole numbers in path; layer 0"),
    ],
)
def test_a_genotype_without_sense_is_refused(settings, error, words):
    with pytest.raises(error, match=words):
        Genotype(**{"space": "irnas", "cells": (TWO,), **settings})


def test_json_with_an_unknown_operator_is_refused_by_name():
    text = serial.to_json(Genotype(space="irnas", cells=(TWO,))).replace("dil3", "dil33")
    with pytest.raises(ValueError, match="node 1.*received 'dil33'"):
        serial.from_json(Genotype, text)


def test_edges_and_nodes_belong_together():
    assert [edges_of(nodes) for nodes in (1, 2, 3, 4, 5)] == [2, 5, 9, 14, 20]
    assert [nodes_of(edges) for edges in (2, 5, 9, 14, 20)] == [1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="received 7 rows"):
        nodes_of(7)


def test_a_node_keeps_its_two_strongest_sources_strongest_first():
    strengths = [("conv3", 0.2), ("sep3", 0.3), ("skip", 0.4), ("dil3", 0.1), ("def3", 0.6)]
    cell = derive_cell(weights_for("irnas", strengths), "irnas")
    assert cell.nodes == ((("sep3", 1), ("conv3", 0)), (("def3", 2), ("skip", 0)))


def test_on_equal_strength_the_earlier_source_and_operator_stay():
    names = SPACES["irnas"]
    cell = derive_cell(np.full((5, len(names)), 1 / len(names)), "irnas")
    assert cell.nodes == ((("conv3", 0), ("conv3", 1)),) * 2


@pytest.mark.parametrize("space", sorted(SPACES))
def test_none_is_never_derived_however_strong(space):
    names = SPACES[space]
    rows = np.full((9, len(names)), 0.01)
    rows[:, names.index("none")] += 1 - rows[0].sum()
    assert "none" not in {name for node in derive_cell(rows, space).nodes for name, _ in node}


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda rows: rows.__setitem__((3, 1), np.nan), "edge 3 has NaN.*diverged"),
        (lambda rows: rows.__setitem__((2, 1), 3.0), "edge 2 sums to 4.*softmax first"),
    ],
)
def test_weights_without_sense_are_refused(change, words):
    rows = weights_for("irnas", [("skip", 0.0)] * 5)
    change(rows)
    with pytest.raises(ValueError, match=words):
        derive_cell(rows, "irnas")


def test_another_number_of_operators_is_refused():
    with pytest.raises(
        ValueError, match=re.escape("(edges, 8) weights for the space 'darts'; received (5, 6)")
    ):
        derive_cell(np.full((5, 6), 1 / 6), "darts")


def test_random_cells_follow_their_generator_and_cover_the_space():
    cells = [random_cell("darts", 3, np.random.default_rng(seed)) for seed in range(60)]
    assert cells[7] == random_cell("darts", 3, np.random.default_rng(7))
    edges = [edge for cell in cells for edge in cell.nodes[2]]
    assert {name for name, _ in edges} == set(SPACES["darts"]) - {"none"}
    assert {source for _, source in edges} == {0, 1, 2, 3}
    with pytest.raises(ValueError, match="needs rng"):
        random_cell("darts", 3, None)
