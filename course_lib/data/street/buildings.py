"""Rows of houses along both sides of the street, each wall seen in perspective."""

import dataclasses

import numpy as np

from course_lib.data.street.canvas import BUILDING, box, inside, rgb, speck, tint
from course_lib.data.street.things import paint_tree

_WALLS = (
    (0.78, 0.70, 0.58),  # sandstone
    (0.62, 0.34, 0.26),  # brick
    (0.83, 0.80, 0.74),  # plaster
    (0.86, 0.76, 0.52),  # ochre
    (0.60, 0.64, 0.67),  # concrete
    (0.72, 0.52, 0.42),  # terracotta
    (0.56, 0.62, 0.55),  # sage
    (0.70, 0.74, 0.80),  # pale blue
    (0.50, 0.42, 0.38),  # brown
)
_AWNINGS = ((0.62, 0.16, 0.14), (0.15, 0.36, 0.26), (0.16, 0.24, 0.44), (0.75, 0.55, 0.18))
_FARTHEST = 110.0  # metres


@dataclasses.dataclass(frozen=True, kw_only=True)
class House:
    """One building, in metres.

    Args:
        side: 1 on the right of the street, -1 on the left.
        wall: distance of its wall from the camera, to the side.
        near, far: where its wall begins and ends along the street.
        storeys: number of floors.
        storey: height of one.
        bay: width of the part of the wall that holds one window.
        window: (width, height) of a window as shares of bay and storey.
        colour: (3,) of the wall.
        brick: whether courses of bricks show.
        roof: height of a tiled roof, or 0.
        shop: (3,) colour of the awning over a shop, or None.
        salt: int that tells its noise from its neighbour's.
    """

    side: int
    wall: float
    near: float
    far: float
    storeys: int
    storey: float
    bay: float
    window: tuple
    colour: np.ndarray
    brick: bool
    roof: float
    shop: tuple | None
    salt: int


def paint_rows(canvas, plan, rng):
    """Paint both rows of houses, and trees in the gaps between them, from far to near.

    Args:
        canvas: Canvas.
        plan: backdrop.Plan.
        rng: numpy Generator.
    """
    _skyline(canvas, rng)
    for side in (-1, 1):
        fewer = rng.random() < 0.15  # one side may be a park
        z, row = rng.uniform(1.5, 5), []
        while z < _FARTHEST:
            length = rng.uniform(7, 17)
            gap = rng.random() < (0.75 if fewer else 0.12)
            row.append((z, min(z + length, _FARTHEST), gap))
            z += length
        for near, far, gap in reversed(row):
            wall = side * (plan.half_street + float(rng.choice((0.0, 0.0, 0.5, 1.5)))) + plan.middle
            if gap:
                _paint_gap(canvas, side, wall, near, far, rng)
            elif side * wall > 1:
                _paint_house(canvas, _draw_house(side, wall, near, far, rng))


def _skyline(canvas, rng):
    # Where the street ends stand far blocks, grey with haze.
    span = 0.5 * canvas.labels.shape[1]
    left = canvas.vanishing - span
    while left < canvas.vanishing + span:
        width = rng.uniform(0.02, 0.08) * span
        top = canvas.horizon - canvas.focal / _FARTHEST * rng.uniform(2, 14)
        rows, columns = canvas.window(left, left + width, top, canvas.horizon + 2)
        tone = tint((0.5, 0.48, 0.47), 0.05, rng)
        canvas.put(
            rows,
            columns,
            np.ones((rows.size, columns.size), "float32"),
            canvas.haze(tone * canvas.light.on(0.4), 1.2 * _FARTHEST),
            BUILDING,
            canvas.count(BUILDING),
        )
        left += width


def _paint_gap(canvas, side, wall, near, far, rng):
    for z in np.linspace(far, near, max(1, int((far - near) / 4)), endpoint=False).tolist():
        paint_tree(canvas, wall + side * rng.uniform(0.5, 3.5), z, rng)


