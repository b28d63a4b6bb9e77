"""pix2pixHD's generators: a picture from a map of labels, coarse first, then fine.

Paper: Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs,
       CVPR 2018, section 3.2 and figure 3.
Code:  NVIDIA/pix2pixHD, models/networks.py, classes GlobalGenerator and LocalEnhancer.
Differs: channels last; pictures in [0, 1] unless `pixels` is "signed"; biases start at 0 (the original draws
       them; only that of the last convolution matters, a norm removes the others).
Check: the default global generator has 182 546 755 parameters, with 3 channels in 182 443 267; the default
       local enhancer has 182 857 059.
"""

import dataclasses

import keras

from course_lib import checks
from course_lib.adversarial.deblurgan import PIXELS
from course_lib.adversarial.hourglass import (
    NormedResidualBlock,
    grow,
    hourglass,
    lift,
    official_names,
    paint,
    shrink,
)
from course_lib.layers.borders import SizeGuard
from course_lib.layers.resampling import HalvingMean

COARSE = "global_"  # begins the name of every layer that the local enhancer shares with the global generator


@dataclasses.dataclass(frozen=True, kw_only=True)
class GlobalGeneratorRecipe:
    """The shape of pix2pixHD's global generator; the default is the paper's for 512 x 1024.

    Args:
        channels: of the input: one for each label, one for edges, and those of the encoder if there is one.
        width: channels at full size.
        depth: how often the sides are halved; 2^depth must divide height and width.
        blocks: residual blocks at the smallest size.
        pixels: "unit" gives pictures in [0, 1], "signed" in [-1, 1], as the original.

    Raises:
        ValueError: a number below its least, or an unknown word.
    """

    channels: int = 36
    width: int = 64
    depth: int = 4
    blocks: int = 9
    pixels: str = "unit"

    def __post_init__(self):
        _check("GlobalGeneratorRecipe", self)


@dataclasses.dataclass(frozen=True, kw_only=True)
class LocalEnhancerRecipe:
    """The shape of pix2pixHD's local enhancer with the global generator inside; the default is the paper's.

    Args:
        channels: as in GlobalGeneratorRecipe.
        width: channels at full size; the global generator has width * 2^enhancers.
        depth: of the global generator; 2^(depth + enhancers) must divide height and width.
        blocks: of the global generator.
        enhancers: how many stand upon each other; each doubles the sides.
        enhancer_blocks: residual blocks of each enhancer.
        pixels: as in GlobalGeneratorRecipe.

    Raises:
        ValueError: a number below its least, or an unknown word.
    """

    channels: int = 36
    width: int = 32
    depth: int = 4
    blocks: int = 9
    enhancers: int = 1
    enhancer_blocks: int = 3
    pixels: str = "unit"

    def __post_init__(self):
        _check("LocalEnhancerRecipe", self)
        checks.at_least("LocalEnhancerRecipe", "enhancers", self.enhancers, 1)
        checks.at_least("LocalEnhancerRecipe", "enhancer_blocks", self.enhancer_blocks, 0)


def global_generator(recipe):
    """Build the generator of pix2pixHD that sees the whole picture.

    Args:
        recipe: GlobalGeneratorRecipe.

    Returns:
        keras.Model from labels (b, h, w, channels) to picture (b, h, w, 3) in [0, 1], or in [-1, 1] with
        signed pixels; 2^depth divides h and w, at least twice. Its `official` names the original's weights.
    """
    multiple = 2**recipe.depth
    middle = _blocks(recipe.width * multiple, recipe.blocks, "block")
    labels = keras.Input((None, None, recipe.channels), name="labels")  # (b, h, w, channels)
    x = SizeGuard("global_generator", multiple=multiple, smallest=2 * multiple, name="size")(labels)
    x = hourglass(x, recipe.width, recipe.depth, middle)  # (b, h, w, width)
    picture = _picture(paint(x, 3, "paint"), recipe.pixels)  # (b, h, w, 3)
    model = keras.Model(labels, picture, name="global_generator")
    model.official = official_names(recipe.depth, middle)
    return model


