"""What watches a run: checkpoints, validation, samples, and a stop when a number is lost or all goes dark."""

import math
import time

import keras
import numpy as np

from course_lib import checks
from course_lib.backend.forward import predict
from course_lib.data.images import coloured
from course_lib.figures import sheets
from course_lib.metrics import darkness, fidelity
from course_lib.training import runs

REGIONS = 8  # regions a side in which validation pictures are compared with the truth
LOOKS = 2  # looks in a row that must be dark before a run is stopped


class TooDark(RuntimeError):
    """What `StopAtDarkness` raises."""


class StopAtNaN(keras.callbacks.Callback):
    """End the run at the first step whose loss is no number, naming the step and the way out.

    Args:
        run: Run, to say from where it can go on; None outside a run folder.
        step: step from which the run starts.
    """

    def __init__(self, run=None, step=0):
        super().__init__()
        self.run, self.step = run, step

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        for name, value in (logs or {}).items():
            if not math.isfinite(float(value)):
                where = f" Checkpoints are in {self.run.checkpoints}." if self.run else ""
                raise FloatingPointError(
                    f"{name} became {float(value)} at step {self.step}. Lower learning_rate, set clip_norm, "
                    f"or use float32.{where}"
                )


class Checkpoints(keras.callbacks.Callback):
    """Save weights and optimiser state at the end of each interval (a Keras epoch).

    Args:
        run: Run to save into.
        every: steps in an interval.
        system: what has `save_weights`, such as a Duel; None for the callback's model.
    """

    def __init__(self, run, every, system=None):
        super().__init__()
        self.run, self.every, self.system = run, every, system

    def on_epoch_end(self, epoch, logs=None):
        self.run.save_checkpoint(self.system or self.model, (epoch + 1) * self.every)


class Validation(keras.callbacks.Callback):
    """Judge the averaged weights on held-out pairs; keep the best; write samples and history.

    To the logs of an interval it adds "validation_psnr", "falsely_black" (see `metrics.darkness`), and
    "darkness": how far luminance lies below the truth, mean of all windows, in the region where it is worst.
    `self.falls` holds that of every region, (REGIONS, REGIONS), and above 0 where pictures are too dark.

    Args:
        run: Run to write into, or None to keep the rows in `self.rows` alone.
        judged: keras model of the same network; receives the averaged weights.
        pairs: (inputs, targets): (n, h, w, c) and (n, h, w, 3) or (n, h, w, 1) float32 in [0, 1]; inputs may
            leave it.
        every: steps in an interval.
        show: function from an input to a picture (h, w, 3) or (h, w, 1) in [0, 1]; None shows it as it is.
        keep_best: whether the weights of the highest PSNR are kept. A duel is not judged by it.
        samples: how many pairs the sample sheets show.
    """

    def __init__(self, run, judged, pairs, every, show=None, keep_best=True, samples=3):
        super().__init__()
        self.run, self.judged, self.pairs, self.every, self.samples = run, judged, pairs, every, samples
        self.show, self.keep_best = show, keep_best
        self.rows = run.rows() if run else []
        self.begun = time.perf_counter() - (self.rows[-1]["seconds"] if self.rows else 0)
        self.falls = None

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        step = (epoch + 1) * self.every
        copy_averaged_weights(self.model, self.judged)
        inputs, targets = self.pairs
        restored = np.clip(restore_batch(self.judged, inputs), 0, 1)
        psnr = mean_psnr(targets, restored)
        self.falls = falls_of_luminance(targets, restored)
        seen = zip(map(coloured, targets), map(coloured, restored), strict=True)
        black = np.mean([darkness.falsely_black(*both) for both in seen])
        best = max((row["validation_psnr"] for row in self.rows), default=-math.inf)
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        row = {
            "step": step,
            **{name: round(float(value), 6) for name, value in logs.items()},
            "validation_psnr": round(psnr, 4),
            "darkness": round(float(self.falls.max()), 5),
            "falsely_black": round(float(black), 6),
            "learning_rate": float(f"{rate:.3e}"),
            "seconds": round(time.perf_counter() - self.begun, 2),
        }
        self.rows.append(row)
        logs.update({name: row[name] for name in ("darkness", "falsely_black")}, validation_psnr=psnr)
        if self.run is None:
            return
        self.run.log(row)
        if self.keep_best and psnr > best:
            runs.save_weights(self.judged, self.run.folder / "best.weights.h5")
        self._write_samples(step, inputs, restored, targets, psnr)

    def _write_samples(self, step, inputs, restored, targets, psnr):
        seen = [self.show(picture) if self.show else picture for picture in inputs[: self.samples]]
        rows = [picture for i, given in enumerate(seen) for picture in (given, restored[i], targets[i])]
        titles = ["given", "made", "true"] + [""] * (len(rows) - 3)
        sheet = sheets.sheet(
            rows,
            titles,
            alt=f"{len(seen)} held-out windows at step {step}, each as given, as made of it and as it truly "
            f"is; mean PSNR of the {len(inputs)} validation windows {psnr:.2f} dB.",
            columns=3,
        )
        sheet.save(self.run.samples / f"step_{step:08d}.png")


