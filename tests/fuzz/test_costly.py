"""Bodies within the bounds that ask for as much work as they can: prompt all the same, in little memory."""

import json
import tracemalloc
from itertools import product
from typing import Any

import pytest

from fhir_alliance.fhir.json_text import MOST_BYTES
from tests.building import Resource, choice
from tests.fuzz.doors import Doors
from tests.web.bad_input import GOOD

#: megabytes that one request may take while it is worked on
MOST_MEMORY = 32
HOLE = '"here"'


def filled(made: Resource, *parts: Any) -> bytes:
    """``made`` with as many of ``parts`` as there is room for in the place of HOLE."""
    text, part = json.dumps(made), ",".join(json.dumps(one, separators=(",", ":")) for one in parts)
    room = MOST_BYTES - len(text)
    return text.replace(HOLE, ",".join([part] * (room // (len(part) + 1)))).encode()


#: of four letters each, such as R4 may well have
NAMES = ["".join(letters) for letters in product("abcdefghij", repeat=4)]
NINES = "9" * 250_000
HERE = [json.loads(HOLE)]
ITEMS = {**GOOD, "item": HERE}
ANSWERS = {**GOOD, "item": [{"linkId": "direction", "answer": HERE}]}
EXTENSIONS = {**GOOD, "extension": HERE}
COSTLY = {
    "empty items": filled(ITEMS, {}),
    "numbers for items": filled(ITEMS, 1),
    "nulls for items": filled(ITEMS, None),
    "items of unknown elements": filled(ITEMS, {"x": 1}),
    "items of unknown linkIds": filled(ITEMS, {"linkId": "a"}),
    "one item again and again": filled(ITEMS, choice("direction", "yes")),
    "items in items": filled(ITEMS, json.loads('{"item":[' * 14 + "]}" * 14)),
    "empty answers": filled(ANSWERS, {}),
    "answers of another type": filled(ANSWERS, {"valueInteger": 1}),
    "good extensions": filled(EXTENSIONS, {"url": "u"}),
    "empty extensions": filled(EXTENSIONS, {}),
    "labels": filled({**GOOD, "meta": {"security": HERE}}, {"code": "a"}),
    "contained patients": filled({**GOOD, "contained": HERE}, {"resourceType": "Patient"}),
    "contained unknowns": filled({**GOOD, "contained": HERE}, {"resourceType": "x"}),
    "elements that are empty": json.dumps({**GOOD, **dict.fromkeys(NAMES, "")}).encode(),
    "an authored of many digits": json.dumps({**GOOD, "authored": f"2026-11-12T10:00:00.{NINES}Z"}).encode(),
    "a long number": json.dumps(GOOD).replace('"Dr', "9" * 200_000 + '"Dr').encode(),
    "a narrative": json.dumps({**GOOD, "text": {"status": "generated", "div": "<div>" + "<b>" * 80_000}}).encode(),
}  # fmt: skip


@pytest.mark.parametrize("door", ["create", "notify", "extract"])
@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_body(doors: Doors, name: str, door: str) -> None:
    """Answered within seconds of computing, with no more than came, and no more kept."""
    doors.empty()
    answered = doors.send(door, COSTLY[name])
    assert len(json.dumps(answered.resource)) <= MOST_BYTES + 16_384
    kept = [len(json.dumps(version.issues)) for version in doors.desk.contents()["version"]]
    assert sum(kept) <= MOST_BYTES
    doors.empty()


@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_body_in_memory(doors: Doors, name: str) -> None:
    """What is taken for one request is a small multiple of what came."""
    doors.empty()
    doors.send("notify", b"{}")
    tracemalloc.start()
    doors.desk.send("POST", "/notify", COSTLY[name])
    most = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    doors.empty()
    assert most < MOST_MEMORY
