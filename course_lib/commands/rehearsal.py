"""Without data: what an experiment's networks do in training, or when they answer, on one random batch."""

import dataclasses
import itertools
import typing

import keras
import numpy as np
from keras import ops

from course_lib.backend import applications, machine
from course_lib.backend.forward import compile_forward
from course_lib.layers import borders
from course_lib.search import ways
from course_lib.search.experiment import SearchExperiment
from course_lib.training import duelling, supervised
from course_lib.training.duel_recipe import DuelExperiment


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What can be played again and again.

    Args:
        play: function () -> logs that makes one step or round and moves the weights, or () -> pictures.
        unit: "step", "round" of a duel or a search, or "answer" of a generator alone.
        batches: how many a step or round draws from a feed; an answer takes one.
        generator: keras.Model that is trained, in a duel against `critic`, or answers; or a supernet.
        critic: keras.Model, or None.
    """

    play: typing.Callable
    unit: str
    batches: int
    generator: keras.Model
    critic: keras.Model | None


def recipe_of(experiment):
    """Find what a step is made by: of a search the search's recipe, otherwise the training's.

    Args:
        experiment: Experiment.

    Returns:
        SearchRecipe, TrainingRecipe or DuelRecipe.
    """
    return experiment.search if isinstance(experiment, SearchExperiment) else experiment.training


def vary(experiment, folder=None, **settings):
    """Change what is asked for in an experiment.

    Args:
        experiment: Experiment.
        folder: path of its data, or None to leave it.
        **settings: settings of its recipe, see `recipe_of`; None leaves one as it is.

    Returns:
        Experiment.

    Raises:
        ValueError: what the recipe refuses.
    """
    asked = {name: value for name, value in settings.items() if value is not None}
    field = "search" if isinstance(experiment, SearchExperiment) else "training"
    recipe = dataclasses.replace(recipe_of(experiment), **asked)
    changed = dataclasses.replace(experiment, **{field: recipe})
    return changed if folder is None else dataclasses.replace(changed, folder=folder)


def offline(experiment):
    """Put random weights of the same size in the place of ImageNet's where these are not on this machine.

    Args:
        experiment: Experiment.

    Returns:
        (Experiment, str): what can be timed here, and which features its losses compare.
    """
    rules = experiment.rules if isinstance(experiment, DuelExperiment) else None
    if rules is None or not rules.content_weight:
        return experiment, "none"
    content = rules.content
    if content.weights != "imagenet" or applications.at_hand("VGG19"):
        return experiment, content.name_for_figures
    content = dataclasses.replace(content, weights="random")
    features = f"{content.name_for_figures} in the place of ImageNet weights, which are not on this machine"
    return dataclasses.replace(experiment, rules=dataclasses.replace(rules, content=content)), features


def rehearse(experiment):
    """Build all that trains, in the experiment's precision, and one batch of random numbers.

    Args:
        experiment: Experiment; a `start_from` is not looked at.

    Returns:
        Rehearsal.

    Raises:
        FileNotFoundError: ImageNet's weights are asked for and not on this machine; see `offline`.
        ValueError: a network cannot take windows of this size.
    """
    if isinstance(experiment, DuelExperiment):
        duel = duelling.build_duel(experiment)
        batches = itertools.repeat(random_batch(experiment, duel.generator, duel.critic))
        return Rehearsal(
            play=lambda: duel.round(batches),
            unit="round",
            batches=duel.batches_per_round,
            generator=duel.generator,
            critic=duel.critic,
        )
    if isinstance(experiment, SearchExperiment):
        return _rehearse_search(experiment)
    model = supervised.build_learner(experiment)
    batch = random_batch(experiment, model)
    return Rehearsal(
        play=lambda: model.train_on_batch(*batch), unit="step", batches=1, generator=model, critic=None
    )


def _rehearse_search(experiment):
    # As late in the run as the architecture moves: its round is the dearer one.
    experiment = dataclasses.replace(experiment, search=dataclasses.replace(experiment.search, begin=0))
    system, recipe = ways.build(experiment), experiment.search
    shape = (recipe.batch, *recipe.window, experiment.supernet.channels)
    given, true, given_a, true_a = np.random.default_rng(0).random((4, *shape), dtype="float32")
    batches = itertools.repeat((given, true, given_a, true_a))
    return Rehearsal(
        play=lambda: system.round(batches), unit="round", batches=2, generator=system.supernet, critic=None
    )


def rehearse_answer(experiment, height, width, pad=False):
    """Build the generator alone, in the experiment's precision, and one batch of random numbers.

    Args:
        experiment: Experiment.
        height: int, pixels.
        width: int, pixels.
        pad: whether the pictures get the next larger size that the network accepts.

    Returns:
        Rehearsal whose play gives pictures and learns nothing.

    Raises:
        ValueError: the network cannot take pictures of this size.
    """
    network = supervised.build_network(experiment)
    if pad:
        rows, columns = borders.multiple_of(network, unsaid=1)
        height, width = -(-height // rows) * rows, -(-width // columns) * columns
    shape = (experiment.training.batch, height, width, network.input_shape[-1])
    network.compute_output_shape(shape)  # refuses a size in one sentence
    given = ops.convert_to_tensor(np.random.default_rng(0).random(shape, dtype="float32"))
    run = compile_forward(lambda given: network(given, training=False), [network])
    return Rehearsal(play=lambda: run(given), unit="answer", batches=1, generator=network, critic=None)


def random_batch(experiment, generator, critic=None):
    """Draw a batch of the shapes that an experiment trains on.

    Args:
        experiment: Experiment.
        generator: keras.Model whose input and output it has to fit.
        critic: keras.Model that has to take pictures of this size, or None.

    Returns:
        (input (b, h, w, c), target (b, h, w, c')) float32 in [0, 1).

    Raises:
        ValueError: generator or critic cannot take windows of this size.
    """
    batch, (height, width) = recipe_of(experiment).batch, recipe_of(experiment).window
    rng = np.random.default_rng(0)
    shapes = [(batch, height, width, side[-1]) for side in (generator.input_shape, generator.output_shape)]
    # Asked for shapes alone, a network refuses a size in one sentence; in a compiled step, in a page.
    generator.compute_output_shape(shapes[0])
    if critic is not None:
        critic.compute_output_shape((batch, height, width, critic.input_shape[-1]))
    given, true = (rng.random(shape, dtype="float32") for shape in shapes)
    return given, true


def machine_line(experiment):
    """Describe the machine with the precision that the experiment computes in.

    Args:
        experiment: Experiment.

    Returns:
        str, see `machine.describe`.
    """
    with supervised.precision(recipe_of(experiment).precision):
        return machine.describe()
