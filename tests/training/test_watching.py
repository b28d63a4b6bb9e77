"""A run whose pictures stay dark is stopped and told why; one that is not dark, or not for long, goes on."""

import csv
import dataclasses
import json
import types

import keras
import numpy as np
import pytest

from course_lib import recipes
from course_lib.training import duelling, runs, supervised, watching

GRAY = 0.64


def night(recipe):
    """A network that saturates at black, whatever it is given, and gets no gradient there."""
    blurred = keras.Input((None, None, 3))
    black = keras.initializers.Constant(-60.0)
    restored = keras.layers.Conv2D(3, 1, bias_initializer=black, activation="tanh", name="lower")(blurred)
    return keras.Model(blurred, keras.layers.Rescaling(0.5, 0.5)(restored))


def guarded(experiment, darkest, **changes):
    training = dataclasses.replace(experiment.training, darkest=darkest)
    return dataclasses.replace(experiment, training=training, **changes)


@pytest.fixture(scope="module")
def stopped(tiny, tmp_path_factory):
    dark = guarded(tiny, 0.1, build=night)
    folder = tmp_path_factory.mktemp("dark") / "run"
    with pytest.raises(RuntimeError) as caught:
        supervised.train(dark, folder, say=None)
    return dark, folder, str(caught.value)


