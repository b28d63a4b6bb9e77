"""How far a run is: a bar on a terminal, lines elsewhere."""

import time

import keras

_NO_LOSSES = ("validation_psnr", "darkness", "falsely_black")  # what `watching.Validation` adds to the logs


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
        losses = {name: value for name, value in logs.items() if name not in _NO_LOSSES}
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
