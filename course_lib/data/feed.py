"""From pairs to batches: batch i depends on (seed, i) alone."""

import numpy as np

from course_lib import checks
from course_lib.backend import streams


class PairFeed:
    """Numbered batches of windows, the same for the same seed on every machine and engine.

    Args:
        pairs: DegradedPairs, FolderPairs, or anything with `sample(patch, rng)`.
        batch: pairs in a batch.
        patch: side of the windows in pixels.
        seed: int; with the batch's number it fixes every draw.

    Raises:
        ValueError: batch or patch below 1.
    """

    def __init__(self, pairs, batch, patch, seed):
        checks.at_least("PairFeed", "batch", batch, 1)
        checks.at_least("PairFeed", "patch", patch, 1)
        self.pairs, self.batch, self.patch, self.seed = pairs, batch, patch, seed

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, index))
        drawn = [self.pairs.sample(self.patch, rng) for _ in range(self.batch)]
        blurred, sharp = zip(*drawn, strict=True)
        return np.stack(blurred).astype("float32"), np.stack(sharp).astype("float32")

    def stream(self, start, stop, workers=2):
        """Prepare batches ahead of the training step.

        Args:
            start: number of the first batch.
            stop: one past the last batch.
            workers: threads that prepare batches.

        Returns:
            What `keras.Model.fit` reads on this engine: batches (blurred, sharp), each (b, p, p, 3).
        """
        shape = (self.batch, self.patch, self.patch, 3)
        return streams.stream(self.__getitem__, start, stop, (shape, shape), workers)
