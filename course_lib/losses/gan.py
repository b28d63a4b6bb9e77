"""What a critic and a generator are punished for: four adversarial losses and the gradient penalty."""

import dataclasses

import keras
from keras import ops

from course_lib import checks
from course_lib.backend.derivatives import input_gradient

KINDS = ("vanilla", "least_squares", "hinge", "wasserstein")
FORMS = ("per_sample", "per_pixel")
SCALE_JOINS = ("mean", "sum")
# Squared norms below this are taken for 0: far above what float32 loses, far below any gradient that matters.
NOTHING = 1e-30


@dataclasses.dataclass(frozen=True, kw_only=True)
class GANLoss:
    """An adversarial loss for both players. The critic's scores are logits: no sigmoid comes before.

    With s a score of a real picture, t one of a generated one, each term averaged over its map:

    - "vanilla": critic -log sigmoid(s) - log(1 - sigmoid(t)), generator -log sigmoid(t).
    - "least_squares": critic (s - 1)^2 + t^2, generator (t - 1)^2.
    - "hinge": critic max(0, 1 - s) + max(0, 1 + t), generator -t.
    - "wasserstein": critic t - s, generator -t. It needs `gradient_penalty` beside it.

    Scores may be one map; a list with one map a scale; or a list with one list a scale, of features with the
    map last, as a critic that shows its features returns them.

    Args:
        kind: one of `KINDS`.
        over_scales: "mean" or "sum", how the scales are joined.
        critic_factor: factor of the critic's loss, above 0.

    Raises:
        TypeError: `critic_factor` is no number.
        ValueError: an unknown word, or a factor that is not above 0.

    Source:
        Goodfellow et al., NeurIPS 2014 (with the non-saturating generator); Mao et al., LSGAN, ICCV 2017;
        Lim and Ye, Geometric GAN, 2017; Arjovsky et al., Wasserstein GAN, ICML 2017.
        pix2pixHD sums least squares over scales and halves the critic's loss; SPADE averages over scales.
    """

    kind: str = "wasserstein"
    over_scales: str = "mean"
    critic_factor: float = 1.0

    def __post_init__(self):
        checks.one_of("GANLoss", "kind", self.kind, KINDS)
        checks.one_of("GANLoss", "over_scales", self.over_scales, SCALE_JOINS)
        checks.above("GANLoss", "critic_factor", self.critic_factor, 0)

    def critic(self, scores_real, scores_fake):
        """Punish a critic that takes one kind for the other.

        Args:
            scores_real: scores of real pictures, see the class.
            scores_fake: scores of generated pictures, as many scales.

        Returns:
            float32 scalar: critic_factor * (`on_real` + `on_fake`).

        Raises:
            ValueError: different numbers of scales, or none.
        """
        scales = len(score_maps(scores_real)), len(score_maps(scores_fake))
        if scales[0] != scales[1]:
            raise ValueError(
                f"GANLoss needs real and fake scores of as many scales; received {scales[0]} and {scales[1]}."
            )
        return self.critic_factor * (self.on_real(scores_real) + self.on_fake(scores_fake))

    def on_real(self, scores_real):
        """Give the half of the critic's loss that real pictures cause, without `critic_factor`.

        Args:
            scores_real: scores of real pictures, see the class.

        Returns:
            float32 scalar.
        """
        return self._over_scales(_ON_REAL[self.kind], scores_real)

    def on_fake(self, scores_fake):
        """Give the half of the critic's loss that generated pictures cause, without `critic_factor`.

        Args:
            scores_fake: scores of generated pictures, see the class.

        Returns:
            float32 scalar.
        """
        return self._over_scales(_ON_FAKE[self.kind], scores_fake)

    def generator(self, scores_fake):
        """Punish a generator whose pictures the critic tells from real ones.

        Args:
            scores_fake: scores of generated pictures, see the class.

        Returns:
            float32 scalar.
        """
        return self._over_scales(_FOR_GENERATOR[self.kind], scores_fake)

    def _over_scales(self, cost, scores):
        # A map has fewer scores at a coarse scale, but weighs as much: each is averaged by itself.
        costs = [ops.mean(cost(scale)) for scale in score_maps(scores)]
        return sum(costs) / (len(costs) if self.over_scales == "mean" else 1)


_ON_REAL = {
    "vanilla": lambda score: ops.softplus(-score),  # -log sigmoid(score), without overflow
    "least_squares": lambda score: ops.square(score - 1),
    "hinge": lambda score: ops.relu(1 - score),
    "wasserstein": lambda score: -score,
}
_ON_FAKE = {
    "vanilla": ops.softplus,
    "least_squares": ops.square,
    "hinge": lambda score: ops.relu(1 + score),
    "wasserstein": lambda score: score,
}
# Hinge and Wasserstein let the generator push without end; the others stop where the critic believes.
_FOR_GENERATOR = {**_ON_REAL, "hinge": _ON_REAL["wasserstein"]}


