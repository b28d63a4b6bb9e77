"""Critics that judge every patch of a picture: DeblurGAN's, pix2pixHD's and SPADE's.

Paper: Isola et al., pix2pix, CVPR 2017, section 3.2.2; Kupyn et al., DeblurGAN, CVPR 2018, section 3.2;
       Wang et al., pix2pixHD, CVPR 2018, section 3.2; Park et al., SPADE, CVPR 2019, appendix A.
Code:  KupynOrest/DeblurGAN, NVIDIA/pix2pixHD and NVlabs/SPADE: class NLayerDiscriminator in models/networks.
Differs: channels last; pictures in [0, 1] unless `pixels` is "signed"; no sigmoid ever, losses take logits;
       all start from N(0, 0.02^2) and biases of 0 (pix2pixHD draws its biases, SPADE uses Xavier with gain
       0.02); the widest layer is a number of its own (DeblurGAN: 8 width).
Check: the default has 2 764 737 parameters; 39 channels and 2 scales have 5 603 202, 3 scales 8 404 803;
       2 scales with spectral norm have 5 601 410 that are trained.
"""

import dataclasses

import keras

from course_lib import checks
from course_lib.adversarial.deblurgan import PIXELS
from course_lib.adversarial.hourglass import quiet
from course_lib.layers.borders import SizeGuard
from course_lib.layers.norms import InstanceNorm
from course_lib.layers.resampling import HalvingMean
from course_lib.layers.spectral import SpectralConv2D
from course_lib.training import seeding, supervised


@dataclasses.dataclass(frozen=True, kw_only=True)
class PatchCriticRecipe:
    """The shape of a critic; the default is DeblurGAN's.

    Args:
        channels: of the input; the last three are the picture, those before it labels and edges.
        width: channels of the first layer; they double in each further one.
        layers: strided layers, each of which halves the sides; one without stride and the score follow. (The
            papers' n_layers; SPADE counts one more.)
        widest: channels at most.
        padding: zeros around every layer: 2, or 1 as Python 2 computed it for DeblurGAN's authors.
        scales: critics of this shape, the second for half the size, and so on.
        spectral: whether all layers but the first and the score are divided by their spectral norm and lose
            their bias, as in SPADE.
        features: whether the features of every layer are returned too.
        pixels: "unit" takes pictures in [0, 1], "signed" in [-1, 1], as the originals.

    Raises:
        ValueError: a number below its least, or an unknown word or padding.
    """

    channels: int = 3
    width: int = 64
    layers: int = 3
    widest: int = 512
    padding: int = 2
    scales: int = 1
    spectral: bool = False
    features: bool = False
    pixels: str = "unit"

    def __post_init__(self):
        for name in ("channels", "width", "layers", "widest", "scales"):
            checks.at_least("PatchCriticRecipe", name, getattr(self, name), 1)
        checks.one_of("PatchCriticRecipe", "padding", self.padding, (1, 2))
        checks.one_of("PatchCriticRecipe", "pixels", self.pixels, PIXELS)


def patch_critic(recipe):
    """Build a critic; no activation follows its scores.

    Args:
        recipe: PatchCriticRecipe.

    Returns:
        keras.Model from pictures (b, h, w, channels) to scores, h and w at least `smallest_side(recipe)`:
        one map (b, h', w', 1), or with features a list of them (b, h', w', width) with the map last; with
        several scales a list of these, finest first. Its `official` names the weights of DeblurGAN (one
        scale), pix2pixHD (several) or SPADE (spectral norm).

        Keras drops a list around a single list: features of one scale go to the losses as [critic(pictures)].
    """
    pictures = keras.Input((None, None, recipe.channels), name="pictures")  # (b, h, w, channels)
    owner = f"patch_critic with layers {recipe.layers}, padding {recipe.padding} and scales {recipe.scales}"
    x = SizeGuard(owner, smallest=smallest_side(recipe), name="size")(pictures)
    if recipe.pixels == "unit":
        x = _to_signed(x, recipe.channels)
    scales, official = [], {}
    for scale in range(recipe.scales):
        if scale:
            x = HalvingMean(name=f"halve_{scale - 1}")(x)
        scales.append(_judge(x, recipe, scale))
        for i in range(recipe.layers + 2):
            official[f"scale_{scale}_conv_{i}"] = _official_name(recipe, scale, i)
    scores = scales if recipe.features else [maps[-1] for maps in scales]
    model = keras.Model(pictures, scores if recipe.scales > 1 else scores[0], name="patch_critic")
    model.official = official
    return model


def smallest_side(recipe):
    """Find the least height and width at which every layer of a critic does its work.

    A strided layer must make its map smaller (with padding 2 it leaves 2 pixels as 2), and a map that is
    normalised needs 2 pixels each way: of one pixel, the norm leaves 0.

    Args:
        recipe: PatchCriticRecipe.

    Returns:
        int, pixels.
    """
    side = 1
    while not _fits(recipe, side):
        side += 1
    for _ in range(recipe.scales - 1):
        side = 2 * side - 1  # halved, it is rounded up
    return side


def _fits(recipe, side):
    around = 2 * recipe.padding - 4
    for _ in range(recipe.layers):
        smaller = (side + around) // 2 + 1
        if not 2 <= smaller < side:
            return False
        side = smaller
    return side + around + 1 >= 2 and side + 2 * (around + 1) >= 1


def _to_signed(x, channels):
    picture = min(channels, 3)
    scale = [1.0] * (channels - picture) + [2.0] * picture
    shift = [0.0] * (channels - picture) + [-1.0] * picture
    return keras.layers.Rescaling(scale, shift, dtype="float32", name="to_signed")(x)


def _judge(x, recipe, scale):
    """Give the features of every layer, and the score map last."""
    maps = []
    for i in range(recipe.layers + 2):
        first, last = i == 0, i == recipe.layers + 1
        name = f"scale_{scale}_{{}}_{i}"
        divided = recipe.spectral and not first and not last
        conv = (SpectralConv2D if divided else keras.layers.Conv2D)(
            1 if last else min(recipe.width * 2**i, recipe.widest),
            4,
            strides=2 if i < recipe.layers else 1,
            use_bias=not divided,
            kernel_initializer=quiet(),
            name=name.format("conv"),
        )
        x = conv(keras.layers.ZeroPadding2D(recipe.padding, name=name.format("pad"))(x))
        if not first and not last:
            x = InstanceNorm(name=name.format("norm"))(x)
        if not last:
            x = keras.layers.LeakyReLU(0.2, name=name.format("relu"))(x)
        maps.append(x)
    return maps


def _official_name(recipe, scale, i):
    if recipe.spectral:
        inner = "0" if i in (0, recipe.layers + 1) else "0.0"
        return f"discriminator_{scale}.model{i}.{inner}"
    if recipe.scales > 1:
        return f"scale{recipe.scales - 1 - scale}_layer{i}.0"  # counted from coarse to fine there
    return f"model.{max(0, 3 * i - 1)}"


def critic_for(recipe, training):
    """Build a critic as a duel's settings say: in its precision, with initial weights from its seed.

    Args:
        recipe: PatchCriticRecipe.
        training: DuelRecipe.

    Returns:
        keras.Model, see `patch_critic`.
    """
    with supervised.precision(training.precision):
        critic = patch_critic(recipe)
    seeding.seed_weights(critic, (training.seed, 1))
    return critic
