"""Response + catalog → result or issues. Pure: it serves the doors, ``$extract``, ``score`` and ``validate``."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fhir_alliance.catalog import Catalog, Published
from fhir_alliance.fhir.issues import Code, Issue, as_warning, bounded, error, errors, information
from fhir_alliance.fhir.r4 import response_issues
from fhir_alliance.fhir.response import (
    SCORED_STATUSES,
    Answers,
    header_issues,
    labels,
    local_reference,
    source_of,
)
from fhir_alliance.fhir.rules import item_issues
from fhir_alliance.fhir.wire import structure
from fhir_alliance.scoring.fit import count, fit, topics
from fhir_alliance.scoring.instrument import Instrument
from fhir_alliance.scoring.result import Result, Sharing, Source

RESPONSE = "QuestionnaireResponse"


@dataclass(frozen=True, slots=True)
class Clinic:
    """What an assessment needs to know of the clinic."""

    name: str
    #: base URL of its EHR
    ehr_url: str | None
    #: what stands in the chart where the client did not say
    sharing: Sharing
    #: v3-Confidentiality code, the least that a result gets
    confidentiality: str


class Kind(StrEnum):
    """What a version calls for."""

    SCORED = "scored"
    #: no question answered yes, no or not sure
    BLANK = "blank"
    #: the client wants nothing in the chart
    UNSHARED = "unshared"
    #: in progress, or stopped
    UNSCORED = "unscored"
    #: entered in error
    WITHDRAWN = "withdrawn"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found in one version of a response."""

    kind: Kind
    issues: tuple[Issue, ...]
    result: Result | None = None
    #: ``Patient/{id}``, where it could be read
    subject: str | None = None
    #: ``url|version`` that it was checked against
    questionnaire: str | None = None


@dataclass(frozen=True, slots=True)
class Assessor:
    """Checks and scores the responses of one clinic."""

    catalog: Catalog
    clinic: Clinic
    #: name and version of this program
    program: str

    def assess(
        self,
        resource: dict[str, Any],
        submission_id: str,
        source_id: str | None,
        now: datetime,
        first_questionnaire: str | None = None,
        broken: tuple[Issue, ...] | None = None,
    ) -> Assessment:
        """Check and score one response.

        ``source_id``: the id under which the EHR can read the response, where it can; ``first_questionnaire``: the
        ``url|version`` that the submission's first version was checked against; ``broken``: what ``r4_issues``
        found, where that was asked before. All issues are reported
        at once; where R4 itself is broken, the Questionnaire's rules are not tried.
        https://hl7.org/fhir/R4/questionnaireresponse.html
        """
        subject = local_reference(resource.get("subject"), "Patient", self.clinic.ehr_url)
        broken = r4_issues(resource) if broken is None else broken
        if broken:
            return _broken(resource, broken, subject)
        published, issues = self._check(resource, first_questionnaire, now)
        questionnaire = published.instrument.canonical if published else None
        if resource["status"] == "entered-in-error":
            return Assessment(Kind.WITHDRAWN, _withdrawn(issues), None, subject, questionnaire)
        if errors(issues) or published is None:
            return Assessment(Kind.INVALID, issues, None, subject, questionnaire)
        if resource["status"] not in SCORED_STATUSES or subject is None:
            unscored = information(f"A response with status {resource['status']} is not scored.")
            return Assessment(Kind.UNSCORED, (*issues, unscored), None, subject, questionnaire)
        source = source_of(resource, source_id, submission_id)
        kind, told, result = self._score(resource, published.instrument, subject, source, now)
        return Assessment(kind, (*issues, *told), result, subject, questionnaire)

    def _check(
        self, resource: dict[str, Any], first_questionnaire: str | None, now: datetime
    ) -> tuple[Published | None, tuple[Issue, ...]]:
        """The Questionnaire, and every rule of ours and of its that ``resource`` breaks."""
        published, missing = resolve(resource, self.catalog, first_questionnaire)
        items = bounded(item_issues(published.form, resource)) if published else ()
        return published, (*missing, *header_issues(resource, self.clinic.ehr_url, now), *items)

    def _score(
        self,
        resource: dict[str, Any],
        instrument: Instrument,
        subject: str,
        source: Source,
        now: datetime,
    ) -> tuple[Kind, tuple[Issue, ...], Result | None]:
        answers = Answers(resource, instrument)
        scored = answers.scored()
        sharing = answers.sharing() or self.clinic.sharing
        if all(answer.silent for answer in scored.values()):
            return Kind.BLANK, (information("No question is answered, so there is no result."),), None
        if sharing is Sharing.NONE:
            return Kind.UNSHARED, (information("The client wants no summary in the record."),), None
        counts = count(tuple(scored.values()))
        result = Result(
            questionnaire=instrument.canonical,
            fit=fit(counts, instrument.rule.threshold),
            counts=counts,
            topics=topics(instrument.questions, scored) if sharing is Sharing.TOPICS else (),
            sharing=sharing,
            subject=subject,
            encounter=local_reference(resource.get("encounter"), "Encounter", self.clinic.ehr_url),
            source=source,
            authored=resource["authored"],
            effective=resource["authored"],
            therapist=answers.therapist(),
            contact=answers.contact(),
            labels=labels(resource, self.clinic.confidentiality),
            issued=now,
            program=self.program,
        )
        return Kind.SCORED, (), result


