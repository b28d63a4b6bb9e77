"""A run killed without warning goes on to the weights of a run that was never disturbed."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

SETTINGS = ["--steps", "12", "--checkpoint-every", "3", "--seed", "5"]


def command(name, folder, *more):
    return [sys.executable, "-m", "course_lib", "train", name, "-o", str(folder), *SETTINGS, *more]


def arrays(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if hasattr(item, "shape") else None)
    return found


def steps_done(folder):
    history = pathlib.Path(folder) / "history.csv"
    return len(history.read_text().splitlines()) - 1 if history.exists() else 0


@pytest.mark.parametrize("name", ["baseline_deblur_smoke", "deblurgan_smoke"])
def test_kill_nine_at_a_random_moment_then_resume_gives_the_same_weights(tmp_path, name):
    subprocess.run(command(name, tmp_path / "whole"), check=True, capture_output=True)
    wait = random.Random(os.urandom(8)).randint(1, 3)
    killed = subprocess.Popen(
        command(name, tmp_path / "killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while steps_done(tmp_path / "killed") < wait and time.monotonic() < deadline:
        assert killed.poll() is None, "the run ended before it could be killed"
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "killed" / "final.weights.h5").exists()
    subprocess.run(command(name, tmp_path / "killed", "--resume"), check=True, capture_output=True)
    players = ["final", "critic"] if name.startswith("deblurgan") else ["final"]
    for player in players:
        whole, resumed = (arrays(tmp_path / run / f"{player}.weights.h5") for run in ("whole", "killed"))
        assert whole.keys() == resumed.keys() and len(whole) >= 8
        for weight in whole:
            np.testing.assert_array_equal(whole[weight], resumed[weight])
