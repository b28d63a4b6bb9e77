"""What stands between the cells of IR-NAS and HiNAS: normalised convolutions, activations."""

import keras

from course_lib import checks
from course_lib.search.operations import ACTIVATIONS, SLOPE, batch_norm


def activation_layer(activation, name):
    """Make the activation of a search space as a layer.

    Args:
        activation: "relu" or "leaky_relu", whose slope is 0.2.
        name: of the layer.

    Returns:
        keras layer.

    Raises:
        ValueError: another activation.
    """
    checks.one_of("activation_layer()", "activations", activation, ACTIVATIONS)
    if activation == "relu":
        return keras.layers.ReLU(name=name)
    return keras.layers.LeakyReLU(negative_slope=SLOPE, name=name)


def conv_norm(x, width, side, name, affine=True, activation=None):
    """Convolve without bias, normalise, and activate if told to: layers name_conv, name_norm, name_act.

    Args:
        x: (b, h, w, c) tensor of a functional network.
        width: channels of the output.
        side: of the kernel in pixels, odd.
        name: what the layers' names begin with.
        affine: whether the batch norm learns a scale and a shift.
        activation: None, "relu" or "leaky_relu".

    Returns:
        (b, h, w, width) tensor.

    Raises:
        ValueError: another activation.
    """
    x = keras.layers.Conv2D(width, side, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = batch_norm(affine, f"{name}_norm")(x)
    return activation_layer(activation, f"{name}_act")(x) if activation else x


def separable(x, width, name, activation):
    """Depthwise 3 x 3, then 1 x 1, each with a batch norm and an activation.

    Args:
        x: (b, h, w, c) tensor of a functional network.
        width: channels of the output.
        name: what the layers' names begin with.
        activation: "relu" or "leaky_relu".

    Returns:
        (b, h, w, width) tensor.

    Raises:
        ValueError: another activation.
    """
    x = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"{name}_spread")(x)
    x = batch_norm(True, f"{name}_spread_norm")(x)
    x = activation_layer(activation, f"{name}_spread_act")(x)
    return conv_norm(x, width, 1, f"{name}_mix", True, activation)


def conv_norm_names(name, official):
    """Say what the official code calls the layers of `conv_norm`.

    Args:
        name: as `conv_norm` takes it.
        official: name of the sequence there.

    Returns:
        dict, ours to official.
    """
    return {f"{name}_conv": f"{official}.0", f"{name}_norm": f"{official}.1"}


def separable_names(name, official):
    """Say what the official code calls the layers of `separable`.

    Args:
        name: as `separable` takes it.
        official: name of the sequence there.

    Returns:
        dict, ours to official.
    """
    ours = ("spread", "spread_norm", "mix_conv", "mix_norm")
    return {f"{name}_{part}": f"{official}.{i}" for part, i in zip(ours, (0, 1, 3, 4), strict=True)}
