"""ProxylessNAS' binarised edge: the official code's answers, gradients and rescaled pairs."""

import json
import re

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.gradients import compile_moves
from course_lib.search.binarised import BinarisedOperation, gates_of, rescaled
from course_lib.weights import drop_prefix, load_official, read_npz
from tests.parity.fixtures_folder import fixture_files


def last(array):
    """Turn stored (b, c, h, w) into (b, h, w, c)."""
    return array.transpose(0, 2, 3, 1)


def close(ours, theirs, rel=1e-4):
    """Within `rel` of the largest entry."""
    theirs = np.asarray(theirs)
    np.testing.assert_allclose(ops.convert_to_numpy(ours), theirs, rtol=0, atol=rel * np.abs(theirs).max())


class Edge:
    """One fixture file: the edge with its candidates, and a compiled step that returns all gradients."""

    def __init__(self, path):
        self.stored = stored = read_npz(path)
        meta = json.loads(str(stored["meta"]))
        self.cases = meta["cases"]
        settings = [tuple(map(int, pair)) for pair in re.findall(r"\((\d+), (\d+)\)", meta["ops"])]
        x, upstream = last(stored["x"]), ops.convert_to_tensor(last(stored["upstream"]))
        candidates = []
        for i, (side, dilation) in enumerate(settings):
            conv = keras.layers.Conv2D(
                len(stored[f"op{i}/bias"]), side, dilation_rate=dilation, padding="same", activation="tanh"
            )
            conv.build(x.shape)
            load_official(conv, drop_prefix(stored, f"op{i}/"))
            candidates.append(conv)
        self.layer = BinarisedOperation(candidates)
        self.layer.build([x.shape, (1,), (len(candidates),)])
        self.x, self.gates = keras.Variable(x), keras.Variable(np.zeros(len(candidates), "float32"))
        self.alpha = keras.Variable(stored["alpha"][None])
        weights = self.layer.trainable_variables

        def fn(gradients, paths):
            drawn = gates_of(ops.convert_to_tensor(self.alpha), paths)
            self.gates.assign(drawn[0])

            def by_gates():
                answer = self.layer(
                    [ops.convert_to_tensor(self.x), paths[0], ops.convert_to_tensor(self.gates)]
                )
                return ops.sum(answer * upstream), answer

            def by_alpha():
                gates = gates_of(ops.convert_to_tensor(self.alpha), paths)[0]
                return ops.sum(self.layer([ops.convert_to_tensor(self.x), paths[0], gates]) * upstream)

            (_, answer), found = gradients(by_gates, [self.x, self.gates, *weights])
            return answer, found, gradients(by_alpha, [self.alpha])[1][0]

        self.step = compile_moves(fn, [self.x, self.gates, self.alpha, *weights])

    def run(self, case):
        """Answer and gradients: of x, of the gates, of each candidate's kernel, of alpha."""
        paths = np.array([[case["active"], *case["inactive"]]], "int32")
        answer, (of_x, of_gates, *weights), of_alpha = self.step(paths)
        return answer, of_x, of_gates, weights[::2], of_alpha[0]


@pytest.fixture(scope="module", params=fixture_files("nas_proxyless_binary*.npz"), ids=lambda path: path.stem)
def edge(request):
    return Edge(request.param)


def test_answers_and_gradients_are_theirs_in_every_mode(edge):
    assert edge.cases
    for name, case in edge.cases.items():
        theirs = drop_prefix(edge.stored, f"{name}/")
        answer, of_x, of_gates, kernels, of_alpha = edge.run(case)
        close(answer, last(theirs["out"]), rel=2e-5)
        close(of_x, last(theirs["grad_x"]))
        close(of_gates, theirs["gate_grad"])
        close(of_alpha, theirs["alpha_grad_formula_f64"])
        close(of_alpha, theirs["alpha_grad"])
        if theirs["active_weight_grad"].size:
            close(kernels[case["active"]], theirs["active_weight_grad"].transpose(2, 3, 1, 0))
        for i in case["inactive"]:
            assert not ops.convert_to_numpy(kernels[i]).any()


def test_a_pair_is_rescaled_as_theirs(edge):
    before = edge.stored["alpha"][None]
    for name, case in edge.cases.items():
        theirs = drop_prefix(edge.stored, f"{name}/")
        rates = {key: float(key.removeprefix("alpha_after_sgd_")) for key in theirs if "after_sgd" in key}
        for key, rate in rates.items():
            after = before - rate * theirs["alpha_grad"]
            close(after[0], theirs[key], rel=1e-6)
            pairs = np.array([[case["active"], *case["inactive"]]], "int32")
            close(rescaled(before, after, pairs)[0], theirs["alpha_after_rescale"], rel=1e-6)