def score_maps(scores):
    """Find the score map of every scale in what a critic returned.

    Args:
        scores: one (b, h', w', 1) map, a list with one map a scale, or a list with one list a scale, whose
            last entry is the map.

    Returns:
        list of float32 tensors, one a scale.

    Raises:
        ValueError: an empty list.
    """
    scales = list(scores) if isinstance(scores, list | tuple) else [scores]
    if not scales or any(isinstance(scale, list | tuple) and not scale for scale in scales):
        raise ValueError("score_maps() needs the scores of at least one scale; received an empty list.")
    maps = [scale[-1] if isinstance(scale, list | tuple) else scale for scale in scales]
    return [ops.cast(score_map, "float32") for score_map in maps]


def gradient_penalty(critic, real, fake, alpha=None, seed=None, form="per_sample"):
    """Punish a critic whose slope between real and generated pictures is not 1: mean of (norm - 1)^2.

    The slope is the gradient of the sum of all scores, at alpha * real + (1 - alpha) * fake. Multiply the
    penalty by 10, as the papers do. Say which form is meant: over n pixels the first norm is about sqrt(n)
    times the second, and the first penalty of a new critic is hundreds of times the second on pictures of
    64 x 64. A slope is a change of score a unit of the pictures: in [0, 1] it is twice what it is in [-1, 1],
    the range of the papers.

    - "per_sample": one norm a picture, over all its pixels and channels; one alpha a picture. The usual one.
    - "per_pixel": one norm a pixel, over the channels only; one alpha for the batch. DeblurGAN's code.

    Args:
        critic: tensor of the pictures' shape -> scores as `GANLoss` takes them.
        real: (b, h, w, c) float tensor.
        fake: (b, h, w, c) float tensor, without a gradient path unless one is wanted.
        alpha: share of `real`, in [0, 1]: a number, or a (b,) or (b, 1, 1, 1) tensor; or None to draw it.
        seed: keras.random.SeedGenerator that draws alpha. Inside `compile_update` it must belong to a layer
            named in `reads`; on JAX every step would draw the same alpha otherwise. A bare layer will do:
            `chance = keras.layers.Layer(); chance.seed = seed; chance.build(())`.
        form: one of `FORMS`.

    Returns:
        float32 scalar, 0 or more. Its gradient is 0, not NaN, where the critic is flat.

    Raises:
        TypeError: `seed` is no SeedGenerator.
        ValueError: an unknown form; pictures that differ in shape or lack an axis; both or none of `alpha`
            and `seed`.

    Source:
        Gulrajani et al., Improved Training of Wasserstein GANs, NeurIPS 2017, section 4, for "per_sample";
        Kupyn et al., DeblurGAN, CVPR 2018, models/losses.py of the authors' code, for "per_pixel".
    """
    checks.one_of("gradient_penalty()", "forms", form, FORMS)
    real, fake = ops.convert_to_tensor(real), ops.convert_to_tensor(fake)
    if len(real.shape) != 4:
        raise ValueError(f"gradient_penalty() needs pictures (b, h, w, c); received {tuple(real.shape)}.")
    checks.same_shape("gradient_penalty()", ("real", "fake"), real, fake)
    alpha = _alpha(alpha, seed, ops.shape(real)[0] if form == "per_sample" else 1, real.dtype)
    between = alpha * real + (1 - alpha) * fake

    def total(x):
        return sum(ops.sum(score_map) for score_map in score_maps(critic(x)))

    slope = ops.cast(input_gradient(total, between), "float32")  # (b, h, w, c)
    squares = ops.sum(ops.square(slope), axis=(1, 2, 3) if form == "per_sample" else 3)  # (b,) or (b, h, w)
    # The root's own slope is infinite at 0; the inner choice keeps that infinity out of the gradient.
    present = squares > NOTHING
    norm = ops.where(present, ops.sqrt(ops.where(present, squares, 1.0)), 0.0)
    return ops.mean(ops.square(norm - 1))


def _alpha(alpha, seed, count, dtype):
    if (alpha is None) == (seed is None):
        raise ValueError(
            "gradient_penalty() needs either alpha or seed, so that chance is an argument; received "
            f"{'neither' if alpha is None else 'both'}. Pass seed=keras.random.SeedGenerator(0)."
        )
    if alpha is not None:
        return ops.reshape(ops.convert_to_tensor(alpha, dtype), (-1, 1, 1, 1))
    if not isinstance(seed, keras.random.SeedGenerator):
        raise TypeError(
            "gradient_penalty() needs seed as a keras.random.SeedGenerator, which moves on with every draw; "
            f"received {type(seed).__name__}."
        )
    return keras.random.uniform((count, 1, 1, 1), dtype=dtype, seed=seed)
