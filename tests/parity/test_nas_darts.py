"""DARTS' mixed operation, cells and decoding: stored tensors in, the official code's answers out."""

import ast
import json
import re

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.gradients import compile_moves
from course_lib.search.cell import DerivedCell, SearchCell
from course_lib.search.genotype import derive_cell, nodes_of
from course_lib.search.mixed import MixedOperation
from course_lib.search.operations import SPACES
from course_lib.weights import drop_prefix, load_official, official_state, read_npz
from tests.parity.fixtures_folder import fixture_files
from tests.parity.hashed_weights import state_of


def files(pattern):
    return pytest.mark.parametrize("path", fixture_files(pattern), ids=lambda path: path.stem)


def last(array):
    """Turn stored (b, c, h, w) into (b, h, w, c)."""
    return array.transpose(0, 2, 3, 1)


def close(ours, theirs, atol=2e-5):
    np.testing.assert_allclose(ops.convert_to_numpy(ours), theirs, atol=atol, rtol=0)


def alike(ours, theirs):
    """Gradients: 1e-4 of the largest entry."""
    close(ours, theirs, atol=1e-4 * max(np.abs(theirs).max(), 1e-3))


def softmax(alpha):
    powers = np.exp(alpha - alpha.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def opened(path):
    stored = read_npz(path) if path.suffix == ".npz" else {}
    return stored, json.loads(str(stored["meta"])) if stored else json.loads(path.read_text())


@pytest.fixture(scope="module", params=fixture_files("nas_darts_mixedop*.npz"), ids=lambda path: path.stem)
def mixed(request):
    """For each stride: stored arrays, the operation with its weights."""
    stored, meta = opened(request.param)
    made = []
    for stride in sorted({int(key[1]) for key in stored if re.match(r"s\d/", key)}):
        case = drop_prefix(stored, f"s{stride}/")
        x = last(case["x"])
        operation = MixedOperation(meta["primitives"], x.shape[-1], stride)
        operation.build([x.shape, case["weights"].shape])
        load_official(operation, {name: case[name] for name in case if name.startswith("_ops.")})
        made.append((case, operation))
    assert made
    return made


def test_every_operator_gives_their_output(mixed):
    for case, operation in mixed:
        for i, operator in enumerate(operation.operators):
            close(operator(last(case["x"])), last(case[f"eval_op{i}"]))


def test_a_mixed_operation_gives_their_sum(mixed):
    for case, operation in mixed:
        close(operation([last(case["x"]), case["weights"]], training=False), last(case["eval_out"]))


def train_once(operation, case):
    """One training pass: the output, and the gradients of x, of alpha and of every weight."""
    x, alpha = keras.Variable(last(case["x"])), keras.Variable(case["alpha"])
    upstream, weights = ops.convert_to_tensor(last(case["upstream"])), operation.trainable_variables

    def loss():
        mixing = ops.softmax(ops.convert_to_tensor(alpha))
        y = operation([ops.convert_to_tensor(x), mixing], training=True)
        return ops.sum(y * upstream), y

    def step(gradients):
        (_, y), slopes = gradients(loss, [x, alpha, *weights])
        return y, slopes

    return compile_moves(step, [x, alpha, *operation.variables])()


def test_gradients_and_statistics_of_a_mixed_operation_are_theirs(mixed):
    for case, operation in mixed:
        before = official_state(operation)
        y, (of_x, of_alpha, *of_weights) = train_once(operation, case)
        after = official_state(operation)
        close(y, last(case["train_out"]))
        alike(of_x, last(case["grad_x"]))
        alike(of_alpha, case["grad_alpha"])
        # The weights take their slopes, so that these come back under the official names.
        for weight, slope in zip(operation.trainable_variables, of_weights, strict=True):
            weight.assign(slope)
        slopes = official_state(operation)
        for name, theirs in drop_prefix(case, "grad/").items():
            alike(slopes[name], theirs)
        load_official(operation, before)
        count = np.prod(last(case["train_out"]).shape[:3])
        for name, theirs in drop_prefix(case, "after/").items():
            if name.endswith("var"):  # theirs comes from the batch's variance times n / (n - 1)
                theirs = 0.9 * before[name] + (theirs - 0.9 * before[name]) * (count - 1) / count
            close(after[name], theirs)


@files("nas_darts_cell*.npz")
def test_search_cells_give_their_outputs(path):
    stored, meta = opened(path)
    for name, settings in meta["cases"].items():
        case = drop_prefix(stored, f"{name}/")
        s0, s1 = last(case["s0"]), last(case["s1"])
        cell = SearchCell(
            settings["C"],
            nodes_of(len(case["alpha"])),
            reduction=settings["reduction"],
            reduced_before=settings["reduction_prev"],
        )
        cell.build([s0.shape, s1.shape, case["alpha"].shape])
        load_official(cell, state_of(meta["manifests"][name]))
        inputs = [s0, s1, softmax(case["alpha"])]
        close(cell(inputs, training=False), last(case["eval_out"]))
        close(cell(inputs, training=True), last(case["train_out"]))


@files("nas_darts_derived_cell*.npz")
def test_derived_cells_give_their_outputs(path):
    stored, meta = opened(path)
    lists = {key: ast.literal_eval(value) for key, value in re.findall(r"(\w+)=(\[.*?\])", meta["genotype"])}
    for name, manifest in meta["manifests"].items():
        case, state = drop_prefix(stored, f"{name}/"), state_of(manifest)
        s0, s1 = last(case["s0"]), last(case["s1"])
        edges = lists["reduce" if name.startswith("reduce") else "normal"]
        nodes = tuple(zip(edges[::2], edges[1::2], strict=True))
        cell = DerivedCell(
            nodes,
            len(state["preprocess1.op.2.running_mean"]),
            reduction=name.startswith("reduce"),
            reduced_before="preprocess0.conv_1.weight" in state,
        )
        cell.build([s0.shape, s1.shape])
        load_official(cell, state)
        close(cell([s0, s1], training=False), last(case["out"]))


@files("nas_darts_genotype*.json")
def test_alphas_are_decoded_as_theirs(path):
    _, meta = opened(path)
    assert tuple(meta["primitives"]) == SPACES["darts"]
    for case in meta["cases"]:
        for ours, theirs in (("alphas_normal", "normal"), ("alphas_reduce", "reduce")):
            cell = derive_cell(softmax(np.array(case[ours], "float32")), "darts")
            assert [list(edge) for node in cell.nodes for edge in node] == case[theirs]
