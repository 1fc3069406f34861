"""Whether a peer is on this machine: its `install` leaves what it needs in the peer's own folder."""

import shutil
from pathlib import Path

import pytest

PEERS = Path(__file__).parent


def require(peer: str, made: str, *programs: str) -> Path:
    """The folder of ``peer``; skips the test where ``made``, a path in it, or a program is missing."""
    folder = PEERS / peer
    absent = [program for program in programs if shutil.which(program) is None]
    if absent:
        pytest.skip(f"{peer} needs {' and '.join(absent)}, not found here")
    if not (folder / made).exists():
        pytest.skip(f"{peer} is not installed here: bash tests/peers/{peer}/install")
    return folder
