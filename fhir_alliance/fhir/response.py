"""What a response says beside its items, and its answers as the rule reads them."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from fhir_alliance.fhir import systems
from fhir_alliance.fhir.datetimes import in_future, span, to_the_day
from fhir_alliance.fhir.issues import Code, Issue, error
from fhir_alliance.fhir.questionnaire import CONTACT, SHARING, THERAPIST
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.fhir.rules import NOT_UNDERSTOOD
from fhir_alliance.scoring.answers import Answer
from fhir_alliance.scoring.instrument import Coding, Instrument
from fhir_alliance.scoring.result import Sharing, Source

#: statuses in which a response is scored, so that it must be whole
SCORED_STATUSES = frozenset({"completed", "amended"})
CLOCK_DRIFT = timedelta(hours=24)


def local_reference(reference: Any, resource_type: str, ehr_url: str | None) -> str | None:
    """``Type/id`` where ``reference`` is that, or lies under the clinic's EHR; else None.

    A version (``/_history/n``) is dropped.
    """
    text = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(text, str) or reference.get("type", resource_type) != resource_type:
        return None
    if ehr_url and text.startswith(f"{ehr_url.rstrip('/')}/"):
        text = text[len(ehr_url.rstrip("/")) + 1 :]
    parts = re.fullmatch(rf"{resource_type}/([^/]+)(?:/_history/[^/]+)?", text)
    return f"{resource_type}/{parts[1]}" if parts and is_id(parts[1]) else None


def header_issues(resource: dict[str, Any], ehr_url: str | None, now: datetime) -> Iterator[Issue]:
    """Subject, encounter and authored, where the status asks for them; what may change the meaning; labels."""
    scored = resource["status"] in SCORED_STATUSES
    yield from _modifier_issues(resource)
    yield from _label_issues(resource)
    yield from _subject_issues(resource, ehr_url, scored)
    if "encounter" in resource and local_reference(resource["encounter"], "Encounter", ehr_url) is None:
        yield error(
            Code.VALUE,
            "encounter must be Encounter/{id} in the clinic's EHR.",
            "QuestionnaireResponse.encounter.reference",
        )
    if scored:
        yield from _authored_issues(resource, now)


def _modifier_issues(resource: dict[str, Any]) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/extensibility.html#modifierExtension: it must not be passed over."""
    for element in ("implicitRules", "modifierExtension"):
        if element in resource:
            yield error(Code.NOT_SUPPORTED, NOT_UNDERSTOOD, f"QuestionnaireResponse.{element}")


def _label_issues(resource: dict[str, Any]) -> Iterator[Issue]:
    """How confidential it is must be understood (https://hl7.org/fhir/R4/security-labels.html)."""
    for index, label in enumerate(resource.get("meta", {}).get("security", ())):
        code = label.get("code")
        if code and label.get("system") == systems.CONFIDENTIALITY and code not in systems.CONFIDENTIALITIES:
            where = f"QuestionnaireResponse.meta.security[{index}].code"
            yield error(Code.CODE_INVALID, "There is no such confidentiality.", where)


def _subject_issues(resource: dict[str, Any], ehr_url: str | None, scored: bool) -> Iterator[Issue]:
    if "subject" in resource:
        if local_reference(resource["subject"], "Patient", ehr_url) is None:
            where = "QuestionnaireResponse.subject.reference"
            yield error(Code.VALUE, "subject must be Patient/{id} in the clinic's EHR.", where)
    elif scored:
        yield error(Code.REQUIRED, "A finished response has a subject.", "QuestionnaireResponse.subject")


def _authored_issues(resource: dict[str, Any], now: datetime) -> Iterator[Issue]:
    where, authored = "QuestionnaireResponse.authored", resource.get("authored")
    if authored is None:
        yield error(Code.REQUIRED, "A finished response says when it was authored.", where)
        return
    try:
        if in_future(authored, now, CLOCK_DRIFT):
            yield error(Code.BUSINESS_RULE, "authored lies more than 24 hours in the future.", where)
        elif not to_the_day(authored):
            yield error(Code.VALUE, "authored must name at least the day.", where)
        else:
            span(authored)
    except ValueError:
        yield error(Code.VALUE, "There is no such date.", where)


def source_of(resource: dict[str, Any], response_id: str | None, submission: str) -> Source:
    """What the Observation is derived from: literal by id, else by identifier, else by the submission's UUID."""
    identifier = resource.get("identifier", {})
    if not response_id and identifier.get("system") and identifier.get("value"):
        return Source(identifier["system"], identifier["value"])
    reference = f"QuestionnaireResponse/{response_id}" if response_id else None
    return Source(systems.URI, f"urn:uuid:{submission}", reference)


class Answers:
    """The answers of one valid response, by linkId."""

    def __init__(self, resource: dict[str, Any], instrument: Instrument) -> None:
        self._instrument = instrument
        self._values = dict(_first_values(resource))

    def scored(self) -> dict[str, Answer]:
        """LinkId of each scored question → its answer."""
        return {question.link_id: self._answer(question.link_id) for question in self._instrument.questions}

    def _answer(self, link_id: str) -> Answer:
        coding = self._coding(link_id)
        if coding is None:
            return Answer.SKIPPED
        return self._instrument.rule.answers.get(coding, Answer.DECLINED)

    def _coding(self, link_id: str) -> tuple[str, str] | None:
        coding = self._values.get(link_id, {}).get("valueCoding")
        return (coding["system"], coding["code"]) if coding else None

    def therapist(self) -> str | None:
        """Whom the client met, in the client's own words."""
        value: str | None = self._values.get(THERAPIST, {}).get("valueString")
        return value

    def contact(self) -> Coding | None:
        """After what contact the client answered."""
        coding = self._coding(CONTACT)
        return self._instrument.wording.contacts.get(coding[1]) if coding else None

    def sharing(self) -> Sharing | None:
        """What the client lets stand in the chart; None where that was not answered."""
        coding = self._coding(SHARING)
        return Sharing(coding[1]) if coding else None


def _first_values(parent: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in parent.get("item", ()):
        yield from _first_values(item)
        for answer in item.get("answer", ())[:1]:
            yield item["linkId"], answer
            yield from _first_values(answer)


def labels(resource: dict[str, Any], confidentiality: str) -> tuple[Coding, ...]:
    """The response's security labels, with one confidentiality: the higher of its own and the clinic's.

    https://hl7.org/fhir/R4/security-labels.html
    """
    ranks = tuple(systems.CONFIDENTIALITIES)
    highest, others = confidentiality, []
    for label in resource.get("meta", {}).get("security", ()):
        system, code = label.get("system", ""), label.get("code", "")
        if system == systems.CONFIDENTIALITY and code in ranks:
            highest = max(highest, code, key=ranks.index)
        elif system and code:
            others.append(Coding(system, code, label.get("display", "")))
    return (
        Coding(systems.CONFIDENTIALITY, highest, systems.CONFIDENTIALITIES[highest]),
        *dict.fromkeys(others),
    )
