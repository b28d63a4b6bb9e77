"""Width paths: stored shares in, the paths of both official decoders out."""

import json

import numpy as np
import pytest

from course_lib.search.autodeeplab import level_shares, strongest_edges
from course_lib.search.genotype import nodes_of
from course_lib.search.viterbi import path_share, widest_path
from tests.parity.fixtures_folder import fixture_files


def softmaxed(logits):
    powers = np.exp(np.asarray(logits, "float64"))
    return powers / powers.sum(axis=-1, keepdims=True)


@pytest.fixture(params=fixture_files("nas_viterbi*.json"), ids=lambda path: path.stem)
def stored(request):
    return json.loads(request.param.read_text())


def test_paths_of_hinas_are_theirs_with_their_probability(stored):
    for case in stored["hinas"]:
        path = widest_path(case["trans"], case["S"])
        assert list(path) == case["path"]
        np.testing.assert_allclose(path_share(case["trans"], path), case["prob"], rtol=1e-9)


def test_paths_of_hinas_follow_from_their_logits(stored):
    for case in stored["hinas"]:
        counts = [min(layer + 1, case["S"]) for layer in range(case["L"])]
        rows = np.split(softmaxed(case["betas_raw"]), np.cumsum(counts)[:-1])
        assert list(widest_path(rows, case["S"])) == case["path"]


def test_levels_of_auto_deeplab_get_their_shares_and_paths(stored):
    for case in stored["autodeeplab"]:
        shares = level_shares(case["betas_raw"])
        np.testing.assert_allclose(shares, case["normalised"], atol=1e-6)
        path = widest_path(shares, shares.shape[1])
        assert list(path) == case["path"]
        np.testing.assert_allclose(path_share(shares, path), case["prob"], rtol=1e-5)


def test_cells_of_auto_deeplab_keep_their_edges_and_operators(stored):
    for case in stored["autodeeplab"]:
        weights = softmaxed(case["alphas_raw"])
        found = strongest_edges(weights, nodes_of(len(weights)))
        assert [list(pair) for pair in found] == case["cell_genotype"]
