"""Modulated deformable convolution against stored outputs and gradients of an independent reference."""

import json

import numpy as np
import pytest
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.layers.deformable import deformable_conv2d
from course_lib.weights import drop_prefix, read_npz
from tests.parity.fixtures_folder import fixture_files

LAST = (0, 2, 3, 1)  # (b, c, h, w) -> (b, h, w, c)
AXES = {"weight": (2, 3, 1, 0), "bias": (0,)}  # the others are pictures
NAMES = ("x", "offset", "mask", "weight", "bias")


def ours(case, name, of=None):
    """One stored array in our layout; a gradient lies as what it belongs to."""
    return case[name].transpose(AXES.get(of or name, LAST)).astype("float32")


def cases(path):
    stored = read_npz(path)
    for name, settings in json.loads(str(stored["meta"]))["cases"].items():
        settings = {key: settings[key] for key in ("padding", "dilation", "groups")} | {
            "strides": settings["stride"]
        }
        yield name, drop_prefix(stored, f"{name}/"), settings


@pytest.fixture(params=fixture_files("nas_dcnv2*.npz"), ids=lambda path: path.stem)
def path(request):
    return request.param


def test_outputs_are_theirs(path):
    for name, case, settings in cases(path):
        made = deformable_conv2d(*(ours(case, key) for key in NAMES), **settings)
        np.testing.assert_allclose(
            ops.convert_to_numpy(made), ours(case, "out"), atol=1e-5, rtol=1e-5, err_msg=name
        )


def test_gradients_are_theirs(path):
    compared = 0
    for name, case, settings in cases(path):
        given = [ours(case, key) for key in NAMES]
        for i, key in enumerate(NAMES):
            if f"grad_{key}" not in case:
                continue

            def scalar(tensor, i=i, given=given, case=case, settings=settings):
                made = deformable_conv2d(*given[:i], tensor, *given[i + 1 :], **settings)
                return ops.multiply(made, ours(case, "upstream"))

            wanted = ours(case, f"grad_{key}", of=key)
            gradient = ops.convert_to_numpy(input_gradient(scalar, given[i]))
            atol = 1e-5 * max(1.0, np.abs(wanted).max())
            np.testing.assert_allclose(gradient, wanted, atol=atol, rtol=0, err_msg=f"{name}, {key}")
            compared += 1
    assert compared
