"""What ``status`` tells of one clinic, for programs; ``status_text.py`` makes text of it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fhir_alliance.cli import advice
from fhir_alliance.fhir.datetimes import instant

if TYPE_CHECKING:
    from fhir_alliance.ledger.oversight import Condition, Oldest, Oversight
    from fhir_alliance.ledger.reads import Attention

#: the waiting whose first attempt is still to come
_UNTRIED = "not-tried"


def report(oversight: "Oversight", now: datetime, *, has_ehr: bool) -> dict[str, Any]:
    """Counts, ages, the EHR, and what a person should look at; keys are only ever added."""
    return {
        "states": oversight.states(),
        "oldest": {str(state): _oldest(one, now) for state, one in oversight.oldest().items()},
        "ehr": _ehr(oversight.condition(now), now) if has_ehr else None,
        "waiting": _waiting(oversight),
        "versions": oversight.versions(),
        "notices": oversight.notices(),
        "attention": [_attention(one) for one in oversight.attention()],
    }


def seconds_between(earlier: datetime, later: datetime) -> float:
    """Never below 0: the clock may have been set back."""
    return max(0.0, round((later - earlier).total_seconds(), 3))


def _oldest(one: "Oldest", now: datetime) -> dict[str, Any]:
    return {"id": one.id, "since": instant(one.since), "seconds": seconds_between(one.since, now)}


def _ehr(condition: "Condition", now: datetime) -> dict[str, Any]:
    """``up`` is false where the EHR is left alone; one that failed a few times is not yet.

    While ``probing`` it is not known when the next probe is.
    """
    since, probe = condition.failing_since, None if condition.probing else condition.probe_at
    return {
        "asked": condition.asked,
        "up": condition.probe_at is None,
        "probing": condition.probing,
        "failures": condition.failures,
        "failing_since": instant(since) if since else None,
        "failing_seconds": seconds_between(since, now) if since else None,
        "reason": condition.reason,
        "next_probe": instant(probe) if probe else None,
        "next_probe_seconds": seconds_between(now, probe) if probe else None,
        "advice": advice.of_code(condition.reason) if condition.reason else None,
    }


def _waiting(oversight: "Oversight") -> list[dict[str, Any]]:
    counts = oversight.waiting()
    untried = oversight.untried()
    if untried:
        counts[_UNTRIED] = untried
    return [
        {"reason": reason, "entries": entries, "advice": advice.of_code(reason)}
        for reason, entries in counts.items()
    ]


def _attention(one: "Attention") -> dict[str, Any]:
    return {
        "kind": one.kind,
        "id": one.id,
        "response": one.response,
        "reason": one.reason,
        "since": instant(one.since),
        "advice": advice.of(one),
        **_commands(one),
    }


def _commands(one: "Attention") -> dict[str, str | None]:
    """What to type once the cause is mended, or a person has judged; ``release`` is for the latter alone."""
    if one.kind != "held":
        return {"command": None, "release": None}
    command = advice.command(one.reason, one.hold)
    typed = f"fhir-alliance {command} {one.id}"
    return {"command": typed, "release": typed if command == "release" else None}
