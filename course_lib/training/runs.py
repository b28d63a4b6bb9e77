"""A run folder: recipe, environment, history, checkpoints and samples, complete from the first second.

runs/NAME/
├── recipe.json         the experiment as it was started
├── environment.json    versions, engine, device
├── history.csv         a row a checkpoint interval
├── checkpoints/        step_00000400.weights.h5 with its checksum beside it; the last two are kept
├── samples/            given | made | true, with a description
├── best.weights.h5     averaged weights of the best validation PSNR; not of a duel
├── critic.weights.h5   of a duel: the critic at the end
└── final.weights.h5    averaged weights at the end; of a duel the generator's
"""

import csv
import dataclasses
import hashlib
import json
import math
import os
import pathlib

from course_lib import serial
from course_lib.backend import machine

_KEPT = 2


class Run:
    """A run folder, opened. Make one with `create`, come back with `reopen`.

    Args:
        folder: path of an existing run folder.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.checkpoints = self.folder / "checkpoints"
        self.samples = self.folder / "samples"
        self.history = self.folder / "history.csv"

    @classmethod
    def create(cls, folder, experiment):
        """Make the folder and write what is known before the first step.

        Args:
            folder: path that does not exist yet, or is empty.
            experiment: Experiment.

        Returns:
            Run.

        Raises:
            FileExistsError: there is a run already.
            OSError: the folder cannot be written to.
        """
        run = cls(folder)
        if (run.folder / "recipe.json").exists():
            raise FileExistsError(
                f"{run.folder} holds a run already. Go on with it: --resume. Or choose another --output."
            )
        try:
            for path in (run.folder, run.checkpoints, run.samples):
                path.mkdir(parents=True, exist_ok=True)
            write_whole(
                run.folder / "environment.json", _json({**machine.versions(), "runs_on": machine.describe()})
            )
            write_whole(run.folder / "recipe.json", _json(experiment.to_plain()))
        except OSError as error:
            raise OSError(
                f"{run.folder} cannot be written to ({error.strerror or error}). "
                f"Choose another folder: --output FOLDER."
            ) from None
        return run

    @classmethod
    def reopen(cls, folder, experiment=None):
        """Open an existing run, checking that it belongs to the experiment.

        Args:
            folder: run folder.
            experiment: Experiment that must agree with the stored one, or None to skip the check.

        Returns:
            Run.

        Raises:
            FileNotFoundError: no run there.
            ValueError: the run was started from other settings; the differing ones are named.
        """
        run = cls(folder)
        stored = run.recipe()
        if experiment is not None:
            wanted = json.loads(json.dumps(experiment.to_plain()))
            pairs = {
                key: (_filled(stored.get(key), getattr(experiment, key)), wanted[key])
                for key in wanted
                if key != "expect"
            }
            differing = {key: found for key, pair in pairs.items() if (found := _difference(*pair))}
            if differing:
                what = "; ".join(f"{key}: {found}" for key, found in differing.items())
                raise ValueError(
                    f"{run.folder} was started from other settings ({what}). "
                    f"Resume with the settings of its recipe.json, or choose another --output."
                )
        return run

    def recipe(self):
        """Read the stored experiment.

        Returns:
            dict, see `Experiment.to_plain`.

        Raises:
            FileNotFoundError: the folder holds no run.
            ValueError: recipe.json is damaged.
        """
        path = self.folder / "recipe.json"
        if not path.is_file():
            raise FileNotFoundError(
                f"{self.folder} holds no run (no recipe.json). Start one: course train NAME."
            )
        try:
            return json.loads(path.read_text())
        except json.JSONDecodeError as error:
            raise ValueError(f"{path} is damaged ({error}). Start the run again in another folder.") from None

    def save_checkpoint(self, model, step):
        """Write weights and optimiser state; the checksum beside them marks the checkpoint as complete.

        Args:
            model: compiled keras model.
            step: int, optimiser steps done.

        Raises:
            OSError: the disk is full or locked; earlier checkpoints are untouched.
        """
        path = self.checkpoints / f"step_{step:08d}.weights.h5"
        save_weights(model, path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        write_whole(path.with_suffix(".sha256"), digest + "\n")
        for old in self._complete()[_KEPT:]:
            old.with_suffix(".sha256").unlink(missing_ok=True)
            old.unlink(missing_ok=True)

    def has_checkpoint(self):
        """Say whether there is a checkpoint that was written to its end.

        Returns:
            bool.
        """
        return bool(self._complete())

    def load_checkpoint(self, model, say=print):
        """Load the newest checkpoint that is whole, saying so when a damaged one is passed over.

        Args:
            model: compiled keras model whose optimiser is built.
            say: function that receives sentences for the reader.

        Returns:
            int, the step of the loaded checkpoint; 0 when there is none.
        """
        for path in self._complete():
            step = int(path.name.split("_")[1].split(".")[0])
            if (
                hashlib.sha256(path.read_bytes()).hexdigest()
                != path.with_suffix(".sha256").read_text().strip()
            ):
                say(f"Checkpoint of step {step} is damaged; going back to the one before it.")
                continue
            try:
                model.load_weights(path)
            except (OSError, ValueError, KeyError) as error:
                say(f"Checkpoint of step {step} cannot be loaded ({error}); going back to the one before it.")
                continue
            return step
        return 0

    def _complete(self):
        marked = [p for p in self.checkpoints.glob("step_*.weights.h5") if p.with_suffix(".sha256").is_file()]
        return sorted(marked, reverse=True)

    def log(self, row):
        """Append one row to history.csv.

        Args:
            row: dict from column to number; the first call fixes the columns, and what a later row has beside
                them is left out.
        """
        columns = list(row)
        new = not self.history.exists() or not self.history.stat().st_size
        if not new:
            with open(self.history, newline="") as file:
                columns = next(csv.reader(file))
        with open(self.history, "a", newline="") as file:
            writer = csv.DictWriter(file, columns, restval=math.nan, extrasaction="ignore")
            if new:
                writer.writeheader()
            writer.writerow(row)

    def rows(self):
        """Read history.csv.

        Returns:
            list of dict from column to float.
        """
        if not self.history.exists():
            return []
        with open(self.history, newline="") as file:
            return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]

    def forget_after(self, step):
        """Drop history rows of steps that will be run again.

        Args:
            step: int, the step a resumed run starts from.
        """
        kept = [row for row in self.rows() if row["step"] <= step]
        self.history.unlink(missing_ok=True)
        for row in kept:
            self.log({**row, "step": int(row["step"])})


def save_weights(model, path):
    """Write weights (and the optimiser's state, if compiled) so that the file is whole or absent.

    Args:
        model: keras model.
        path: file ending in .weights.h5.

    Raises:
        OSError: the disk is full or locked.
    """
    path = pathlib.Path(path)
    part = path.with_name(f".part_{path.name}")
    try:
        model.save_weights(part)
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise OSError(f"{path} could not be written ({error}). Earlier checkpoints are untouched.") from None
    finally:
        part.unlink(missing_ok=True)


def write_whole(path, text):
    """Write a text file so that it is whole or absent.

    Args:
        path: file.
        text: str.
    """
    part = path.with_name(f".part_{path.name}")
    part.write_text(text)
    os.replace(part, path)


def _json(plain):
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def _filled(stored, recipe):
    """Give settings that are younger than the stored run their defaults: so it was before they were made."""
    if not isinstance(stored, dict) or not dataclasses.is_dataclass(recipe):
        return stored
    try:
        whole = serial.to_plain(serial.from_plain(type(recipe), stored))
    except (TypeError, ValueError):
        return stored  # of another kind: the difference is told below
    return json.loads(json.dumps(whole))


def _difference(stored, wanted):
    if not isinstance(stored, dict) or not isinstance(wanted, dict):
        return "" if stored == wanted else f"{stored} there, {wanted} now"
    # A setting that the stored run has not, and None, changes nothing.
    keys = [key for key in {**stored, **wanted} if stored.get(key) != wanted.get(key)]
    return ", ".join(f"{key} {stored.get(key)} there, {wanted.get(key)} now" for key in keys)
