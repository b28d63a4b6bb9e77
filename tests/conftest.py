"""What every test shares: no network, no learner's files touched, warnings of Keras are errors."""

import os
import pathlib
import socket
import warnings

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

REPOSITORY = pathlib.Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        host = address[0] if isinstance(address, tuple) else address
        if isinstance(address, tuple) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host} over the network")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def own_ledger(monkeypatch, tmp_path):
    """Keep predictions of tests out of the learner's ledger."""
    monkeypatch.setenv("COURSE_LEDGER", str(tmp_path / "ledger.json"))


@pytest.fixture(autouse=True)
def strict_keras():
    """Turn warnings that Keras or our own code raises into errors."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=UserWarning, module=r"keras\..*")
        warnings.filterwarnings("error", category=UserWarning, module=r"course_lib\..*")
        yield


@pytest.fixture(scope="session")
def sharp():
    """A small colour picture (48, 60, 3) float32 in [0, 1] with edges and texture."""
    rng = np.random.default_rng(3)
    picture = np.full((48, 60, 3), 0.5) + 0.05 * rng.standard_normal((48, 60, 3))
    picture[10:30, 12:40] += 0.3
    picture[20:44, 30:52, 1] -= 0.35
    return np.clip(picture, 0, 1).astype("float32")
