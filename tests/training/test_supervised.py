"""Training repeats from its seed, equals a plain loop, and survives a crash to the same weights."""

import dataclasses
import json

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.updates import compile_update
from course_lib.training import feeding, progress, runs, supervised, watching


def train(experiment, folder, **options):
    return supervised.train(experiment, folder, say=None, **options).get_weights()


@pytest.fixture(scope="module")
def whole(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    return folder, train(tiny, folder)


def assert_equal_weights(first, second):
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_run_folder_is_complete(whole, tiny):
    folder, _ = whole
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    expected = {"recipe.json", "environment.json", "history.csv", "best.weights.h5", "final.weights.h5"}
    expected |= {f"checkpoints/step_0000000{n}.weights.{end}" for n in (4, 6) for end in ("h5", "sha256")}
    expected |= {f"samples/step_0000000{n}.png" for n in (2, 4, 6)}
    assert names == expected
    assert json.loads((folder / "recipe.json").read_text())["training"]["steps"] == 6
    assert [row["step"] for row in runs.Run(folder).rows()] == [2, 4, 6]


def test_the_same_seed_gives_the_same_weights(whole, tiny, tmp_path):
    assert_equal_weights(whole[1], train(tiny, tmp_path / "again"))


def test_another_seed_gives_other_weights(whole, tiny, tmp_path):
    other = dataclasses.replace(tiny, training=dataclasses.replace(tiny.training, seed=4))
    weights = train(other, tmp_path / "other")
    assert any(not np.array_equal(a, b) for a, b in zip(whole[1], weights, strict=True))


@pytest.mark.parametrize("last", [2, 4])
def test_a_run_stopped_after_a_checkpoint_resumes_to_the_same_weights(
    whole, tiny, tmp_path, monkeypatch, last
):
    saved = runs.Run.save_checkpoint

    def save_and_die(self, model, step):
        saved(self, model, step)
        if step == last:
            raise KeyboardInterrupt

    monkeypatch.setattr(runs.Run, "save_checkpoint", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        train(tiny, tmp_path / "run")
    monkeypatch.undo()
    assert_equal_weights(whole[1], train(tiny, tmp_path / "run", resume=True))
    assert [row["step"] for row in runs.Run(tmp_path / "run").rows()] == [2, 4, 6]


def test_a_damaged_checkpoint_is_passed_over_and_said_so(whole, tiny, tmp_path):
    said = []
    supervised.train(tiny, tmp_path / "run", say=None)
    newest = tmp_path / "run" / "checkpoints" / "step_00000006.weights.h5"
    newest.write_bytes(newest.read_bytes()[:-200])
    weights = supervised.train(tiny, tmp_path / "run", resume=True, say=said.append).get_weights()
    assert "step 6 is damaged" in said[0]
    assert "from step 4" in said[1]
    assert_equal_weights(whole[1], weights)


def test_a_checkpoint_without_its_checksum_does_not_count(tiny, tmp_path):
    supervised.train(tiny, tmp_path / "run", say=None)
    for mark in (tmp_path / "run" / "checkpoints").glob("*.sha256"):
        mark.unlink()
    model = supervised.compile_network(supervised.build_network(tiny), tiny.training)
    assert runs.Run(tmp_path / "run").load_checkpoint(model) == 0


def test_a_run_is_not_begun_on_top_of_another(whole, tiny):
    with pytest.raises(FileExistsError, match="--resume"):
        train(tiny, whole[0])


def test_a_run_of_other_settings_is_not_resumed(whole, tiny):
    other = dataclasses.replace(tiny, training=dataclasses.replace(tiny.training, seed=9))
    with pytest.raises(ValueError, match="seed 3 there, 9 now"):
        train(other, whole[0], resume=True)


def test_resuming_nothing_says_how_to_start(tiny, tmp_path):
    with pytest.raises(FileNotFoundError, match="course train"):
        train(tiny, tmp_path / "nothing", resume=True)


def test_a_full_disk_stops_the_run_and_leaves_the_earlier_checkpoint_whole(tiny, tmp_path, monkeypatch):
    written = keras.Model.save_weights

    def full(self, path, *args, **options):
        if "step_00000004" in str(path):
            raise OSError(28, "No space left on device")
        return written(self, path, *args, **options)

    monkeypatch.setattr(keras.Model, "save_weights", full)
    with pytest.raises(OSError, match="Earlier checkpoints are untouched"):
        train(tiny, tmp_path / "run")
    monkeypatch.undo()
    names = sorted(path.name for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert names == ["step_00000002.weights.h5", "step_00000002.weights.sha256"]


def test_a_folder_that_cannot_be_written_to_is_named_with_the_way_out(tiny, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="--output"):
        train(tiny, tmp_path / "file" / "run")


def test_nan_stops_the_run_and_names_the_step(tiny, tmp_path):
    wild = dataclasses.replace(tiny.training, learning_rate=1e30, warmup=0, clip_norm=None)
    with pytest.raises(FloatingPointError, match=r"loss became .* at step \d.*learning_rate"):
        train(dataclasses.replace(tiny, training=wild), tmp_path / "run")


def test_fit_equals_a_plain_loop_of_updates(tiny):
    plain = dataclasses.replace(tiny, training=dataclasses.replace(tiny.training, ema=None, loss="mse"))
    fitted = supervised.compile_network(supervised.build_network(plain), plain.training)
    supervised.fit(fitted, supervised.build_network(plain), plain, say=None)
    looped = supervised.build_network(plain)
    optimizer = supervised.compile_network(supervised.build_network(plain), plain.training).optimizer

    def loss_fn(blurred, sharp):
        return ops.mean(ops.square(looped(blurred, training=True) - sharp)), {}

    fresh = type(optimizer).from_config(optimizer.get_config())
    step = compile_update(loss_fn, [looped], [], fresh)
    feed = feeding.training_feed(plain)
    for i in range(plain.training.steps):
        step(*[ops.convert_to_tensor(x) for x in feed[i]])
    for a, b in zip(fitted.get_weights(), looped.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5)


def test_the_averaged_weights_are_the_exponential_average(tiny):
    model = supervised.compile_network(supervised.build_network(tiny), tiny.training)
    seen = []

    feed = feeding.training_feed(tiny)
    for i in range(3):
        blurred, sharp = feed[i]
        model.train_on_batch(blurred, sharp)
        seen.append(model.get_weights()[0].copy())
    judged = supervised.build_network(tiny)
    watching.copy_averaged_weights(model, judged)
    average = seen[0]
    for weights in seen[1:]:
        average = 0.8 * average + 0.2 * weights
    np.testing.assert_allclose(judged.get_weights()[0], average, atol=1e-6)


def test_bfloat16_keeps_float32_weights_and_float32_output(tiny):
    recipe = dataclasses.replace(tiny.training, precision="mixed_bfloat16")
    model = supervised.build_network(dataclasses.replace(tiny, training=recipe))
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model.get_layer("lift").compute_dtype == "bfloat16"
    assert model.output.dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"


def test_initial_weights_depend_on_the_seed_alone(tiny):
    assert_equal_weights(
        supervised.build_network(tiny).get_weights(), supervised.build_network(tiny).get_weights()
    )


@pytest.mark.parametrize("seconds, words", [(42, "0:42"), (61, "1:01"), (3723, "1:02:03"), (0, "0:00")])
def test_a_duration_reads_like_a_clock(seconds, words):
    assert progress.clock(seconds) == words
