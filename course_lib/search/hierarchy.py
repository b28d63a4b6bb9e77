"""The skeleton of DMPHN and PyNAS: an encoder and a decoder, and patches of a picture level by level.

A level is a grid of patches. The finest comes first; what its decoder paints is added to the patches of the
next coarser level before they are encoded, and what its encoder found is added to what theirs finds. All
patches of a level go through the network as one batch.

Paper: Zhang et al., Deep Stacked Hierarchical Multi-patch Network for Image Deblurring, CVPR 2019, section 3.
Code:  HongguangZhang/DMPHN-cvpr19-master, models.py.
"""

import keras

from course_lib import checks
from course_lib.layers.patches import CutPatches, JoinPatches
from course_lib.layers.residual import ResidualBlock

BLOCKS = 2  # residual blocks at each width, in the encoder and again in the decoder


def demand_grids(owner, grids):
    """Demand a hierarchy of patches.

    Args:
        owner: who asks, for the message.
        grids: tuple of (rows, columns), coarse to fine.

    Raises:
        ValueError: they do not begin with (1, 1), or a grid does not cut each patch of the one before into
            equal pieces; one piece is enough.
    """
    if not grids or tuple(grids[0]) != (1, 1):
        raise ValueError(
            f"{owner} needs grids that begin with the whole picture, (1, 1); received {tuple(grids)}."
        )
    for coarse, fine in zip(grids[:-1], grids[1:], strict=True):
        nested = len(fine) == 2 and fine[0] % coarse[0] == fine[1] % coarse[1] == 0
        if not nested or min(fine) < 1:
            raise ValueError(
                f"{owner} needs grids of (rows, columns) that cut every patch of the one before; {fine} does "
                f"not cut {coarse}. Take multiples, such as {(2 * coarse[0], coarse[1])}."
            )


def demand_widths(owner, widths):
    """Demand at least one width, each at least 1.

    Args:
        owner: who asks, for the message.
        widths: tuple of ints.

    Raises:
        ValueError: none, or a width below 1.
    """
    checks.at_least(owner, "number of widths", len(widths), 1)
    for width in widths:
        checks.at_least(owner, "widths", width, 1)


def multiple_for(grids, widths):
    """Find what height and width must be divisible by, so that the smallest patches can be halved.

    Args:
        grids: tuple of (rows, columns), coarse to fine.
        widths: tuple of channels; each after the first halves the sides.

    Returns:
        (rows, columns).
    """
    shrunk = 2 ** (len(widths) - 1)
    return grids[-1][0] * shrunk, grids[-1][1] * shrunk


def start(transposed=False):
    """Make the paper's initialiser, N(0, 0.5 sqrt(2 / (k k out))); a new one for each layer.

    Args:
        transposed: whether for a transposed convolution, which keeps `out` on another axis.

    Returns:
        keras.initializers.VarianceScaling.
    """
    return keras.initializers.VarianceScaling(
        0.5, mode="fan_in" if transposed else "fan_out", distribution="untruncated_normal"
    )


def residual_block(place, width):
    """Make the block of DMPHN.

    Args:
        place: int, number of the slot: the encoder's first, then the decoder's.
        width: channels.

    Returns:
        ResidualBlock.
    """
    block = ResidualBlock(width, kernel_initializer=start(), name=f"block_{place}")
    block.official = {"first": "0", "second": "2"}
    return block


def encoder_parts(widths, block=residual_block):
    """Make the layers of an encoder.

    Args:
        widths: tuple of channels; each after the first halves the sides.
        block: function from (place, width) to a layer that keeps the shape, or None for none; places count
            from 0.

    Returns:
        list of layers to run one after the other: (b, h, w, 3) -> (b, h', w', widths[-1]).
    """
    parts = []
    for i, width in enumerate(widths):
        if i > 0:
            # Keras' padding "same" would put the zeros below and to the right only.
            parts.append(keras.layers.ZeroPadding2D(1, name=f"pad_{i}"))
        name, step, padding = (f"shrink_{i}", 2, "valid") if i else ("lift", 1, "same")
        parts.append(keras.layers.Conv2D(width, 3, step, padding, kernel_initializer=start(), name=name))
        parts += [block(BLOCKS * i + j, width) for j in range(BLOCKS)]
    return [part for part in parts if part is not None]


