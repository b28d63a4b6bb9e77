"""What stands on the street: trees, cars, people, lamp posts and signs."""

import numpy as np

from course_lib.data.street.canvas import CAR, PERSON, POLE, SIGN, TREE, box, inside, rgb, speck, tint

_PAINTS = (
    (0.72, 0.73, 0.75),
    (0.86, 0.86, 0.85),
    (0.10, 0.11, 0.12),
    (0.34, 0.36, 0.39),
    (0.55, 0.10, 0.10),
    (0.12, 0.22, 0.44),
    (0.16, 0.32, 0.28),
    (0.72, 0.58, 0.36),
    (0.80, 0.62, 0.12),
)
_SKINS = ((0.88, 0.70, 0.58), (0.76, 0.57, 0.44), (0.55, 0.38, 0.28), (0.36, 0.25, 0.19))
_SIGNS = ((0.75, 0.10, 0.12), (0.10, 0.28, 0.62), (0.90, 0.74, 0.12))
_GLASS = rgb((0.10, 0.13, 0.16))


def paint_tree(canvas, x, z, rng):
    """Paint a tree: a trunk, and a crown of overlapping balls with a ragged border.

    Args:
        canvas: Canvas.
        x: metres to the right of the camera.
        z: metres away.
        rng: numpy Generator; always as many draws.
    """
    size, low = rng.uniform(1.5, 2.5), rng.uniform(2.0, 2.8)
    balls = (
        np.stack([rng.uniform(-0.55, 0.55, 7), rng.uniform(0.4, 1.5, 7), rng.uniform(0.45, 0.75, 7)]) * size
    )
    green = tint((0.26, 0.40, 0.16), 0.03, rng)
    green = tint((0.62, 0.42, 0.14), 0.05, rng) if rng.random() < 0.12 else green
    salt = rng.integers(0, 256, 2)
    instance = canvas.count(TREE)
    _ground_shadow(canvas, x, z, 0.8 * size, 0.62)
    rows, columns, a, b, pixel = canvas.stand(x, z, 0.25, low + size)
    bark = rgb((0.33, 0.26, 0.20)) * canvas.light.on(0.5)
    trunk = inside(box(a, b, -0.14, 0.14, -0.05, low + size), pixel)
    canvas.put(rows, columns, trunk, canvas.haze(bark, z), TREE, instance)
    rows, columns, a, b, pixel = canvas.stand(x, z, 1.4 * size, low + 2.4 * size)
    if not rows.size or not columns.size:
        return
    leaves = speck(canvas.grain, b * 18 + salt[0], a * 18 + salt[1])  # (n, m)
    clumps = speck(canvas.clouds, b * 26 + salt[1], a * 26 + salt[0])
    ragged = 0.13 * leaves + 0.16 * clumps
    crown = np.full(leaves.shape, 1e3, "float32")
    shade = np.zeros(leaves.shape, "float32")
    for right, up, radius in balls.T.tolist():
        off_a, off_b = a - right, b - low - up
        distance = np.hypot(off_a, off_b) - radius
        nearest = distance < crown
        toward = (canvas.light.side * 0.55 * off_a + 0.85 * off_b) / radius
        shade = np.where(nearest, toward, shade)
        crown = np.minimum(crown, distance)
    facing = np.clip(0.45 + 0.5 * shade + 0.22 * leaves + 0.12 * clumps, 0, 1.2)
    colour = canvas.haze(green * 1.15 * canvas.light.on(facing) * (0.72 + 0.28 * facing)[..., None], z)
    canvas.put(rows, columns, inside(crown + ragged, pixel), colour, TREE, instance)


