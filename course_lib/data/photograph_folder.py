"""Sharp photographs that are too many for the memory: opened one by one, by name."""

import collections.abc
import dataclasses

from course_lib import checks
from course_lib.data import augment, images, resizing


class PhotographFolder(collections.abc.Mapping):
    """A mapping from names to photographs (h, w, 3) float32 in [0, 1], opened when they are asked for.

    Args:
        paths: dict from names to picture files, at least one.
        size: (height, width) to which photographs are reduced by `resizing.bicubic`, or None. Opening one of
            another shape is refused, see `resizing.demand_shape`.
        keep: whether a photograph stays in memory once it was opened, as bytes: less than half a megabyte for
            480 x 320 pixels. Files of more than 8 bits would lose some, and are refused.

    Raises:
        TypeError: a side is no number.
        ValueError: no files, or a side below 1.
    """

    def __init__(self, paths, size=None, keep=False):
        checks.at_least("PhotographFolder", "the number of files", len(paths), 1)
        self.paths = dict(paths)
        self.size = None if size is None else augment.sides("PhotographFolder", size, "size")
        self.kept = {} if keep else None

    def __len__(self):
        return len(self.paths)

    def __iter__(self):
        return iter(self.paths)

    def __getitem__(self, name):
        if self.kept is None:
            return self._open(name).pixels
        if name not in self.kept:
            opened = self._open(name)
            if opened.bits != 8:
                raise ValueError(
                    f"PhotographFolder keeps bytes, and {self.paths[name]} has {opened.bits} bits a channel. "
                    f"Pass keep=False."
                )
            self.kept[name] = images.to_u8(opened.pixels)
        return images.to_unit(self.kept[name])

    def _open(self, name):
        opened = images.read(self.paths[name])
        picture = opened.pixels
        if self.size is None:
            return opened
        resizing.demand_shape("PhotographFolder", name, picture.shape, self.size)
        return dataclasses.replace(opened, pixels=resizing.bicubic(picture, *self.size))
