"""Labelled pictures that are opened one by one, and pairs for training made of them."""

import dataclasses
import pathlib

import numpy as np

from course_lib import checks
from course_lib.data import augment, images, labels, resizing

LOOK_CHANNELS = 4  # behind the condition: the picture's three and the instances' numbers


@dataclasses.dataclass(frozen=True, kw_only=True)
class Files:
    """The files of one labelled picture.

    Args:
        name: str, what the files' names share.
        labels: pathlib.Path of the label map.
        instances: pathlib.Path of the instance map, or None.
        picture: pathlib.Path of the photograph, or None.
    """

    name: str
    labels: pathlib.Path
    instances: pathlib.Path | None
    picture: pathlib.Path | None


class LabelledFolder:
    """Labelled pictures of a data set, opened one by one.

    Args:
        files: list of `Files`, at least one; `course_lib.data.published_sets` finds them.
        classes: number of classes of the table.
        unlabelled: id that means "no label", or None.
        size: (height, width) to which everything is resized, ids by `resizing.nearest` and pictures by
            `resizing.bicubic`, as pix2pixHD does with Cityscapes; None leaves all as it is. Opening anything
            of another shape is refused, see `resizing.demand_shape`.
        stretch: whether another shape is stretched to the size instead.

    Raises:
        TypeError: `classes` or a side is no number.
        ValueError: no files, or a side below 1.
    """

    def __init__(self, files, classes, unlabelled=None, size=None, stretch=False):
        checks.at_least("LabelledFolder", "the number of files", len(files), 1)
        checks.at_least("LabelledFolder", "classes", classes, 1)
        self.files, self.classes, self.unlabelled = list(files), classes, unlabelled
        self.size = None if size is None else augment.sides("LabelledFolder", size, "size")
        self.stretch = stretch

    def __len__(self):
        return len(self.files)

    @property
    def names(self):
        """The pictures' names, in their order."""
        return [files.name for files in self.files]

    def __getitem__(self, index):
        files = self.files[index]
        stored = labels.Labelled(
            name=files.name,
            labels=labels.read_ids(files.labels),
            instances=None if files.instances is None else labels.read_ids(files.instances),
            picture=None if files.picture is None else images.read(files.picture).pixels,
        )
        if self.size is None:
            return stored
        if not self.stretch:
            resizing.demand_shape("LabelledFolder", files.name, stored.labels.shape, self.size)
        return _resized(stored, *self.size)


class LabelledPairs:
    """Pairs for a label-to-picture network: a window of the condition, and the same window of the picture.

    Windows are mirrored left to right at times, never turned: sky stays above.

    Args:
        examples: LabelledFolder, or a list of `labels.Labelled`. All have a picture, and all or none have
            instances; without, the condition has no edge channel.
        classes: number of classes of the table.
        unlabelled: id that means "no label", or None.
        looks: whether picture and instances follow the condition as 4 more channels, for a generator with an
            encoder.

    Raises:
        TypeError: `classes` is no number.
        ValueError: no examples, some of them without instances, or looks of examples without instances.
    """

    def __init__(self, examples, classes, unlabelled=None, looks=False):
        checks.at_least("LabelledPairs", "the number of examples", len(examples), 1)
        checks.at_least("LabelledPairs", "classes", classes, 1)
        self.examples, self.classes, self.unlabelled, self.looks = examples, classes, unlabelled, looks
        self.edges = _have_instances(examples)
        if looks and not self.edges:
            raise ValueError("LabelledPairs needs instances for looks; these examples have none.")

    @property
    def channels(self):
        """Channels of the condition, with looks 4 more, and of the picture."""
        return self.class_channels + self.edges + LOOK_CHANNELS * self.looks, 3

    @property
    def class_channels(self):
        """How many channels of the condition are classes; they come first."""
        return self.classes + (self.unlabelled is not None)

    def sample(self, patch, rng):
        """Draw one pair of windows.

        Args:
            patch: side of the windows in pixels, or (height, width).
            rng: numpy Generator.

        Returns:
            (condition, picture): (p, p, c) float32 of zeros and ones, see `labels.condition`, with looks
            followed by the picture and the instances' numbers; and (p, p, 3) float32 in [0, 1].

        Raises:
            ValueError: the drawn example lacks its picture, is smaller than the window, or holds ids outside
                the table; it is named.
        """
        checks.generator("LabelledPairs", rng, "the window is drawn by chance")
        height, width = augment.sides("LabelledPairs", patch)
        example = self._complete(int(rng.integers(len(self.examples))))
        rows, columns = example.labels.shape
        if rows < height or columns < width:
            raise ValueError(
                f"LabelledPairs needs pictures of at least {height} x {width}; {example.name} has {rows} x "
                f"{columns}. Take a smaller patch, or leave it out."
            )
        top, left = int(rng.integers(rows - height + 1)), int(rng.integers(columns - width + 1))
        step = -1 if rng.integers(2) else 1
        window = (slice(top, top + height), slice(left, left + width))
        seen, instances, picture = (
            None if half is None else half[window][:, ::step]
            for half in (example.labels, example.instances, example.picture)
        )
        return self._pair(example.name, seen, instances, picture)

    @property
    def names(self):
        """The examples' names, in their order."""
        if isinstance(self.examples, LabelledFolder):
            return self.examples.names
        return [example.name for example in self.examples]

    def load(self, index):
        """Open one whole pair.

        Args:
            index: number of the pair, in the order of `names`.

        Returns:
            (condition, picture): (h, w, c) and (h, w, 3) float32, see `sample`.

        Raises:
            ValueError: the example lacks its picture, or holds ids outside the table.
        """
        example = self._complete(index)
        return self._pair(example.name, example.labels, example.instances, example.picture)

    def _complete(self, index):
        example = self.examples[index]
        if example.picture is None:
            raise ValueError(f"LabelledPairs needs labels and picture; {example.name} has no picture.")
        return example

    def _pair(self, name, seen, instances, picture):
        try:
            condition = labels.condition(seen, instances, self.classes, self.unlabelled)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if self.looks:
            numbers = instances[..., None].astype("float32")
            condition = np.concatenate([condition, picture, numbers], axis=-1)
        return condition, np.ascontiguousarray(picture)


def _resized(stored, height, width):
    ids, picture = stored.instances, stored.picture
    return labels.Labelled(
        name=stored.name,
        labels=resizing.nearest(stored.labels, height, width),
        instances=None if ids is None else resizing.nearest(ids, height, width),
        picture=None if picture is None else resizing.bicubic(picture, height, width),
    )


def _have_instances(examples):
    entries = examples.files if isinstance(examples, LabelledFolder) else examples
    without = [entry.name for entry in entries if entry.instances is None]
    if 0 < len(without) < len(entries):
        raise ValueError(
            f"LabelledPairs needs instances of all examples or of none; missing for {', '.join(without[:8])}"
            f"{f' and {len(without) - 8} more' if len(without) > 8 else ''}."
        )
    return not without
