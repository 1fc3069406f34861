"""A version of a response in → the ledger, in one transaction and without any call to the EHR."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fhir_alliance.assess import RESPONSE, Assessment, Assessor, Kind
from fhir_alliance.consequence import is_moved
from fhir_alliance.errors import Overtaken
from fhir_alliance.fhir.datetimes import parse_instant
from fhir_alliance.fhir.identity import Door
from fhir_alliance.fhir.issues import Code, Issue, error, errors, warning
from fhir_alliance.fhir.response import CLOCK_DRIFT
from fhir_alliance.keeping import DELETED, Arrival, Incoming, Keeping, read_arrival
from fhir_alliance.ledger.ledger import Ledger
from fhir_alliance.ledger.records import Submission

#: a response has two keys at most, and of each another arrival can be faster once
_TRIES = 3


class Verdict(StrEnum):
    """What became of an arrival."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    #: not a response of ours: only noted
    NOTED = "noted"
    #: broke a rule at our own server: nothing kept
    REFUSED = "refused"
    #: names two submissions
    CONFLICT = "conflict"
    #: If-Match names another version
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to an arrival; all but the refusals are on disk by then."""

    verdict: Verdict
    issues: tuple[Issue, ...] = ()
    #: the id at our own server
    fhir_id: str | None = None
    number: int = 0
    received_at: datetime | None = None
    #: what came, as it was read; at our own server alone
    resource: dict[str, Any] | None = None

    @property
    def outcome(self) -> str:
        """What became of it, in a word: ``invalid`` where it was kept, and can be no result."""
        kept = self.verdict in (Verdict.UPDATED, Verdict.UNCHANGED)
        return "invalid" if kept and errors(self.issues) else self.verdict


class Reception:
    """Takes in what comes to the doors of one clinic."""

    def __init__(
        self,
        ledger: Ledger,
        assessor: Assessor,
        now: Callable[[], datetime],
        told: Callable[[Receipt], None] = lambda _: None,
    ) -> None:
        """``told``: is given every receipt."""
        self._ledger = ledger
        self._assessor = assessor
        self.now = now
        self.told = told

    def receive(self, arrival: Arrival) -> Receipt:
        """Take in one version, or a deletion."""
        incoming = read_arrival(arrival)
        receipt = self._take_in(arrival, incoming)
        self.told(receipt)
        return receipt

    def _take_in(self, arrival: Arrival, incoming: Incoming) -> Receipt:
        """An arrival of the same submission that was faster is found when we look again."""
        for _ in range(_TRIES - 1):
            with suppress(Overtaken):
                return self._try(arrival, incoming)
        return self._try(arrival, incoming)

    def _try(self, arrival: Arrival, incoming: Incoming) -> Receipt:
        now = self.now()
        with self._ledger.intake(now, arrival.request_id) as intake:
            keeping = Keeping(intake, self._assessor, arrival, incoming, now)
            door = _Submitted if arrival.door is Door.FHIR else _Notified
            return door(keeping).receipt()


class _Submitted:
    """At our own FHIR server: what breaks a rule is refused, and nothing of it kept."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        newest = keeping.newest
        #: the version that is held; None where there is none, or it was deleted
        self._held = newest if newest and newest.kind != DELETED else None

    def receipt(self) -> Receipt:
        keeping = self._keeping
        if len(keeping.matches) > 1:
            told = "The id and the identifier name two submissions."
            return _refused(Verdict.CONFLICT, error(Code.CONFLICT, told, f"{RESPONSE}.identifier"))
        if not self._may_replace():
            told = "If-Match does not name the version that is held."
            return _refused(Verdict.STALE, error(Code.CONFLICT, told))
        if keeping.arrival.body is None:
            keeping.delete()
            return Receipt(verdict=Verdict.DELETED)
        if keeping.incoming.resource is None:
            return _refused(Verdict.REFUSED, *keeping.incoming.issues)
        return self._submitted(keeping.incoming.resource)

    def _may_replace(self) -> bool:
        """https://hl7.org/fhir/R4/http.html#concurrency"""
        wanted = self._keeping.arrival.if_match
        return wanted is None or (self._held is not None and not {"*", str(self._held.number)}.isdisjoint(wanted))

    def _submitted(self, resource: dict[str, Any]) -> Receipt:
        assessment = self._keeping.assess(resource)
        if errors(assessment.issues):
            return _refused(Verdict.REFUSED, *assessment.issues)
        if self._held and self._held.digest == self._keeping.incoming.digest:
            held, known = self._held, self._keeping.known
            return self._told(Verdict.UNCHANGED, known, held.number, held.received_at, *assessment.issues)
        issues = (*assessment.issues, *self._moved(assessment))
        kept = self._keeping.keep(assessment, None)
        verdict = Verdict.UPDATED if self._held else Verdict.CREATED
        return self._told(verdict, kept, kept.versions, self._keeping.now, *issues)

    def _moved(self, assessment: Assessment) -> Iterator[Issue]:
        known = self._keeping.known
        if known and is_moved(known, assessment):
            told = "The subject changed: the new result is held until a person releases it."
            yield warning(Code.BUSINESS_RULE, told, f"{RESPONSE}.subject")

    def _told(
        self, verdict: Verdict, kept: Submission | None, number: int, received_at: datetime, *issues: Issue
    ) -> Receipt:
        return Receipt(
            verdict=verdict,
            issues=issues,
            fhir_id=self._keeping.arrival.response_id or (kept.fhir_id if kept else None),
            number=number,
            received_at=received_at,
            resource=self._keeping.incoming.resource,
        )


