"""Labelled pictures from folders as Cityscapes and COCO-Stuff lay them out, and as pairs for training."""

import dataclasses
import pathlib

import numpy as np

from course_lib import checks
from course_lib.data import augment, images, labels, resizing

CITYSCAPES_CLASSES = 35  # ids 0 to 33, and one that pix2pixHD keeps for the licence plate
COCO_STUFF_CLASSES = 182
COCO_STUFF_UNLABELLED = 255
LOOK_CHANNELS = 4  # behind the condition: the picture's three and the instances' numbers


@dataclasses.dataclass(frozen=True, kw_only=True)
class Files:
    """The files of one labelled picture.

    Args:
        name: str, what the files' names share.
        labels: pathlib.Path of the label map.
        instances: pathlib.Path of the instance map.
        picture: pathlib.Path of the photograph, or None.
    """

    name: str
    labels: pathlib.Path
    instances: pathlib.Path
    picture: pathlib.Path | None


class LabelledFolder:
    """Labelled pictures of a data set, opened one by one.

    Args:
        files: list of `Files`, at least one; `cityscapes` and `coco_stuff` find them.
        classes: number of classes of the table.
        unlabelled: id that means "no label", or None.
        size: (height, width) to which everything is resized, ids by `resizing.nearest` and pictures by
            `resizing.bicubic`, as pix2pixHD does with Cityscapes; None leaves all as it is. A height may be
            up to a pixel beside that of the width's scale. Opening anything of another shape is refused.

    Raises:
        TypeError: `classes` or a side is no number.
        ValueError: no files, or a side below 1.
    """

    def __init__(self, files, classes, unlabelled=None, size=None):
        checks.at_least("LabelledFolder", "the number of files", len(files), 1)
        checks.at_least("LabelledFolder", "classes", classes, 1)
        self.files, self.classes, self.unlabelled = list(files), classes, unlabelled
        self.size = None if size is None else augment.sides("LabelledFolder", size, "size")

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
            instances=labels.read_ids(files.instances),
            picture=None if files.picture is None else images.read(files.picture).pixels,
        )
        return stored if self.size is None else _resized(stored, *self.size)


def cityscapes(root, split, with_pictures=True, size=None):
    """Find the labelled pictures of Cityscapes: gtFine and leftImg8bit, matched by city, sequence and frame.

    Args:
        root: folder that holds gtFine and leftImg8bit.
        split: "train", "val" or "test".
        with_pictures: whether photographs are needed; without, only the maps are opened.
        size: as in LabelledFolder; (512, 1024) is pix2pixHD's, (256, 512) that of SPADE and ASAP-Net.

    Returns:
        LabelledFolder with 35 classes.

    Raises:
        FileNotFoundError: a folder is missing or holds no label map.
        ValueError: an unknown split, or maps and photographs without partners; all are named.
    """
    checks.one_of("cityscapes()", "splits", split, ("train", "val", "test"))
    root = pathlib.Path(root)
    annotations = _folder("cityscapes()", root / "gtFine" / split)
    found = {
        "labels": _by_frame(annotations.glob("*/*_gtFine_labelIds.png")),
        "instances": _by_frame(annotations.glob("*/*_gtFine_instanceIds.png")),
    }
    if with_pictures:
        photographs = _folder("cityscapes()", root / "leftImg8bit" / split, "Or pass with_pictures=False.")
        found["picture"] = _by_frame(photographs.glob("*/*_leftImg8bit.png"))
    return LabelledFolder(_join("cityscapes()", found, annotations), CITYSCAPES_CLASSES, size=size)