def paint_post(canvas, x, z, inward, rng):
    """Paint a lamp post whose arm reaches over the street, or a traffic sign.

    Args:
        canvas: Canvas.
        x: metres to the right of the camera.
        z: metres away.
        inward: 1 or -1, the side on which the street lies.
        rng: numpy Generator.
    """
    grey = rgb((0.36, 0.38, 0.39)) * canvas.light.on(0.5)
    if rng.random() < 0.45:
        _paint_sign(canvas, x, z, canvas.haze(grey * 1.2, z), rng)
        return
    height = rng.uniform(5.0, 6.5)
    rows, columns, a, b, pixel = canvas.stand(x, z, 1.7, height + 0.3)
    shaft = box(a, b, -0.07, 0.07, -0.05, height)
    arm = box(a * inward, b, 0.0, 1.3, height - 0.1, height)
    post = inside(np.minimum(shaft, arm), pixel)
    canvas.put(rows, columns, post, canvas.haze(grey, z), POLE)
    head = inside(box(a * inward, b, 0.9, 1.5, height - 0.26, height - 0.06, 0.08), pixel)
    glow = rgb((0.75, 0.74, 0.70)) if canvas.light.lamps < 0.3 else rgb((1.0, 0.88, 0.62))
    canvas.put(rows, columns, head, glow, POLE)


def _paint_sign(canvas, x, z, grey, rng):
    height, colour, kind = rng.uniform(2.3, 2.7), _SIGNS[rng.integers(len(_SIGNS))], rng.integers(3)
    rows, columns, a, b, pixel = canvas.stand(x, z, 0.5, height + 0.5)
    canvas.put(rows, columns, inside(box(a, b, -0.045, 0.045, -0.05, height), pixel), grey, POLE)
    if kind == 0:
        board = np.hypot(a, b - height) - 0.36
    elif kind == 1:
        board = box(a, b, -0.34, 0.34, height - 0.34, height + 0.34, 0.05)
    else:
        board = np.maximum(np.abs(a) * 0.87 + (b - height) * 0.5 - 0.2, height - 0.32 - b)
    lit = canvas.light.on(0.7)
    canvas.put(rows, columns, inside(board, pixel), canvas.haze(rgb(colour) * lit, z), SIGN)
    canvas.put(
        rows, columns, inside(board + 0.13, pixel), canvas.haze(rgb((0.93, 0.93, 0.92)) * lit, z), SIGN
    )


def paint_person(canvas, x, z, rng):
    """Paint somebody who walks or stands.

    Args:
        canvas: Canvas.
        x: metres to the right of the camera.
        z: metres away.
        rng: numpy Generator.
    """
    tall = rng.uniform(1.5, 1.9)
    skin = rgb(_SKINS[rng.integers(len(_SKINS))])
    shirt = np.clip(tint([rng.uniform(0.1, 0.85)] * 3, 0.2, rng), 0.05, 0.95)
    trousers = tint((0.16, 0.18, 0.24), 0.02, rng) * rng.uniform(0.6, 2.2)
    hair = rgb((0.16, 0.11, 0.08)) * rng.uniform(0.5, 3.0)
    stride, skirt = rng.uniform(0.02, 0.16), rng.random() < 0.25
    instance = canvas.count(PERSON)
    _ground_shadow(canvas, x, z, 0.42, 0.6)
    rows, columns, a, b, pixel = canvas.stand(x, z, 0.5, tall + 0.05)
    a, b = a / tall * 1.75, b / tall * 1.75
    soft = pixel / tall * 1.75
    hip = 0.82
    spread = stride * np.clip((hip - b) / hip, 0, 1)
    legs = np.minimum(np.abs(a - spread - 0.04), np.abs(a + spread + 0.04)) - 0.075
    legs = np.maximum(legs, np.maximum(b - hip, -b))
    if skirt:
        legs = np.minimum(legs, np.maximum(np.abs(a) - 0.12 - 0.2 * (hip + 0.1 - b), np.abs(b - 0.68) - 0.22))
    body = box(a, b, -0.19, 0.19, 0.76, 1.46, 0.1)
    arms = np.maximum(np.abs(np.abs(a) - 0.22 - 0.05 * (1.4 - b)) - 0.055, np.abs(b - 1.1) - 0.32)
    head = np.hypot(a, (b - 1.62) * 0.85) - 0.105
    top = np.maximum(np.hypot(a, (b - 1.65) * 0.85) - 0.115, 1.63 - b)
    # A little rounder: the side towards the sun is brighter.
    light = canvas.light.on(np.clip(0.5 + 2.2 * canvas.light.side * a, 0.05, 1))
    layers = ((legs, trousers), (arms, shirt * 0.88), (body, shirt), (head, skin), (top, hair))
    for distance, colour in layers:
        painted = canvas.haze(np.clip(colour, 0, 1) * light, z)
        canvas.put(rows, columns, inside(distance, soft), painted, PERSON, instance)


