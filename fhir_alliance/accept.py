"""A version of a response in → the ledger, in one transaction and without any call to the EHR."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from fhir_alliance.assess import RESPONSE, Assessment, Assessor, Kind
from fhir_alliance.consequence import TWO_SUBMISSIONS, Consequence
from fhir_alliance.errors import Unreadable
from fhir_alliance.fhir.datetimes import parse_instant
from fhir_alliance.fhir.identity import Door, Key, bytes_key, id_key, keys, submission_id, version_digest
from fhir_alliance.fhir.issues import Code, Issue, error, errors, operation_outcome, warning
from fhir_alliance.fhir.json_text import parse_object
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.ledger.intake import Intake
from fhir_alliance.ledger.ledger import Ledger
from fhir_alliance.ledger.records import Submission, Version

#: the kind of a version that says the response is gone
DELETED = "deleted"
#: what changes what should stand
_EFFECTIVE = frozenset({Kind.SCORED, Kind.BLANK, Kind.UNSHARED, Kind.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What came in at a door."""

    door: Door
    #: the id in the path, where there is one
    response_id: str | None = None
    #: None where the response was deleted
    body: bytes | None = None
    #: the versions that may be replaced, from If-Match (``*``: any that is held); None where it does not matter
    if_match: Collection[str] | None = None


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


@dataclass(frozen=True, slots=True)
class _Incoming:
    """An arrival, read as far as it can be."""

    keys: tuple[Key, ...]
    resource: dict[str, Any] | None
    #: why there is no resource
    issues: tuple[Issue, ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(key.kind, key.value) for key in self.keys]


