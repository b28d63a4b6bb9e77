"""Procedural streets: labels, instances and picture of one scene, so that label-to-picture networks train."""

import dataclasses

import numpy as np

from course_lib import checks
from course_lib.data.labels import Labelled
from course_lib.data.street import backdrop, buildings, canvas, things

CLASSES = canvas.CLASSES  # what a pixel can show; the order is the id
COUNTED = (
    canvas.BUILDING,
    canvas.TREE,
    canvas.CAR,
    canvas.PERSON,
)  # their instances are label * 1000 + n; of others, the label
# One colour a class, to show label maps with course_lib.data.labels.paint.
COLOURS = (
    np.array(
        [
            (120, 170, 215),  # sky
            (95, 90, 100),  # building
            (128, 64, 128),  # road
            (225, 130, 190),  # sidewalk
            (160, 200, 120),  # grass
            (60, 120, 50),  # tree
            (20, 30, 150),  # car
            (210, 30, 60),  # person
            (200, 200, 195),  # pole
            (240, 200, 30),  # sign
        ],
        "float32",
    )
    / 255
)


def scene(height, width, rng):
    """Paint one street: sky, houses, road, sidewalks, trees, cars, people, lamp posts and signs.

    Everything stands in one perspective and one light, and nearer things cover farther ones. What a label
    leaves open, such as the colour of a car or which windows are lit, is chance: one map fits many pictures.

    Args:
        height: rows, a multiple of 16.
        width: columns, a multiple of 16.
        rng: numpy Generator; the scene depends on it and on the size alone.

    Returns:
        labels.Labelled: labels (h, w) int32 in [0, 10), see `CLASSES`; instances (h, w) int32, see `COUNTED`;
        picture (h, w, 3) float32 in [0, 1], display-encoded.

    Raises:
        TypeError: a side is no number, or `rng` no Generator.
        ValueError: a side that is no positive multiple of 16, or no `rng`.
    """
    for name, side in (("height", height), ("width", width)):
        checks.at_least("scene()", name, side, 16)
        if side % 16:
            raise ValueError(f"scene() needs {name} as a multiple of 16; received {side}.")
    checks.generator("scene()", rng, "every street is drawn by chance")
    street = canvas.Canvas(height, width, rng, backdrop.draw_light(rng))
    plan = backdrop.draw_plan(rng)
    backdrop.paint_sky(street, rng)
    backdrop.paint_ground(street, plan, rng)
    buildings.paint_rows(street, plan, rng)
    for z, paint, (x, *more), seed in sorted(_placed(plan, rng), key=lambda placed: -placed[0]):
        paint(street, x, z, *more, np.random.default_rng(seed))
    # The camera's noise comes last.
    street.picture += np.float32(0.006) * rng.standard_normal(street.picture.shape, "float32")
    return Labelled(
        name="street",
        labels=street.labels,
        instances=street.instances,
        picture=np.clip(street.picture, 0, 1),
    )


def _placed(plan, rng):
    """All that stands on the street, as (metres away, function that paints it, its arguments, seed)."""
    placed = []

    def place(z, paint, x, *more):
        placed.append((float(z), paint, (x, *more), int(rng.integers(2**32))))

    for side in (-1, 1):
        kerb = plan.middle + side * (plan.half_road + 0.7)
        if rng.random() < 0.65:
            spacing, first = rng.uniform(6, 12), rng.uniform(4, 12)
            for z in np.arange(first, 60, spacing):
                place(z, things.paint_tree, kerb + side * 0.3)
        for z in np.arange(rng.uniform(4, 14), 50, rng.uniform(9, 16)):
            place(z, things.paint_post, kerb - side * 0.25, -side)
        for _ in range(rng.poisson(3.0)):
            walk = plan.half_road + rng.uniform(0.9, plan.half_street - plan.half_road)
            place(rng.uniform(4.5, 30), things.paint_person, plan.middle + side * walk)
        z = rng.uniform(3, 12)
        while plan.parking and z < 45:
            if rng.random() < 0.62:
                place(z, things.paint_car, plan.middle + side * (plan.half_road - 1.05), side == 1)
            z += rng.uniform(5.2, 7.5)
        z = rng.uniform(7, 30)
        while z < 60:
            place(z, things.paint_car, plan.middle + side * 1.7, side == 1)
            z += rng.uniform(9, 40)
    if plan.crossing is not None:
        for _ in range(rng.poisson(1.2)):
            across = plan.middle + rng.uniform(-0.8, 0.8) * plan.half_road
            place(plan.crossing + rng.uniform(0.5, 2.5), things.paint_person, across)
    return placed


def streets(count, height, width, seed):
    """Paint several streets; street i depends on (seed, i) and the size alone.

    Args:
        count: number of streets, at least 1.
        height: rows of each, a multiple of 16.
        width: columns of each, a multiple of 16.
        seed: int.

    Returns:
        list of labels.Labelled, see `scene`; what course_lib.data.labelled_folders.LabelledPairs takes.

    Raises:
        TypeError: a number is none.
        ValueError: a count below 1, or a size that `scene` refuses.
    """
    checks.at_least("streets()", "count", count, 1)
    painted = [scene(height, width, np.random.default_rng((seed, i))) for i in range(count)]
    return [dataclasses.replace(street, name=f"street_{i:03d}") for i, street in enumerate(painted)]
