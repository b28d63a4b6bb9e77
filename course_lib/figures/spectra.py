"""What frequencies a picture holds, and what path a kernel is."""

import numpy as np

from course_lib import checks
from course_lib.figures import mosaic, sheets, style

INKED = ("#ffffff", "#bcd7ea", "#4b93c4", "#0b4f8a", "#06284a")  # weight zero is paper
DECADES = 5  # powers of ten below the strongest frequency that are still told apart


def spectrum(pictures, titles, alt):
    """Show the log magnitude of Fourier spectra, zero frequency in the middle, on one common scale.

    Args:
        pictures: list of (h, w), (h, w, 1) or (h, w, 3) finite floats; channels are averaged first.
        titles: list of str, one a picture.
        alt: str, the figure in words.

    Returns:
        described.Described; the scale at its foot is relative to the strongest frequency of all pictures.

    Raises:
        TypeError: a picture is no NumPy array.
        ValueError: no picture, a title too few or too many, NaN.
    """
    pictures = sheets.demand_pictures("spectrum()", pictures, titles, unit=False)
    planes = [picture.mean(axis=-1) if picture.ndim == 3 else picture for picture in pictures]
    # Dividing by the number of pixels makes pictures of different sizes comparable.
    sizes = [np.abs(np.fft.fftshift(np.fft.fft2(plane))) / plane.size for plane in planes]
    strongest = max(float(size.max()) for size in sizes) or 1.0
    decades = [np.log10(np.maximum(size / strongest, 10.0**-DECADES)) for size in sizes]
    columns = -(-len(planes) // -(-len(planes) // 4))
    factor = mosaic.fit(planes, columns)
    shown = [mosaic.resize(decade.astype("float32"), factor) for decade in decades]
    tiles = [mosaic.coloured(decade, "magma", -DECADES, 0) for decade in shown]
    ramp = mosaic.coloured(np.tile(np.linspace(-1, 0, 160), (10, 1)), "magma", -1, 0)
    legend = (ramp, f"1/{10**DECADES:,} or less".replace(",", " "), "strongest frequency")
    rows = [tiles[i : i + columns] for i in range(0, len(tiles), columns)]
    heads = [list(titles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return mosaic.mosaic(rows, heads, alt, legend=legend)


def kernel(kernels, titles, alt):
    """Show blur kernels enlarged, every sample a square, each on its own scale from zero to its peak.

    Args:
        kernels: list of (k, k') floats of 0 or more; sides may be even and the sum anything, so that
            mistakes can be shown too.
        titles: list of str, one a kernel.
        alt: str, the figure in words.

    Returns:
        described.Described; below each kernel its size and its largest weight.

    Raises:
        TypeError: a kernel is no NumPy array.
        ValueError: no kernel, a title too few or too many, three axes, NaN, or a negative weight.
    """
    kernels = sheets.demand_pictures("kernel()", kernels, titles, unit=False)
    for i, weights in enumerate(kernels):
        checks.finite_image("kernel()", f"kernels[{i}]", weights, dims=(2,))
        if weights.min() < 0:
            raise ValueError(
                f"kernel() needs weights of 0 or more in kernels[{i}]; received {weights.min():g}. "
                f"Show signed weights with course_lib.figures.sheets.signed."
            )
    columns = -(-len(kernels) // -(-len(kernels) // 5))
    side = (style.WIDTH - 2 * mosaic.MARGIN - mosaic.GAP * (columns - 1)) // columns
    tiles, notes = [], []
    for weights in kernels:
        enlarge = max(1, min(200, side) // max(weights.shape))
        colours = mosaic.coloured(weights, INKED, 0, float(weights.max()) or 1.0)
        tiles.append(mosaic.outlined(_ruled(mosaic.resize(colours, enlarge), enlarge), sheets.PALE))
        notes.append(f"{weights.shape[0]} × {weights.shape[1]}, peak {weights.max():.3g}")
    starts = range(0, len(tiles), columns)
    rows = [tiles[i : i + columns] for i in starts]
    heads = [list(titles[i : i + columns]) for i in starts]
    return mosaic.mosaic(rows, heads, alt, notes=[notes[i : i + columns] for i in starts])


def _ruled(pixels, step):
    ruled = pixels.copy()
    if step >= 8:  # smaller squares would be all rule
        for axis in (ruled, ruled.swapaxes(0, 1)):
            axis[step::step] = (axis[step::step].astype("uint16") * 7 + np.array(sheets.PALE, "uint16")) // 8
    return ruled
