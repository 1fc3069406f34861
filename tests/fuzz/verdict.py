"""What holds of one body at one door: the same twice, the same as ``score``, and as the oracle counts."""

import json
import re
from typing import Any

from fhir_alliance.cli.scorer import Scored
from fhir_alliance.fhir.issues import Issue, http_status
from tests.building import Resource
from tests.emissions import Emissions
from tests.fuzz.doors import PARAMETERS, Answered, Doors
from tests.fuzz.oracle import expected, told

#: what is no fault of ours: the official schema lacks one name, and takes U+FEFF for a blank; and where nothing is
#: read, a uri may hold blanks
SLIPS = re.compile(
    r"'_questionnaire' was unexpected"
    r'|: "\ufeff+" does not match'
    r'|/(definition|url|system|profile/\d+|valueUri): "'
)


def check(doors: Doors, emissions: Emissions, door: str, body: bytes) -> bool:
    """Send it twice and score it as a file; whether it was accepted."""
    doors.empty()
    first, again = doors.send(door, body), doors.send(door, body)
    _check_same(first, again)
    scored = doors.score(body)
    accepted = len(scored) == 1 and not scored[0].failed
    if len(scored) == 1 and not _names_another(door, body):
        _check_agreed(doors, door, body, first, scored[0])
    for observation in _observations(doors, door, first):
        assert told(observation) == expected(readable(body))
    faults = [fault for fault in emissions.take() if not (_withdrawn(body) or SLIPS.search(fault))]
    assert faults == []
    return accepted


def readable(body: bytes) -> Resource:
    """What is read in a body that is accepted."""
    parsed: Resource = json.loads(body.decode("utf-8-sig"))
    return parsed


def _check_same(first: Answered, again: Answered) -> None:
    """The second answer is the first, but that nothing is new any more."""
    if first.status == 201:
        assert (again.status, again.location) == (200, first.location)
    else:
        assert again == first


def _names_another(door: str, body: bytes) -> bool:
    """``PUT`` wants the id that the URL has, before anything else; a Bundle is taken apart by ``score`` alone."""
    try:
        made = readable(body)
    except ValueError:
        return False
    if not isinstance(made, dict):
        return False
    return made.get("resourceType") == "Bundle" or (door == "update" and made.get("id") != "r1")


def _check_agreed(doors: Doors, door: str, body: bytes, answered: Answered, scored: Scored) -> None:
    """A door and the command line find the same wrong, and agree on whether there is a result."""
    if _codes(answered) == {"too-costly"}:
        assert scored.failed or door in PARAMETERS  # in Parameters it lies deeper
    elif door.startswith("notify"):
        assert doors.desk.clinic.reads.versions() in _kinds(body, scored)
    elif scored.failed:
        assert answered.status == http_status(scored.issues)
        assert _issues(answered) == {_places(issue) for issue in scored.issues}
    else:
        assert answered.status in (200, 201)
        assert bool(_observations(doors, door, answered)) is (scored.observation is not None)


def _kinds(body: bytes, scored: Scored) -> list[dict[str, int]]:
    """As what a door may keep it; nothing of what names no Questionnaire of ours, also where it is withdrawn."""
    if scored.observation:
        return [{"scored": 1}]
    if scored.failed:
        return [{"invalid": 1}, {}]
    kept = [{kind: 1} for kind in ("blank", "unshared", "unscored")]
    return [{"withdrawn": 1}, {}] if _withdrawn(body) else kept


def _places(issue: Issue) -> tuple[str, str | None]:
    return str(issue.code), issue.expression


def _issues(answered: Answered) -> set[tuple[str, str | None]]:
    told = answered.resource or {}
    return {(one["code"], *(one.get("expression") or [None])) for one in told.get("issue", [])}


def _codes(answered: Answered) -> set[str]:
    return {code for code, _ in _issues(answered)}


def _observations(doors: Doors, door: str, answered: Answered) -> list[dict[str, Any]]:
    """What stands because of it, or would stand."""
    if not door.startswith("extract"):
        return doors.desk.search()
    bundle = answered.resource if answered.resource and answered.resource["resourceType"] == "Bundle" else {}
    return [entry["resource"] for entry in bundle.get("entry", [])]


def _withdrawn(body: bytes) -> bool:
    """Judged by identity alone, so it may be no valid R4, and is served as it came."""
    return readable(body).get("status") == "entered-in-error"
