"""Submissions as an EHR tells of them, drawn from a seed, and what the newest version of each calls for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.deliver.answers import response

Resource = dict[str, Any]

#: the share of the submissions that are amended, and that are withdrawn; of the events that are sent twice
AMENDED, WITHDRAWN, TWICE = 0.30, 0.05, 0.20
#: how much later a later version is told, where the whole telling is 1: one in five overtakes the one before
LATER = 0.4
#: the share of the withdrawals that are deletions; the others are versions
DELETED = 0.5
AUTHORED = "2025-06-12T18:30:00-05:00"
FIRST = datetime(2025, 6, 13, 8, tzinfo=UTC)
#: what is read where a result was withdrawn
NOTHING = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that the EHR tells; two that are equal are copies."""

    response_id: str
    #: of the submission's events, in the order in which they happened
    number: int
    #: None: the response was deleted
    resource: Resource | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class Submission:
    """One response through all its versions, in the order in which they were made."""

    response_id: str
    patient: str
    versions: tuple[Resource, ...]
    #: deleted in the end; told once all else was acknowledged, since a deletion counts from its arrival
    deleted: bool

    @property
    def told(self) -> list[Event]:
        """Its versions, which may be told in any order."""
        return [Event(self.response_id, number, one) for number, one in enumerate(self.versions)]

    @property
    def deletion(self) -> list[Event]:
        """What is told behind all others."""
        return [Event(self.response_id, len(self.versions), None)] if self.deleted else []

    @property
    def events(self) -> list[Event]:
        """All that is told of it, each once."""
        return self.told + self.deletion

    @property
    def calls_for(self) -> str:
        """How the text in the chart begins; NOTHING where it was withdrawn."""
        newest = max(self.versions, key=lambda version: version["meta"]["lastUpdated"])
        if self.deleted or newest["status"] == "entered-in-error":
            return NOTHING
        return f"Yes to {_yes(newest)} of 9"


@dataclass(frozen=True, slots=True)
class Telling:
    """The order in which an EHR tells of submissions."""

    #: in disorder, some of them twice
    events: tuple[Event, ...]
    #: response id → its deletion, once or twice
    deletions: dict[str, tuple[Event, ...]]

    def __len__(self) -> int:
        return len(self.events) + sum(map(len, self.deletions.values()))


def draw(count: int, seed: int) -> list[Submission]:
    """Submissions, each of a patient of its own."""
    luck = Random(seed)  # noqa: S311
    return [_submission(number, luck) for number in range(count)]


def telling(submissions: Sequence[Submission], seed: int) -> Telling:
    """Every event of them at least once; later versions rather late, so that what stands is amended, too."""
    luck = Random(seed)  # noqa: S311
    events = [copy for one in submissions for event in one.told for copy in _copies(event, luck)]
    events.sort(key=lambda event: luck.random() + LATER * event.number)
    deletions = {one.response_id: _copies(one.deletion[0], luck) for one in submissions if one.deleted}
    return Telling(tuple(events), deletions)


def _copies(event: Event, luck: Random) -> tuple[Event, ...]:
    return (event,) * (2 if luck.random() < TWICE else 1)


def _submission(number: int, luck: Random) -> Submission:
    withdrawn = luck.random() < WITHDRAWN
    deleted = withdrawn and luck.random() < DELETED
    amended, in_error = luck.random() < AMENDED, withdrawn and not deleted
    response_id, patient = f"r{number}", f"p{number}"
    versions = tuple(_versions(response_id, patient, luck, amended=amended, in_error=in_error))
    return Submission(response_id, patient, versions, deleted)


def _versions(
    response_id: str, patient: str, luck: Random, *, amended: bool, in_error: bool
) -> Iterator[Resource]:
    yes = luck.sample(range(10), 2 if amended else 1)  # an amendment changes what is read
    statuses = ["completed", "amended"][: len(yes)] + ["entered-in-error"] * in_error
    for number, status in enumerate(statuses):
        counts = _counts(yes[min(number, len(yes) - 1)], luck)
        moment = (FIRST + timedelta(minutes=number, milliseconds=luck.randrange(60_000))).isoformat()
        named: dict[str, Any] = {"patient": patient, "last_updated": moment, "authored": AUTHORED}
        yield response(response_id, counts, status=status, **named)


def _counts(yes: int, luck: Random) -> tuple[int, int, int]:
    """Of yes, no and not sure, at least one in all; the others are skipped."""
    no = luck.randint(0 if yes else 1, 9 - yes)
    return yes, no, luck.randint(0, 9 - yes - no)


def _yes(version: Resource) -> int:
    """How many questions are answered yes, counted on the wire."""
    answers = [answer["valueCoding"] for item in version["item"] for answer in item["answer"]]
    return sum(coding["code"] == "yes" for coding in answers)
