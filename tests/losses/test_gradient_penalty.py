"""The gradient penalty in its two forms: known slopes, how far they lie apart, where alpha comes from."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.updates import compile_update
from course_lib.losses.gan import FORMS, gradient_penalty

RNG = np.random.default_rng(0)
REAL = RNG.uniform(-1, 1, (2, 6, 8, 3)).astype("float32")
FAKE = RNG.uniform(-1, 1, (2, 6, 8, 3)).astype("float32")


def steep(slope):
    return lambda x: x * slope


def half_square(x):
    return 0.5 * x * x  # its slope is x itself


def test_a_linear_critic_pays_for_the_norm_of_its_slope():
    # 6 x 8 pixels of 3 channels with slope 0.5 each.
    per_sample = gradient_penalty(steep(0.5), REAL, FAKE, alpha=0.3)
    per_pixel = gradient_penalty(steep(0.5), REAL, FAKE, alpha=0.3, form="per_pixel")
    assert float(per_sample) == pytest.approx((0.5 * np.sqrt(144) - 1) ** 2, rel=1e-5)
    assert float(per_pixel) == pytest.approx((0.5 * np.sqrt(3) - 1) ** 2, rel=1e-5)


@pytest.mark.parametrize("form, norm", [("per_sample", 1 / 12), ("per_pixel", 1 / np.sqrt(3))])
def test_a_critic_of_slope_one_pays_nothing(form, norm):
    assert float(gradient_penalty(steep(norm), REAL, FAKE, alpha=0.5, form=form)) == pytest.approx(
        0, abs=1e-10
    )


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0])
def test_the_slope_is_taken_between_real_and_fake(alpha):
    between = alpha * REAL + (1 - alpha) * FAKE
    norms = np.sqrt((between**2).sum(axis=(1, 2, 3)))
    assert float(gradient_penalty(half_square, REAL, FAKE, alpha=alpha)) == pytest.approx(
        np.mean((norms - 1) ** 2), rel=1e-5
    )
    pixels = np.sqrt((between**2).sum(axis=3))
    assert float(gradient_penalty(half_square, REAL, FAKE, alpha=alpha, form="per_pixel")) == pytest.approx(
        np.mean((pixels - 1) ** 2), rel=1e-5
    )


def test_every_picture_may_have_its_own_alpha():
    ones, zeros = np.ones((2, 4, 4, 1), "float32"), np.zeros((2, 4, 4, 1), "float32")
    # At alpha the slope is alpha in each of 16 pixels, so that the norm is 4 alpha.
    value = gradient_penalty(half_square, ones, zeros, alpha=np.array([0.25, 1.0], "float32"))
    assert float(value) == pytest.approx((0 + 9) / 2, rel=1e-5)


def test_scores_of_all_scales_and_no_features_are_summed():
    def critic(x):
        return [[1e3 * x, 0.1 * x], [-1e3 * x, 0.2 * x[:, ::2, ::2]]]

    slope = np.full((6, 8, 3), 0.1)
    slope[::2, ::2] += 0.2
    expected = (np.sqrt((slope**2).sum()) - 1) ** 2
    assert float(gradient_penalty(critic, REAL, FAKE, alpha=0.5)) == pytest.approx(expected, rel=1e-5)


def patch_critic():
    """Three strided 4 x 4 convolutions with instance norm, then one: DeblurGAN's critic, 16 channels wide."""
    rng = np.random.default_rng(5)
    shapes = (4, 4, 3, 16), (4, 4, 16, 32), (4, 4, 32, 64), (4, 4, 64, 1)
    kernels = [(rng.standard_normal(s) * np.sqrt(2 / np.prod(s[:3]))).astype("float32") for s in shapes]

    def critic(x):
        for i, kernel in enumerate(kernels[:3]):
            x = ops.conv(x, kernel, strides=2, padding="same")
            if i:
                mean, spread = ops.mean(x, (1, 2), keepdims=True), ops.var(x, (1, 2), keepdims=True)
                x = (x - mean) / ops.sqrt(spread + 1e-5)
            x = ops.leaky_relu(x, 0.2)
        return ops.conv(x, kernels[3], padding="same")

    return critic


