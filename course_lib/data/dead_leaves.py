"""Procedural pictures with the statistics of photographs: leaves of all sizes that cover one another."""

import numpy as np

from course_lib import checks


def dead_leaves(size, rng, smallest=2.0, largest=None, texture=0.6, cover=5.0):
    """Paint opaque shapes over one another, their radii falling as r^-3, as in the dead-leaves model.

    Edges, occlusions and flat areas occur at every scale, which gives the 1/f spectrum of photographs.
    Leaves are discs, ellipses, bars and polygons with soft shading and, in part, stripes or cloudy texture.

    Args:
        size: side of the picture in pixels, at least 16.
        rng: numpy Generator; the picture depends on it alone.
        smallest: smallest radius in pixels, above 0.
        largest: largest radius in pixels; a third of `size` when None.
        texture: share of the leaves that carry a texture, in [0, 1].
        cover: how often an average pixel is painted over.

    Returns:
        (size, size, 3) float32 in [0, 1], display-encoded.

    Raises:
        ValueError: a size, radius or share outside its range, or no `rng`.

    Source:
        Lee, Mumford, Huang, Occlusion Models for Natural Images, IJCV 2001; shapes and textures ours.
    """
    largest = size / 3 if largest is None else largest
    checks.at_least("dead_leaves()", "size", size, 16)
    checks.above("dead_leaves()", "smallest", smallest, 0)
    checks.above("dead_leaves()", "largest", largest, smallest)
    checks.within("dead_leaves()", "texture", texture, 0, 1)
    checks.above("dead_leaves()", "cover", cover, 0)
    checks.generator("dead_leaves()", rng, "every leaf is drawn by chance")
    clouds = _clouds(size, rng)
    palette = _palette(rng)
    picture = np.ones((size, size, 3)) * palette[0]
    mean_area = 2 * np.pi * smallest**2 * np.log(largest / smallest)
    count = int(np.ceil(cover * size * size / mean_area))
    u = rng.random(count)
    # The inverse of the distribution function of a density that falls as r^-3.
    radii = (smallest**-2 - u * (smallest**-2 - largest**-2)) ** -0.5
    for radius in radii:
        _paint(picture, radius, palette, clouds, texture, rng)
    return np.clip(picture, 0, 1).astype("float32")


def _palette(rng, count=24):
    # Colours of one scene hang together: a common tint, brightness spread widely, saturation mostly low.
    tint = rng.normal(0, 0.08, 3)
    light = rng.beta(1.1, 1.3, (count, 1))
    return np.clip(light + tint + rng.normal(0, 0.12, (count, 3)) * rng.random((count, 1)), 0, 1)


def _clouds(size, rng):
    frequencies = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    frequencies[0, 0] = 1
    noise = np.fft.rfft2(rng.standard_normal((size, size)))
    clouds = np.fft.irfft2(noise / frequencies ** rng.uniform(0.3, 1.2), (size, size))
    return (clouds - clouds.mean()) / clouds.std()


def _paint(picture, radius, palette, clouds, texture, rng):
    size = picture.shape[0]
    row, column = rng.uniform(0, size, 2)
    top, left = max(0, int(row - radius - 2)), max(0, int(column - radius - 2))
    bottom, right = min(size, int(row + radius + 3)), min(size, int(column + radius + 3))
    y = np.arange(top, bottom)[:, None] - row  # (window height, 1)
    x = np.arange(left, right)[None] - column  # (1, window width)
    mask = _soft_mask(x, y, radius, rng)
    colour = palette[rng.integers(len(palette))] + rng.normal(0, 0.03, 3)
    shade = (rng.normal(0, 0.15) * x + rng.normal(0, 0.15) * y) / radius
    if rng.random() < texture:
        shade = shade + _texture(x, y, clouds[top:bottom, left:right], rng)
    leaf = colour + shade[..., None]  # (window height, width, 3)
    window = picture[top:bottom, left:right]
    window += mask[..., None] * (np.clip(leaf, 0, 1) - window)


def _soft_mask(x, y, radius, rng):
    angle = rng.uniform(0, np.pi)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    kind = rng.random()
    if kind < 0.35:
        distance = np.hypot(x, y)
    elif kind < 0.6:
        distance = np.hypot(along, across / rng.uniform(0.2, 0.9))
    elif kind < 0.75:
        distance = np.maximum(np.abs(along), np.abs(across) * rng.uniform(2, 12))
    else:
        corners = rng.integers(3, 7)
        turns = angle + 2 * np.pi * np.arange(corners) / corners + rng.uniform(-0.3, 0.3, corners)
        distance = np.max([(x * np.cos(t) + y * np.sin(t)) * 1.6 for t in turns], axis=0)
    return np.clip(0.5 + radius - distance, 0, 1)


def _texture(x, y, clouds, rng):
    strength = abs(rng.normal(0, 0.12))
    if rng.random() < 0.5:
        return strength * clouds
    angle, period = rng.uniform(0, np.pi), rng.uniform(2.5, 14)
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period + rng.uniform(0, 6))
    return strength * (np.sign(wave) if rng.random() < 0.3 else wave)