def _draw_house(side, wall, near, far, rng):
    tall = rng.random() < 0.25
    colour = tint(_WALLS[rng.integers(len(_WALLS))], 0.02, rng) * rng.uniform(0.85, 1.1)
    storeys = int(rng.integers(5, 9) if tall else rng.integers(2, 6))
    return House(
        side=side,
        wall=wall,
        near=near,
        far=far,
        storeys=storeys,
        storey=rng.uniform(2.8, 3.5),
        bay=(far - near) / max(1, round((far - near) / rng.uniform(2.0, 3.4))),
        window=(rng.uniform(0.4, 0.62), rng.uniform(0.45, 0.66)),
        colour=np.clip(colour, 0.1, 0.95).astype("float32"),
        brick=bool(rng.random() < 0.35),
        roof=0.0 if tall else float(rng.choice((0.0, 1.6, 2.4))),
        shop=_AWNINGS[rng.integers(len(_AWNINGS))] if rng.random() < 0.4 else None,
        salt=int(rng.integers(256)),
    )


def _paint_house(canvas, house):
    instance = canvas.count(BUILDING)
    _paint_front(canvas, house, instance)
    at = [canvas.vanishing + canvas.focal * house.wall / z for z in (house.near, house.far)]
    height = house.storeys * house.storey + house.roof
    top = canvas.horizon - canvas.focal * (height - canvas.eye) / house.near
    bottom = canvas.horizon + canvas.focal * canvas.eye / house.near
    rows, columns = canvas.window(min(at), max(at) - 1, top, bottom)
    if not columns.size or not rows.size:
        return
    # Along a wall that runs towards the horizon, the column alone tells the distance.
    aside = np.maximum((columns - canvas.vanishing) * house.side, 0.5)
    z = np.clip(canvas.focal * abs(house.wall) / aside, house.near, house.far)  # (1, m)
    pixel = z / canvas.focal
    y = canvas.eye + (canvas.horizon - rows) * pixel  # (n, m) metres above the ground
    along = z * pixel / abs(house.wall)  # metres of wall a pixel covers
    colour = _wall(canvas, house, z - house.near, y, (along, pixel))
    facing = 0.95 if canvas.light.side != house.side else 0.05
    soot = 0.8 + 0.2 * np.clip(y / 3, 0, 1)
    lit = canvas.light.on(facing) * soot[..., None]
    colour = canvas.haze(_light_up(canvas, house, colour, lit, z - house.near, y), z)
    cover = np.minimum(inside(y - height, pixel), inside(-y, pixel))
    canvas.put(rows, columns, cover, colour, BUILDING, instance)


def _paint_front(canvas, house, instance):
    # The end wall faces the camera; a lower neighbour lets it be seen.
    deep, height = 9.0, house.storeys * house.storey
    middle = house.wall + house.side * deep / 2
    rows, columns, a, b, pixel = canvas.stand(middle, house.near, deep / 2, height + house.roof)
    if not columns.size or not rows.size:
        return
    cover = inside(box(a, b, -deep / 2, deep / 2, -0.2, height), pixel)
    if house.roof:
        slope = b - height - house.roof * (1 - np.abs(a) / (deep / 2))
        cover = np.maximum(cover, inside(np.maximum(slope, np.abs(a) - deep / 2), pixel))
    shade = 1 + 0.05 * speck(canvas.clouds, b * 9 + house.salt, a * 9)
    colour = house.colour * 0.92 * shade[..., None]
    colour = canvas.haze(colour * canvas.light.on(0.55), house.near)
    canvas.put(rows, columns, cover, colour, BUILDING, instance)