def _refused(verdict: Verdict, *issues: Issue) -> Receipt:
    return Receipt(verdict=verdict, issues=issues)


class _Notified:
    """An EHR's event: whatever comes is kept, or at least noted."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self._intake = keeping.intake

    def receipt(self) -> Receipt:
        body, resource = self._keeping.arrival.body, self._keeping.incoming.resource
        if body is None:
            self._keeping.delete()
            return Receipt(verdict=Verdict.DELETED)
        if not body.strip():
            return self._noted("empty")
        if resource is None:
            return self._kept(Assessment(Kind.INVALID, self._keeping.incoming.issues), None)
        if resource.get("resourceType") != RESPONSE:
            return self._noted("bundle" if resource.get("resourceType") == "Bundle" else "other-resource")
        if self._is_foreign(resource):
            return self._note_foreign(resource)
        last_updated = parse_instant(_meta(resource).get("lastUpdated"))
        if last_updated and last_updated > self._keeping.now + CLOCK_DRIFT:
            last_updated = None  # no clock drifts so far: it would block what comes after it
        return self._kept(self._keeping.assess(resource), last_updated)

    def _kept(self, assessment: Assessment, last_updated: datetime | None) -> Receipt:
        if self._was_taken(assessment, last_updated):
            return Receipt(verdict=Verdict.UNCHANGED, issues=assessment.issues)
        self._keeping.keep(assessment, last_updated)
        return Receipt(verdict=Verdict.UPDATED, issues=assessment.issues)

    def _was_taken(self, assessment: Assessment, last_updated: datetime | None) -> bool:
        """Whether this very version is kept, and was not found to be worse than it is found to be now.

        What was invalid may be valid once the folder or a setting is mended.
        """
        known, newest, digest = self._keeping.known, self._keeping.newest, self._keeping.incoming.digest
        if known is None or newest is None or digest is None:
            return False
        outgrown = "" if assessment.kind is Kind.INVALID else Kind.INVALID
        if last_updated is None:
            return newest.digest == digest and newest.kind != outgrown
        return self._intake.has(known.id, digest, last_updated, outgrown)

    def _is_foreign(self, resource: dict[str, Any]) -> bool:
        """A response to a Questionnaire that is not ours, and not a later version of one that was."""
        url = str(resource.get("questionnaire", "")).partition("|")[0]
        known = self._keeping.known
        ours = known is not None and known.questionnaire is not None
        return not ours and not self._keeping.assessor.catalog.versions(url)

    def _note_foreign(self, resource: dict[str, Any]) -> Receipt:
        return self._noted(
            "other-questionnaire",
            response_id=_short(self._keeping.arrival.response_id or resource.get("id"), 64),
            version_id=_short(_meta(resource).get("versionId"), 64),
            questionnaire=_short(resource.get("questionnaire"), 300),
        )

    def _noted(self, kind: str, **what: str | None) -> Receipt:
        self._intake.note(kind, **what)
        return Receipt(verdict=Verdict.NOTED)


def _meta(resource: dict[str, Any]) -> dict[str, Any]:
    meta = resource.get("meta")
    return meta if isinstance(meta, dict) else {}


def _short(text: object, most: int) -> str | None:
    """Bounded and printable, since what is not ours is not checked either; no column holds a NUL."""
    return text[:most] if isinstance(text, str) and text.isprintable() else None
