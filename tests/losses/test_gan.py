"""Adversarial losses: known answers, scales, what the players want, refusals."""

import math

import numpy as np
import pytest
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.losses.gan import KINDS, GANLoss, score_maps


def scores(*values):
    return np.array(values, "float32").reshape(1, 1, -1, 1)


@pytest.mark.parametrize(
    "kind, on_real, on_fake, generator",
    [
        ("vanilla", math.log1p(math.exp(-2)), math.log1p(math.exp(-0.5)), math.log1p(math.exp(0.5))),
        ("least_squares", 1.0, 0.25, 2.25),
        ("hinge", 0.0, 0.5, 0.5),
        ("wasserstein", -2.0, -0.5, 0.5),
    ],
)
def test_each_loss_of_one_score_is_its_formula(kind, on_real, on_fake, generator):
    loss = GANLoss(kind=kind)
    assert float(loss.on_real(scores(2.0))) == pytest.approx(on_real, rel=1e-6)
    assert float(loss.on_fake(scores(-0.5))) == pytest.approx(on_fake, rel=1e-6)
    assert float(loss.generator(scores(-0.5))) == pytest.approx(generator, rel=1e-6)


def test_a_critic_that_cannot_tell_pays_twice_the_logarithm_of_two():
    nothing = scores(0.0, 0.0)
    assert float(GANLoss(kind="vanilla").critic(nothing, nothing)) == pytest.approx(2 * math.log(2), rel=1e-6)


def test_the_vanilla_loss_survives_scores_that_would_overflow():
    loss = GANLoss(kind="vanilla")
    assert float(loss.critic(scores(200.0), scores(-200.0))) == pytest.approx(0, abs=1e-6)
    assert float(loss.critic(scores(-200.0), scores(200.0))) == pytest.approx(400, rel=1e-6)


def test_hinge_leaves_a_critic_alone_beyond_its_margin():
    loss = GANLoss(kind="hinge")
    assert float(loss.critic(scores(1.0, 7.0), scores(-1.0, -3.0))) == 0
    slope = input_gradient(loss.on_real, scores(0.5, 1.5))
    np.testing.assert_allclose(ops.convert_to_numpy(slope).ravel(), [-0.5, 0], atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_a_generator_always_wants_higher_scores_than_its_pictures_have(kind):
    slope = input_gradient(GANLoss(kind=kind).generator, scores(-3.0, -0.5, 0.5))
    assert (ops.convert_to_numpy(slope) < 0).all()


def test_a_scale_weighs_as_much_as_another_whatever_its_size():
    fine, coarse = np.full((1, 4, 4, 1), 3, "float32"), np.full((1, 1, 1, 1), 1, "float32")
    assert float(GANLoss().generator([fine, coarse])) == pytest.approx(-2)
    assert float(GANLoss(over_scales="sum").generator([fine, coarse])) == pytest.approx(-4)


def test_features_before_the_score_map_are_left_out():
    feature = np.full((1, 4, 4, 8), 100, "float32")
    assert float(GANLoss().generator([[feature, scores(2.0)], [feature, scores(4.0)]])) == pytest.approx(-3)


def test_the_factor_halves_the_critics_loss_alone():
    whole, half = GANLoss(kind="least_squares"), GANLoss(kind="least_squares", critic_factor=0.5)
    pair = scores(0.2, 0.9), scores(0.4, -0.3)
    assert float(half.critic(*pair)) == pytest.approx(0.5 * float(whole.critic(*pair)), rel=1e-6)
    assert float(half.generator(pair[1])) == float(whole.generator(pair[1]))


def test_half_precision_scores_are_averaged_in_full_precision():
    many = np.full((1, 300, 300, 1), 1, "float16")
    assert float(GANLoss(kind="wasserstein", over_scales="sum").on_fake([many] * 3)) == 3
    assert all("float32" in str(score_map.dtype) for score_map in score_maps(many))


@pytest.mark.parametrize(
    "settings, error, words",
    [
        ({"kind": "wgan"}, ValueError, "GANLoss knows kind .* received 'wgan'"),
        ({"kind": "hing"}, ValueError, "Did you mean 'hinge'"),
        ({"over_scales": "max"}, ValueError, "over_scales 'mean', 'sum'; received 'max'"),
        ({"critic_factor": 0}, ValueError, "critic_factor above 0; received 0"),
        ({"critic_factor": "half"}, TypeError, "critic_factor as a number"),
    ],
)
def test_a_setting_without_sense_is_refused(settings, error, words):
    with pytest.raises(error, match=words):
        GANLoss(**settings)


def test_real_and_fake_scores_of_different_scales_are_refused():
    with pytest.raises(ValueError, match="as many scales; received 1 and 2"):
        GANLoss().critic(scores(1.0), [scores(1.0), scores(1.0)])


@pytest.mark.parametrize("empty", [[], [[]]])
def test_no_scores_at_all_are_refused(empty):
    with pytest.raises(ValueError, match="at least one scale"):
        GANLoss().generator(empty)
