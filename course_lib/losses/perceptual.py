"""Perceptual loss: distance between features of a VGG19, with ImageNet weights or, offline, with random ones.

Paper: Johnson et al., Perceptual Losses, ECCV 2016; network: Simonyan and Zisserman, VGG19, ICLR 2015.
Code:  as DeblurGAN (2018) and pix2pixHD use it; both show it pictures in [-1, 1], not ImageNet's units.
Differs: their weights are torchvision's, ours those of keras.applications, trained on other pixel units. The
first layer is rescaled so that it takes torchvision's units; feature values differ, their meaning does not.
Check: the layers up to block3_conv3 at full width have 1 735 488 parameters, all 16 layers 20 024 384.
"""

import dataclasses

import keras
import numpy as np
from keras import ops

from course_lib import checks, serial
from course_lib.backend import applications

DEPTHS = (2, 2, 4, 4, 4)  # convolutions of each block; a pooling follows each block
WIDTHS = (1, 2, 4, 8, 8)  # channels of each block, in multiples of the first
PUBLISHED_WIDTH = 64
# In every layer's name "conv" is the value before its ReLU, "relu" the one after.
LAYERS = tuple(
    f"block{block}_{part}{i}"
    for block, depth in enumerate(DEPTHS, start=1)
    for i in range(1, depth + 1)
    for part in ("conv", "relu")
)
# ImageNet's mean and deviation of red, green and blue in [0, 1], as torchvision subtracts and divides.
IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], "float32")
IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], "float32")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PerceptualRecipe:
    """What a `PerceptualLoss` compares. The default is DeblurGAN's choice of layer and distance.

    Args:
        layers: names in `LAYERS`, such as ("block3_conv3",) before or ("block3_relu3",) after the ReLU.
        layer_weights: one factor a layer, above 0.
        distance: "squared" or "absolute", averaged over all elements of a layer.
        pixels: "unit" for pictures in [0, 1], "signed" for pictures in [-1, 1].
        normalise: "none" shows the network the picture in [-1, 1] as it is; "imagenet" with ImageNet's mean
            subtracted and its deviation divided out, as it was trained.
        weights: "imagenet", from Keras' folder on this machine, or "random": He-normal, drawn from `seed`.
        width: channels of the first block; "imagenet" exists at 64 only.
        seed: int of the random weights, the same on every engine; unused by "imagenet".

    Raises:
        TypeError: a number is none.
        ValueError: an unknown layer or word, a weight missing or not above 0, or "imagenet" at another width.
    """

    layers: tuple[str, ...] = ("block3_conv3",)
    layer_weights: tuple[float, ...] = (1.0,)
    distance: str = "squared"
    pixels: str = "unit"
    normalise: str = "none"
    weights: str = "random"
    width: int = 16
    seed: int = 0

    def __post_init__(self):
        owner = "PerceptualRecipe"
        checks.at_least(owner, "the number of layers", len(self.layers), 1)
        for layer in self.layers:
            checks.one_of(owner, "layers", layer, LAYERS)
        if len(self.layers) != len(self.layer_weights):
            raise ValueError(
                f"{owner} needs one weight a layer; received {len(self.layers)} layers and "
                f"{len(self.layer_weights)} layer_weights."
            )
        for weight in self.layer_weights:
            checks.above(owner, "layer_weights", weight, 0)
        checks.one_of(owner, "distance", self.distance, ("squared", "absolute"))
        checks.one_of(owner, "pixels", self.pixels, ("unit", "signed"))
        checks.one_of(owner, "normalise", self.normalise, ("none", "imagenet"))
        checks.one_of(owner, "weights", self.weights, ("imagenet", "random"))
        checks.at_least(owner, "width", self.width, 1)
        if self.weights == "imagenet" and self.width != PUBLISHED_WIDTH:
            raise ValueError(
                f"{owner} needs width {PUBLISHED_WIDTH} with ImageNet weights; received {self.width}."
            )
        checks.at_least(owner, "seed", self.seed, 0)

    @property
    def name_for_figures(self):
        """str, which features these are; to stand on every figure and card made with them."""
        which = ", ".join(self.layers)
        if self.weights == "imagenet":
            return f"VGG19 features ({which}; ImageNet weights of keras.applications)"
        return f"random features ({which} of an untrained VGG19 of width {self.width}, seed {self.seed})"


# pix2pixHD and SPADE: the first layer of every block, after its ReLU, the deepest counting most.
FIVE_SLICES = PerceptualRecipe(
    layers=tuple(f"block{block}_relu1" for block in range(1, 6)),
    layer_weights=(1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0),
    distance="absolute",
)


