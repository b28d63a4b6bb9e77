"""Checkpoints of PyTorch: tensors come out as arrays, programs never run, torch may be absent."""

import sys

import numpy as np
import pytest

from course_lib.backend.checkpoints import read_torch

pytestmark = pytest.mark.one_engine


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def test_tensors_come_out_under_their_names(torch, tmp_path):
    torch.save({"conv.weight": torch.arange(6.0).reshape(1, 2, 3, 1)}, tmp_path / "net.pth")
    state = read_torch(tmp_path / "net.pth")
    assert list(state) == ["conv.weight"]
    np.testing.assert_array_equal(state["conv.weight"], np.arange(6, dtype="float32").reshape(1, 2, 3, 1))


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_half_precision_becomes_float32(torch, tmp_path, kind):
    torch.save({"a": torch.tensor([0.5, -2.0], dtype=getattr(torch, kind))}, tmp_path / "net.pth")
    state = read_torch(tmp_path / "net.pth")
    assert state["a"].dtype == np.float32
    np.testing.assert_array_equal(state["a"], [0.5, -2])


def test_a_module_with_running_statistics_gives_its_whole_state(torch, tmp_path):
    torch.save(torch.nn.BatchNorm2d(3).state_dict(), tmp_path / "norm.pth")
    shapes = {name: array.shape for name, array in read_torch(tmp_path / "norm.pth").items()}
    four = {name: (3,) for name in ("weight", "bias", "running_mean", "running_var")}
    assert shapes == {**four, "num_batches_tracked": ()}


def test_the_entry_with_the_tensors_is_asked_for_by_name(torch, tmp_path):
    torch.save({"params": {"a": torch.ones(2)}, "epoch": 3}, tmp_path / "run.pth")
    with pytest.raises(ValueError, match=r"holds 'params' \(dict\), 'epoch' \(int\).*entry="):
        read_torch(tmp_path / "run.pth")
    with pytest.raises(ValueError, match="no entry 'parms'; it holds 'params'"):
        read_torch(tmp_path / "run.pth", entry="parms")
    np.testing.assert_array_equal(read_torch(tmp_path / "run.pth", entry="params")["a"], [1, 1])


def test_a_file_that_would_run_a_program_is_refused(torch, tmp_path):
    ran = tmp_path / "ran"

    class Bomb:
        def __reduce__(self):
            return open, (str(ran), "w")

    torch.save({"a": Bomb()}, tmp_path / "bomb.pth")
    with pytest.raises(ValueError, match="refuses .*bomb.pth: it is damaged, or holds Python objects"):
        read_torch(tmp_path / "bomb.pth")
    assert not ran.exists()


def test_a_damaged_file_is_refused(torch, tmp_path):
    (tmp_path / "cut.pth").write_bytes(b"PK\x03\x04 not much")
    with pytest.raises(ValueError, match="refuses .*cut.pth"):
        read_torch(tmp_path / "cut.pth")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="found no file .*gone.pth"):
        read_torch(tmp_path / "gone.pth")


def test_without_torch_the_way_out_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch", None)
    (tmp_path / "net.pth").write_bytes(b"PK")
    with pytest.raises(
        ImportError, match=r"needs torch, which is not installed. Install it.*read_npz\(path\)"
    ):
        read_torch(tmp_path / "net.pth")
