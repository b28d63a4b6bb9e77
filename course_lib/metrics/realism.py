"""Does a set of pictures look like a set of real ones? The Frechet distance between their features."""

import dataclasses

import numpy as np

from course_lib import checks
from course_lib.metrics.feature_networks import PictureStatistics


@dataclasses.dataclass(frozen=True, kw_only=True)
class FrechetScore:
    """A Frechet distance with what it depends on; printing it states all of that.

    Args:
        value: the distance, 0 or more; lower is better.
        real: int, number of real pictures.
        generated: int, number of generated pictures.
        features: str, the feature network's name.
        dimension: int, features a picture.
        distance: str, what the number may be called.
    """

    value: float
    real: int
    generated: int
    features: str
    dimension: int
    distance: str

    @property
    def full_rank(self):
        """bool, whether there were enough pictures for covariances without empty directions."""
        return min(self.real, self.generated) > self.dimension

    def __str__(self):
        text = (
            f"{self.distance} {self.value:.4g} (features: {self.features}; "
            f"{self.real} real and {self.generated} generated pictures)"
        )
        if self.full_rank:
            return text
        rank = min(self.real, self.generated) - 1
        return f"{text}, biased upward: a covariance of rank {rank} in {self.dimension} dimensions"


def frechet(real, generated, features=None, allow_few=False):
    """Compare two sets of pictures by the means and covariances of their features.

    The value depends on the numbers of pictures: compare only values got with equal ones. It sees sets, not
    pairs: that a picture shows the right thing must be told otherwise.

    Args:
        real: list of (h, w, 3) float arrays in [0, 1], or one (n, h, w, 3) array.
        generated: the same for the pictures to be judged, of the sizes of the real ones.
        features: a feature network such as InceptionFeatures(); None for PictureStatistics().
        allow_few: whether to go on with no more pictures than features; the result then says so.

    Returns:
        FrechetScore.

    Raises:
        TypeError: a picture is no NumPy array.
        ValueError: fewer than 2 pictures on a side; no more pictures than features without `allow_few`; or
            what the feature network refuses.

    Source:
        Heusel et al., GANs trained by a two time-scale update rule, NeurIPS 2017.
    """
    network = PictureStatistics() if features is None else features
    counts = len(real), len(generated)
    for name, count in zip(("real", "generated"), counts, strict=True):
        checks.at_least("frechet()", f"the number of {name} pictures", count, 2)
    if min(counts) <= network.dimension and not allow_few:
        raise ValueError(
            f"frechet() needs more than {network.dimension} pictures on each side, one more than "
            f"{network.name} has features; received {counts[0]} real and {counts[1]} generated. With fewer "
            "the covariance has empty directions and the value is biased upward. Take more pictures (crops "
            "will do), or pass allow_few=True and compare equal numbers only."
        )
    value = frechet_distance(*moments(network(real)), *moments(network(generated)))
    return FrechetScore(
        value=value,
        real=counts[0],
        generated=counts[1],
        features=network.name,
        dimension=network.dimension,
        distance=network.distance,
    )


def moments(features):
    """Mean and covariance of feature vectors.

    Args:
        features: (n, d) float array, n at least 2. Each row is one picture.

    Returns:
        (mean, covariance): (d,) and (d, d) float64; the covariance is divided by n - 1.

    Raises:
        TypeError: `features` is no NumPy array.
        ValueError: other axes, fewer than 2 rows, or values that are not finite.
    """
    _finite("moments()", "features", features, axes=2)
    checks.at_least("moments()", "the number of rows", features.shape[0], 2)
    features = features.astype("float64")
    centred = features - features.mean(axis=0)
    return features.mean(axis=0), centred.T @ centred / (len(features) - 1)


def frechet_distance(mean1, covariance1, mean2, covariance2):
    """Squared Frechet distance between two normal distributions.

    |mean1 - mean2|^2 + trace(C1) + trace(C2) - 2 trace((C1 C2)^(1/2)). The last trace is the sum of the
    square roots of the eigenvalues of C1 C2, which are the singular values of C1^(1/2) C2^(1/2): no root of a
    matrix without symmetry is taken, nothing becomes complex, and covariances without full rank are welcome.

    Args:
        mean1: (d,) float array.
        covariance1: (d, d) float array, symmetric, no negative eigenvalue beyond rounding.
        mean2: (d,) float array.
        covariance2: (d, d) float array.

    Returns:
        float, 0 or more.

    Raises:
        TypeError: an argument is no NumPy array.
        ValueError: shapes that do not fit, values that are not finite, or a matrix that is no covariance.

    Source:
        Dowson and Landau, The Frechet distance between multivariate normal distributions, 1982.
    """
    owner = "frechet_distance()"
    means, covariances = (mean1, mean2), (covariance1, covariance2)
    for i in (0, 1):
        _finite(owner, f"mean{i + 1}", means[i], axes=1)
        _finite(owner, f"covariance{i + 1}", covariances[i], axes=2)
    checks.same_shape(owner, ("mean1", "mean2"), mean1, mean2)
    for i in (0, 1):
        if covariances[i].shape != (mean1.size, mean1.size):
            raise ValueError(
                f"{owner} needs covariance{i + 1} of shape {(mean1.size, mean1.size)}; received "
                f"{covariances[i].shape}."
            )
    apart = means[0].astype("float64") - means[1].astype("float64")
    covariances = [covariance.astype("float64") for covariance in covariances]
    roots = [_root(f"covariance{i + 1}", covariance) for i, covariance in enumerate(covariances)]
    overlap = np.linalg.svd(roots[0] @ roots[1], compute_uv=False).sum()
    distance = apart @ apart + sum(np.trace(covariance) for covariance in covariances) - 2 * overlap
    return float(max(distance, 0.0))  # rounding may leave a hair below zero


def _root(name, covariance):
    scale = np.abs(covariance).max(initial=0.0)
    if not np.allclose(covariance, covariance.T, rtol=0, atol=1e-6 * scale):
        raise ValueError(f"frechet_distance() needs a symmetric {name}; received one that is not.")
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    if values.min() < -1e-6 * scale * len(values):
        raise ValueError(
            f"frechet_distance() needs {name} without negative eigenvalues; received {values.min():g}. "
            "Is it a covariance? moments(features) gives one."
        )
    return vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T


def _finite(owner, name, array, axes):
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{owner} needs {name} as a NumPy array; received {type(array).__name__}.")
    if array.ndim != axes or array.size == 0:
        raise ValueError(f"{owner} needs {name} with {axes} axes, not empty; received shape {array.shape}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{owner} needs finite values in {name}; received NaN or infinity.")