def r4_issues(resource: dict[str, Any]) -> tuple[Issue, ...]:
    """What makes ``resource`` no valid R4 QuestionnaireResponse, whoever finds it."""
    broken = structure(resource, RESPONSE)
    if resource.get("resourceType") != RESPONSE:
        return broken
    return (*broken, *response_issues(resource))


def _broken(resource: dict[str, Any], issues: tuple[Issue, ...], subject: str | None) -> Assessment:
    """A withdrawal is judged by identity alone, so that a faulty response can always be withdrawn."""
    if resource.get("resourceType") == RESPONSE and resource.get("status") == "entered-in-error":
        return Assessment(Kind.WITHDRAWN, _withdrawn(issues), None, subject)
    return Assessment(Kind.INVALID, issues, None, subject)


def _withdrawn(issues: tuple[Issue, ...]) -> tuple[Issue, ...]:
    told = information("The response was entered in error, so there is no result.")
    return (*map(as_warning, issues), told)


def resolve(
    resource: dict[str, Any], catalog: Catalog, first_questionnaire: str | None
) -> tuple[Published | None, tuple[Issue, ...]]:
    """The Questionnaire a response was made with, or why there is none.

    Exact by ``url|version``; without version the submission's ``first_questionnaire``, else the only active one.
    """
    where, canonical = f"{RESPONSE}.questionnaire", resource.get("questionnaire")
    if not canonical:
        return None, (error(Code.REQUIRED, "A response names its Questionnaire.", where),)
    url, _, version = canonical.partition("|")
    versions = catalog.versions(url)
    if not versions:
        return None, (error(Code.NOT_FOUND, "This Questionnaire is not known here.", where),)
    if not version:
        return _without_version(versions, url, first_questionnaire, where)
    published = versions.get(version)
    if published is None:
        return None, (error(Code.NOT_FOUND, "This version of the Questionnaire is not known here.", where),)
    if published.status == "draft":
        return None, (error(Code.BUSINESS_RULE, "This version of the Questionnaire is a draft.", where),)
    return published, ()


def _without_version(
    versions: dict[str, Published], url: str, first_questionnaire: str | None, where: str
) -> tuple[Published | None, tuple[Issue, ...]]:
    first_url, _, first_version = (first_questionnaire or "").partition("|")
    if first_url == url and first_version in versions:
        return versions[first_version], ()
    active = [published for published in versions.values() if published.status == "active"]
    if len(active) == 1:
        return active[0], ()
    text = "Without a version the Questionnaire is not clear: add |version."
    return None, (error(Code.NOT_FOUND, text, where),)