def _wall(canvas, house, s, y, size):
    """Colour of the wall at s metres along and y metres up, before any light falls on it: (n, m, 3)."""
    along, pixel = size
    rough = speck(canvas.grain, y * 16 + house.salt, s * 16 + house.salt) * np.clip(0.06 / pixel, 0, 1)
    stain = speck(canvas.clouds, y * 5 + house.salt, s * 9)
    tone = 1 + 0.05 * rough + 0.05 * stain
    if house.brick:
        course = inside(np.abs((y % 0.25) - 0.125) - 0.1, pixel)
        tone = tone * (0.93 + 0.09 * course)
    floor = np.floor(y / house.storey)
    line = inside(np.abs((y % house.storey) - 0.06) - 0.08, pixel)
    tone = tone * (1 - 0.12 * line)
    colour = house.colour * tone[..., None]
    glass, frame, pane = _windows(house, s, y, along, pixel, floor)
    colour = colour + frame[..., None] * (np.clip(house.colour * 0.4 + 0.55, 0, 0.95) - colour)
    reflected = _reflection(canvas, house, s, y, floor)
    colour = colour + glass[..., None] * (reflected - colour)
    colour = colour * (1 - 0.5 * pane)[..., None]
    if house.shop is not None:
        awning = inside(np.abs(y - 0.86 * house.storey) - 0.3, pixel)[..., None]
        stripes = 1 - 0.45 * inside(np.abs((s % 0.9) - 0.45) - 0.22, along)[..., None]
        colour = colour + awning * (rgb(house.shop) * (2 - stripes) - colour)
    top = house.storeys * house.storey
    cornice = inside(np.abs(y - top + 0.2) - 0.2, pixel)[..., None]
    colour = colour + cornice * (np.clip(house.colour * 1.12, 0, 1) - colour)
    if house.roof:
        tiles = 0.9 + 0.1 * inside(np.abs((y % 0.4) - 0.2) - 0.13, pixel) + 0.06 * rough
        on_roof = inside(top - y, pixel)[..., None]
        colour = colour + on_roof * (rgb((0.45, 0.28, 0.23)) * tiles[..., None] - colour)
    return colour


def _windows(house, s, y, along, pixel, floor):
    wide, high = house.window
    shop = np.float32(house.shop is not None) * (floor == 0)  # 1 where the ground floor is all glass
    across = np.abs((s % house.bay) - house.bay / 2)
    up = np.abs((y % house.storey) - house.storey * (0.53 - 0.11 * shop))
    wide = (wide + shop * (0.86 - wide)) * house.bay / 2
    high = (high + shop * (0.62 - high)) * house.storey / 2
    there = (floor >= 0) & (floor < house.storeys)
    glass = inside(across - wide, along) * inside(up - high, pixel) * there
    frame = inside(across - wide - 0.1, along) * inside(up - high - 0.12, pixel) * there
    pane = inside(across - 0.03, along) * glass * np.clip(0.1 / along, 0, 1)
    return glass, frame - glass * frame, pane


def _reflection(canvas, house, s, y, floor):
    # Upper windows mirror more of the sky; every window has its own tilt and curtains.
    own = speck(canvas.grain, floor * 31 + house.salt, np.floor(s / house.bay) * 17)
    share = np.clip(0.22 + 0.05 * floor + 0.1 * own, 0.03, 0.75)
    curtain = np.clip(0.55 * own - 0.45, 0, 0.6)[..., None]
    slope = 0.85 + 0.3 * ((y % house.storey) / house.storey)
    dark = rgb((0.10, 0.12, 0.15))
    glass = dark + (share * slope)[..., None] * (
        canvas.light.zenith * 0.6 + canvas.light.horizon * 0.4 - dark
    )
    return glass + curtain * (rgb((0.74, 0.70, 0.64)) - glass)


def _light_up(canvas, house, colour, lit, s, y):
    if canvas.light.lamps == 0:
        return colour * lit
    wide, high = house.window
    floor = np.floor(y / house.storey)
    own = speck(canvas.grain, floor * 13 + house.salt, np.floor(s / house.bay) * 41)
    across = np.abs((s % house.bay) - house.bay / 2) < wide * house.bay / 2
    up = np.abs((y % house.storey) - house.storey * 0.53) < high * house.storey / 2
    burning = (own > 1.1 - 1.2 * canvas.light.lamps) & across & up & (floor >= 0) & (floor < house.storeys)
    glow = rgb((1.0, 0.80, 0.46)) * (0.72 + 0.2 * canvas.light.lamps)
    return np.where(burning[..., None], glow, colour * lit)