def local_enhancer(recipe):
    """Build pix2pixHD's enhancers on top of its global generator, which sees the labels at a smaller size.

    Args:
        recipe: LocalEnhancerRecipe.

    Returns:
        keras.Model from labels (b, h, w, channels) to picture (b, h, w, 3) in [0, 1], or in [-1, 1] with
        signed pixels; 2^(depth + enhancers) divides h and w, at least twice. The names of the global
        generator's layers begin with "global_". Its `official` names the original's weights.
    """
    multiple = 2 ** (recipe.depth + recipe.enhancers)
    labels = keras.Input((None, None, recipe.channels), name="labels")  # (b, h, w, channels)
    pyramid = [SizeGuard("local_enhancer", multiple=multiple, smallest=2 * multiple, name="size")(labels)]
    for i in range(recipe.enhancers):
        pyramid.append(HalvingMean(name=f"halve_{i}")(pyramid[-1]))
    width = recipe.width * 2**recipe.enhancers
    middle = _blocks(width * 2**recipe.depth, recipe.blocks, f"{COARSE}block")
    x = hourglass(pyramid[-1], width, recipe.depth, middle, COARSE)
    official = official_names(recipe.depth, middle, COARSE)
    del official[f"{COARSE}paint_conv"]  # the global generator paints nothing here
    for n in range(1, recipe.enhancers + 1):  # from coarse to fine, counted as the original does
        width = recipe.width * 2 ** (recipe.enhancers - n)
        fine = lift(pyramid[recipe.enhancers - n], width, f"fine_{n}_lift")
        fine = shrink(fine, 2 * width, f"fine_{n}_shrink")
        x = keras.layers.Add(name=f"fine_{n}_join")([fine, x])
        for block in _blocks(2 * width, recipe.enhancer_blocks, f"fine_{n}_block"):
            x = block(x)
        x = grow(x, width, f"fine_{n}_grow")
        official |= _names_of_enhancer(n, recipe.enhancer_blocks)
    official["paint_conv"] = f"model{recipe.enhancers}_2.{recipe.enhancer_blocks + 4}"
    picture = _picture(paint(x, 3, "paint"), recipe.pixels)  # (b, h, w, 3)
    model = keras.Model(labels, picture, name="local_enhancer")
    model.official = official
    return model


def adopt_global(enhancer, generator):
    """Copy a trained global generator into a local enhancer; its last convolution has no place there.

    Args:
        enhancer: keras.Model by `local_enhancer`.
        generator: keras.Model by `global_generator`, of the same depth and blocks, and of the enhancer's
            width * 2^enhancers.

    Raises:
        ValueError: the shapes of both do not correspond; nothing is changed then.
    """
    inside = [layer for layer in _coarse(enhancer) if layer.weights]
    names = {layer.name for layer in generator.layers if layer.weights} - {"paint_conv"}
    pairs = []
    for layer in inside:
        name = layer.name.removeprefix(COARSE)
        shapes = [weight.shape for weight in layer.weights]
        if name not in names or shapes != [weight.shape for weight in generator.get_layer(name).weights]:
            raise ValueError(
                f"adopt_global() finds no {name!r} with weights of shapes {shapes} in the generator."
            )
        pairs.append((layer, generator.get_layer(name)))
    if len(pairs) != len(names):
        raise ValueError(f"adopt_global() finds no place for {sorted(names - {b.name for _, b in pairs})}.")
    for layer, trained in pairs:
        layer.set_weights(trained.get_weights())


def fix_global(enhancer, fixed=True):
    """Keep the global generator inside a local enhancer from moving, or let it move again.

    Call it before the optimiser's step is compiled: the paper first trains the enhancer alone, then all.

    Args:
        enhancer: keras.Model by `local_enhancer`.
        fixed: bool.

    Raises:
        ValueError: `enhancer` has no global generator inside.
    """
    for layer in _coarse(enhancer):
        layer.trainable = not fixed


def _coarse(enhancer):
    layers = [layer for layer in enhancer.layers if layer.name.startswith(COARSE)]
    if not layers:
        raise ValueError(
            f"{enhancer.name!r} has no layers named {COARSE}...; build it with local_enhancer()."
        )
    return layers


def _blocks(width, count, name):
    return [NormedResidualBlock(width, name=f"{name}_{i}") for i in range(count)]


def _picture(painted, pixels):
    if pixels == "signed":
        return painted
    return keras.layers.Rescaling(0.5, 0.5, dtype="float32", name="to_unit")(painted)


def _names_of_enhancer(n, blocks):
    names = {f"fine_{n}_block_{i}": f"model{n}_2.{i}" for i in range(blocks)}
    ends = {f"fine_{n}_lift_conv": f"model{n}_1.1", f"fine_{n}_shrink_conv": f"model{n}_1.4"}
    return {**ends, **names, f"fine_{n}_grow_conv": f"model{n}_2.{blocks}"}


def _check(owner, recipe):
    for name, least in (("channels", 1), ("width", 1), ("depth", 1), ("blocks", 0)):
        checks.at_least(owner, name, getattr(recipe, name), least)
    checks.one_of(owner, "pixels", recipe.pixels, PIXELS)
