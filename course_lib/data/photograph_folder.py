"""Sharp photographs that are too many for the memory: opened one by one, by name."""

import collections.abc

from course_lib import checks
from course_lib.data import augment, images, resizing


class PhotographFolder(collections.abc.Mapping):
    """A mapping from names to photographs (h, w, 3) float32 in [0, 1]; none is kept after it was asked for.

    Args:
        paths: dict from names to picture files, at least one.
        size: (height, width) to which photographs are reduced by `resizing.bicubic`, or None. Opening one of
            another shape is refused, see `resizing.demand_shape`.

    Raises:
        TypeError: a side is no number.
        ValueError: no files, or a side below 1.
    """

    def __init__(self, paths, size=None):
        checks.at_least("PhotographFolder", "the number of files", len(paths), 1)
        self.paths = dict(paths)
        self.size = None if size is None else augment.sides("PhotographFolder", size, "size")

    def __len__(self):
        return len(self.paths)

    def __iter__(self):
        return iter(self.paths)

    def __getitem__(self, name):
        picture = images.read(self.paths[name]).pixels
        if self.size is None:
            return picture
        resizing.demand_shape("PhotographFolder", name, picture.shape, self.size)
        return resizing.bicubic(picture, *self.size)
