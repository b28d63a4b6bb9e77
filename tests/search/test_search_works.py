"""A search finds the operator that is known to be the best, and random choice does not.

The data: white noise, and a target to which the four pixels two rows and two columns away are added. A 3 x 3
kernel with holes reaches all four of them, a plain one none.
"""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.search.bilevel import Bilevel
from course_lib.search.darts import RestoringSearchRecipe, architecture_of, derive, draw, restoring_supernet
from course_lib.training import seeding

FAR, SEEDS, ROUNDS = 2, range(5), 60
RECIPE = RestoringSearchRecipe(channels=1, width=4, cells=1, nodes=1, space="irnas", side=1)


def noise_and_target(rng):
    noise = rng.standard_normal((4, 16, 16, 1)).astype("float32")
    corners = [(down, right) for down in (-FAR, FAR) for right in (-FAR, FAR)]
    return noise, noise + sum(np.roll(noise, corner, (1, 2)) for corner in corners)


def batches(seed):
    rng = np.random.default_rng(seed)
    while True:
        yield (*noise_and_target(rng), *noise_and_target(rng))


def loss(true, made):
    return ops.mean(ops.square(true - made)[:, FAR:-FAR, FAR:-FAR])


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    """A function from a seed to the genotype found and the last loss; the step is compiled once for all."""
    supernet, architecture = restoring_supernet(RECIPE), architecture_of(RECIPE)
    # The weights learn slowly, so that the network grows by the operator and not by the weights behind it.
    optimizers = keras.optimizers.SGD(0.003, momentum=0.9), keras.optimizers.Adam(0.08, beta_1=0.5)
    bilevel = Bilevel(supernet, architecture, loss, optimizers, architecture_from=5, clip_norm=5.0)
    fresh = tmp_path_factory.mktemp("search") / "fresh.weights.h5"
    bilevel.save_weights(fresh)

    def run(seed):
        bilevel.load_weights(fresh)
        seeding.seed_weights(supernet, seed)
        architecture.set_weights(architecture_of(RECIPE, seed).get_weights())
        feed = batches(seed)
        for _ in range(ROUNDS):
            logs = bilevel.round(feed)
        return derive(RECIPE, architecture.values()), float(logs["loss"])

    return run


def strongest(genotype):
    return genotype.cells[0].nodes[0][0][0]


def test_a_search_picks_the_dilated_operator_that_alone_reaches_in_four_of_five_seeds(search):
    found = [search(seed) for seed in SEEDS]
    assert [strongest(genotype) for genotype, _ in found].count("dil3") >= 4, found
    assert max(last for _, last in found) < 1.0, found  # the four pixels together have a variance of 4


def test_random_choice_does_not():
    drawn = [strongest(draw(RECIPE, np.random.default_rng(seed))) for seed in SEEDS]
    assert drawn.count("dil3") < 4
    many = [strongest(draw(RECIPE, np.random.default_rng((7, seed)))) for seed in range(500)]
    assert many.count("dil3") < 150  # one of five operators: about 100
