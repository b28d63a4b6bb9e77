"""PSNR and SSIM as Keras metrics: means over pictures, use inside fit, configs, refusals."""

import math

import keras
import numpy as np
import pytest
import skimage.data

from course_lib.metrics.fidelity import PSNR, SSIM, psnr, ssim


@pytest.fixture(scope="module")
def sharp():
    return skimage.data.astronaut()[60:140, 190:286].astype("float32") / 255  # (80, 96, 3)


@pytest.fixture(scope="module")
def restored(sharp):
    rng = np.random.default_rng(0)
    return np.clip(sharp + 0.05 * rng.standard_normal(sharp.shape), 0, 1).astype("float32")


def test_mean_psnr_is_the_mean_of_decibels_over_pictures_not_of_batches():
    flat = np.full((4, 6, 6, 3), 0.5, "float32")
    metric = PSNR(1.0)
    metric.update_state(flat[:1], flat[:1] + 0.1)  # 20 dB
    metric.update_state(flat[:3], flat[:3] + 0.01)  # 40 dB, three times
    assert float(metric.result()) == pytest.approx((20 + 3 * 40) / 4, abs=1e-3)


def test_equal_pictures_count_100_dB_in_a_mean():
    flat = np.full((2, 6, 6, 3), 0.5, "float32")
    metric = PSNR(1.0)
    metric.update_state(flat, flat + np.array([0.0, 0.1], "float32").reshape(2, 1, 1, 1))
    assert float(metric.result()) == pytest.approx((100 + 20) / 2, abs=1e-3)


def test_a_metric_does_not_hide_nan():
    flat = np.full((2, 12, 12, 1), 0.5, "float32")
    broken = flat.copy()
    broken[0, 3, 3, 0] = np.nan
    for metric in (PSNR(1.0), SSIM(1.0)):
        metric.update_state(flat, broken)
        assert math.isnan(float(metric.result()))


@pytest.mark.parametrize("data_range", [1.0, 255])
def test_the_keras_metrics_agree_with_the_functions(sharp, restored, data_range):
    a, b = sharp * data_range, restored * data_range
    for metric, function in ((PSNR(data_range), psnr), (SSIM(data_range), ssim)):
        metric.update_state(a[None], b[None])
        assert float(metric.result()) == pytest.approx(function(a, b, data_range), abs=1e-4)


def test_the_keras_ssim_keeps_its_precision_on_a_bright_flat_picture():
    rng = np.random.default_rng(1)
    a = (0.95 + 0.01 * rng.standard_normal((1, 40, 30, 3))).astype("float32")
    b = (0.95 + 0.01 * rng.standard_normal((1, 40, 30, 3))).astype("float32")
    metric = SSIM(1.0)
    metric.update_state(a, b)
    assert float(metric.result()) == pytest.approx(ssim(a[0], b[0], 1.0), abs=1e-4)


def test_fit_and_evaluate_report_what_the_functions_say(sharp, restored):
    blurred = keras.Input((None, None, 3))
    model = keras.Model(blurred, keras.layers.Conv2D(3, 3, padding="same")(blurred))
    model.compile("sgd", "mse", metrics=[PSNR(1.0), SSIM(1.0)])
    truth, given = np.stack([sharp, sharp[::-1], sharp]), np.stack([restored, restored[::-1], sharp])
    highest = keras.callbacks.EarlyStopping(monitor="val_psnr", patience=5)  # mode "auto"
    history = model.fit(
        given, truth, batch_size=2, epochs=1, verbose=0, validation_data=(given, truth), callbacks=[highest]
    )
    assert {"psnr", "ssim", "val_psnr", "val_ssim"} <= set(history.history)
    assert bool(highest.monitor_op(2.0, 1.0)), "more decibels must count as better"
    outputs = model.predict(given, batch_size=2, verbose=0)
    reported = model.evaluate(given, truth, batch_size=2, verbose=0, return_dict=True)
    for name, function in (("psnr", psnr), ("ssim", ssim)):
        expected = np.mean([function(s, o, 1.0) for s, o in zip(truth, outputs, strict=True)])
        assert reported[name] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("metric", [PSNR(2.0, name="db"), SSIM(255)])
def test_a_metric_survives_its_config(metric):
    twin = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert type(twin) is type(metric)
    assert (twin.name, twin.data_range) == (metric.name, metric.data_range)


@pytest.mark.parametrize("build", [PSNR, SSIM])
def test_a_metric_is_not_built_without_a_range(build):
    with pytest.raises(TypeError, match="data_range"):
        build()


@pytest.mark.parametrize("build", [PSNR, SSIM])
@pytest.mark.parametrize("data_range, error", [(0, ValueError), (math.nan, ValueError), (None, TypeError)])
def test_a_metric_is_not_built_on_a_range_without_sense(build, data_range, error):
    with pytest.raises(error, match=f"{build.__name__} needs data_range"):
        build(data_range)


def test_bytes_with_range_1_are_refused_with_the_way_out():
    picture = np.zeros((1, 12, 12, 3), "uint8")
    for metric in (PSNR(1.0), SSIM(1.0)):
        with pytest.raises(ValueError, match="needs data_range 255 for whole numbers.*to_unit"):
            metric.update_state(picture, picture)


def test_bytes_with_range_255_are_welcome():
    metric = PSNR(255)
    metric.update_state(np.full((1, 4, 4, 3), 200, "uint8"), np.full((1, 4, 4, 3), 201, "uint8"))
    assert float(metric.result()) == pytest.approx(20 * math.log10(255), abs=1e-3)


@pytest.mark.parametrize(
    "metric, sharp_shape, restored_shape, words",
    [
        (PSNR(1.0), (20, 20, 3), (20, 20, 3), "shape .b, h, w, c."),
        (PSNR(1.0), (2, 20, 20, 3), (2, 20, 20, 1), "one shape"),
        (PSNR(1.0), (1, 20, 20, 3), (2, 20, 20, 3), "one shape"),
        (SSIM(1.0), (2, 20, 20, 3), (2, 20, 16, 3), "one shape"),
        (SSIM(1.0), (2, 10, 20, 3), (2, 10, 20, 3), "at least 11 pixels"),
    ],
)
def test_a_metric_refuses_what_keras_would_broadcast(metric, sharp_shape, restored_shape, words):
    with pytest.raises(ValueError, match=words):
        metric.update_state(np.zeros(sharp_shape, "float32"), np.zeros(restored_shape, "float32"))
