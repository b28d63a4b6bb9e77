"""Log-SSIM and the two total losses: stored values, maps and gradients of an independent reference."""

import numpy as np
import pytest
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.losses.structural import MSELogSSIM, log_ssim, ssim_map
from course_lib.weights import drop_prefix, read_npz
from tests.parity.fixtures_folder import fixture_files
from tests.parity.test_asap_stages import close, last


@pytest.fixture(params=fixture_files("nas_log_ssim*.npz"), ids=lambda path: path.stem)
def cases(request):
    stored = read_npz(request.param)
    names = sorted({key.split("/")[0] for key in stored if "/" in key})
    assert names
    return {name: drop_prefix(stored, f"{name}/") for name in names}


def test_maps_and_values_are_theirs(cases):
    for case in cases.values():
        true, made = (ops.convert_to_tensor(last(case[key])) for key in ("target", "pred"))
        close(ssim_map(true, made), last(case["ssim_map"]), atol=1e-5)
        assert float(log_ssim(true, made)) == pytest.approx(float(case["log_ssim"]), abs=1e-5)
        assert float(MSELogSSIM()(true, made)) == pytest.approx(float(case["paper_loss"]), abs=1e-5)
        assert float(MSELogSSIM(mean=True)(true, made)) == pytest.approx(float(case["code_loss"]), abs=1e-5)


def test_gradients_are_theirs(cases):
    for case in cases.values():
        true, made = (ops.convert_to_tensor(last(case[key])) for key in ("target", "pred"))
        wanted = last(case["grad_pred"])
        close(
            input_gradient(lambda made, true=true: log_ssim(true, made), made),
            wanted,
            atol=1e-4 * np.abs(wanted).max(),
        )
