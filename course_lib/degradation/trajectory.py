"""Kernels of a shaking hand: a random walk with inertia, and the light it leaves behind.

Paper: Boracchi and Foi, Modeling the performance of image restoration from motion blur, IEEE TIP 2012;
       in this form: Kupyn et al., DeblurGAN, CVPR 2018, algorithm 1.
Code:  KupynOrest/DeblurGAN, motion_blur/generate_trajectory.py, generate_PSF.py, blur_image.py.
Differs: `trajectory`, `psfs` and `official_blur` follow the code to rounding, faults included, except that a
         track leaving the canvas is refused, colours stay in RGB order and rectangles are welcome.
         `trajectory_kernel` is the correct mode: its docstring lists what it mends.
Check: canvas 64, 2000 steps: the exposures up to 1/100, 1/10, 1/2 and 1 sum to 0.01, 0.1, 0.5 and 0.9995.
"""

import cmath
import math

import numpy as np
import scipy.fft

from course_lib import checks
from course_lib.degradation import kernels

OFFICIAL_STEPS, OFFICIAL_LENGTH = 2000, 60.0
PULL, TURN_BACK, JITTER = 0.7, 0.2, 10.0  # largest strengths of the three forces; each walk draws a share


def trajectory(rng, canvas=64, steps=2000, length=60.0, shake=0.005):
    """Walk as the official generator does: constant speed, jitter, pull to the start, rare turns back.

    Draws, in this order: pull, chance of turning back, jitter, first angle; then for each step a uniform
    (turn back?), one more if so, and two normals. numpy's legacy RandomState(seed) repeats official tracks.

    Args:
        rng: anything with uniform() in [0, 1) and standard_normal(): Generator, RandomState, or a replay.
        canvas: side of the square, in pixels, in which the track is centred.
        steps: number of samples of the track, at least 2.
        length: length of the track in pixels, bends included.
        shake: strength of all three forces; None draws it from [0, 0.1) before anything else.

    Returns:
        (steps,) complex128 track in canvas pixels: real = column, imaginary = row.

    Raises:
        TypeError: `rng` cannot draw, or a number is none.
        ValueError: a number is too small.
    """
    for draw in ("uniform", "standard_normal"):
        if not callable(getattr(rng, draw, None)):
            raise TypeError(f"trajectory() needs rng with {draw}(); received {type(rng).__name__}.")
    checks.at_least("trajectory()", "canvas", canvas, 1)
    checks.at_least("trajectory()", "steps", steps, 2)
    checks.above("trajectory()", "length", length, 0)
    shake = 0.1 * rng.uniform() if shake is None else shake
    checks.at_least("trajectory()", "shake", shake, 0)
    pull = PULL * rng.uniform()
    turn_chance = TURN_BACK * rng.uniform() * shake
    jitter = JITTER * rng.uniform()
    angle = math.tau * rng.uniform()
    turns, kicks = [], []
    for _ in range(steps - 1):
        turns.append(_turn(rng.uniform()) if rng.uniform() < turn_chance else 0)
        kicks.append(shake * jitter * complex(rng.standard_normal(), rng.standard_normal()))
    step = length / (steps - 1)
    path = _walk(cmath.rect(shake or step, angle), step, turns, kicks, shake * pull)
    return _on_canvas(path.real, canvas) + 1j * _on_canvas(path.imag, canvas)