def test_on_the_same_pictures_the_usual_form_is_about_a_hundred_times_the_one_per_pixel():
    rng = np.random.default_rng(6)
    real, fake = (rng.uniform(-1, 1, (2, 64, 64, 3)).astype("float32") for _ in range(2))
    per_sample, per_pixel = (
        float(gradient_penalty(patch_critic(), real, fake, alpha=0.5, form=form))
        for form in ("per_sample", "per_pixel")
    )
    assert 50 < per_sample / per_pixel < 300


@pytest.mark.parametrize("form", FORMS)
def test_a_flat_critic_has_a_penalty_of_one_and_a_finite_gradient(form):
    weight = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    weight.build((None, 3))

    def loss_fn(real, fake):
        return gradient_penalty(weight, real, fake, alpha=0.5, form=form), {}

    step = compile_update(loss_fn, [weight], [], keras.optimizers.SGD(0.1))
    loss, _ = step(REAL, FAKE)
    assert float(loss) == pytest.approx(1)
    assert np.isfinite(weight.get_weights()[0]).all()


def test_the_penalty_moves_the_critics_weights_by_the_second_derivative():
    # Slope w in each of 144 values: penalty (12 w - 1)^2, its derivative 24 (12 w - 1).
    scale = keras.layers.Dense(1, use_bias=False)
    scale.build((None, 1))
    scale.set_weights([np.full((1, 1), 0.2, "float32")])

    def loss_fn(real, fake):
        return gradient_penalty(lambda x: scale(ops.reshape(x, (-1, 1))), real, fake, alpha=0.7), {}

    step = compile_update(loss_fn, [scale], [], keras.optimizers.SGD(0.001))
    step(REAL[:1], FAKE[:1])
    assert float(scale.get_weights()[0][0, 0]) == pytest.approx(0.2 - 0.001 * 24 * (12 * 0.2 - 1), rel=1e-4)


def test_alpha_is_drawn_a_picture_in_one_form_and_a_batch_in_the_other():
    ones, zeros = np.ones((3, 1, 1, 1), "float32"), np.zeros((3, 1, 1, 1), "float32")
    for form, count in (("per_sample", 3), ("per_pixel", 1)):
        drawn = keras.random.uniform((count, 1, 1, 1), seed=keras.random.SeedGenerator(4))
        expected = np.mean((ops.convert_to_numpy(drawn) - 1) ** 2)
        value = gradient_penalty(half_square, ones, zeros, seed=keras.random.SeedGenerator(4), form=form)
        assert float(value) == pytest.approx(float(expected), rel=1e-5)


def test_a_seed_owned_by_a_layer_that_is_read_moves_on_inside_a_compiled_step():
    critic = keras.layers.Dense(1)
    critic.build((None, 3))
    chance = keras.layers.Layer()
    chance.seed = keras.random.SeedGenerator(0)
    chance.build(())

    def loss_fn(real, fake):
        penalty = gradient_penalty(lambda x: critic(x) ** 2, real, fake, seed=chance.seed)
        return 0 * penalty, {"penalty": penalty}

    step = compile_update(loss_fn, [critic], [chance], keras.optimizers.SGD(0.0))
    first, second = (float(step(REAL, FAKE)[1]["penalty"]) for _ in range(2))
    assert first != second
    chance.seed.state.assign(keras.random.SeedGenerator(0).state)
    assert float(step(REAL, FAKE)[1]["penalty"]) == pytest.approx(first, rel=1e-6)


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        (
            {"alpha": 0.5, "form": "per_batch"},
            ValueError,
            "forms 'per_sample', 'per_pixel'; received 'per_batch'",
        ),
        ({}, ValueError, "either alpha or seed.*received neither"),
        ({"alpha": 0.5, "seed": keras.random.SeedGenerator(0)}, ValueError, "received both"),
        ({"seed": 3}, TypeError, "seed as a keras.random.SeedGenerator.*received int"),
        ({"alpha": 0.5, "fake": FAKE[:1]}, ValueError, "real and fake of one shape; received"),
        ({"alpha": 0.5, "real": REAL[0]}, ValueError, r"pictures \(b, h, w, c\); received \(6, 8, 3\)"),
    ],
)
def test_a_penalty_without_sense_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        gradient_penalty(half_square, **{"real": REAL, "fake": FAKE, **arguments})
