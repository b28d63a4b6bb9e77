"""Schemes: first probabilities, what a PSNR does to them, the floor; scores without sense."""

import math

import numpy as np
import pytest

from course_lib.search.hierarchy import demand_grids
from course_lib.search.schemes import SCHEMES, Schemes, raised, search_scheme


def test_at_first_depths_three_and_four_are_drawn_most():
    now = Schemes().probabilities
    expected = {"1": 0.05, "1-2": 0.05, "1-3": 0.05, "1-4": 0.05, "1-2-4-8": 0.35, "1-2-4-8-16": 0.10}
    expected |= dict.fromkeys(("1-2-4", "1-3-9", "1-4-16"), 0.35 / 3)
    assert now == pytest.approx(expected)
    assert math.isclose(sum(now.values()), 1)


def test_a_scheme_is_named_after_its_numbers_of_patches():
    for name, grids in SCHEMES.items():
        demand_grids("a test", grids)
        assert name == "-".join(str(rows * columns) for rows, columns in grids)


def test_a_scheme_better_by_one_temperature_is_e_times_as_likely():
    schemes = Schemes(temperature=0.5, floor=0)
    schemes.record("1-2-4", 29.0)
    schemes.record("1-2-4", 31.0)
    schemes.record("1-2-4-8", 30.5)
    now = schemes.probabilities
    assert now["1-2-4-8"] / now["1-2-4"] == pytest.approx(math.e)
    # The two share what they had; the others keep theirs.
    assert now["1-2-4-8"] + now["1-2-4"] == pytest.approx(0.35 + 0.35 / 3)
    assert now["1-3-9"] == pytest.approx(0.35 / 3)


def test_no_scheme_falls_below_the_floor():
    schemes = Schemes()
    for i, name in enumerate(SCHEMES):
        schemes.record(name, 20.0 + i)
    now = schemes.probabilities
    assert min(now.values()) == pytest.approx(0.02)
    assert sum(now.values()) == pytest.approx(1)
    assert max(now, key=now.get) == list(SCHEMES)[-1]


def test_a_floor_is_paid_in_proportion_until_all_stand_on_it():
    np.testing.assert_allclose(raised(np.array([0.0, 0.2, 0.8]), 0.1), [0.1, 0.18, 0.72])
    # The payment pushes the second below the floor too.
    np.testing.assert_allclose(raised(np.array([0.0, 0.21, 0.79]), 0.2), [0.2, 0.2, 0.6])
    np.testing.assert_allclose(raised(np.array([1.0, 0.0]), 0.5), [0.5, 0.5])


def test_schemes_are_drawn_as_often_as_they_are_likely():
    schemes, rng = Schemes(), np.random.default_rng(0)
    names = [schemes.draw(rng) for _ in range(4000)]
    for name, likely in schemes.probabilities.items():
        assert abs(names.count(name) / 4000 - likely) < 5 * math.sqrt(likely / 4000)


@pytest.mark.parametrize(
    "scheme, psnr, words",
    [("1-2-3", 30.0, "Did you mean '1-2-4'"), ("1-2", math.nan, "a finite PSNR in dB for 1-2; received nan")],
)
def test_a_score_without_sense_is_refused(scheme, psnr, words):
    with pytest.raises(ValueError, match=words):
        Schemes().record(scheme, psnr)


@pytest.mark.parametrize("settings", [{"temperature": 0}, {"floor": 0.2}, {"floor": -0.1}])
def test_a_distribution_without_sense_is_refused(settings):
    with pytest.raises(ValueError, match=f"Schemes needs {next(iter(settings))}"):
        Schemes(**settings)


def test_a_draw_needs_a_generator():
    with pytest.raises(ValueError, match=r"needs rng because it draws a scheme"):
        Schemes().draw(None)


def test_the_search_finds_the_best_scheme_and_tries_it_most():
    def judge(grids):
        return 30.0 - abs(len(grids) - 4)  # four levels are best, by 1 dB

    for seed in range(5):
        best, schemes = search_scheme(judge, 40, np.random.default_rng(seed))
        assert best == "1-2-4-8"
        assert len(schemes.scores[best]) == max(map(len, schemes.scores.values()))
        assert sum(map(len, schemes.scores.values())) == 40


def test_a_search_goes_on_from_earlier_scores():
    schemes = Schemes()
    schemes.record("1-3-9", 99.0)
    best, again = search_scheme(lambda grids: 30.0, 3, np.random.default_rng(0), schemes)
    assert best == "1-3-9" and again is schemes
    with pytest.raises(ValueError, match="samples of at least 1; received 0"):
        search_scheme(lambda grids: 30.0, 0, np.random.default_rng(0))
