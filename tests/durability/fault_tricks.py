"""How each fault is played: what becomes of the request, and what is answered."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Protocol
from uuid import UUID

from tests.durability.fault_kinds import Kind
from tests.durability.fault_wire import FHIR_JSON, Answer, Asked, outcome


class Ehr(Protocol):
    """What the tricks are played with."""

    def forward(self, asked: Asked) -> Answer:
        """The EHR's own answer; the write is noted as one that reached it."""

    def hold(self) -> None:
        """Return when the client's time limit is surely over."""

    def hold_late(self, chance: Random) -> None:
        """Return when what is late may go on."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One request that meets a fault."""

    asked: Asked
    ehr: Ehr
    chance: Random


def _too_many(turn: Turn) -> Answer:
    return outcome(429, **_retry_after(turn.chance))


def _error(_turn: Turn) -> Answer:
    return outcome(500)


def _unavailable(turn: Turn) -> Answer:
    return outcome(503, **(_retry_after(turn.chance) if turn.chance.random() < 0.5 else {}))


def _retry_after(chance: Random) -> dict[str, str]:
    """No time, seldom a second; or that as a date, which is taken by the answer's own clock."""
    wait = chance.choice(["0"] * 6 + ["1", "date"])
    if wait != "date":
        return {"Retry-After": wait}
    now = datetime.now(UTC)
    return {"Date": format_datetime(now, True), "Retry-After": format_datetime(now + timedelta(seconds=1), True)}


def _conflict(_turn: Turn) -> Answer:
    return outcome(412)


def _reset_before(_turn: Turn) -> None:
    return None


def _reset_after(turn: Turn) -> None:
    turn.ehr.forward(turn.asked)


def _hang_before(turn: Turn) -> None:
    turn.ehr.hold()


def _hang_after(turn: Turn) -> Answer:
    answer = turn.ehr.forward(turn.asked)
    turn.ehr.hold()
    return answer


def _late(turn: Turn) -> None:
    turn.ehr.hold_late(turn.chance)
    turn.ehr.forward(turn.asked)


def _empty(turn: Turn) -> Answer:
    answer = turn.ehr.forward(turn.asked)
    return Answer(answer.status) if answer.status < 300 else answer


def _html(_turn: Turn) -> Answer:
    page = b"<!doctype html><title>Sign in</title><p>Please sign in to go on."
    return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, page)


def _lie(turn: Turn) -> Answer:
    """As if it had been written: the next version of what was named, or the first of something new."""
    asked = turn.asked
    before = asked.headers.get("If-Match", 'W/"0"').split('"')[1]
    version = str(int(before) + 1) if before.isdecimal() else f"{before}-1"
    named = asked.ehr_id or str(UUID(int=turn.chance.getrandbits(128), version=4))
    told = {**asked.resource, "id": named, "meta": {**asked.resource.get("meta", {}), "versionId": version}}
    headers = {"Content-Type": FHIR_JSON, "ETag": f'W/"{version}"', "Location": f"Observation/{named}"}
    return Answer(201 if version == "1" else 200, headers, json.dumps(told).encode())


def _expired(_turn: Turn) -> Answer:
    return outcome(401, **{"WWW-Authenticate": 'Bearer error="invalid_token"'})


#: None: the connection is reset
TRICKS: dict[Kind, Callable[[Turn], Answer | None]] = {
    Kind.TOO_MANY: _too_many,
    Kind.ERROR: _error,
    Kind.UNAVAILABLE: _unavailable,
    Kind.CONFLICT: _conflict,
    Kind.RESET_BEFORE: _reset_before,
    Kind.RESET_AFTER: _reset_after,
    Kind.HANG_BEFORE: _hang_before,
    Kind.HANG_AFTER: _hang_after,
    Kind.LATE: _late,
    Kind.EMPTY: _empty,
    Kind.HTML: _html,
    Kind.LIE: _lie,
    Kind.EXPIRED: _expired,
}
