"""How a denoiser is judged: with one noise picture a photograph, or with fresh noise for every tile.

The second is what a published evaluation script does, and it helps whatever is judged: where tiles overlap,
answers to independent noise are averaged. Between the two stands the control, the same tiles cut from one
noisy picture.
"""

import numpy as np

from course_lib import checks
from course_lib.degradation import noise, tone
from course_lib.inference import tiles
from course_lib.metrics import fidelity

PROTOCOLS = ("whole", "one_noise_tiles", "tiles")
SEED = 2020
TILE, STEP = 64, 48  # pixels, of the published script

_WORDS = {
    "whole": "one noise picture for each photograph, restored as a whole",
    "one_noise_tiles": "one noise picture for each photograph, restored in tiles of {tile} every {step} "
    "pixels, overlaps averaged",
    "tiles": "tiles of {tile} every {step} pixels, fresh noise in each, overlaps averaged",
}


def judge(restorer, pictures, sigma, protocol="whole", seed=SEED, tile=TILE, step=STEP):
    """Score a denoiser of gray pictures on photographs by one of the named protocols.

    Noise is Gaussian and neither clipped nor rounded; photograph number i has that of
    default_rng([seed, round(255 sigma), i]). Answers are clipped to [0, 1].

    Args:
        restorer: function from noisy (h, w, 1) float32 to an array of its shape, such as a denoiser by hand,
            or functools.partial(restore, network, unit=False) of a network.
        pictures: mapping from names to (h, w, 3) or (h, w, 1) float arrays in [0, 1]; colour becomes luma.
        sigma: standard deviation of the noise, in units of [0, 1].
        protocol: "whole", "one_noise_tiles", or "tiles" for fresh noise in every tile.
        seed: int.
        tile: side of a tile in pixels, for the other two.
        step: pixels from one tile to the next; the last is pushed back to the border.

    Returns:
        dict: `protocol` in words, `sigma`, `pictures` (their number), the means `psnr` in dB, `ssim`
        (gauss11_valid) and `ssim_zero` (gauss11_same_zero, a little higher), and `rows`, the same of each
        picture by name.

    Raises:
        TypeError: a setting that is no number.
        ValueError: no picture, an unknown protocol, a setting outside its range, or a restorer that changes
            the shape or answers no number.

    Source:
        "tiles": Zhang et al., Memory-Efficient Hierarchical Neural Architecture Search for Image Denoising,
        CVPR 2020, as its script tools/dn_eval.py does it.
    """
    checks.one_of("judge()", "protocols", protocol, PROTOCOLS)
    checks.within("judge()", "sigma", sigma, 0, 1)
    checks.at_least("judge()", "seed", seed, 0)
    checks.at_least("judge()", "the number of pictures", len(pictures), 1)
    rows = []
    for i, (name, picture) in enumerate(pictures.items()):
        clean = tone.gray(picture).astype("float32", copy=False)
        rng = np.random.default_rng([seed, round(255 * sigma), i])
        restored = denoise(restorer, clean, sigma, rng, protocol, tile, step)
        scores = {"psnr": fidelity.psnr(clean, restored, data_range=1.0)}
        for column, variant in (("ssim", "gauss11_valid"), ("ssim_zero", "gauss11_same_zero")):
            scores[column] = fidelity.ssim(clean, restored, data_range=1.0, variant=variant)
        rows.append({"picture": name, **scores})
    words = _WORDS[protocol].format(tile=tile, step=step)
    return {
        "protocol": "gray (luma of BT.601, not rounded), Gaussian noise neither clipped nor rounded; "
        f"{words}; restored clipped to [0, 1] and not rounded; PSNR and SSIM of each picture, then the mean",
        "sigma": float(sigma),
        "pictures": len(rows),
        **{column: float(np.mean([row[column] for row in rows])) for column in ("psnr", "ssim", "ssim_zero")},
        "rows": rows,
    }


def denoise(restorer, clean, sigma, rng, protocol="whole", tile=TILE, step=STEP):
    """Add noise to one clean picture and let a denoiser remove it, by one of the named protocols.

    Args:
        restorer: as in `judge`.
        clean: (h, w, c) float32 in [0, 1].
        sigma: standard deviation of the noise, in units of [0, 1].
        rng: numpy Generator.
        protocol: as in `judge`.
        tile: as in `judge`; a picture smaller than a tile is one tile.
        step: as in `judge`.

    Returns:
        (h, w, c) float32 in [0, 1].

    Raises:
        TypeError: an argument of another type.
        ValueError: what `judge` refuses.
    """
    checks.one_of("denoise()", "protocols", protocol, PROTOCOLS)
    checks.unit_image("denoise()", "clean", clean, dims=(3,))
    if protocol == "tiles":
        windows, places = _cut(clean, tile, step)
        windows = [noise.add_gaussian(window, sigma, rng) for window in windows]
    else:
        noisy = noise.add_gaussian(clean, sigma, rng)
        if protocol == "whole":
            return np.clip(_answer(restorer, noisy), 0, 1)
        windows, places = _cut(noisy, tile, step)
    done = np.stack([_answer(restorer, window) for window in windows])
    # Without a fade all weights are equal.
    return np.clip(tiles.blend(done, places, clean.shape[:2], overlap=0), 0, 1)


def _cut(picture, tile, step):
    rows, columns = (tiles.strided(side, tile, step) for side in picture.shape[:2])
    places = [(top, left) for top in rows for left in columns]
    return [picture[top : top + tile, left : left + tile] for top, left in places], places


def _answer(restorer, noisy):
    restored = np.asarray(restorer(noisy))
    if restored.shape != noisy.shape:
        raise ValueError(
            f"a denoiser has to keep the shape {noisy.shape}; received {restored.shape}. "
            f"It is given (h, w, channels)."
        )
    if not np.isfinite(restored).all():
        raise ValueError("a denoiser answered NaN or infinity. Are its weights whole?")
    return restored.astype("float32", copy=False)
