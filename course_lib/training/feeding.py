"""What an experiment trains on and what it is watched on."""

import numpy as np

from course_lib.data import catalogue
from course_lib.data.feed import PairFeed
from course_lib.degradation import draw

WINDOW_SIDE = 256  # pixels a side of the held-out windows of sharp pictures
WINDOW_DRAWS = 4  # degradations of each; one where there are many pictures
FEW = 4  # more pictures than these are many
WINDOWS = 8  # held-out windows of data that are pairs already


def training_feed(experiment, network=None):
    """Make the numbered batches of an experiment.

    Args:
        experiment: Experiment.
        network: keras.Model that has to take them; None asks nobody.

    Returns:
        PairFeed.

    Raises:
        FileNotFoundError: the data is not where the experiment says.
        ValueError: unknown data, a folder is needed and none is named, or windows that the network refuses.
    """
    recipe, found = experiment.training, pairs(experiment, "train")
    if network is not None:
        given, taken = found.channels[0], network.input_shape[-1]
        if given != taken:
            raise ValueError(
                f"{experiment.name}: {experiment.data} gives {given} channels, {network.name} takes {taken}. "
                f"Set channels={given} in the recipe of the network, or take other data."
            )
        network.compute_output_shape((recipe.batch, *recipe.window, taken))  # refuses a size in one sentence
    feed = PairFeed(found, recipe.batch, recipe.window, recipe.seed)
    if network is not None:
        feed[0]  # pictures smaller than a window are found before a run folder is made
    return feed


def pairs(experiment, split):
    """Open an experiment's pairs.

    Args:
        experiment: Experiment.
        split: "train", "validation" or "test".

    Returns:
        see `catalogue.pairs`.

    Raises:
        FileNotFoundError: the data is not where the experiment says.
        ValueError: unknown data, or a folder is needed and none is named.
    """
    wanted = experiment.degradation, experiment.folder, experiment.training.window
    return catalogue.pairs(experiment.data, split, *wanted)


def held_out_windows(experiment):
    """Cut windows of validation pairs, always alike.

    Args:
        experiment: Experiment.

    Returns:
        (inputs, targets): (n, h, w, c) and (n, h, w, 3) float32 in [0, 1], or both with 1 channel where the
        degradation is gray; one that does not clip lets inputs leave [0, 1]. Of sharp pictures and of BSDS500
        the middle, up to 256 pixels a side, each degraded 4 times, or once where there are more than 4; of
        other data 8 windows of the training's size.
    """
    if experiment.data in (*catalogue.names(), "bsds500"):
        return _degraded_middles(experiment)
    held_out, window = pairs(experiment, "validation"), experiment.training.window
    drawn = [held_out.sample(window, np.random.default_rng((1, i))) for i in range(WINDOWS)]
    inputs, targets = zip(*drawn, strict=True)
    return np.stack(inputs), np.stack(targets)


def _degraded_middles(experiment):
    found = catalogue.pictures(experiment.data, "validation", experiment.folder)
    side = min(WINDOW_SIDE, *(min(picture.shape[:2]) for picture in found.values())) // 4 * 4
    draws = WINDOW_DRAWS if len(found) <= FEW else 1
    blurred, sharp = [], []
    for number, picture in enumerate(found.values()):
        top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
        window = np.ascontiguousarray(picture[top : top + side, left : left + side])
        window = draw.scene(window, experiment.degradation)
        for attempt in range(draws):
            rng = np.random.default_rng((1, number, attempt))
            blurred.append(draw.degrade(window, experiment.degradation, rng))
            sharp.append(window)
    return np.stack(blurred), np.stack(sharp)


def labelled(experiment):
    """Say whether an experiment makes pictures from label maps.

    Args:
        experiment: Experiment.

    Returns:
        bool.
    """
    return catalogue.labelled(experiment.data)


def shown(experiment):
    """Find how an input of this experiment is shown to people.

    Args:
        experiment: Experiment.

    Returns:
        function from an input (h, w, c) to a picture (h, w, 3), or (h, w, 1) where the degradation is gray,
        float32 in [0, 1]; noise that leads out of it is cut.
    """
    show = catalogue.picture_of(experiment.data)
    if experiment.degradation is not None and not experiment.degradation.clip:
        return lambda given: np.clip(show(given), 0, 1)
    return show