def coco_stuff(root, split, with_pictures=True, size=None):
    """Find the labelled pictures of COCO-Stuff in the layout of SPADE: {split}_label, _inst and _img.

    Args:
        root: folder that holds the three folders.
        split: "train" or "val".
        with_pictures: whether photographs are needed; without, only the maps are opened.
        size: as in LabelledFolder; the photographs differ in shape, so that no size fits all.

    Returns:
        LabelledFolder with 182 classes and 255 for "no label".

    Raises:
        FileNotFoundError: a folder is missing or holds no label map.
        ValueError: an unknown split, or maps and photographs without partners; all are named.
    """
    checks.one_of("coco_stuff()", "splits", split, ("train", "val"))
    endings = {"labels": "label", "instances": "inst"} | ({"picture": "img"} if with_pictures else {})
    folders = {
        kind: _folder("coco_stuff()", pathlib.Path(root) / f"{split}_{ending}")
        for kind, ending in endings.items()
    }
    found = {kind: {path.stem: path for path in images.find(folder)} for kind, folder in folders.items()}
    files = _join("coco_stuff()", found, folders["labels"])
    return LabelledFolder(files, COCO_STUFF_CLASSES, COCO_STUFF_UNLABELLED, size)


class LabelledPairs:
    """Pairs for a label-to-picture network: a window of the condition, and the same window of the picture.

    Windows are mirrored left to right at times, never turned: sky stays above.

    Args:
        examples: LabelledFolder, or a list of `labels.Labelled`, all with instances and picture.
        classes: number of classes of the table.
        unlabelled: id that means "no label", or None.
        looks: whether picture and instances follow the condition as 4 more channels, for a generator with an
            encoder.

    Raises:
        TypeError: `classes` is no number.
        ValueError: no examples.
    """

    def __init__(self, examples, classes, unlabelled=None, looks=False):
        checks.at_least("LabelledPairs", "the number of examples", len(examples), 1)
        checks.at_least("LabelledPairs", "classes", classes, 1)
        self.examples, self.classes, self.unlabelled, self.looks = examples, classes, unlabelled, looks

    @property
    def channels(self):
        """Channels of the condition, with looks 4 more, and of the picture."""
        return self.class_channels + 1 + LOOK_CHANNELS * self.looks, 3

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
            ValueError: the drawn example lacks its instances or picture, is smaller than the window, or holds
                ids outside the table; it is named.
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
        halves = (example.labels, example.instances, example.picture)
        return self._pair(example.name, *(half[window][:, ::step] for half in halves))

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
            ValueError: the example lacks its instances or picture, or holds ids outside the table.
        """
        example = self._complete(index)
        return self._pair(example.name, example.labels, example.instances, example.picture)

    def _complete(self, index):
        example = self.examples[index]
        if example.instances is None or example.picture is None:
            raise ValueError(
                f"LabelledPairs needs labels, instances and picture; {example.name} has only some of them."
            )
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
    rows, columns = stored.labels.shape
    if abs(rows * width / columns - height) >= 1:
        raise ValueError(
            f"LabelledFolder would distort {stored.name}: {rows} x {columns} to {height} x {width}. "
            f"Take size=({round(rows * width / columns)}, {width}), or leave it out."
        )
    picture = stored.picture
    return labels.Labelled(
        name=stored.name,
        labels=resizing.nearest(stored.labels, height, width),
        instances=resizing.nearest(stored.instances, height, width),
        picture=None if picture is None else resizing.bicubic(picture, height, width),
    )


def _folder(owner, path, way_out=""):
    if not path.is_dir():
        raise FileNotFoundError(f"{owner} found no folder {path}. {way_out}".rstrip())
    return path


def _by_frame(paths):
    # aachen_000000_000019_gtFine_labelIds.png: city, sequence and frame name the picture.
    return {"_".join(path.name.split("_")[:3]): path for path in paths}


def _join(owner, found, folder):
    if not found["labels"]:
        raise FileNotFoundError(f"{owner} found no label maps in {folder}.")
    every = sorted(set().union(*found.values()))
    alone = [
        f"{name} (no {', no '.join(kind for kind in found if name not in found[kind])})"
        for name in every
        if any(name not in files for files in found.values())
    ]
    if alone:
        shown = ", ".join(alone[:8]) + (f" and {len(alone) - 8} more" if len(alone) > 8 else "")
        raise ValueError(
            f"{owner} needs labels, instances and pictures of the same names; incomplete are {shown}."
        )
    pictures = found.get("picture", dict.fromkeys(every))
    return [
        Files(
            name=name,
            labels=found["labels"][name],
            instances=found["instances"][name],
            picture=pictures[name],
        )
        for name in every
    ]
