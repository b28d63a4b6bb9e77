"""What runs here: engine, devices, precision, honest seconds and peak bytes."""

import contextlib
import importlib.metadata
import itertools
import os
import platform
import statistics
import time

from course_lib import checks


@contextlib.contextmanager
def quiet_native_logs():
    """Silence what native libraries print while an engine is imported; Python errors still pass.

    Yields:
        None. Standard error is restored afterwards, whatever happens.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def engine():
    """Name the engine that Keras computes with.

    Returns:
        str: "tensorflow", "jax" or "torch".
    """
    with quiet_native_logs():
        import keras

    return keras.config.backend()


def devices():
    """Name the accelerators, or the processor where there is none.

    Returns:
        list of str such as "GPU NVIDIA H200" or "CPU".
    """
    name = engine()
    with quiet_native_logs():
        if name == "tensorflow":
            import tensorflow as tf

            found = tf.config.list_physical_devices("GPU")
            details = [tf.config.experimental.get_device_details(gpu) for gpu in found]
            return [f"GPU {d.get('device_name', '')}".strip() for d in details] or ["CPU"]
        if name == "jax":
            import jax

            found = [device for device in jax.devices() if device.platform != "cpu"]
            return [f"{device.platform.upper()} {device.device_kind}" for device in found] or ["CPU"]
        import torch

        count = torch.cuda.device_count()
        return [f"GPU {torch.cuda.get_device_name(i)}" for i in range(count)] or ["CPU"]


def precision():
    """Name the number format that layers compute in.

    Returns:
        str such as "float32" or "mixed_bfloat16".
    """
    with quiet_native_logs():
        import keras

    return keras.config.dtype_policy().name


def versions():
    """List the versions that decide a result, without importing anything.

    Returns:
        dict from package name to version, or to "absent".
    """
    found = {"python": platform.python_version()}
    for package in ("course-lib", "keras", "tensorflow", "jax", "torch", "numpy", "scipy", "scikit-image"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "absent"
    return found


def describe():
    """Say in one line what computes here.

    Returns:
        str such as "engine tensorflow 2.21.0 · Keras 3.15.1 · device CPU · precision float32".
    """
    name, known = engine(), versions()
    return (
        f"engine {name} {known[name]} · Keras {known['keras']} · "
        f"device {', '.join(devices())} · precision {precision()}"
    )


def synchronise(outputs):
    """Wait until the device has finished computing `outputs`.

    Args:
        outputs: a tensor, or a nest of tensors.

    Returns:
        The same outputs.
    """
    import keras

    name = keras.config.backend()
    if name == "jax":
        import jax

        return jax.block_until_ready(outputs)
    if name == "torch":
        import torch

        if torch.cuda.is_available():
            torch.cuda.synchronize()
        return outputs
    import tensorflow as tf

    tf.test.experimental.sync_devices()
    return outputs


def median_seconds(fn, *args, repeats=5, warmup=1):
    """Time a call honestly: warm up, wait for the device, take the median.

    Args:
        fn: function to time.
        *args: what it is called with.
        repeats: timed calls, at least 1.
        warmup: calls before the clock starts (compilation happens there).

    Returns:
        float, median seconds of one call.

    Raises:
        ValueError: `repeats` below 1 or `warmup` below 0.
    """
    checks.at_least("median_seconds()", "repeats", repeats, 1)
    checks.at_least("median_seconds()", "warmup", warmup, 0)
    for _ in range(warmup):
        synchronise(fn(*args))
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        synchronise(fn(*args))
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def peak_bytes(fn, *args):
    """Measure the most memory a call holds at once, beyond what was held before it.

    On a GPU this is the allocator's own count. On a Linux processor it is the process's resident
    high-water mark, which also sees memory that an allocator keeps for later: read it as an upper bound
    with a grain of a few megabytes, and compare calls only within one fresh process. JAX counts from the
    process's start: measure there in a fresh process, the smaller call first.

    Args:
        fn: function to measure; call it once before if compilation should not count.
        *args: what it is called with.

    Returns:
        int, bytes; 0 where the call fitted into memory that was already there.

    Raises:
        RuntimeError: neither a GPU's count nor a Linux high-water mark is to be had, or an earlier call
            hides this one from JAX's count.
    """
    if devices() != ["CPU"]:
        return _peak_on_gpu(fn, args)
    try:
        with open("/proc/self/clear_refs", "w") as control:
            control.write("5")
    except OSError as error:
        raise RuntimeError(f"peak_bytes() needs a GPU, or Linux with /proc; received {error}.") from None
    before = _status_kib("VmRSS")
    synchronise(fn(*args))
    return max(0, _status_kib("VmHWM") - before) * 1024


def step_bytes(step, *args):
    """Measure what a compiled step holds at once beside its inputs and what stays, activations above all.

    On JAX this is the compiler's count, without running the step. Elsewhere the step runs twice, and the
    second time is measured: by the allocator's count, on a processor too; on torch there by its profiler's.

    Args:
        step: what `updates.compile_update` or `gradients.compile_moves` returned; on TensorFlow and torch any
            function.
        *args: tensors of a batch.

    Returns:
        int, bytes.

    Raises:
        TypeError: on JAX, a function that was not compiled there.
    """
    if engine() == "jax":
        if not hasattr(step, "lower"):
            raise TypeError(
                f"step_bytes() needs what compile_update() or compile_moves() returned; "
                f"received {type(step).__name__}."
            )
        return step.lower(*args).compile().memory_analysis().temp_size_in_bytes
    synchronise(step(*args))
    if engine() == "tensorflow":
        import tensorflow as tf

        device = "CPU:0" if devices() == ["CPU"] else "GPU:0"
        count = tf.config.experimental.get_memory_info
        tf.config.experimental.reset_memory_stats(device)
        before = count(device)["current"]
        synchronise(step(*args))
        return max(0, count(device)["peak"] - before)
    return _peak_on_torch(step, args) if devices() == ["CPU"] else peak_bytes(step, *args)


def _peak_on_torch(step, args):
    import torch

    with quiet_native_logs():
        kinds = [torch.profiler.ProfilerActivity.CPU]
        with torch.profiler.profile(activities=kinds, profile_memory=True) as told:
            step(*args)
    events = [event for event in told.profiler.kineto_results.events() if event.name() == "[memory]"]
    events.sort(key=lambda event: event.start_ns())
    return max(itertools.accumulate((event.nbytes() for event in events), initial=0))


def _status_kib(field):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    raise RuntimeError(f"peak_bytes() needs {field} in /proc/self/status; it is not there.")


def _peak_on_gpu(fn, args):
    name = engine()
    if name == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.reset_memory_stats("GPU:0")
        before = tf.config.experimental.get_memory_info("GPU:0")["current"]
        synchronise(fn(*args))
        return max(0, tf.config.experimental.get_memory_info("GPU:0")["peak"] - before)
    if name == "torch":
        import torch

        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        synchronise(fn(*args))
        return max(0, torch.cuda.max_memory_allocated() - before)
    import jax

    device = jax.devices()[0]
    before = device.memory_stats()
    synchronise(fn(*args))
    peak = device.memory_stats()["peak_bytes_in_use"]
    if peak == before["peak_bytes_in_use"] > before["bytes_in_use"]:
        raise RuntimeError(
            "peak_bytes() cannot see this call: an earlier one held as much, and JAX never resets its count. "
            "Measure it first, in a fresh process."
        )
    return peak - before["bytes_in_use"]
