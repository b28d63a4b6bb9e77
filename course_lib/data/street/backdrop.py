"""What stands behind everything: the light of the day, sky, road, sidewalk and grass."""

import dataclasses

import numpy as np

from course_lib.data.street.canvas import GRASS, ROAD, SIDEWALK, SKY, Light, inside, rgb, speck, tint


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """Where road and sidewalks lie, in metres to the right of the camera.

    Args:
        middle: middle of the road.
        half_road: from the middle to the kerb.
        half_street: from the middle to the walls.
        parking: whether cars park along the kerbs.
        crossing: distance of a zebra crossing, or None.
    """

    middle: float
    half_road: float
    half_street: float
    parking: bool
    crossing: float | None


# zenith, horizon, ambient, sun, clouds, lamps
_DAYS = {
    "noon": ((0.30, 0.52, 0.85), (0.76, 0.86, 0.95), (0.55, 0.58, 0.64), (0.50, 0.47, 0.42), 0.35, 0.0),
    "morning": ((0.42, 0.60, 0.86), (0.95, 0.89, 0.80), (0.52, 0.53, 0.58), (0.55, 0.46, 0.34), 0.3, 0.0),
    "overcast": ((0.66, 0.69, 0.73), (0.83, 0.85, 0.87), (0.78, 0.79, 0.81), (0.06, 0.06, 0.06), 0.9, 0.05),
    "evening": ((0.36, 0.44, 0.70), (0.98, 0.74, 0.50), (0.46, 0.43, 0.48), (0.58, 0.38, 0.20), 0.4, 0.35),
    "dusk": ((0.16, 0.20, 0.40), (0.72, 0.50, 0.48), (0.36, 0.36, 0.46), (0.10, 0.06, 0.06), 0.45, 1.0),
}
_CHANCES = (0.34, 0.2, 0.2, 0.16, 0.1)


def draw_light(rng):
    """Draw the time of day and the side of the sun.

    Args:
        rng: numpy Generator.

    Returns:
        Light.
    """
    day = list(_DAYS)[int(rng.choice(len(_DAYS), p=_CHANCES))]
    *colours, clouds, lamps = _DAYS[day]
    zenith, horizon, ambient, sun = (tint(colour, 0.015, rng) for colour in colours)
    return Light(
        zenith=zenith,
        horizon=horizon,
        ambient=ambient,
        sun=np.clip(sun, 0, 1),
        side=int(rng.choice((-1, 1))),
        clouds=float(np.clip(clouds + rng.normal(0, 0.12), 0, 1)),
        lamps=lamps,
    )


def draw_plan(rng):
    """Draw how wide road and sidewalks are.

    Args:
        rng: numpy Generator.

    Returns:
        Plan.
    """
    parking = bool(rng.random() < 0.6)
    half_road = rng.uniform(5.0, 5.8) if parking else rng.uniform(3.2, 4.2)
    return Plan(
        middle=rng.uniform(-2.2, 0.2),
        half_road=half_road,
        half_street=half_road + rng.uniform(2.2, 4.5),
        parking=parking,
        crossing=rng.uniform(7, 22) if rng.random() < 0.3 else None,
    )


def paint_sky(canvas, rng):
    """Paint sky and clouds over the whole canvas.

    Args:
        canvas: Canvas.
        rng: numpy Generator.
    """
    light = canvas.light
    rows, columns = canvas.window(0, canvas.labels.shape[1], 0, canvas.horizon)
    height = np.clip((canvas.horizon - rows) / canvas.horizon, 0, 1)  # (n, 1), 0 at the horizon
    colour = light.horizon + (height[..., None] ** 0.7) * (light.zenith - light.horizon)  # (n, 1, 3)
    # Clouds far away are seen from the side: flat and close together.
    far = 1 / (height + 0.22)
    drift = rng.integers(0, 256, 2)
    middle = columns - canvas.vanishing
    scale = 130 / canvas.horizon
    density = speck(canvas.clouds, 26 * far * 2 + drift[0], middle * far * 0.35 * scale + drift[1])
    cover = np.clip(0.35 * density + 1.3 * light.clouds - 0.55, 0, 1)  # (n, m)
    bright = np.clip(light.horizon * 0.35 + (light.ambient + light.sun) * 0.62, 0, 1)
    shadow = 1 - 0.16 * np.clip(density, 0, 2)[..., None] * (0.4 + height[..., None])
    sky = colour + cover[..., None] * (bright * shadow - colour)
    canvas.put(rows, columns, np.ones(cover.shape, "float32"), sky, SKY)


