"""From pairs to batches: batch i depends on (seed, i) alone."""

import os

import numpy as np

from course_lib import checks
from course_lib.backend import streams
from course_lib.data import augment


class PairFeed:
    """Numbered batches of windows, the same for the same seed on every machine and engine.

    Args:
        pairs: DegradedPairs, FolderPairs, LabelledPairs, or anything with `sample(patch, rng)` and the
            numbers of `channels` of both halves.
        batch: pairs in a batch.
        patch: side of the windows in pixels, or (height, width).
        seed: int; with the batch's number it fixes every draw.

    Raises:
        ValueError: batch or a side below 1.
    """

    def __init__(self, pairs, batch, patch, seed):
        checks.at_least("PairFeed", "batch", batch, 1)
        self.window = augment.sides("PairFeed", patch)
        self.pairs, self.batch, self.seed = pairs, batch, seed

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, index))
        drawn = [self.pairs.sample(self.window, rng) for _ in range(self.batch)]
        blurred, sharp = zip(*drawn, strict=True)
        return np.stack(blurred).astype("float32"), np.stack(sharp).astype("float32")

    def stream(self, start, stop, workers=None):
        """Prepare batches ahead of the training step.

        Args:
            start: number of the first batch.
            stop: one past the last batch.
            workers: threads that prepare batches; None for half the machine's cores, from 2 to 8.

        Returns:
            What `keras.Model.fit` reads on this engine: batches (input, target), (b, h, w, c) each.
        """
        workers = workers or min(8, max(2, (os.cpu_count() or 2) // 2))
        shapes = tuple((self.batch, *self.window, channels) for channels in self.pairs.channels)
        return streams.stream(self.__getitem__, start, stop, shapes, workers)

    def batches(self, start, stop, workers=None):
        """Iterate over the same batches outside `fit`.

        Args:
            start: number of the first batch.
            stop: one past the last batch.
            workers: threads that prepare batches; None for half the machine's cores, from 2 to 8.

        Returns:
            iterator over (input, target) NumPy arrays.
        """
        return streams.batches(self.stream(start, stop, workers))
