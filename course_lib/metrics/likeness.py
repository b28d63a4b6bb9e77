"""How real do several ways of making pictures look? Frechet distances, collected picture by picture."""

import numpy as np

from course_lib import checks
from course_lib.metrics.feature_networks import PictureStatistics
from course_lib.metrics.realism import frechet_distance, moments


class Likeness:
    """Collects windows of real pictures and of what each way makes of them, and compares the two sets.

    Only features are kept, so that thousands of pictures need no memory. Every picture is cut into windows
    side by side; what is left at the right and at the bottom is not seen.

    Args:
        side: height and width of the windows in pixels.
        features: a feature network such as InceptionFeatures(); None for PictureStatistics().

    Raises:
        TypeError: `side` is no number.
        ValueError: a side below 16.
    """

    def __init__(self, side=96, features=None):
        checks.at_least("Likeness", "side", side, 16)
        self.side, self.features = side, PictureStatistics() if features is None else features
        self.seen = {}

    def add(self, **pictures):
        """Add what every way made of one scene.

        Args:
            **pictures: way -> (h, w, 3) float array in [0, 1]; one of the ways is `real`.

        Raises:
            ValueError: no real picture, sides smaller than a window, or what the feature network refuses.
        """
        if "real" not in pictures:
            raise ValueError(f"Likeness.add() needs a real picture; received {', '.join(pictures)}.")
        for way, picture in pictures.items():
            cut = windows(picture, self.side)
            if not len(cut):
                raise ValueError(
                    f"Likeness needs sides of at least {self.side}; {way} is {picture.shape[:2]}. "
                    f"Take a smaller side."
                )
            self.seen.setdefault(way, []).append(self.features(cut))

    def scores(self):
        """Compare each way's windows with the real ones.

        Returns:
            dict: `distance`, `features`, `windows` (their number), `side`, and `frechet`: way -> float, lower
            is better. With no more windows than features the values are biased upward; `biased` says so.

        Raises:
            ValueError: fewer than 2 windows.
        """
        found = {way: np.concatenate(parts) for way, parts in self.seen.items()}
        real = moments(found["real"])
        count = len(found["real"])
        return {
            "distance": self.features.distance,
            "features": self.features.name,
            "windows": count,
            "side": self.side,
            "biased": count <= self.features.dimension,
            "frechet": {
                way: round(frechet_distance(*real, *moments(vectors)), 4)
                for way, vectors in found.items()
                if way != "real"
            },
        }


def windows(picture, side):
    """Cut a picture into windows side by side.

    Args:
        picture: (h, w, c) array.
        side: pixels.

    Returns:
        (n, side, side, c) array, row by row; n is 0 where no window fits.
    """
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    cut = picture[: rows * side, : columns * side]
    cut = cut.reshape(rows, side, columns, side, picture.shape[2]).swapaxes(1, 2)
    return cut.reshape(rows * columns, side, side, picture.shape[2])