def paint_car(canvas, x, z, ahead, rng):
    """Paint a car as slices from its far end to its near one, so that its side shows in perspective.

    Args:
        canvas: Canvas.
        x: middle of the car, metres to the right of the camera.
        z: distance of its near end in metres.
        ahead: True when it drives away from the camera, and shows its back.
        rng: numpy Generator.
    """
    paint = rgb(_PAINTS[rng.integers(len(_PAINTS))]) * rng.uniform(0.85, 1.1)
    long, half, high = rng.uniform(3.7, 4.6), rng.uniform(0.82, 0.92), rng.uniform(1.38, 1.6)
    box_like = rng.random() < 0.3  # an estate car or van: the cabin reaches to the end
    high = high + (0.25 if box_like else 0.0)
    instance = canvas.count(CAR)
    _ground_shadow(canvas, x, z + long / 2, 1.15 * half, 0.42, long / 2)
    cabin = (0.05 if box_like and ahead else 0.25 if ahead else 1.1, long - (1.1 if ahead else 0.4))
    steps = int(np.clip(canvas.focal * abs(x) * (1 / z - 1 / (z + long)), 3, 40))
    beside = canvas.light.on(0.9 if np.sign(x) != canvas.light.side else 0.1)
    for depth in np.linspace(long, 0, steps).tolist():
        _paint_slice(canvas, (x, z, depth, long), (half, high, cabin), paint, beside, instance)
    _paint_face(canvas, (x, z), (half, high, cabin), paint, ahead, instance)


def _cabin(a, b, half, high):
    lean = (half - 0.06) - 0.24 * np.clip((b - 0.85) / (high - 0.85), 0, 1)
    return np.maximum(np.abs(a) - lean, np.maximum(b - high, 0.8 - b))


def _paint_slice(canvas, place, shape, paint, beside, instance):
    x, z, depth, long = place
    half, high, cabin = shape
    rows, columns, a, b, pixel = canvas.stand(x, z + depth, half + 0.05, high)
    if not rows.size or not columns.size:
        return
    bonnet = 0.86 - 0.1 * abs(depth / long - 0.5)
    body = box(a, b, -half, half, 0.22, bonnet, 0.1)
    if cabin[0] <= depth <= cabin[1]:
        upper = _cabin(a, b, half, high)
        # Glass reaches over the border, or the roof of every slice behind would shine through as a line.
        glass = inside(np.maximum(upper - 0.04, b - high + 0.12), pixel)
        mirrored = canvas.haze(_GLASS + 0.16 * canvas.light.horizon, z)
        roof = canvas.haze(np.clip(paint * 1.1, 0, 1) * canvas.light.on(0.85), z)
        canvas.put(rows, columns, inside(np.maximum(upper, high - 0.14 - b), pixel), roof, CAR, instance)
        canvas.put(rows, columns, glass, mirrored, CAR, instance)
    side = canvas.haze(np.clip(paint, 0, 1) * beside, z)
    top = canvas.haze(np.clip(1.12 * paint, 0, 1) * canvas.light.on(0.85), z)
    deck = np.where(b[..., None] > bonnet - 0.1, top, side)
    canvas.put(rows, columns, inside(body, pixel), deck, CAR, instance)
    from_axle = min(abs(depth - 0.75), abs(depth - long + 0.75))
    if from_axle < 0.33:
        high_here = (0.33**2 - from_axle**2) ** 0.5
        tyre = np.maximum(np.abs(np.abs(a) - half + 0.1) - 0.13, np.abs(b - 0.31) - high_here)
        canvas.put(rows, columns, inside(tyre, pixel), (0.07, 0.07, 0.08), CAR, instance)


