"""What the fuzzers found once does not come back."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.doors import Doors
from tests.fuzz.oracle import told

FOUND = sorted(Path(__file__).with_name("found").glob("*.json"))


def body_of(find: dict[str, Any]) -> bytes:
    """The bytes that were sent."""
    body = dict(find["body"])
    if "repeat" in find:
        body["item"] = body["item"][:1] * find["repeat"]
    return json.dumps(body, separators=(",", ":")).encode()


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_find(doors: Doors, path: Path) -> None:
    """As its file says."""
    find = json.loads(path.read_bytes())
    doors.empty()
    answered = doors.send(find["door"], body_of(find))
    stands = [told(observation)[:3] for observation in doors.desk.search()]
    assert (answered.status, stands) == (find["status"], [tuple(find["score"])] if find["score"] else [])
    doors.empty()