def psfs(path, canvas, fractions=(0.01, 0.1, 0.5, 1.0)):
    """Expose a track for growing fractions of its time, as the official code does.

    The results are exposures, not kernels: each contains the ones before it and sums to about its fraction.
    Divide by the sum before convolving.

    Args:
        path: (n,) complex track in canvas pixels, from `trajectory`.
        canvas: side of the square in pixels.
        fractions: growing numbers in (0, 1], one per exposure.

    Returns:
        (len(fractions), canvas, canvas) float64, not negative.

    Raises:
        ValueError: the track touches the border of the canvas (where the official code stops with an
            IndexError, or loses light), or the fractions do not grow.
    """
    checks.at_least("psfs()", "canvas", canvas, 2)
    path = np.asarray(path, complex)
    edges = np.asarray([0, *fractions], float)
    if len(edges) < 2 or not (np.diff(edges) > 0).all() or edges[-1] > 1:
        raise ValueError(f"psfs() needs growing fractions in (0, 1]; received {tuple(fractions)}.")
    if path.ndim != 1 or path.size == 0 or not np.isfinite(path).all():
        raise ValueError(f"psfs() needs path as (n,) finite samples, n at least 1; received {path.shape}.")
    columns, rows = path.real, path.imag
    if min(columns.min(), rows.min()) < 0 or max(columns.max(), rows.max()) >= canvas - 1:
        raise ValueError(
            f"psfs() needs a track inside a canvas of {canvas}; received columns {columns.min():.1f} to "
            f"{columns.max():.1f}, rows {rows.min():.1f} to {rows.max():.1f}. "
            f"Take a larger canvas or a shorter track."
        )
    left, top = np.maximum(1, np.floor([columns, rows])).astype(int)
    exposures = np.zeros((len(edges) - 1, canvas, canvas))
    for exposure, start, stop in zip(exposures, edges[:-1], edges[1:], strict=True):
        seconds = _seconds(path.size, start, stop)  # (n,)
        for column, row in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
            np.add.at(exposure, (row, column), _tent(columns - column) * _tent(rows - row) * seconds)
    return np.cumsum(exposures, axis=0) / path.size


def official_blur(picture_u8, psf):
    """Blur as the official script does, so that its pictures can be told from honest ones.

    It stretches the picture to [0, 1], convolves with black outside, and stretches the result again. So the
    brightness and contrast change, the scale of `psf` does not matter, and borders darken. Not linear.

    Args:
        picture_u8: (h, w, 3) uint8 RGB, with more than one value inside.
        psf: (k, k) float, one exposure of `psfs`; its middle is sample (k - 1) // 2, off-centre for even k.

    Returns:
        (h, w, 3) float32 RGB, exactly filling [0, 1]. (The script then swaps to BGR for its file writer.)

    Raises:
        TypeError: `picture_u8` or `psf` is no NumPy array.
        ValueError: `picture_u8` is not uint8 RGB, is constant, or is smaller than `psf`.
    """
    for name, array in (("picture_u8", picture_u8), ("psf", psf)):
        if not isinstance(array, np.ndarray):
            raise TypeError(
                f"official_blur() needs {name} as a NumPy array; received {type(array).__name__}."
            )
    shape = picture_u8.shape
    if picture_u8.dtype != np.uint8 or len(shape) != 3 or shape[-1] != 3 or picture_u8.size == 0:
        raise ValueError(
            f"official_blur() needs picture_u8 as (h, w, 3) uint8; received {shape} {picture_u8.dtype}."
        )
    if psf.ndim != 2 or shape[0] < psf.shape[0] or shape[1] < psf.shape[1]:
        raise ValueError(
            f"official_blur() needs psf (k, k) no larger than the picture {shape}; received {psf.shape}."
        )
    sizes = [scipy.fft.next_fast_len(shape[a] + psf.shape[a] - 1, real=True) for a in (0, 1)]
    spectrum = scipy.fft.rfft2(_stretched(picture_u8.astype(float)), sizes, axes=(0, 1))
    whole = scipy.fft.irfft2(spectrum * scipy.fft.rfft2(psf, sizes)[..., None], sizes, axes=(0, 1))
    top, left = (psf.shape[0] - 1) // 2, (psf.shape[1] - 1) // 2
    return _stretched(np.abs(whole[top : top + shape[0], left : left + shape[1]])).astype("float32")