def paint_ground(canvas, plan, rng):
    """Paint road, sidewalks and grass below the horizon.

    Args:
        canvas: Canvas.
        plan: Plan.
        rng: numpy Generator.
    """
    rows, columns = canvas.window(0, canvas.labels.shape[1], canvas.horizon + 1, canvas.labels.shape[0])
    pixel = canvas.eye / (rows - canvas.horizon + 0.5)  # (n, 1) metres a pixel covers at this row
    z = pixel * canvas.focal
    x = (columns - canvas.vanishing) * pixel - plan.middle  # (n, m) metres from the middle of the road
    away = np.abs(x)
    along = z * pixel / canvas.eye  # metres of street that a row covers
    near = np.clip(0.08 / pixel, 0, 1)  # texture fades where a pixel holds much of it
    grain = speck(canvas.grain, z * 14, x * 14) * near
    wear = speck(canvas.clouds, z * 4, x * 9)
    road = _road(canvas, plan, rng, (x, away, z, pixel, along), grain, wear)
    sidewalk = _sidewalk(canvas, rng, (x, z, pixel, along), grain, wear)
    green = tint((0.30, 0.40, 0.17), 0.03, rng)
    grass = green * (1 + 0.22 * grain + 0.16 * wear)[..., None]
    on_road = inside(away - plan.half_road, pixel)[..., None]
    on_street = inside(away - plan.half_street - 0.6, pixel)[..., None]
    colour = grass + on_street * (sidewalk - grass)
    kerb = inside(np.abs(away - plan.half_road - 0.08) - 0.1, pixel)[..., None]
    colour = colour + kerb * (rgb((0.66, 0.65, 0.62)) - colour)
    colour = colour + on_road * (road - colour)
    colour = canvas.haze(colour * _ground_light(canvas, plan, rng, x, z, pixel), z)
    whole = np.ones(away.shape, "float32")
    canvas.put(rows, columns, whole, colour, GRASS)
    kinds = np.where(away < plan.half_road, ROAD, np.where(away < plan.half_street + 0.6, SIDEWALK, GRASS))
    top = int(rows[0, 0])
    canvas.labels[top:] = canvas.instances[top:] = kinds


def _road(canvas, plan, rng, place, grain, wear):
    x, away, z, pixel, along = place
    tone = rng.uniform(0.30, 0.44)
    road = tone * (1 + 0.06 * grain + 0.05 * wear)
    # Wheels polish two tracks a lane.
    road = road * (1 - 0.05 * np.cos(4 * np.pi * x / min(plan.half_road, 3.5)))
    lane = inside(away - 0.07, pixel) * _between(z % 8, 0, 4, along)
    edge = inside(np.abs(away - plan.half_road + (2.1 if plan.parking else 0.3)) - 0.06, pixel)
    white = np.maximum(0.85 * lane, 0.7 * edge * (1 if plan.parking else 0.8))
    if plan.crossing is not None:
        bars = inside(np.abs((x % 1.1) - 0.55) - 0.28, pixel) * (away < plan.half_road - 0.3)
        white = np.maximum(
            white * (1 - _between(z, plan.crossing - 1, plan.crossing + 4, along)),
            0.9 * bars * _between(z, plan.crossing, plan.crossing + 3, along),
        )
    white = white * np.clip(1 + 0.25 * wear, 0.5, 1)
    return (road + white * (0.88 - road))[..., None] * rgb((0.98, 1.0, 1.03))


def _sidewalk(canvas, rng, place, grain, wear):
    x, z, pixel, along = place
    stone = tint((0.60, 0.57, 0.53), 0.015, rng) * rng.uniform(0.85, 1.1)
    side = rng.uniform(0.6, 1.2)
    gaps = np.maximum(
        inside(np.abs((x % side) - side / 2) - 0.02, pixel),
        inside(np.abs((z % side) - side / 2) - 0.02, along),
    )
    # Every slab has a tone of its own: noise looked up so far apart that neighbours share nothing.
    slab = speck(canvas.grain, 17 * np.floor(x / side), 29 * np.floor(z / side)) * np.clip(0.25 / along, 0, 1)
    return stone * (1 + 0.06 * grain + 0.04 * wear + 0.05 * slab - 0.18 * gaps)[..., None]


def _ground_light(canvas, plan, rng, x, z, pixel):
    # The row of houses on the sunny side throws its shadow across the street.
    light = canvas.light
    reach = rng.uniform(0.15, 0.75) * plan.half_street
    wobble = 0.8 * speck(canvas.clouds, z * 2, 0 * z)
    shaded = inside(plan.half_street - reach + wobble - light.side * x, pixel * 3 + 0.15)
    return light.on(0.9 * (1 - shaded))


def _between(value, low, high, soft):
    return np.clip(0.5 + (value - low) / soft, 0, 1) * np.clip(0.5 + (high - value) / soft, 0, 1)
