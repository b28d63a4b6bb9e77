"""Collapse: shares counted by hand, a warning once, a stop at the second look in a row."""

import types

import numpy as np
import pytest

from course_lib.search.architecture import Architecture
from course_lib.search.collapse import (
    Collapsed,
    EndAtCollapse,
    StopAtCollapse,
    before_collapse,
    share_of_genotype,
    share_of_names,
    share_of_weights,
)
from course_lib.search.darts import DARTS_V1, DARTS_V2
from course_lib.search.operations import SPACES

SLOTS = ("conv3", "conv5", "skip")


def one_hot(names, space):
    return np.eye(len(space))[[space.index(name) for name in names]]


def test_darts_second_genotype_has_five_skips_among_sixteen_operators():
    # Normal: skip, skip. Reduction: skip, skip, skip.
    assert share_of_genotype(DARTS_V2) == 5 / 16


def test_darts_first_genotype_has_six():
    assert share_of_genotype(DARTS_V1) == 6 / 16


def test_nones_count_as_skips_do():
    assert share_of_names(["none", "conv3", "skip", "skip_connect"]) == 3 / 4
    with pytest.raises(ValueError, match="number of operators"):
        share_of_names([])


def test_each_row_of_slots_chooses_its_strongest():
    rows = one_hot(["skip", "conv5", "skip", "conv3"], SLOTS) * 0.4 + 0.2
    assert share_of_weights({"slots": rows, "links": np.ones((7, 2))}, SLOTS) == 2 / 4


def test_a_named_space_is_judged_by_the_cell_that_would_be_derived():
    # One node: "none" is stronger everywhere, and not chosen; of the others one is a skip.
    space = SPACES["irnas"]
    rows = 0.5 * one_hot(["none", "none"], space) + 0.5 * one_hot(["skip", "dil3"], space)
    widths = np.full((4, 3), 1 / 3)
    assert share_of_weights({"alpha": rows, "beta": widths}, "irnas") == 1 / 2


def test_weights_that_cannot_be_judged_are_refused():
    with pytest.raises(ValueError, match=r"matrix of 3 columns; received links \(2, 2\)"):
        share_of_weights({"links": np.ones((2, 2))}, SLOTS)
    with pytest.raises(ValueError, match="'slots' holds NaN"):
        share_of_weights({"slots": np.full((1, 3), np.nan)}, SLOTS)
    with pytest.raises(ValueError, match="Did you mean 'irnas'"):
        share_of_weights({"slots": np.ones((2, 6))}, "irnass")


def watched(most, told):
    architecture = Architecture({"slots": (4, 3)}, start=0.0)
    callback = StopAtCollapse(architecture, SLOTS, most, told.append)

    def look(epoch, skips):
        names = ["skip"] * skips + ["conv3"] * (4 - skips)
        architecture.logits["slots"].assign(one_hot(names, SLOTS))
        logs = {}
        callback.on_epoch_end(epoch, logs)
        return logs

    return look


def test_a_search_is_warned_once_and_never_stopped_without_a_limit():
    told = []
    look = watched(None, told)
    assert [look(epoch, skips)["skips"] for epoch, skips in enumerate((2, 3, 4, 4))] == [0.5, 0.75, 1, 1]
    assert told == [
        "The search may be collapsing: 3 of 4 operators would be skips at interval 2, more than 0.5."
    ]


def test_a_search_above_its_limit_is_stopped_at_the_second_look_in_a_row():
    told = []
    look = watched(0.25, told)
    look(0, 2), look(1, 1), look(2, 2)
    assert len(told) == 1
    with pytest.raises(Collapsed, match="3 of 4 operators would be skips at interval 4, more than 0.25"):
        look(3, 3)


def test_a_warning_reaches_python_where_nobody_listens():
    architecture = Architecture({"slots": (1, 3)}, start=np.array([[0.0, 0.0, 1.0]]))
    with pytest.warns(UserWarning, match="may be collapsing: 1 of 1"):
        StopAtCollapse(architecture, SLOTS).on_epoch_end(0, {})


def test_a_limit_without_sense_is_refused():
    with pytest.raises(ValueError, match=r"most in \[0, 1\]; received 2"):
        StopAtCollapse(None, SLOTS, 2)


def test_an_early_end_stops_the_model_at_the_first_look_above_the_limit():
    architecture = Architecture({"slots": (4, 3)}, start=0.0)
    callback = EndAtCollapse(architecture, SLOTS, 0.5)
    callback.set_model(types.SimpleNamespace(stop_training=False))
    for epoch, skips in enumerate((1, 2, 3)):
        assert not callback.model.stop_training
        names = ["skip"] * skips + ["conv3"] * (4 - skips)
        architecture.logits["slots"].assign(one_hot(names, SLOTS))
        callback.on_epoch_end(epoch, {})
    assert callback.model.stop_training
    assert callback.reason == "at interval 3: 75% skips, more than 50%"


def test_what_was_known_before_the_first_collapse_is_kept_even_if_it_recovers():
    looks = [{"slots": one_hot(["skip"] * n + ["conv3"] * (4 - n), SLOTS)} for n in (0, 2, 3, 1)]
    assert before_collapse(looks, SLOTS, 0.5) is looks[1]
    assert before_collapse(looks[2:], SLOTS, 0.5) is looks[2]