def centred_path(size, rng, length=None, shake=None):
    """Draw a track that fits a kernel: the walk of `trajectory`, shrunk, its mean in the middle.

    Args:
        size: odd int, the side k of the kernel that must hold the track.
        rng: numpy Generator.
        length: wanted length in pixels, bends included; None draws it from [0, 4 (k - 1)].
        shake: strength of the forces as in `trajectory`; None draws it from [0.003, 0.01].

    Returns:
        (n,) complex128 offsets from the middle, |real| and |imaginary| at most (k - 1) / 2, mean 0.
        A track that would not fit is scaled down, so it may be shorter than wanted.

    Raises:
        TypeError: `rng` is no Generator, or a number is none.
        ValueError: `size` is even, `rng` is missing, or a number is negative.
    """
    checks.odd("centred_path()", "size", size)
    checks.generator("centred_path()", rng, "the walk is random")
    length = rng.uniform(0, 4 * (size - 1)) if length is None else length
    shake = rng.uniform(0.003, 0.01) if shake is None else shake
    checks.at_least("centred_path()", "length", length, 0)
    checks.at_least("centred_path()", "shake", shake, 0)
    steps = max(256, 4 * int(size))
    # Forces are given per official step. A drift grows with the steps, a random sum with their square root.
    coarser = OFFICIAL_STEPS / steps
    pull, turn_chance, jitter = (shake * rng.uniform(size=3) * (PULL, TURN_BACK, JITTER)).tolist()
    angle = rng.uniform(0, math.tau)
    draws = rng.uniform(size=(steps - 1, 2)).tolist()
    turns = [_turn(u) if chance < turn_chance * coarser else 0 for chance, u in draws]
    kicks = jitter * math.sqrt(coarser) * rng.standard_normal((steps - 1, 2)).view(complex)[:, 0]
    step = OFFICIAL_LENGTH / (steps - 1)
    path = _walk(cmath.rect(step, angle), step, turns, kicks.tolist(), pull * coarser)
    path -= path.mean()
    reach = max(np.abs(path.real).max(), np.abs(path.imag).max())
    return path * min(length / OFFICIAL_LENGTH, (size // 2) / reach)


def trajectory_kernel(size, rng, length=None, shake=None):
    """Draw a motion-blur kernel fit for B = S * K: the correct mode of the official generator.

    It differs from `trajectory` followed by `psfs` in six ways:

    1. It sums to 1. Official exposures sum to about their fraction; `official_blur` stretches instead.
    2. Its centre of mass is the middle sample, so the picture does not move. Official tracks are centred by
       their bounding box, so the mass may lie pixels away, in a canvas of even side that has no middle.
    3. The whole track is inside, at any odd size: one that does not fit is scaled down. Official tracks that
       leave the canvas stop with an error.
    4. It is exposed from start to end; variety comes from the length, 0 (a delta) to 4 (k - 1) pixels.
       Official variety comes from the exposed fraction of a track of 60 pixels.
    5. The walk starts at full speed along its first angle; official tracks start at speed `shake`, so that
       the first kicks turn them by far more or less than the later ones.
    6. Forces are rescaled to 256 steps or more in place of 2000; chance comes from a Generator, in blocks.

    Args:
        size: odd int, the side k in pixels.
        rng: numpy Generator.
        length: wanted length of the track in pixels, see `centred_path`; None draws it.
        shake: strength of the forces; None draws it.

    Returns:
        (k, k) float32, not negative, sums to 1.

    Raises:
        TypeError: `rng` is no Generator, or a number is none.
        ValueError: `size` is even, `rng` is missing, or a number is negative.
    """
    return kernels.splat(centred_path(size, rng, length, shake), size)


def _turn(u):
    return 2 * cmath.exp(1j * (math.pi + u - 0.5))


def _walk(velocity, step, turns, kicks, pull):
    position = 0j
    path = [position]
    for turn, kick in zip(turns, kicks, strict=True):
        velocity += turn * velocity + (kick - pull * position) * step
        velocity *= step / abs(velocity)
        position += velocity
        path.append(position)
    return np.array(path)  # (n,) complex


def _on_canvas(line, canvas):
    line = line - line.min()
    line = line - line[0] % 1 + 1
    return line + math.ceil((canvas - line.max()) / 2)


def _seconds(count, start, stop):
    # Each sample lasts one unit of time; the rules and their order are the official ones.
    t, first, last = np.arange(count), start * count, stop * count
    rules = [
        (last >= t) & (first < t - 1),
        (last >= t - 1) & (first < t - 1),
        (last >= t) & (first < t),
        (last >= t - 1) & (first < t),
    ]
    return np.select(rules, [np.ones(count), last - (t - 1), t - first, np.full(count, last - first)], 0)


def _tent(distance):
    return np.maximum(0, 1 - np.abs(distance))


def _stretched(picture):
    low, high = picture.min(), picture.max()
    if low == high:
        raise ValueError(f"official_blur() cannot stretch a constant picture; every value is {low:g}.")
    return (picture - low) / (high - low)