class Reception:
    """Takes in what comes to the doors of one clinic."""

    def __init__(self, ledger: Ledger, assessor: Assessor, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._assessor = assessor
        self.now = clock

    def receive(self, arrival: Arrival) -> Receipt:
        """Take in one version, or a deletion."""
        incoming = _read(arrival)
        now = self.now()
        with self._ledger.intake(now) as intake:
            return _Transaction(intake, self._assessor, arrival, incoming, now).receipt()


def _read(arrival: Arrival) -> _Incoming:
    named = (id_key(arrival.door, arrival.response_id),) if arrival.response_id else ()
    if arrival.body is None:
        return _Incoming(named, None)
    try:
        resource = parse_object(arrival.body)
    except Unreadable as fault:
        return _Incoming(named or (bytes_key(arrival.body),), None, (fault.issue,))
    own_id = resource.get("id") if arrival.door is Door.NOTIFY else None
    return _Incoming(keys(resource, arrival.door, arrival.response_id or own_id), resource)


class _Transaction:
    """One arrival within its transaction."""

    def __init__(
        self, intake: Intake, assessor: Assessor, arrival: Arrival, incoming: _Incoming, now: datetime
    ) -> None:
        self.intake = intake
        self.assessor = assessor
        self.arrival = arrival
        self.incoming = incoming
        self.now = now
        self.matches = intake.find(incoming.pairs)
        self.known = self.matches[0] if self.matches else None
        self.newest = intake.newest(self.known.id) if self.known else None

    def receipt(self) -> Receipt:
        if self.arrival.body is None:
            return self._deleted()
        if self.arrival.door is Door.NOTIFY:
            return self._notified()
        return self._submitted(self.incoming.resource)

    # --- a deletion, at either door

    def _deleted(self) -> Receipt:
        if not self._may_replace():
            return self._stale()
        if self.newest is None or self.newest.kind != DELETED:
            self._keep(Assessment(Kind.WITHDRAWN, ()), DELETED, self.now)
        return Receipt(verdict=Verdict.DELETED)

    # --- our own FHIR server

    def _submitted(self, resource: dict[str, Any] | None) -> Receipt:
        if resource is None:
            return Receipt(verdict=Verdict.REFUSED, issues=self.incoming.issues)
        if len(self.matches) > 1:
            return self._conflict()
        if not self._may_replace():
            return self._stale()
        assessment = self._assess(resource)
        if errors(assessment.issues):
            return Receipt(verdict=Verdict.REFUSED, issues=assessment.issues)
        if self._is_held(resource):
            return self._told(Verdict.UNCHANGED, self.newest, ())
        return self._taken(assessment)

    def _taken(self, assessment: Assessment) -> Receipt:
        new = self.newest is None or self.newest.kind == DELETED or self.newest.door != Door.FHIR
        moved = self._keep(assessment, assessment.kind, None)
        issues = assessment.issues
        if moved:
            told = "The subject changed: the new result is held until a person releases it."
            issues = (*issues, warning(Code.BUSINESS_RULE, told, f"{RESPONSE}.subject"))
        newest = self.intake.newest(self._owner().id)
        return self._told(Verdict.CREATED if new else Verdict.UPDATED, newest, issues)

    def _may_replace(self) -> bool:
        """If-Match, against the version that is held (https://hl7.org/fhir/R4/http.html#concurrency)."""
        if self.arrival.if_match is None:
            return True
        held = self.newest if self.newest and self.newest.kind != DELETED else None
        return held is not None and not {"*", str(held.number)}.isdisjoint(self.arrival.if_match)

    def _is_held(self, resource: dict[str, Any]) -> bool:
        """The same version as the newest one."""
        if self.newest is None or self.newest.kind == DELETED or self.newest.door != Door.FHIR:
            return False
        return self.newest.digest == version_digest(resource)

    def _conflict(self) -> Receipt:
        told = error(Code.CONFLICT, "The id and the identifier name two submissions.", f"{RESPONSE}.identifier")
        return Receipt(verdict=Verdict.CONFLICT, issues=(told,))

    def _stale(self) -> Receipt:
        told = error(Code.CONFLICT, "If-Match does not name the version that is held.")
        return Receipt(verdict=Verdict.STALE, issues=(told,))

    def _told(self, verdict: Verdict, kept: Version | None, issues: tuple[Issue, ...]) -> Receipt:
        return Receipt(
            verdict=verdict,
            issues=issues,
            fhir_id=self.arrival.response_id or self._owner().fhir_id,
            number=kept.number if kept else 0,
            received_at=kept.received_at if kept else None,
        )

    # --- an EHR's events

    def _notified(self) -> Receipt:
        resource = self.incoming.resource
        if not (self.arrival.body or b"").strip():
            self.intake.note("empty", None, None, None)
            return Receipt(verdict=Verdict.NOTED)
        if resource is None:
            self._keep(Assessment(Kind.INVALID, self.incoming.issues), Kind.INVALID, None)
            return Receipt(verdict=Verdict.UPDATED, issues=self.incoming.issues)
        if self._is_foreign(resource):
            return self._noted(resource)
        last_updated = parse_instant(_meta(resource).get("lastUpdated"))
        if self._was_taken(resource, last_updated):
            return Receipt(verdict=Verdict.UNCHANGED)
        assessment = self._assess(resource)
        self._keep(assessment, assessment.kind, last_updated)
        return Receipt(verdict=Verdict.UPDATED, issues=assessment.issues)

    def _is_foreign(self, resource: dict[str, Any]) -> bool:
        """Not a response, or one to a Questionnaire that is not ours; unless the submission is known."""
        if resource.get("resourceType") != RESPONSE:
            return True
        url = str(resource.get("questionnaire", "")).partition("|")[0]
        return self.known is None and not self.assessor.catalog.versions(url)

    def _noted(self, resource: dict[str, Any]) -> Receipt:
        kind = _NOTICES.get(str(resource.get("resourceType")), "other-resource")
        if kind == "other-questionnaire":
            response_id = self.arrival.response_id or resource.get("id")
            version_id, url = _meta(resource).get("versionId"), resource.get("questionnaire")
            self.intake.note(kind, _short(response_id, 64), _short(version_id, 64), _short(url, 300))
        else:
            self.intake.note(kind, None, None, None)
        return Receipt(verdict=Verdict.NOTED)

    def _was_taken(self, resource: dict[str, Any], last_updated: datetime | None) -> bool:
        if self.known is None:
            return False
        digest = version_digest(resource)
        if last_updated is None:
            return self.newest is not None and self.newest.digest == digest
        return self.intake.has(self.known.id, digest, last_updated)

    # --- both doors

    def _assess(self, resource: dict[str, Any]) -> Assessment:
        first = self.known.questionnaire if self.known else None
        return self.assessor.assess(resource, self._submission_id(), self._source_id(resource), self.now, first)

    def _source_id(self, resource: dict[str, Any]) -> str | None:
        if self.arrival.door is Door.FHIR:
            return None
        found = self.arrival.response_id or resource.get("id")
        return found if is_id(found) else None

    def _submission_id(self) -> str:
        return self.known.id if self.known else submission_id(self.assessor.clinic.name, self.incoming.keys[0])

    def _owner(self) -> Submission:
        """The submission this version belongs to, opened where it is new."""
        if self.known is None:
            self.known = self.intake.open(self._submission_id())
        return self.known

    def _keep(self, assessment: Assessment, kind: str, last_updated: datetime | None) -> bool:
        """Keep the version and apply what it calls for; whether the subject changed."""
        owner = self._owner()
        effective = assessment.kind in _EFFECTIVE
        late = bool(effective and last_updated and owner.newest and last_updated < owner.newest)
        self._name(owner)
        self.intake.add(owner.id, self._version(owner.versions + 1, assessment, kind, late, last_updated))
        changes: dict[str, Any] = {"versions": owner.versions + 1}
        if assessment.questionnaire and not owner.questionnaire:
            changes["questionnaire"] = assessment.questionnaire
        if effective and not late and last_updated:
            changes["newest"] = last_updated
        self._change(changes)
        return effective and not late and self._apply(owner, assessment)

    def _apply(self, owner: Submission, assessment: Assessment) -> bool:
        hold = TWO_SUBMISSIONS if len(self.matches) > 1 else None
        clinic, catalog = self.assessor.clinic.name, self.assessor.catalog
        return Consequence(self.intake, clinic, catalog, owner, hold).apply(assessment)

    def _name(self, owner: Submission) -> None:
        """What matched is an alias from now on; a key that names another submission stays there."""
        pairs = self.incoming.pairs
        if self.arrival.door is Door.FHIR:
            fhir_id = self.arrival.response_id or owner.fhir_id or owner.id
            pairs = [*pairs, (Door.FHIR, fhir_id)]
            if owner.fhir_id is None:
                self._change({"fhir_id": fhir_id})
        self.intake.name(owner.id, pairs)

    def _change(self, changes: dict[str, Any]) -> None:
        self.intake.update(self._owner().id, **changes)
        self.known = replace(self._owner(), **changes)

    def _version(
        self, number: int, assessment: Assessment, kind: str, late: bool, last_updated: datetime | None
    ) -> Version:
        resource = self.incoming.resource
        return Version(
            number=number,
            door=self.arrival.door,
            kind=kind,
            late=late,
            digest=version_digest(resource) if resource else None,
            last_updated=last_updated,
            received_at=self.now,
            body=self.arrival.body,
            issues=operation_outcome(assessment.issues)["issue"] if assessment.issues else [],
        )


_NOTICES = {RESPONSE: "other-questionnaire", "Bundle": "bundle"}


def _meta(resource: dict[str, Any]) -> dict[str, Any]:
    meta = resource.get("meta")
    return meta if isinstance(meta, dict) else {}


def _short(text: object, most: int) -> str | None:
    """Bounded, since what is not ours was not checked either."""
    return text[:most] if isinstance(text, str) else None
