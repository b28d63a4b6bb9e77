"""The same weights and batches give the same three rounds on every engine, gradient penalty included."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.one_engine
ENGINES = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)]


@pytest.fixture(scope="module")
def played():
    """Losses of three rounds by engine."""
    found = {}
    for engine in ENGINES:
        done = subprocess.run(
            [sys.executable, "-m", "tests.parity.duel_rounds"],
            capture_output=True,
            text=True,
            env={**os.environ, "KERAS_BACKEND": engine},
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found[engine] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("form", ["per_sample", "per_pixel"])
def test_engines_agree_on_the_losses_of_three_rounds(played, form):
    assert len(played) >= 2
    reference = played[ENGINES[0]][form]
    assert len(reference) == 3
    for engine in ENGINES[1:]:
        for ours, theirs in zip(reference, played[engine][form], strict=True):
            assert theirs == pytest.approx(ours, rel=1e-4, abs=1e-6), engine


def test_the_rounds_moved_the_networks(played):
    first, _, last = played[ENGINES[0]]["per_sample"]
    assert all(abs(first[name] - last[name]) > 1e-4 for name in first)
