"""A duel moves the right network at the right time, equals a loop by hand, and resumes alike."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.updates import compile_update
from course_lib.training import loop
from course_lib.training.duel import Duel


def networks(seed=1):
    """A generator with dropout and a critic, both tiny, with weights from NumPy."""
    z = keras.Input((3,))
    x = keras.layers.Dropout(0.3, seed=5)(keras.layers.Dense(4, activation="tanh")(z))
    generator = keras.Model(z, keras.layers.Dense(2)(x))
    critic = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)]
    )
    rng = np.random.default_rng(seed)
    for model in (generator, critic):
        for variable in model.trainable_variables:
            variable.assign(rng.normal(0, 0.5, variable.shape).astype("float32"))
    return generator, critic


def losses(generator, critic):
    def generator_loss(z, real):
        loss = -ops.mean(critic(generator(z, training=True)))
        return loss, {"generator": loss}

    def critic_loss(fake, z, real):
        loss = ops.mean(critic(fake)) - ops.mean(critic(real))
        return loss, {"critic": loss}

    return generator_loss, critic_loss


def optimizers(ema=False):
    return keras.optimizers.Adam(0.02, use_ema=ema, ema_momentum=0.5), keras.optimizers.Adam(0.05)


def duel(ema=False, **options):
    generator, critic = networks()
    return Duel(generator, critic, *losses(generator, critic), optimizers(ema), **options)


def batches(start=0):
    for i in itertools.count(start):
        rng = np.random.default_rng((9, i))
        yield rng.normal(size=(6, 3)).astype("float32"), rng.normal(1, 0.3, (6, 2)).astype("float32")


def weights(system):
    return [ops.convert_to_numpy(v) for v in system._variables().values()]


def test_each_update_moves_one_network_only():
    system = duel()
    batch = next(batches())
    fake = system.generate(*batch)
    before = [system.generator.get_weights(), system.critic.get_weights()]
    system.improve_critic(fake, *batch)
    assert all(map(np.array_equal, before[0][:4], system.generator.get_weights()[:4]))
    # The last bias cancels between the two means, so only the kernels must move.
    assert not any(map(np.array_equal, before[1][::2], system.critic.get_weights()[::2]))
    between = system.critic.get_weights()
    system.improve_generator(*batch)
    assert all(map(np.array_equal, between, system.critic.get_weights()))
    assert not any(map(np.array_equal, before[0][:4], system.generator.get_weights()[:4]))


@pytest.mark.parametrize("fresh", [True, False])
def test_a_duel_equals_a_loop_by_hand_step_for_step(fresh):
    system, drawn = duel(critic_steps=3, fresh=fresh), batches()
    generator, critic = networks()
    generator_loss, critic_loss = losses(generator, critic)
    first, second = optimizers()
    improve_generator = compile_update(generator_loss, [generator], [critic], first)
    improve_critic = compile_update(critic_loss, [critic], [generator], second)
    by_hand = batches()
    for _ in range(3):
        logs = system.round(drawn)
        for update in range(3):
            if update == 0 or fresh:
                z, real = map(ops.convert_to_tensor, next(by_hand))
                fake = ops.convert_to_tensor(ops.convert_to_numpy(generator(z, training=True)))
            expected, _ = improve_critic(fake, z, real)
        np.testing.assert_allclose(float(logs["critic"]), float(expected), atol=1e-6)
        expected, _ = improve_generator(z, real)
        np.testing.assert_allclose(float(logs["generator"]), float(expected), atol=1e-6)
    for mine, theirs in zip(system.generator.get_weights(), generator.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)


@pytest.mark.parametrize("fresh, drawn", [(True, 5), (False, 1)])
def test_a_round_draws_as_many_batches_as_it_says(fresh, drawn):
    system, source = duel(critic_steps=5, fresh=fresh), batches()
    system.round(source)
    assert system.batches_per_round == drawn
    np.testing.assert_array_equal(next(source)[0], next(batches(drawn))[0])


def test_a_saved_duel_goes_on_to_the_same_weights(tmp_path):
    whole, drawn = duel(ema=True, critic_steps=2), batches()
    for _ in range(4):
        whole.round(drawn)
    stopped, drawn = duel(ema=True, critic_steps=2), batches()
    for _ in range(2):
        stopped.round(drawn)
    stopped.save_weights(tmp_path / "duel.weights.h5")
    resumed = duel(ema=True, critic_steps=2)
    resumed.load_weights(tmp_path / "duel.weights.h5")
    drawn = batches(2 * resumed.batches_per_round)
    for _ in range(2):
        resumed.round(drawn)
    for a, b in zip(weights(whole), weights(resumed), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_of_another_duel_are_refused_and_named(tmp_path):
    system = duel()
    system.save_weights(tmp_path / "duel.weights.h5")
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    generator = system.generator
    changed = Duel(generator, other, *losses(generator, other), optimizers())
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"other networks: critic/0 is \(2, 4\), ours \(2, 3\)"):
        changed.load_weights(tmp_path / "duel.weights.h5")
    assert all(map(np.array_equal, before, other.get_weights()))


def test_a_duel_needs_at_least_one_step_of_the_critic():
    with pytest.raises(ValueError, match="critic_steps of at least 1"):
        duel(critic_steps=0)


def test_rounds_drive_ordinary_callbacks():
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append((batch, round(logs["critic"], 6)))

        def on_epoch_end(self, epoch, logs=None):
            seen.append(("epoch", epoch, round(logs["critic"], 6)))

    system = duel()
    means = loop.play(system, batches(4), 4, 8, 2, [Watch()], system.generator)
    assert [entry[0] for entry in seen] == [0, 1, "epoch", 0, 1, "epoch"]
    assert [entry[1] for entry in seen if entry[0] == "epoch"] == [2, 3]
    assert seen[2][2] == pytest.approx((seen[0][1] + seen[1][1]) / 2, abs=1e-5)
    assert len(means) == 2


def test_a_callback_can_stop_the_rounds():
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    system = duel()
    assert len(loop.play(system, batches(), 0, 8, 2, [Stop()], system.generator)) == 1


@pytest.mark.parametrize("start, stop", [(1, 4), (0, 5)])
def test_rounds_that_break_an_interval_are_refused(start, stop):
    with pytest.raises(ValueError, match="multiple of every=2"):
        loop.play(None, None, start, stop, 2, [], None)
