"""From a name to a genotype to a trained network, in one folder, which can be left at any time."""

import dataclasses
import json

import numpy as np
import pytest

from course_lib import recipes, serial
from course_lib.recipes import genotypes
from course_lib.search import searching, ways
from course_lib.search.experiment import SearchRecipe
from course_lib.search.genotype import Genotype
from course_lib.training import runs

SMOKE = recipes.find("irnas_denoise_smoke")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search") / "run"
    return folder, searching.train(SMOKE, folder, say=None)


def test_a_search_leaves_what_it_found_and_how(whole):
    folder, network = whole
    found = serial.from_json(Genotype, (folder / "genotype.json").read_text())
    assert SMOKE.with_settings(runs.Run(folder).recipe()).network.genotype == found
    told = json.loads((folder / "search.json").read_text())
    assert told["way"] == "gradient" and told["rounds"] == SMOKE.search.steps
    assert told["seconds"] > 0 and 0 <= told["skips"] <= 1
    rows = runs.Run(folder / "search").rows()
    assert [row["step"] for row in rows] == [2, 4]
    assert "architecture_loss" in rows[-1]
    assert network.output_shape == (None, None, None, 1)


def test_the_architecture_is_written_at_each_checkpoint_and_moves_late(whole):
    folder, _ = whole
    first, last = ways.looks_of(folder / "search")
    # Until `begin` nothing has moved: every operator is as good as another.
    np.testing.assert_allclose(first["cells"], 1 / first["cells"].shape[1], atol=1e-6)
    assert not np.allclose(last["cells"], first["cells"], atol=1e-5)
    np.testing.assert_allclose(last["cells"].sum(axis=-1), 1, atol=1e-5)


def test_a_search_that_was_killed_goes_on_to_the_same_genotype(whole, tmp_path, monkeypatch):
    saved = runs.Run.save_checkpoint

    def save_and_die(self, model, step):
        saved(self, model, step)
        raise KeyboardInterrupt

    monkeypatch.setattr(runs.Run, "save_checkpoint", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        searching.train(SMOKE, tmp_path / "run", say=None)
    monkeypatch.undo()
    network = searching.train(SMOKE, tmp_path / "run", resume=True, say=None)
    for ours, other in zip(network.get_weights(), whole[1].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, other)
    looks = [ways.looks_of(folder / "search")[-1]["cells"] for folder in (whole[0], tmp_path / "run")]
    np.testing.assert_array_equal(*looks)


def test_a_search_at_random_keeps_the_candidate_of_the_highest_psnr(tmp_path):
    drawn = dataclasses.replace(SMOKE, search=dataclasses.replace(SMOKE.search, way="random"))
    found, told = searching.find(drawn, tmp_path / "search", say=None)
    best = int(np.argmax(told["candidates_db"]))
    assert found == drawn.draw(drawn.supernet, np.random.default_rng((drawn.training.seed, best)))
    assert len(told["candidates_db"]) == drawn.search.candidates


def test_both_halves_share_no_picture():
    weights, architecture = (feed.pairs for feed in ways.feeds_of(SMOKE))
    assert weights.scenes and architecture.scenes
    assert not set(weights.scenes) & set(architecture.scenes)


def test_a_finished_run_is_not_begun_again(whole):
    with pytest.raises(FileExistsError, match="--resume"):
        searching.train(SMOKE, whole[0], say=None)


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"way": "gradients"}, "Did you mean 'gradient'"),
        ({"order": 3}, "knows orders 1, 2"),
        ({"begin": 2000}, r"begin in \[0, 1000\]"),
        ({"most_skips": 2}, r"most_skips in \[0, 1\]"),
        ({"checkpoint_every": 300}, "Try 1200"),
    ],
)
def test_a_search_recipe_refuses_nonsense(wrong, word):
    with pytest.raises(ValueError, match=word):
        SearchRecipe(**wrong)


def test_an_undecided_choice_has_an_entropy_of_one():
    assert ways.entropy(np.full((3, 7), 1 / 7)) == pytest.approx(1)
    assert ways.entropy(np.eye(4)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", [n for n in genotypes.names() if n != "pynas"])
def test_shipped_architectures_build(name):
    found = genotypes.load(name)
    network = dataclasses.replace(recipes.find("irnas_denoise_course").network, genotype=found, filters=2)
    assert recipes.find("irnas_denoise_course").build(network).count_params() > 0