@serial.serializable
class PerceptualLoss(keras.losses.Loss):
    """Distance between the features of two pictures: sum over layers of weight * mean distance.

    Its network never learns. On JAX name `loss.network` in the `reads` of `compile_update`, like every layer
    that a loss touches. No gradient flows into `sharp`.

    Args:
        recipe: PerceptualRecipe.
        name: str.
        reduction: how Keras joins the (b,) values of the pictures into one.

    Attributes:
        network: frozen keras.Model from (b, h, w, 3) in the recipe's units to the list of its layers,
            or to the one layer.
        name_for_figures: str, see the recipe.

    Returns:
        (b,) float32 from (b, h, w, 3) `sharp` and `restored` in the recipe's range, before reduction.

    Raises:
        FileNotFoundError: "imagenet" is asked for and its file is not on this machine; nothing is fetched.
        ValueError: that file is damaged; in use: other than 3 channels, or pictures too small for a layer.
    """

    def __init__(self, recipe=None, name="perceptual_loss", reduction="sum_over_batch_size"):
        super().__init__(name=name, reduction=reduction)
        self.recipe = PerceptualRecipe() if recipe is None else recipe
        self.network = feature_network(self.recipe)
        self.name_for_figures = self.recipe.name_for_figures
        self._smallest = 2 ** (max(int(layer[5]) for layer in self.recipe.layers) - 1)

    def call(self, sharp, restored):
        total = 0.0
        targets = [ops.stop_gradient(x) for x in self._features("sharp", sharp)]
        found = self._features("restored", restored)
        measure = ops.square if self.recipe.distance == "squared" else ops.abs
        for target, feature, weight in zip(targets, found, self.recipe.layer_weights, strict=True):
            total = total + weight * ops.mean(measure(feature - target), axis=(1, 2, 3))  # (b,)
        return total

    def _features(self, name, picture):
        shape = tuple(picture.shape)
        # While a graph is traced, sizes may be unknown.
        if len(shape) != 4 or shape[-1] != 3 or any(n is not None and n < self._smallest for n in shape[1:3]):
            raise ValueError(
                f"PerceptualLoss needs {name} of shape (b, h, w, 3), sides at least {self._smallest} for "
                f"{self.recipe.layers[-1]}; received {shape}."
            )
        features = self.network(_to_network_units(picture, self.recipe), training=False)
        # Keras hands a single output back without its list.
        features = features if isinstance(features, list | tuple) else [features]
        return [ops.cast(x, "float32") for x in features]

    def get_config(self):
        return {**super().get_config(), "recipe": serial.to_plain(self.recipe)}

    @classmethod
    def from_config(cls, config):
        """Rebuild the loss that `get_config` describes.

        Args:
            config: dict of `get_config`.

        Returns:
            PerceptualLoss.
        """
        recipe = serial.from_plain(PerceptualRecipe, config["recipe"])
        return cls(**{**config, "recipe": recipe})


def feature_network(recipe):
    """Build the part of VGG19 that a recipe needs, frozen.

    Args:
        recipe: PerceptualRecipe.

    Returns:
        keras.Model: (b, h, w, 3) in torchvision's units -> (b, h', w', width') of the one layer, or the
        list of them in the order of `recipe.layers`.

    Raises:
        FileNotFoundError: ImageNet weights are asked for and not on this machine.
        ValueError: their file is damaged.
    """
    published = None
    if recipe.weights == "imagenet":
        way_out = 'Or take PerceptualRecipe(weights="random"), or course train --features random.'
        published = applications.imagenet("PerceptualLoss", "VGG19", way_out)
    picture = keras.Input((None, None, 3), name="picture")
    made, convolutions = _trunk(picture, recipe)
    network = keras.Model(picture, [made[layer] for layer in recipe.layers], name=f"vgg19_{recipe.weights}")
    for i, convolution in enumerate(convolutions):
        convolution.set_weights(_published(published, convolution, i) or _random(recipe.seed, convolution, i))
    network.trainable = False
    return network


def _trunk(x, recipe):
    made, convolutions = {}, []
    for block, (depth, width) in enumerate(zip(DEPTHS, WIDTHS, strict=True), start=1):
        for i in range(1, depth + 1):
            name = f"block{block}_conv{i}"
            # The weights are set below; drawing others first would take longer than all the rest.
            convolution = keras.layers.Conv2D(
                width * recipe.width, 3, padding="same", kernel_initializer="zeros", name=name
            )
            made[name] = x = convolution(x)
            made[f"block{block}_relu{i}"] = x = keras.layers.ReLU(name=f"block{block}_relu{i}")(x)
            convolutions.append(convolution)
            if set(recipe.layers) <= set(made):
                return made, convolutions
        x = keras.layers.MaxPooling2D(name=f"block{block}_pool")(x)  # (b, h / 2^block, w / 2^block, width)


def _published(network, convolution, i):
    if network is None:
        return None
    kernel, bias = network.get_layer(convolution.name).get_weights()
    if i == 0:
        # These weights expect blue, green, red in grey levels around the mean. Zero stays zero, so that the
        # padded border means the same as before.
        kernel = kernel[:, :, ::-1] * (255 * IMAGENET_DEVIATION)[:, None]
    return [kernel, bias]


def _random(seed, convolution, i):
    shape = tuple(convolution.kernel.shape)
    rng = np.random.default_rng((seed, i))
    # He-normal: the size of the features stays the same from layer to layer.
    kernel = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:3]))
    return [kernel.astype("float32"), np.zeros(shape[-1], "float32")]


def _to_network_units(picture, recipe):
    signed = 2 * picture - 1 if recipe.pixels == "unit" else picture
    if recipe.normalise == "none":
        return signed
    return ((signed + 1) / 2 - IMAGENET_MEAN) / IMAGENET_DEVIATION
