"""Keeping one arrival: whose version it is, what it calls for, and its row; the same for both doors."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fhir_alliance.assess import Assessment, Assessor, Kind, r4_issues
from fhir_alliance.consequence import Consequence
from fhir_alliance.fhir.identity import Door, Key, bytes_key, id_key, keys, submission_id, version_digest
from fhir_alliance.fhir.issues import Issue, Unreadable, operation_outcome
from fhir_alliance.fhir.json_text import parse_object
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.ledger.intake import Intake
from fhir_alliance.ledger.reasons import TWO_SUBMISSIONS
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
    #: the id of the request that brought it
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """An arrival, read as far as it can be."""

    keys: tuple[Key, ...]
    #: None where it was deleted, or cannot be read
    resource: dict[str, Any] | None
    #: equal for copies of one version; None for a deletion
    digest: str | None
    #: why it cannot be read, or is no valid R4
    issues: tuple[Issue, ...] = ()


def read_arrival(arrival: Arrival) -> Incoming:
    """Read and check all that needs no ledger, so that no lock is held for it."""
    named = (id_key(arrival.door, arrival.response_id),) if arrival.response_id else ()
    if arrival.body is None:
        return Incoming(named, None, None)
    try:
        resource = parse_object(arrival.body)
    except Unreadable as fault:
        key = bytes_key(arrival.body)
        return Incoming(named or (key,), None, key.value, (fault.issue,))
    own_id = resource.get("id") if arrival.door is Door.NOTIFY else None
    found = keys(resource, arrival.door, arrival.response_id or own_id)
    return Incoming(found, resource, version_digest(resource), r4_issues(resource))


class Keeping:
    """One arrival within the transaction that takes it in."""

    def __init__(
        self, intake: Intake, assessor: Assessor, arrival: Arrival, incoming: Incoming, now: datetime
    ) -> None:
        self.intake = intake
        self.assessor = assessor
        self.arrival = arrival
        self.incoming = incoming
        self.now = now
        self._found = intake.find(incoming.keys)
        #: every submission that a key names, the strongest key's first
        self.matches = list({one.id: one for one in self._found.values()}.values())
        #: the submission it belongs to, where there is one already
        self.known = self.matches[0] if self.matches else None
        self._submission_id = (
            self.known.id if self.known else submission_id(assessor.clinic.name, incoming.keys[0])
        )
        #: the submission's last version at this door
        self.newest = intake.newest(self.known.id, arrival.door) if self.known else None

    def assess(self, resource: dict[str, Any]) -> Assessment:
        """Check and score, as a version of this submission."""
        return self.assessor.assess(
            resource,
            self._submission_id,
            self._source_id(resource),
            self.now,
            self.known.questionnaire if self.known else None,
            self.incoming.issues,
        )

    def keep(self, assessment: Assessment, last_updated: datetime | None) -> Submission:
        """Keep the version and apply what it calls for; the submission as it is now."""
        return self._keep(assessment, assessment.kind, last_updated)

    def delete(self) -> None:
        """Keep that the response is gone. That stands from its arrival on, whatever the EHR's clock says."""
        last = self.newest.number if self.newest and self.newest.kind == DELETED else None
        if self.known and self.known.versions == last:
            return
        times = [self.now, *([self.known.last_updated] if self.known and self.known.last_updated else [])]
        self._keep(Assessment(Kind.WITHDRAWN, ()), DELETED, max(times))

    def _source_id(self, resource: dict[str, Any]) -> str | None:
        """The id under which the EHR can read the response: what came to our own server it never had."""
        if self.arrival.door is Door.FHIR:
            return None
        found = self.arrival.response_id or resource.get("id")
        return found if is_id(found) else None

    def _keep(self, assessment: Assessment, kind: str, last_updated: datetime | None) -> Submission:
        before = self.known or Submission(self._submission_id)
        effective = assessment.kind in _EFFECTIVE
        late = bool(effective and last_updated and before.last_updated and last_updated < before.last_updated)
        applied = effective and not late
        after = self._after(before, assessment, last_updated if applied else None, applied=applied)
        names = self._names(before, after)
        hold = TWO_SUBMISSIONS if len(self.matches) > 1 else None
        clinic, catalog = self.assessor.clinic.name, self.assessor.catalog
        consequence = Consequence(self.intake, clinic, catalog, before, hold)
        (self.intake.change if self.known else self.intake.open)(after)
        self.intake.name(after.id, names)
        self.intake.add(after.id, self._version(after.versions, assessment, kind, late, last_updated))
        if applied:
            consequence.apply(assessment)
        return after

    def _after(
        self, before: Submission, assessment: Assessment, last_updated: datetime | None, *, applied: bool
    ) -> Submission:
        """What is known of the submission once this version is kept."""
        at_our_server = self.arrival.door is Door.FHIR
        result = assessment.result if applied else None
        return replace(
            before,
            questionnaire=before.questionnaire or assessment.questionnaire,
            fhir_id=before.fhir_id or (self.arrival.response_id or before.id if at_our_server else None),
            subject=result.subject if result else before.subject,
            last_updated=last_updated or before.last_updated,
            versions=before.versions + 1,
        )

    def _names(self, before: Submission, after: Submission) -> list[Key]:
        """What matched is an alias from now on; a key that names another submission stays there."""
        found, named = self._found, self.incoming.keys
        if after.fhir_id and not (before.fhir_id or self.arrival.response_id):  # it is ours to give
            own = (id_key(Door.FHIR, after.fhir_id),)
            found, named = {**found, **self.intake.find(own)}, named + own
        return [key for key in named if key not in found]

    def _version(
        self, number: int, assessment: Assessment, kind: str, late: bool, last_updated: datetime | None
    ) -> Version:
        return Version(
            number=number,
            door=self.arrival.door,
            kind=kind,
            late=late,
            digest=self.incoming.digest,
            last_updated=last_updated,
            received_at=self.now,
            body=self.arrival.body,
            issues=operation_outcome(assessment.issues)["issue"] if assessment.issues else [],
        )
