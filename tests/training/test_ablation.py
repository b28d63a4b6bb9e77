"""An ablation trains each variant once, scores all alike, and goes on where it stopped."""

import dataclasses
import json

import pytest

from course_lib.recipes import ablations
from course_lib.training import ablation


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
