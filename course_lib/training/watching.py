"""What watches a run: checkpoints, validation, samples, progress, and a stop when a number is lost."""

import math
import time

import keras
import numpy as np

from course_lib.backend.forward import predict
from course_lib.figures import sheets
from course_lib.metrics import fidelity
from course_lib.training import runs


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

    Args:
        run: Run to write into, or None to keep the rows in `self.rows` alone.
        judged: keras model of the same network; receives the averaged weights.
        pairs: (inputs, targets): (n, h, w, c) and (n, h, w, 3) float32 in [0, 1].
        every: steps in an interval.
        show: function from an input to a picture (h, w, 3); None shows it as it is.
        keep_best: whether the weights of the highest PSNR are kept. A duel is not judged by it.
        samples: how many pairs the sample sheets show.
    """

    def __init__(self, run, judged, pairs, every, show=None, keep_best=True, samples=3):
        super().__init__()
        self.run, self.judged, self.pairs, self.every, self.samples = run, judged, pairs, every, samples
        self.show, self.keep_best = show, keep_best
        self.rows = run.rows() if run else []
        self.begun = time.perf_counter() - (self.rows[-1]["seconds"] if self.rows else 0)

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        step = (epoch + 1) * self.every
        copy_averaged_weights(self.model, self.judged)
        inputs, targets = self.pairs
        restored = np.clip(restore_batch(self.judged, inputs), 0, 1)
        psnr = mean_psnr(targets, restored)
        best = max((row["validation_psnr"] for row in self.rows), default=-math.inf)
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        row = {
            "step": step,
            **{name: round(float(value), 6) for name, value in logs.items()},
            "validation_psnr": round(psnr, 4),
            "learning_rate": float(f"{rate:.3e}"),
            "seconds": round(time.perf_counter() - self.begun, 2),
        }
        self.rows.append(row)
        logs["validation_psnr"] = psnr
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


class Progress(keras.callbacks.Callback):
    """Show a bar with the time left on a terminal, and a line an interval elsewhere.

    Args:
        steps: steps in all.
        done: steps done before this call.
        every: steps in an interval.
        say: function that receives lines where there is no terminal; None for silence.
    """

    def __init__(self, steps, done, every, say=print):
        super().__init__()
        self.steps, self.done, self.every, self.say = steps, done, every, say
        self.begun, self.first, self.bar = time.perf_counter(), done, None

    def on_train_begin(self, logs=None):
        if self.say is None:
            return
        import rich.console
        import rich.progress

        console = rich.console.Console()
        if console.is_terminal:
            columns = (
                rich.progress.TextColumn("{task.description}"),
                rich.progress.BarColumn(),
                rich.progress.MofNCompleteColumn(),
                rich.progress.TimeRemainingColumn(),
            )
            self.bar = rich.progress.Progress(*columns, console=console)
            self.task = self.bar.add_task("training", total=self.steps, completed=self.done)
            self.bar.start()

    def on_train_batch_end(self, batch, logs=None):
        self.done += 1
        if self.bar:
            self.bar.update(self.task, completed=self.done)

    def on_epoch_end(self, epoch, logs=None):
        if self.say is None:
            return
        logs = logs or {}
        losses = {name: value for name, value in logs.items() if name != "validation_psnr"}
        text = f"step {self.done}/{self.steps}  "
        text += "  ".join(f"{name} {value:.5f}" for name, value in losses.items())
        if "validation_psnr" in logs:
            text += f"  validation {logs['validation_psnr']:.2f} dB"
        if self.bar:
            self.bar.update(self.task, description=text)
            return
        left = (time.perf_counter() - self.begun) / (self.done - self.first) * (self.steps - self.done)
        self.say(f"{text}  {clock(left)} left")

    def close(self):
        """Put the terminal back in order; also after an error."""
        if self.bar:
            self.bar.stop()
            self.bar = None


def clock(seconds):
    """Write a duration for people.

    Args:
        seconds: float of 0 or more.

    Returns:
        str such as "0:42" or "1:03:20".
    """
    minutes, rest = divmod(int(round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


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
        network: keras model from (b, h, w, 3) to (b, h, w, 3).
        blurred: (n, h, w, 3) float32 in [0, 1].
        at_once: pictures in a call.

    Returns:
        (n, h, w, 3) float32, not clipped.
    """
    return np.concatenate(
        [predict(network, blurred[i : i + at_once]) for i in range(0, len(blurred), at_once)]
    )


def mean_psnr(sharp, restored):
    """Average the PSNR of pictures, RGB, range 1.0, no border cut.

    Args:
        sharp: (n, h, w, 3) float32 in [0, 1].
        restored: (n, h, w, 3) float32 in [0, 1].

    Returns:
        float, dB.
    """
    return float(np.mean([fidelity.psnr(s, r, data_range=1.0) for s, r in zip(sharp, restored, strict=True)]))
