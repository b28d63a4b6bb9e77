"""The machine: silence and its end, honest seconds, peak bytes, versions, the line that describes it."""

import importlib.metadata
import os
import subprocess
import sys
import types
import warnings

import keras
import numpy as np
import pytest

from course_lib.backend import machine
from course_lib.backend.gradients import compile_moves

ON_A_PROCESSOR = machine.devices() == ["CPU"] and sys.platform == "linux"
MEGABYTE = 10**6


def test_native_output_is_silenced_and_heard_again_afterwards(capfd):
    with machine.quiet_native_logs():
        os.write(2, b"noise\n")
    os.write(2, b"signal\n")
    assert capfd.readouterr().err == "signal\n"


def test_silence_ends_with_an_error_which_passes_through(capfd):
    with pytest.raises(KeyError, match="lost"), machine.quiet_native_logs():
        os.write(2, b"noise\n")
        raise KeyError("lost")
    os.write(2, b"signal\n")
    assert capfd.readouterr().err == "signal\n"


def test_silence_within_silence_ends_with_the_outer_one(capfd):
    with machine.quiet_native_logs():
        with machine.quiet_native_logs():
            os.write(2, b"inner\n")
        os.write(2, b"outer\n")
    os.write(2, b"signal\n")
    assert capfd.readouterr().err == "signal\n"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files in /proc")
def test_silence_leaves_no_file_open():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with machine.quiet_native_logs():
            pass
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_median_of_the_timed_calls_is_reported(monkeypatch):
    # Calls that take 5, 1 and 2 seconds on a clock of our own.
    ticks = iter([10.0, 15.0, 20.0, 21.0, 30.0, 32.0])
    monkeypatch.setattr(machine, "time", types.SimpleNamespace(perf_counter=lambda: next(ticks)))
    assert machine.median_seconds(lambda: None, repeats=3, warmup=0) == 2.0


def test_warmup_calls_run_before_the_clock_starts(monkeypatch):
    diary = []

    def clock():
        diary.append("clock")
        return float(len(diary))

    monkeypatch.setattr(machine, "time", types.SimpleNamespace(perf_counter=clock))
    machine.median_seconds(lambda word: diary.append(word), "call", repeats=2, warmup=3)
    assert diary == ["call"] * 3 + ["clock", "call", "clock"] * 2


def test_the_timer_waits_for_what_the_call_returns(monkeypatch):
    waited = []
    monkeypatch.setattr(machine, "synchronise", waited.append)
    machine.median_seconds(lambda x: x + 1, 6, repeats=2, warmup=1)
    assert waited == [7, 7, 7]


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"repeats": 0}, r"median_seconds\(\) needs repeats of at least 1; received 0"),
        ({"warmup": -1}, r"median_seconds\(\) needs warmup of at least 0; received -1"),
    ],
)
def test_a_timer_without_calls_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        machine.median_seconds(lambda: None, **settings)


def test_waiting_returns_the_same_outputs():
    outputs = {"tensor": keras.ops.ones((2, 3)), "numbers": (np.zeros(2), 4.0, None)}
    found = machine.synchronise(outputs)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found["tensor"]), np.ones((2, 3)))
    np.testing.assert_array_equal(found["numbers"][0], np.zeros(2))
    assert found["numbers"][1:] == (4.0, None)


@pytest.mark.skipif(not ON_A_PROCESSOR, reason="reads the high-water mark of a Linux process")
def test_peak_bytes_sees_a_known_allocation():
    found = machine.peak_bytes(lambda count: float(np.ones(count, "uint8")[::4096].sum()), 200 * MEGABYTE)
    assert found == pytest.approx(200 * MEGABYTE, rel=0.2)


@pytest.mark.skipif(not ON_A_PROCESSOR, reason="reads the high-water mark of a Linux process")
def test_peak_bytes_does_not_add_what_was_given_back():
    def one_after_the_other():
        for _ in range(3):
            np.ones(100 * MEGABYTE, "uint8")

    assert machine.peak_bytes(one_after_the_other) == pytest.approx(100 * MEGABYTE, rel=0.2)


