"""A duel in a run folder: what it writes, how it resumes, where it may begin, and what it refuses."""

import csv
import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import recipes
from course_lib.adversarial.critics import PatchCriticRecipe
from course_lib.adversarial.deblurgan import DeblurGANRecipe
from course_lib.training import duelling, feeding, runs, supervised, watching
from course_lib.training.duel_recipe import DuelRecipe


@pytest.fixture(scope="module")
def tiny():
    """The smoke duel, smaller still: 4 rounds, a checkpoint every 2, procedural pictures."""
    smoke = recipes.find("deblurgan_smoke")
    return dataclasses.replace(
        smoke,
        network=DeblurGANRecipe(width=2, blocks=1),
        rules=dataclasses.replace(smoke.rules, critic=PatchCriticRecipe(width=2, layers=1)),
        training=DuelRecipe(
            steps=4, batch=2, patch=16, learning_rate=1e-3, critic_steps=2, ema=0.8, checkpoint_every=2
        ),
        data="leaves",
    )


def changed(experiment, **training):
    return dataclasses.replace(experiment, training=dataclasses.replace(experiment.training, **training))


@pytest.fixture(scope="module")
def run(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    duelling.train(tiny, folder, say=None)
    return folder


def weights(path):
    import h5py

    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if hasattr(item, "shape") else None)
    return found


def test_a_run_folder_is_complete(run):
    names = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}
    assert {
        "recipe.json",
        "environment.json",
        "history.csv",
        "final.weights.h5",
        "critic.weights.h5",
    } <= names
    assert {"samples/step_00000002.png", "samples/step_00000004.png"} <= names
    assert "checkpoints/step_00000004.weights.h5" in names
    assert "best.weights.h5" not in names


def test_history_has_every_loss_of_both_players(run):
    with open(run / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2", "4"]
    assert {"critic", "penalty", "generator", "adversarial", "content", "validation_psnr"} <= rows[0].keys()
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())


def test_a_run_stopped_at_a_checkpoint_goes_on_to_the_same_weights(tiny, run, tmp_path):
    class Stop(Exception):
        pass

    def stop_after_the_first_interval(line):
        if line.startswith("step 2/4"):
            raise Stop

    with pytest.raises(Stop):
        duelling.train(tiny, tmp_path / "again", say=stop_after_the_first_interval)
    duelling.train(tiny, tmp_path / "again", resume=True, say=None)
    for player in ("final", "critic"):
        first, second = (weights(folder / f"{player}.weights.h5") for folder in (run, tmp_path / "again"))
        assert first.keys() == second.keys()
        for name in first:
            np.testing.assert_array_equal(first[name], second[name])