def test_a_dark_run_is_stopped_at_the_second_look_and_told_where_and_why(stopped):
    _, folder, told = stopped
    with open(folder / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2", "4"]
    assert not (folder / "final.weights.h5").exists()
    for word in ("at step 4", "of 8", "tanh", "zero padding", "no residual", "no pixel loss", "2 looks"):
        assert word in told
    assert f"{float(rows[1]['darkness']):.3f} below the truth" in told
    assert f"{float(rows[1]['falsely_black']):.2%}" in told and float(rows[1]["falsely_black"]) > 0.9
    assert str(folder / "samples") in told and str(folder / "recipe.json") in told


def test_a_stopped_run_stops_again_unless_the_guard_is_switched_off_as_told(stopped):
    dark, folder, told = stopped
    with pytest.raises(RuntimeError, match="at step 4"):
        supervised.train(dark, folder, resume=True, say=None)
    assert "set darkest to null" in told
    stored = json.loads((folder / "recipe.json").read_text())
    stored["training"]["darkest"] = None
    (folder / "recipe.json").write_text(json.dumps(stored))
    supervised.train(dark.with_settings(stored), folder, resume=True, say=None)
    assert (folder / "final.weights.h5").exists()
    assert [row["step"] for row in runs.Run(folder).rows()] == [2, 4, 6]


def test_a_run_that_is_not_dark_is_not_stopped(tiny):
    bright = guarded(tiny, 0.1)
    model = supervised.compile_network(supervised.build_network(bright), bright.training)
    rows = supervised.fit(model, supervised.build_network(bright), bright, say=None)
    assert [row["step"] for row in rows] == [2, 4, 6]
    assert all(row["darkness"] < 0.1 and row["falsely_black"] < 0.05 for row in rows)


def test_a_dark_duel_is_stopped_too(tmp_path):
    smoke = recipes.find("deblurgan_smoke")
    training = dataclasses.replace(smoke.training, steps=4, checkpoint_every=1, patch=16, darkest=0.1)
    dark = dataclasses.replace(smoke, build=night, training=training, data="leaves")
    with pytest.raises(RuntimeError, match="at step 2 luminance lies"):
        duelling.train(dark, tmp_path / "run", say=None)


def judge(mask):
    """Look once at gray windows that a network multiplies by a mask; give the Validation."""
    given = keras.Input((64, 64, 3))
    network = keras.Model(given, keras.layers.Rescaling(mask)(given))
    network.compile("sgd", "mse")
    gray = np.full((3, 64, 64, 3), GRAY, "float32")
    validation = watching.Validation(None, network, (gray, gray), every=10)
    validation.set_model(network)
    return validation


def test_a_dark_corner_alone_is_caught_though_the_mean_hardly_moves():
    mask = np.ones((64, 64, 1), "float32")
    mask[56:, :8] = 0
    validation = judge(mask)
    guard = watching.StopAtDarkness(0.2, validation)
    for epoch in (0, 1):
        logs = {}
        validation.on_epoch_end(epoch, logs)
        assert logs["darkness"] == pytest.approx(GRAY, abs=1e-4)
        assert logs["falsely_black"] == pytest.approx(1 / 64, abs=1e-6)
        if epoch == 0:
            guard.on_epoch_end(epoch, logs)
    with pytest.raises(watching.TooDark) as caught:
        guard.on_epoch_end(1, logs)
    told = str(caught.value)
    assert "at step 20" in told and "row 8 of 8, column 1 of 8" in told
    assert "0.640 below the truth" in told and "0.010 over the whole" in told and "1.56%" in told
    assert "set darkest to None" in told


def test_brighter_than_the_truth_is_below_zero():
    validation = judge(np.full((64, 64, 1), 1.25, "float32"))
    logs = {}
    validation.on_epoch_end(0, logs)
    assert logs["darkness"] == pytest.approx(-0.16, abs=1e-4) and logs["falsely_black"] == 0


def test_regions_that_are_dark_in_some_windows_alone_are_averaged():
    true = np.full((2, 16, 16, 3), 0.5, "float32")
    restored = true.copy()
    restored[0, :2, :2] = 0.1
    falls = watching.falls_of_luminance(true, restored)
    assert falls.shape == (8, 8) and falls[0, 0] == pytest.approx(0.2, abs=1e-6)
    assert np.abs(falls).sum() == pytest.approx(0.2, abs=1e-6)


@pytest.mark.parametrize("darkness", [[0.5, 0.0], [0.5, 0.0, 0.5, 0.0], [0.1, 0.1]])
def test_a_run_is_stopped_by_two_dark_looks_in_a_row_alone(darkness):
    seen = types.SimpleNamespace(rows=[], falls=np.zeros((8, 8)), run=None)
    guard = watching.StopAtDarkness(0.1, seen)
    for step, value in enumerate(darkness):
        seen.rows.append({"step": step, "darkness": value, "falsely_black": 0.0})
        guard.on_epoch_end(step)
    seen.rows += 2 * [{"step": 9, "darkness": 0.11, "falsely_black": 0.0}]
    with pytest.raises(watching.TooDark, match="at step 9"):
        guard.on_epoch_end(9)


def test_looks_of_before_a_resumption_count_and_histories_without_them_do_not():
    look = {"step": 2, "darkness": 0.5, "falsely_black": 0.0}
    before = types.SimpleNamespace(rows=[look, look], falls=np.zeros((8, 8)), run=None)
    with pytest.raises(watching.TooDark):
        watching.StopAtDarkness(0.1, before).on_epoch_end(1)
    before.rows[0] = {"step": 2}
    watching.StopAtDarkness(0.1, before).on_epoch_end(1)


@pytest.mark.one_engine
def test_a_run_begun_before_the_guard_goes_on_with_its_own_columns(tiny, tmp_path, monkeypatch):
    saved = runs.Run.save_checkpoint

    def save_and_die(self, model, step):
        saved(self, model, step)
        raise KeyboardInterrupt

    monkeypatch.setattr(runs.Run, "save_checkpoint", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        supervised.train(tiny, tmp_path / "run", say=None)
    monkeypatch.undo()
    run = runs.Run(tmp_path / "run")
    stored = run.recipe()
    del stored["training"]["darkest"]
    (run.folder / "recipe.json").write_text(json.dumps(stored))
    old = ["step", "loss", "validation_psnr", "learning_rate", "seconds"]
    row = run.rows()[0]
    run.history.unlink()
    run.log({column: row[column] for column in old})
    supervised.train(tiny, tmp_path / "run", resume=True, say=None)
    assert run.history.read_text().splitlines()[0] == ",".join(old)
    assert [row["step"] for row in run.rows()] == [2, 4, 6]
    assert all(np.isfinite(list(row.values())).all() for row in run.rows())


def test_a_limit_in_grey_levels_is_refused():
    with pytest.raises(ValueError, match=r"darkest in \[0, 1\]; received 40"):
        watching.StopAtDarkness(40, None)
