"""The failure lab changes one thing at a time, and what is shipped of it belongs to it."""

import dataclasses

import pytest

from course_lib.recipes import ablations

LAB = ablations.find("hybrid")
FAULTS = {
    "H1": {("kernel",), ("hypernet", "spectrum")},
    "H2": {("hypernet", "start")},
    "H3": {("hypernet", "border")},
    "H4": {("coarse_blue",)},
    "H5": {("skip",)},
    "H7": {("blend",)},
}


def differences(one, other):
    found = set()
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if a != b and dataclasses.is_dataclass(a):
            found |= {(field.name, *deeper) for deeper in differences(a, b)}
        elif a != b:
            found.add((field.name,))
    return found


@pytest.mark.parametrize("start", ["L1 alone", "all cured"])
def test_each_variant_changes_the_settings_of_its_fault_and_no_other(start):
    reference = LAB.variants[start]
    found = {
        name: experiment
        for name, experiment in LAB.variants.items()
        if name.startswith(start + (", " if start == "L1 alone" else " but "))
    }
    assert len(found) == {"L1 alone": 6, "all cured": 5}[start]
    for name, experiment in found.items():
        fault = next(word for word in FAULTS if f" {word}" in name)
        assert dataclasses.replace(experiment, network=reference.network) == reference
        assert differences(reference.network, experiment.network) == FAULTS[fault]


def test_all_cured_has_none_of_the_faults_that_cost_no_more_time():
    both = LAB.variants["L1 alone"].network, LAB.variants["all cured"].network
    assert differences(*both) == set().union(*(FAULTS[fault] for fault in ("H1", "H2", "H3", "H4", "H5")))


def test_as_it_was_run_and_l1_alone_differ_in_what_punishes_alone():
    ran, alone = LAB.variants["as it was run"], LAB.variants["L1 alone"]
    assert ran.network == alone.network and ran.degradation == alone.degradation
    for setting in ("steps", "batch", "patch", "learning_rate", "seed"):
        assert getattr(ran.training, setting) == getattr(alone.training, setting)


def test_the_kernels_differ_in_their_size_alone():
    variants = ablations.find("hybrid_kernels").variants
    networks = [experiment.network for experiment in variants.values()]
    assert [network.kernel for network in networks] == [1, 5, 9, 13]
    assert all(dataclasses.replace(network, kernel=1) == networks[0] for network in networks)
    assert next(iter(variants.values())).degradation.fixed


@pytest.mark.parametrize("name", ["hybrid", "hybrid_kernels"])
def test_shipped_results_are_of_these_variants_and_three_seeds(name):
    rows = ablations.results(name)["rows"]
    assert [row["variant"] for row in rows[1:]] == list(ablations.find(name).variants)
    for row in rows[1:]:
        assert [one["seed"] for one in row["by_seed"]] == [0, 1, 2]
        mean = sum(one["psnr"] for one in row["by_seed"]) / 3
        assert row["psnr"] == pytest.approx(mean, abs=1e-3)
