"""Responses to the checklist as a clinic's EHR holds them: with an id, and when they were last changed."""

from typing import Any

from tests import building


def response(
    response_id: str = "r1",
    counts: building.Answers = (7, 1, 1),
    *,
    patient: str = "p1",
    last_updated: str | None = None,
    sharing: str | None = "topics",
    **named: Any,
) -> dict[str, Any]:
    """A completed response with these counts of yes, no and not sure; takes what ``building.response`` takes."""
    meta = {**named.pop("meta", {}), **({"lastUpdated": last_updated} if last_updated else {})}
    subject = f"Patient/{patient}"
    return building.response(counts, id=response_id, subject=subject, sharing=sharing, meta=meta or None, **named)