@pytest.mark.skipif(not ON_A_PROCESSOR, reason="reads the high-water mark of a Linux process")
def test_peak_bytes_leaves_out_what_was_held_before():
    held = np.ones(200 * MEGABYTE, "uint8")
    assert machine.peak_bytes(lambda: held[::4096].sum()) < 20 * MEGABYTE


def chain(depth):
    """A step whose backward pass needs `depth` maps of 4 MB: what each tanh made."""
    weights = [keras.Variable(np.eye(64, dtype="float32")) for _ in range(depth)]

    def fn(gradients, x):
        def loss():
            y = x
            for weight in weights:
                y = keras.ops.tanh(keras.ops.matmul(y, weight))
            return keras.ops.sum(y)

        return gradients(loss, weights)

    return compile_moves(fn, weights)


def test_step_bytes_counts_what_a_backward_pass_needs():
    x = keras.ops.ones((16384, 64))
    few, many = (machine.step_bytes(chain(depth), x) / (16384 * 64 * 4) for depth in (6, 26))
    # Beside what is kept, a step may hold a few maps that it works on, the same number at any depth.
    assert 5 <= few <= 12
    assert many - few == pytest.approx(20, abs=3)


@pytest.mark.skipif(keras.config.backend() != "jax", reason="elsewhere any function can be measured")
def test_step_bytes_refuses_what_jax_has_not_compiled():
    with pytest.raises(TypeError, match="compile_update.. or compile_moves.. returned; received function"):
        machine.step_bytes(lambda: None)


def test_peak_bytes_says_where_it_cannot_measure(monkeypatch):
    def refuse(*args):
        raise PermissionError("no /proc here")

    monkeypatch.setattr(machine, "devices", lambda: ["CPU"])
    monkeypatch.setattr(machine, "open", refuse, raising=False)
    with pytest.raises(RuntimeError, match="needs a GPU, or Linux with /proc; received no /proc here"):
        machine.peak_bytes(lambda: None)


class FakeDevice:
    """Counts as JAX does on a GPU: what is in use, and the most there ever was."""

    def __init__(self, in_use, peak):
        self.in_use, self.peak = in_use, peak

    def memory_stats(self):
        return {"bytes_in_use": self.in_use, "peak_bytes_in_use": self.peak}

    def hold(self, count):
        self.peak = max(self.peak, self.in_use + count)


@pytest.mark.skipif(keras.config.backend() != "jax", reason="only JAX counts from the process's start")
def test_on_jax_a_call_hidden_by_an_earlier_one_is_refused_not_guessed(monkeypatch):
    import jax

    device = FakeDevice(in_use=100, peak=100)
    monkeypatch.setattr(machine, "devices", lambda: ["GPU of a test"])
    monkeypatch.setattr(jax, "devices", lambda: [device])
    assert machine.peak_bytes(lambda: None) == 0
    assert machine.peak_bytes(device.hold, 30) == 30
    assert machine.peak_bytes(device.hold, 50) == 50
    with pytest.raises(
        RuntimeError, match="an earlier one held as much.*Measure it first, in a fresh process"
    ):
        machine.peak_bytes(device.hold, 20)


def test_versions_are_those_of_the_packages():
    found = machine.versions()
    assert found["keras"] == keras.__version__
    assert found["numpy"] == np.__version__
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert all(found.values())


def test_a_package_that_is_not_there_is_called_absent(monkeypatch):
    def nowhere(package):
        raise machine.importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(machine.importlib.metadata, "version", nowhere)
    assert machine.versions()["torch"] == "absent"


def test_versions_are_told_without_importing_an_engine():
    code = (
        "import sys; from course_lib.backend import machine; machine.versions();"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_one_line_describes_the_machine():
    name = keras.config.backend()
    assert machine.engine() == name
    assert machine.describe() == (
        f"engine {name} {importlib.metadata.version(name)} · Keras {keras.__version__} · "
        f"device {', '.join(machine.devices())} · precision float32"
    )


def test_precision_is_what_layers_compute_in():
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        assert machine.precision() == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy(before)
    assert machine.precision() == "float32"


def test_devices_are_named_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = machine.devices()
    assert found and all(name.split()[0] in ("CPU", "GPU", "TPU", "CUDA") for name in found)
