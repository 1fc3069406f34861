"""The claim: what was acknowledged stands in the chart, as its newest version says, once; history tells why."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from tests.durability.chart import Chart, Resource
from tests.durability.ledger import Entry, LedgerRows
from tests.durability.submissions import NOTHING, Event, Submission

#: seconds between two looks, and between two tellings
PAUSE = 0.2
TOLD_EVERY = 30
#: the arrows of an EHR that refuses nothing and whose charts nobody else changes: nothing is ever held
ARROWS = frozenset(
    {
        ("new", "due"),
        ("due", "sending"),
        ("due", "settled"),
        ("sending", "settled"),
        ("sending", "due"),
        ("sending", "unknown"),
        ("unknown", "sending"),
        ("settled", "due"),
    }
)


def wait_for_rest(
    ledger: LedgerRows, seconds: float, *, few: float = 0, tell: Callable[[str], None] = lambda _: None
) -> None:
    """Return when no more than ``few`` are left to deliver, or time is up; ``tell`` hears how many there are.

    Leases of the dead run out by themselves.
    """
    start = told = time.monotonic()
    while (left := ledger.moving()) > few and time.monotonic() < start + seconds:
        if time.monotonic() > told + TOLD_EVERY:
            told = time.monotonic()
            tell(f"{left} left to deliver")
        time.sleep(PAUSE)


def faults(
    submissions: Iterable[Submission], acknowledged: Mapping[Event, int], chart: Chart, ledger: LedgerRows
) -> list[str]:
    """What is wrong, a sentence each; nothing where the claim holds."""
    submissions = list(submissions)
    return [
        *_untaken(submissions, acknowledged),
        *wrong_in_chart(submissions, chart.observations()),
        *_wrong_versions(submissions, ledger.versions()),
        *wrong_in_history(ledger.entries()),
    ]


def _untaken(submissions: list[Submission], acknowledged: Mapping[Event, int]) -> Iterator[str]:
    for event in (event for one in submissions for event in one.events):
        if not acknowledged.get(event):
            yield f"{event.response_id}: its version {event.number} was never acknowledged"


# --- the chart


def wrong_in_chart(submissions: list[Submission], observations: list[Resource]) -> Iterator[str]:
    """Where the charts are not what the newest versions call for."""
    standing = defaultdict(list)
    for one in observations:
        standing[one["subject"]["reference"]].append(one)
    for submission in submissions:
        found = standing.pop(f"Patient/{submission.patient}", [])
        yield from (f"{submission.response_id}: {fault}" for fault in _wrong(submission, found))
    yield from (f"{subject}: nobody told of it, and it has an Observation" for subject in standing)


def _wrong(submission: Submission, found: list[Resource]) -> Iterator[str]:
    wanted = submission.calls_for
    if len(found) > 1 or (wanted and not found):
        yield f"{len(found)} Observations"
    for one in found:
        said = one.get("valueCodeableConcept", {}).get("text", "")
        if said[: len("Yes to 0 of 9")] != wanted:
            yield f"says {said!r}, should say {wanted or 'nothing'}"
        if wanted and one["derivedFrom"][0]["reference"] != f"QuestionnaireResponse/{submission.response_id}":
            yield "derived from another response"
        yield from _wrong_status(one, len(submission.events), wanted)


def _wrong_status(one: Resource, most: int, wanted: str) -> Iterator[str]:
    """Final once, amended ever after; and changed no oftener than there were versions."""
    number = int(one["meta"]["versionId"])
    fitting = "entered-in-error" if wanted == NOTHING else "final" if number == 1 else "amended"
    if one["status"] != fitting:
        yield f"{one['status']} in its version {number}, should be {fitting}"
    if number > most:
        yield f"written {number} times for {most} versions"


# --- the ledger


def _wrong_versions(submissions: list[Submission], kept: Mapping[str, int]) -> Iterator[str]:
    """Each version is kept, once."""
    for one in submissions:
        if kept.get(one.response_id, 0) != len(one.events):
            yield f"{one.response_id}: {kept.get(one.response_id, 0)} versions kept of {len(one.events)}"


def wrong_in_history(entries: list[Entry]) -> Iterator[str]:
    """Where an entry is not settled, or its history does not tell how it came there."""
    for response_id, count in Counter(entry.response_id for entry in entries).items():
        if count > 1:
            yield f"{response_id}: {count} entries"
    for entry in entries:
        if entry.state != "settled":
            yield f"{entry.response_id}: {entry.state}"
        states = ["new", *(after for _, after, _ in entry.history)]
        arrows = [(before, after) for before, after, _ in entry.history]
        if arrows != list(pairwise(states)) or states[-1] != entry.state:
            yield f"{entry.response_id}: the history has a gap: {arrows} and now {entry.state}"
        yield from (f"{entry.response_id}: {arrow} is no arrow" for arrow in arrows if arrow not in ARROWS)