def test_a_run_equals_a_loop_by_hand(tiny, run):
    duel = duelling.build_duel(tiny)
    feed, recipe = feeding.training_feed(tiny), tiny.training
    for number in range(recipe.steps):
        batch = [ops.convert_to_tensor(x) for x in feed[number]]
        fake = duel.generate(*batch)
        for _ in range(recipe.critic_steps):
            duel.improve_critic(fake, *batch)
        duel.improve_generator(*batch)
    judged = supervised.build_network(tiny)
    judged.load_weights(run / "final.weights.h5")
    by_hand = supervised.build_network(tiny)
    watching.copy_averaged_weights(duel.generator, by_hand)
    for a, b in zip(by_hand.get_weights(), judged.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_without_an_average_the_last_weights_are_kept_and_ordinary_callbacks_watch(tiny, tmp_path):
    plain = changed(tiny, ema=None, steps=2)
    duel, judged = duelling.build_duel(plain), supervised.build_network(plain)
    logger = keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))
    duelling.play(duel, judged, plain, say=None, callbacks=[logger])
    for a, b in zip(duel.generator.get_weights(), judged.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    header, row = (tmp_path / "log.csv").read_text().splitlines()
    assert "critic" in header and row.startswith("0,")
    assert logger.model.optimizer is duel.optimizer


def test_the_average_is_one_of_the_generators_weights(tiny):
    duel, judged = duelling.build_duel(tiny), supervised.build_network(tiny)
    batches = feeding.training_feed(tiny).batches(0, tiny.training.steps)
    seen = []
    for _ in range(3):
        duel.round(batches)
        seen.append(duel.generator.get_weights()[0].copy())
    watching.copy_averaged_weights(duel.generator, judged)
    average = seen[0]
    for weight in seen[1:]:
        average = 0.8 * average + 0.2 * weight
    np.testing.assert_allclose(judged.get_weights()[0], average, atol=1e-6)


def test_a_duel_may_begin_from_an_earlier_run(tiny, run):
    later = dataclasses.replace(tiny, start_from=str(run))
    duel = duelling.build_duel(later)
    duelling.begin_from(duel, later, say=pytest.fail)
    begun, ended = duel.generator.get_weights(), supervised.build_network(tiny)
    ended.load_weights(run / "final.weights.h5")
    for a, b in zip(begun, ended.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    critic = duelling.build_duel(tiny).critic
    critic.load_weights(run / "critic.weights.h5")
    np.testing.assert_array_equal(duel.critic.get_weights()[0], critic.get_weights()[0])


def test_a_critic_of_another_shape_begins_from_chance_and_says_so(tiny, run):
    rules = dataclasses.replace(tiny.rules, critic=PatchCriticRecipe(width=3, layers=1))
    later = dataclasses.replace(tiny, start_from=str(run), rules=rules)
    said = []
    duelling.begin_from(duelling.build_duel(later), later, said.append)
    assert said == [f"The critic begins from chance: {run} has none of its shape."]


def test_an_unfinished_run_is_no_beginning_and_the_way_out_is_told(tiny, tmp_path):
    runs.Run.create(tmp_path / "begun", tiny)
    later = dataclasses.replace(tiny, start_from=str(tmp_path / "begun"))
    with pytest.raises(FileNotFoundError, match="course train deblurgan_smoke .*--resume"):
        duelling.begin_from(duelling.build_duel(later), later)


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"data": "gopro", "degradation": None}, "--data FOLDER"),
        ({"folder": "somewhere"}, "leave --data out"),
        ({"start_from": "nowhere"}, "holds no run"),
    ],
)
def test_what_cannot_begin_leaves_no_folder_behind(tiny, tmp_path, wrong, word):
    with pytest.raises((ValueError, FileNotFoundError), match=word):
        duelling.train(dataclasses.replace(tiny, **wrong), tmp_path / "run", say=None)
    assert not (tmp_path / "run").exists()


def test_nan_stops_the_duel_and_names_the_round(tiny, tmp_path):
    wild = changed(tiny, learning_rate=1e30)
    with pytest.raises(FloatingPointError, match=r"became .* at step \d.*learning_rate"):
        duelling.train(wild, tmp_path / "run", say=None)


def test_the_critics_rate_falls_with_its_own_updates(tiny):
    falling = changed(tiny, constant=0.5)
    generator, critic = duelling.optimizers(falling.training)
    for done, share in ((0, 1.0), (2, 1.0), (3, 0.5), (4, 0.0)):
        for optimizer, updates in ((generator, done), (critic, 2 * done)):
            rate = float(ops.convert_to_numpy(optimizer._learning_rate(updates)))
            assert rate == pytest.approx(share * 1e-3)


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"steps": 0}, "steps"),
        ({"aspect": 0}, "aspect"),
        ({"critic_steps": 0}, "critic_steps"),
        ({"constant": 1.5}, "constant"),
        ({"critic_learning_rate": 0.0}, "critic_learning_rate"),
        ({"precision": "bfloat16"}, "mixed_bfloat16"),
        ({"steps": 150}, "Try 200"),
        ({"darkest": 40.0}, r"darkest in \[0, 1\]"),
    ],
)
def test_a_duel_recipe_refuses_nonsense_and_says_the_way_out(wrong, word):
    with pytest.raises(ValueError, match=f"(?i){word}"):
        DuelRecipe(**wrong)


def test_windows_may_be_wide(tiny):
    blurred, sharp = feeding.training_feed(changed(tiny, aspect=2))[0]
    assert blurred.shape == sharp.shape == (2, 16, 32, 3)