def decoder_parts(widths, block=residual_block):
    """Make the layers of a decoder.

    Args:
        widths: tuple of channels as the encoder's.
        block: as in `encoder_parts`; places go on from the encoder's.

    Returns:
        list of layers to run one after the other: (b, h', w', widths[-1]) -> (b, h, w, 3).
    """
    parts = []
    for i in reversed(range(len(widths))):
        place = BLOCKS * (2 * len(widths) - 1 - i)
        parts += [block(place + j, widths[i]) for j in range(BLOCKS)]
        if i > 0:
            parts.append(
                keras.layers.Conv2DTranspose(
                    widths[i - 1], 4, 2, "same", kernel_initializer=start(transposed=True), name=f"grow_{i}"
                )
            )
    parts.append(keras.layers.Conv2D(3, 3, padding="same", kernel_initializer=start(), name="lower"))
    return [part for part in parts if part is not None]


def encoder(widths, name, block=residual_block):
    """Build an encoder.

    Args:
        widths: as in `encoder_parts`.
        name: str, of the model.
        block: as in `encoder_parts`.

    Returns:
        keras.Model from patches (b, h, w, 3) to features (b, h', w', widths[-1]), where each width after the
        first has halved the sides. Its `official` names the original's weights.
    """
    official = {}
    for i in range(len(widths)):
        official[f"shrink_{i}" if i else "lift"] = f"layer{4 * i + 1}"
        official |= {f"block_{BLOCKS * i + j}": f"layer{4 * i + 2 + j}" for j in range(BLOCKS)}
    return _chain(3, encoder_parts(widths, block), name, official)


def decoder(widths, name, block=residual_block):
    """Build a decoder.

    Args:
        widths: as in `encoder_parts`.
        name: str, of the model.
        block: as in `encoder_parts`.

    Returns:
        keras.Model from features (b, h', w', widths[-1]) to a picture (b, h, w, 3), as large as the encoder's
        input. Its `official` names the original's weights.
    """
    official = {}
    for i in reversed(range(len(widths))):
        scale = 2 * len(widths) - 1 - i  # the encoder's scales count first
        official |= {f"block_{BLOCKS * scale + j}": f"layer{4 * scale + 1 + j}" for j in range(BLOCKS)}
        official[f"grow_{i}" if i else "lower"] = f"layer{4 * scale + 4}"
    return _chain(widths[-1], decoder_parts(widths, block), name, official)


def _chain(channels, parts, name, official):
    given = keras.Input((None, None, channels), name="given")
    x = given
    for part in parts:
        x = part(x)
    model = keras.Model(given, x, name=name)
    names = {part.name for part in parts}
    model.official = {ours: theirs for ours, theirs in official.items() if ours in names}
    return model


def add(own, finer, level):
    """Add the features of the finer level: the link between two levels of DMPHN.

    Args:
        own: (b, h, w, width) tensor, what this level's encoder found.
        finer: (b, h, w, width) tensor, what the finer level has found.
        level: int, from 0 for the whole picture.

    Returns:
        (b, h, w, width) tensor.
    """
    return keras.layers.Add()([own, finer])


def hierarchy(picture, grids, pairs, link=add, before=None, first=None):
    """Run the levels from the smallest patches to the whole picture.

    Args:
        picture: (b, h, w, 3) tensor, zero in the middle of the range.
        grids: tuple of (rows, columns), coarse to fine.
        pairs: for each level, coarse to fine, two functions or layers: (encode, decode).
        link: function from (own features, finer features, level) to their sum.
        before: the features that the stage before has returned, or None.
        first: (b, h, w, 3) tensor, what the first stage has painted, or None.

    Returns:
        (painted, features): (b, h, w, 3) tensor, zero in the middle of the range, and for each level a tensor
        of its patches' features, coarse to fine.
    """
    steps = [
        (fine[0] // coarse[0], fine[1] // coarse[1])
        for coarse, fine in zip(grids[:-1], grids[1:], strict=True)
    ]
    patches = [picture]
    for step in steps:
        patches.append(CutPatches(*step, dtype="float32")(patches[-1]))
    features = [None] * len(grids)
    painted = joined = None
    for level in reversed(range(len(grids))):
        encode, decode = pairs[level]
        seen = patches[level]
        if painted is not None:
            if level == 0 and first is not None:
                painted = keras.layers.Add(dtype="float32")([painted, first])
            seen = keras.layers.Add(dtype="float32")([seen, painted])
        x = encode(seen)
        if joined is not None:
            x = link(x, joined, level)
        if before is not None:
            x = keras.layers.Add()([x, before[level]])
        features[level] = x
        # The decoder sees the features of a level in the patches of the next coarser one.
        joined = JoinPatches(*steps[level - 1])(x) if level else x
        painted = decode(joined)
    return painted, features