def _paint_face(canvas, place, shape, paint, ahead, instance):
    x, z = place
    half, high, cabin = shape
    rows, columns, a, b, pixel = canvas.stand(x, z, half, high)
    if not rows.size or not columns.size:
        return
    lit = canvas.light.on(0.55)
    body = box(a, b, -half, half, 0.2, 0.86, 0.12)
    gloss = (0.92 + 0.2 * np.clip((b - 0.3) / 0.6, 0, 1))[..., None]
    painted = canvas.haze(np.clip(paint * gloss, 0, 1) * lit, z) * np.ones((*body.shape, 1), "float32")

    def put(distance, colour):
        canvas.put(rows, columns, inside(distance, pixel), colour, CAR, instance)

    tyres = np.maximum(np.abs(np.abs(a) - half + 0.15) - 0.13, np.abs(b - 0.16) - 0.18)
    put(tyres, (0.06, 0.06, 0.07))
    if cabin[0] < 0.4:
        put(_cabin(a, b, half, high), painted)
        pane = np.maximum(_cabin(a, b, half - 0.1, high - 0.08), 0.93 - b)
        mirrored = 0.16 + 0.5 * np.clip((b - 0.9) / 0.5, 0, 1)[..., None] * canvas.light.horizon
        put(pane, canvas.haze(mirrored * np.ones((*pane.shape, 3), "float32") * 0.8, z))
    put(body, painted)
    put(
        box(a, b, -half + 0.03, half - 0.03, 0.22, 0.4, 0.06),
        canvas.haze(np.clip(paint * 0.5, 0, 1) * lit, z),
    )
    lamps = np.maximum(np.abs(np.abs(a) - half + 0.2) - 0.15, np.abs(b - 0.68) - 0.08)
    if ahead:
        put(lamps, rgb((0.72, 0.08, 0.08)) + 0.25 * canvas.light.lamps)
        put(box(a, b, -0.26, 0.26, 0.47, 0.58), (0.84, 0.83, 0.78) * lit)
    else:
        put(box(a, b, -0.5, 0.5, 0.46, 0.68, 0.05), (0.09, 0.09, 0.10))
        put(lamps, np.clip(rgb((0.88, 0.89, 0.86)) * (lit + canvas.light.lamps), 0, 1))
        put(box(a, b, -0.26, 0.26, 0.3, 0.41), (0.84, 0.83, 0.78) * lit)


def _ground_shadow(canvas, x, z, half, depth, long=None):
    """Darken the ground under a thing; `depth` is the brightness left in the middle."""
    long = half if long is None else long
    pixel = z / canvas.focal
    middle = canvas.vanishing + (x - 0.25 * canvas.light.side * half) / pixel
    near, far = max(z - 1.1 * long, 0.6), z + 1.1 * long
    top, bottom = (canvas.horizon + canvas.focal * canvas.eye / end for end in (far, near))
    rows, columns = canvas.window(middle - 2 * half / pixel, middle + 2 * half / pixel, top, bottom)
    if not rows.size or not columns.size:
        return
    row_pixel = canvas.eye / np.maximum(rows - canvas.horizon, 0.5)  # (n, 1)
    away = row_pixel * canvas.focal - z
    off = (columns - canvas.vanishing) * row_pixel - x + 0.25 * canvas.light.side * half
    distance = np.hypot(off / half, away / long)
    canvas.shade(rows, columns, np.clip(1.6 - 1.4 * distance, 0, 1), depth)