class StopAtDarkness(keras.callbacks.Callback):
    """End a run whose validation pictures stay too dark, saying where, how much, and why that happens.

    It stands after a Validation and reads its rows, those of before a resumption included.

    Args:
        darkest: how far luminance may lie below the truth in the worst region, in units of [0, 1].
        validation: Validation.

    Raises:
        TypeError: `darkest` is no number.
        ValueError: `darkest` is outside [0, 1].
    """

    def __init__(self, darkest, validation):
        super().__init__()
        checks.within("StopAtDarkness", "darkest", darkest, 0, 1)
        self.darkest, self.validation = darkest, validation

    def on_epoch_end(self, epoch, logs=None):
        # A history that was begun without the column has no dark looks in it.
        looks = [row.get("darkness", -1) > self.darkest for row in self.validation.rows[-LOOKS:]]
        if len(looks) == LOOKS and all(looks):
            raise TooDark(self._why(self.validation.rows[-1], self.validation.falls, self.validation.run))

    def _why(self, row, falls, run):
        high, wide = falls.shape
        top, left = (int(place) + 1 for place in np.unravel_index(falls.argmax(), falls.shape))
        where = f" Pictures: {run.samples}." if run else ""
        off = f"darkest to null in {run.folder / 'recipe.json'} and --resume" if run else "darkest to None"
        return (
            f"pictures went dark: at step {row['step']} luminance lies {falls.max():.3f} below the truth in "
            f"row {top} of {high}, column {left} of {wide}, counted from the top left, and "
            f"{falls.mean():.3f} over the whole; {row['falsely_black']:.2%} of the values are falsely black. "
            f"More than {self.darkest} was seen at {LOOKS} looks in a row. Usual causes: initial weights so "
            f"large that tanh saturates, zero padding (then it is a border or a corner), no residual, no "
            f"pixel loss.{where} To go on all the same, set {off}."
        )


def copy_averaged_weights(model, judged):
    """Give `judged` the averaged weights that an optimiser keeps, and the weights it keeps none of.

    Args:
        model: keras model in training, with its `optimizer`.
        judged: keras model of the same network.
    """
    # Copies: the training step of JAX gives its buffers away, and a shared one would be gone afterwards.
    judged.set_weights([np.array(weight) for weight in model.get_weights()])
    optimizer = model.optimizer
    averages = getattr(optimizer, "_model_variables_moving_average", None)
    if not getattr(optimizer, "use_ema", False) or not averages:
        return
    places = {id(weight): i for i, weight in enumerate(model.weights)}
    for moved, average in zip(optimizer._trainable_variables, averages, strict=True):
        judged.weights[places[id(moved)]].assign(np.array(keras.ops.convert_to_numpy(average)))


def restore_batch(network, blurred, at_once=4):
    """Run a network over a stack of pictures of one size, a few at a time.

    Args:
        network: keras model from (b, h, w, c) to (b, h, w, c).
        blurred: (n, h, w, c) float32 in [0, 1].
        at_once: pictures in a call.

    Returns:
        (n, h, w, c) float32, not clipped.
    """
    return np.concatenate(
        [predict(network, blurred[i : i + at_once]) for i in range(0, len(blurred), at_once)]
    )


def falls_of_luminance(true, restored):
    """Say how far the luminance of pictures lies below the truth, region by region.

    Args:
        true: (n, h, w, 3) or (n, h, w, 1) float32 in [0, 1].
        restored: the same shape, in [0, 1].

    Returns:
        (REGIONS, REGIONS) float64 in [-1, 1], mean over the pictures, of smaller pictures one region a pixel;
        below 0 where they are brighter than the truth.
    """
    cells = min(REGIONS, *true.shape[1:3])
    falls = [
        darkness.cell_luminance(coloured(t), cells) - darkness.cell_luminance(coloured(r), cells)
        for t, r in zip(true, restored, strict=True)
    ]
    return np.mean(falls, axis=0)


def mean_psnr(sharp, restored):
    """Average the PSNR of pictures, all channels, range 1.0, no border cut.

    Args:
        sharp: (n, h, w, 3) or (n, h, w, 1) float32 in [0, 1].
        restored: the same shape.

    Returns:
        float, dB.
    """
    return float(np.mean([fidelity.psnr(s, r, data_range=1.0) for s, r in zip(sharp, restored, strict=True)]))
