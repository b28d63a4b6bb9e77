"""What objects may look like when there is no photograph: usual looks of every class, one drawn an object.

Paper: Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs,
       CVPR 2018, section 3.4.
Code:  NVIDIA/pix2pixHD, encode_features.py, and sample_features in models/pix2pixHD_model.py.
Differs: an object's class is that of most of its pixels, there its number divided by 1000, as Cityscapes
       counts; objects of a class without looks get zeros, there whatever stood in memory.
"""

import dataclasses
import os
import pathlib

import numpy as np

from course_lib import checks, weights
from course_lib.data.labels import Labelled

SMALLEST = 1 / 64  # share of the picture that an object must exceed to be looked at
_PREFIX = "class_"  # begins the names of the arrays in a file


@dataclasses.dataclass(frozen=True, kw_only=True)
class Appearances:
    """The usual looks of every class, as `cluster` finds them.

    Args:
        centres: dict, class id -> (looks, features) float array.

    Raises:
        TypeError: no dict of arrays.
        ValueError: no class, a class without looks, values that are not finite, or numbers of features that
            differ.
    """

    centres: dict

    def __post_init__(self):
        if not isinstance(self.centres, dict):
            raise TypeError(f"Appearances needs a dict as centres; received {type(self.centres).__name__}.")
        checks.at_least("Appearances", "the number of classes", len(self.centres), 1)
        for kind, looks in self.centres.items():
            _check_table("Appearances", f"centres[{kind}]", looks)
        if len({looks.shape[1] for looks in self.centres.values()}) > 1:
            counts = ", ".join(f"{kind}: {looks.shape[1]}" for kind, looks in self.centres.items())
            raise ValueError(f"Appearances needs as many features for each class; received {counts}.")

    @property
    def features(self):
        """How many numbers describe a look."""
        return next(iter(self.centres.values())).shape[1]

    def draw(self, labels, instances, rng):
        """Give every object one of the looks of its class, each as likely as the others.

        Args:
            labels: (h, w) integer array, what each pixel shows; most pixels of an object say its class.
            instances: (h, w) integer array, one number an object.
            rng: numpy Generator.

        Returns:
            (h, w, features) float32, constant within an object: what `feature_encoder` would give for some
            photograph. Objects of a class without looks get zeros.

        Raises:
            TypeError: a map is no NumPy array, or `rng` no Generator.
            ValueError: maps without whole numbers or of different sizes, or no `rng`.
        """
        checks.generator("draw()", rng, "every object gets one look of several")
        Labelled(name="draw()", labels=labels, instances=instances)
        objects, classes, _ = _objects(labels, instances)
        looks = np.zeros((len(classes), self.features), "float32")
        for number, kind in enumerate(classes.tolist()):
            if kind in self.centres:
                known = self.centres[kind]
                looks[number] = known[rng.integers(len(known))]
        return looks[objects]

    def save(self, path):
        """Write one array a class; the file is complete or absent.

        Args:
            path: file ending in .npz.

        Raises:
            ValueError: another ending.
        """
        path = pathlib.Path(path)
        checks.one_of("Appearances.save()", "file endings", path.suffix, (".npz",))
        part = path.with_name(f".{path.stem}.part.npz")
        np.savez(part, **{f"{_PREFIX}{kind}": looks for kind, looks in self.centres.items()})
        os.replace(part, path)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote.

        Args:
            path: .npz file.

        Returns:
            Appearances.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: damaged, or arrays of something else.
        """
        stored = weights.read_npz(path)
        centres = {}
        for name, looks in stored.items():
            kind = name.removeprefix(_PREFIX)
            if kind == name or not kind.removeprefix("-").isdecimal():
                raise ValueError(
                    f"Appearances.load() needs arrays named {_PREFIX}0, {_PREFIX}1, ...; {path} has {name!r}."
                )
            centres[int(kind)] = looks
        return cls(centres=centres)


def encode(encoder, examples):
    """Look at photographs one by one, in the form that `collect` takes.

    Args:
        encoder: model of `feature_encoder` with unit pixels.
        examples: iterable of labels.Labelled with instances and picture, such as a LabelledFolder; the
            encoder must take their sizes.

    Yields:
        (features (h, w, features) float32, labels (h, w), instances (h, w)) of each.

    Raises:
        ValueError: an example lacks its instances or picture; it is named.
    """
    for example in examples:
        if example.instances is None or example.picture is None:
            raise ValueError(f"encode() needs instances and picture; {example.name} has only some of them.")
        ids = example.instances.astype("int32")[None, ..., None]  # (1, h, w, 1)
        features = encoder.predict_on_batch([example.picture[None], ids])[0]
        yield np.asarray(features), example.labels, example.instances


def collect(encoded, smallest=SMALLEST):
    """Gather the mean features of all objects that are large enough to be seen well.

    Args:
        encoded: iterable of (features (h, w, features) float array, labels (h, w), instances (h, w) integer
            arrays), as `encode` yields them.
        smallest: share of its picture, in [0, 1), that an object must exceed.

    Returns:
        dict, class id -> (objects, features) float32, in the order of the ids. Classes without a large
        object are absent.

    Raises:
        TypeError: something is no NumPy array.
        ValueError: sizes that differ, values that are not finite, or `smallest` outside [0, 1).
    """
    checks.within("collect()", "smallest", smallest, 0, 0.999)
    found: dict = {}
    for features, labels, instances in encoded:
        checks.finite_image("collect()", "features", features, dims=(3,))
        Labelled(name="collect()", labels=labels, instances=instances)
        checks.same_shape("collect()", ("labels", "a channel of features"), labels, features[..., 0])
        objects, classes, sizes = _objects(labels, instances)
        sums = [np.bincount(objects.ravel(), channel.ravel()) for channel in np.moveaxis(features, -1, 0)]
        means = (np.stack(sums, axis=-1) / sizes[:, None]).astype("float32")  # (objects, features)
        for number in np.flatnonzero(sizes > smallest * labels.size):
            found.setdefault(int(classes[number]), []).append(means[number])
    return {kind: np.stack(found[kind]) for kind in sorted(found)}


def cluster(found, clusters=10, seed=0, attempts=10):
    """Sum up the objects of every class in a few usual looks: the centres of k-means.

    Args:
        found: dict, class id -> (objects, features) float array, from `collect`.
        clusters: looks of a class; a class with fewer different objects gets as many as it has.
        seed: int, of the starts of k-means.
        attempts: how often k-means starts anew; the tightest result stays.

    Returns:
        Appearances.

    Raises:
        TypeError: a setting is no number.
        ValueError: a setting below its least, no class, or values that are not finite.
    """
    # Loading it takes seconds.
    from sklearn.cluster import KMeans

    checks.at_least("cluster()", "clusters", clusters, 1)
    checks.at_least("cluster()", "seed", seed, 0)
    checks.at_least("cluster()", "attempts", attempts, 1)
    checks.at_least("cluster()", "the number of classes", len(found), 1)
    centres = {}
    for kind, objects in found.items():
        _check_table("cluster()", f"found[{kind}]", objects)
        count = min(clusters, len(np.unique(objects, axis=0)))
        means = KMeans(count, n_init=attempts, random_state=seed).fit(objects.astype("float64"))
        centres[kind] = means.cluster_centers_.astype("float32")  # (count, features)
    return Appearances(centres=centres)


def _check_table(owner, name, table):
    if not isinstance(table, np.ndarray) or not np.issubdtype(table.dtype, np.floating):
        kind = getattr(table, "dtype", type(table).__name__)
        raise TypeError(f"{owner} needs {name} as a NumPy array of floats; received {kind}.")
    if table.ndim != 2 or table.size == 0 or not np.isfinite(table).all():
        raise ValueError(
            f"{owner} needs finite {name} of shape (n, features), not empty; received {table.shape}."
        )


def _objects(labels, instances):
    """Number the objects: (h, w) number at each pixel; class and size in pixels of each object."""
    numbers, objects = np.unique(instances, return_inverse=True)
    kinds, places = np.unique(labels, return_inverse=True)
    pairs = objects.ravel() * len(kinds) + places.ravel()
    counts = np.bincount(pairs, minlength=len(numbers) * len(kinds)).reshape(-1, len(kinds))
    return objects.reshape(instances.shape), kinds[counts.argmax(axis=1)], counts.sum(axis=1)
