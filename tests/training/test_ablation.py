"""An ablation trains each variant once a seed, scores all alike, and goes on where it stopped."""

import dataclasses
import functools
import json

import pytest

from course_lib.commands import ablating
from course_lib.recipes import ablations
from course_lib.training import ablation, evaluation


@pytest.fixture(scope="module", autouse=True)
def short_cards():
    """Judge by a fifth of the pairs; what is tested here is who is judged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "evaluate", functools.partial(evaluation.evaluate, draws=1))
        yield


@pytest.fixture(scope="module")
def small(tiny):
    training = dataclasses.replace(tiny.training, steps=2, warmup=1)
    first = dataclasses.replace(tiny, training=training)
    second = dataclasses.replace(first, training=dataclasses.replace(training, seed=9))
    return ablation.Ablation(name="small", question="?", variants={"one seed": first, "Another": second})


@pytest.fixture(scope="module")
def done(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablation")
    return folder, ablation.run(small, folder, say=None)


def test_doing_nothing_stands_first_and_then_every_variant(done):
    rows = done[1]["rows"]
    assert [row["variant"] for row in rows] == ["nothing: the blurred picture", "one seed", "Another"]
    assert all({"psnr", "ssim", "piqe", "frechet"} <= row.keys() for row in rows)
    assert rows[1]["psnr"] != rows[2]["psnr"]


def test_results_are_written_with_their_protocol(done):
    folder, results = done
    assert json.loads((folder / "results.json").read_text()) == json.loads(json.dumps(results))
    assert "range 1.0" in results["protocol"] and results["frechet"]["windows"] > 0


def test_what_is_finished_is_not_trained_again(done, small):
    folder, first = done
    again = ablation.run(small, folder, say=None)
    assert again["rows"] == first["rows"]


@pytest.fixture(scope="module")
def several(small):
    return dataclasses.replace(small, variants={'L1, "plain": x/y': small.variants["one seed"]}, seeds=(1, 2))


@pytest.fixture(scope="module")
def done_twice(several, tmp_path_factory):
    folder = tmp_path_factory.mktemp("several")
    return folder, ablation.run(several, folder, say=None)


def test_every_seed_trains_once_in_a_folder_that_any_disk_takes(done_twice):
    folder, results = done_twice
    assert sorted(path.name for path in folder.iterdir()) == ["0_l1_plain_x_y", "results.json"]
    for seed in (1, 2):
        recipe = json.loads((folder / "0_l1_plain_x_y" / f"seed_{seed}" / "recipe.json").read_text())
        assert recipe["training"]["seed"] == seed
    assert results["seeds"] == [1, 2]


def test_a_row_of_several_seeds_is_their_mean(done_twice):
    row = done_twice[1]["rows"][1]
    first, second = row["by_seed"]
    assert (first["seed"], second["seed"]) == (1, 2) and first["psnr"] != second["psnr"]
    for score in ("psnr", "ssim", "piqe", "frechet", "luminance", "falsely_black", "seconds"):
        assert row[score] == pytest.approx((first[score] + second[score]) / 2, abs=6e-5)
    assert row["steps"] == 2


def test_a_row_of_one_seed_keeps_its_own_and_its_scores(done):
    for row, seed in zip(done[1]["rows"][1:], (3, 9), strict=True):
        assert [one["seed"] for one in row["by_seed"]] == [seed]
        assert {"psnr", "ssim", "piqe", "frechet", "steps", "seconds"} <= row.keys()
        assert row["psnr"] == row["by_seed"][0]["psnr"]


@pytest.mark.one_engine
def test_variants_may_be_done_in_two_processes(small, done, tmp_path):
    first = ablation.run(small, tmp_path, say=None, only=["Another"])
    assert [row["variant"] for row in first["rows"]] == ["nothing: the blurred picture", "Another"]
    assert [path.name for path in tmp_path.iterdir()] == ["1_another"]
    ablation.run(small, tmp_path, say=None, only=["one seed"])
    assert not (tmp_path / "results.json").exists()
    whole = ablation.run(small, tmp_path, say=None)
    scores = [[row["psnr"] for row in results["rows"]] for results in (whole, done[1])]
    assert scores[0] == scores[1]
    history = (tmp_path / "1_another" / "history.csv").read_text().splitlines()
    assert len(history) == 2


def test_an_unknown_variant_is_answered_with_its_neighbour(small, tmp_path):
    with pytest.raises(ValueError, match="(?i)did you mean 'Another'"):
        ablation.run(small, tmp_path, only=["Anothr"])
    assert not list(tmp_path.iterdir())


def wild(experiment):
    return dataclasses.replace(
        experiment,
        training=dataclasses.replace(experiment.training, learning_rate=1e30, warmup=0, clip_norm=None),
    )


@pytest.mark.one_engine
def test_a_variant_that_stops_does_not_take_the_others_along(small, tmp_path):
    variants = {"wild": wild(small.variants["one seed"]), "calm": small.variants["one seed"]}
    broken = dataclasses.replace(small, variants=variants)
    results = ablation.run(broken, tmp_path / "folder", say=None)
    assert "loss became" in results["rows"][1]["stopped"] and "psnr" not in results["rows"][1]
    assert "0_wild/checkpoints" in results["rows"][1]["stopped"]
    assert str(tmp_path) not in json.dumps(results)
    assert results["rows"][1]["stopped"].startswith("1 of 1 seeds: ")
    assert results["rows"][2]["psnr"] > 0 and "stopped" not in results["rows"][2]
    again = []
    assert ablation.run(broken, tmp_path / "folder", say=again.append)["rows"] == results["rows"]
    assert not any(line.startswith("stopped") for line in again)


@pytest.mark.one_engine
def test_where_every_run_stops_there_is_no_table(small, tmp_path):
    broken = dataclasses.replace(small, variants={"wild": wild(small.variants["one seed"])})
    with pytest.raises(RuntimeError, match="no run came to its end.*loss became"):
        ablation.run(broken, tmp_path, say=None)
    assert not (tmp_path / "results.json").exists()


@pytest.mark.one_engine
def test_a_run_of_other_settings_is_not_taken_for_a_stopped_one(small, tmp_path):
    broken = dataclasses.replace(small, variants={"wild": wild(small.variants["one seed"])})
    with pytest.raises(RuntimeError):
        ablation.run(broken, tmp_path, say=None)
    calm = dataclasses.replace(small, variants={"wild": small.variants["one seed"]})
    with pytest.raises(ValueError, match="started from other settings"):
        ablation.run(calm, tmp_path, say=None)


@pytest.mark.parametrize("seeds, word", [((0, 0), "different seeds"), ((-1,), "at least 0")])
def test_seeds_that_cannot_be_are_refused(small, seeds, word):
    with pytest.raises(ValueError, match=word):
        dataclasses.replace(small, seeds=seeds)


def test_variants_of_the_course_differ_in_their_losses_alone():
    found = ablations.find("deblurgan")
    reference, *others = found.variants.values()
    for other in others:
        assert dataclasses.replace(other, rules=reference.rules) == reference
        assert other.rules != reference.rules


def test_an_unknown_ablation_is_answered_with_its_neighbour():
    with pytest.raises(ValueError, match="(?i)did you mean 'deblurgan'"):
        ablations.find("deblurgn")


def test_an_ablation_without_variants_is_refused():
    with pytest.raises(ValueError, match="number of variants"):
        ablation.Ablation(name="none", question="?", variants={})


@pytest.fixture
def printed(monkeypatch, capsys, tmp_path):
    """Print the table of given results as `course ablate` does; give the lines and what was asked for."""

    def show(results, only=None):
        asked = {}
        monkeypatch.setattr(ablation, "run", lambda *given, **options: asked.update(options) or results)
        ablating.ablate("deblurgan", tmp_path, only)
        return capsys.readouterr().out.splitlines(), asked

    return show


def test_a_table_of_before_darkness_is_printed_with_the_scores_it_has(printed):
    results = ablations.results("deblurgan")
    lines, asked = printed(results)
    head = next(i for i, line in enumerate(lines) if line.startswith("variant"))
    assert lines[head].split()[1:] == ["PSNR", "SSIM", "PIQE", "Frechet"]
    assert f"{results['rows'][0]['psnr']:.2f}" in lines[head + 1]
    assert asked["only"] is None and lines[-1].endswith("results.json")


def test_a_stopped_variant_is_printed_with_its_reason_in_place_of_scores(printed):
    scores = {
        "psnr": 20.0,
        "ssim": 0.5,
        "piqe": 9.0,
        "frechet": 1.0,
        "luminance": 0.4,
        "falsely_black": 0.0162,
    }
    rows = [{"variant": "nothing", **scores}, {"variant": "wild", "stopped": "1 of 1 seeds: loss became nan"}]
    lines, asked = printed({"rows": rows}, ["wild"])
    assert "falsely black" in "\n".join(lines) and any("1.62%" in line for line in lines)
    assert "  stopped, 1 of 1 seeds: loss became nan" in lines
    assert asked["only"] == ["wild"] and "without --only" in lines[-1]
