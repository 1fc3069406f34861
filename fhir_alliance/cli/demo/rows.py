"""What stands in the demo's EHR for each response, read back over HTTP, and why where nothing does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from fhir_alliance.assess import RESPONSE, Assessment, Assessor, Kind
from fhir_alliance.cli.demo.ehr import DemoEhr
from fhir_alliance.fhir import systems
from fhir_alliance.fhir.identity import Door, id_key, observation_id, submission_id
from fhir_alliance.fhir.issues import errors
from fhir_alliance.fhir.wording import value_text
from fhir_alliance.ledger.reads import Attention
from fhir_alliance.ledger.reasons import SUBJECT_CHANGED
from fhir_alliance.wiring import now

Resource = dict[str, Any]
NONE = "–"
_COUNTS = (systems.YES_COUNT, systems.NO_COUNT, systems.OPEN_COUNT)
_ANOTHER = "the response now names another patient"
_WHY = {
    Kind.BLANK: "no question is answered",
    Kind.UNSHARED: "the client wants no summary in the record",
    Kind.UNSCORED: "the response is not finished",
    Kind.WITHDRAWN: "entered in error",
}


class Outcome(StrEnum):
    """What became of a response in one chart."""

    STANDS = "in the chart"
    WITHDRAWN = "withdrawn"
    HELD = "held for a person"
    INVALID = "invalid"
    NOTHING = "without a result"
    WRONG = "not as it should be"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One response in one patient's chart."""

    client: str
    outcome: Outcome
    #: the value's text, or in plain words why there is none
    stands: str
    #: yes/no/open
    answers: str = NONE
    fit: str = NONE
    status: str = NONE
    #: ``Observation/{id}``
    where: str = NONE


@dataclass(frozen=True, slots=True)
class Reading:
    """Charts come from the EHR; what is held or invalid, from the service's ledger."""

    ehr: DemoEhr
    assessor: Assessor
    attention: Sequence[Attention]

    def row(self, response_id: str, subject: str) -> Row:
        """What stands in the chart of ``subject`` for one response, and whether it should."""
        response = self.ehr.read(f"{RESPONSE}/{response_id}")
        assessment = self.assessor.assess(response, "", response_id, now())
        here = assessment.subject == subject
        entry_id = self._entry_id(response_id, subject)
        row = _read(_name(self.ehr.read(subject)) or subject, self.ehr.observation(entry_id))
        held = next((one for one in self.attention if (one.kind, one.id) == ("held", entry_id)), None)
        if held:
            why = _ANOTHER if held.reason == SUBJECT_CHANGED else held.reason
            return replace(row, outcome=Outcome.HELD, stands=f"held for a person: {why}")
        if row.outcome is Outcome.STANDS:
            return row if self._is_right(row, assessment, here=here) else replace(row, outcome=Outcome.WRONG)
        if row.outcome is Outcome.NOTHING and here:
            return self._nothing(row, response_id, assessment)
        why = _WHY.get(assessment.kind, NONE) if here else _ANOTHER
        return replace(row, stands=f"{row.stands}: {why}")

    def _entry_id(self, response_id: str, subject: str) -> str:
        clinic = self.assessor.clinic.name
        return observation_id(clinic, submission_id(clinic, id_key(Door.NOTIFY, response_id)), subject)

    def _is_right(self, row: Row, assessment: Assessment, *, here: bool) -> bool:
        """An unfinished or invalid version leaves standing what stood."""
        result = assessment.result
        if result is None:
            return here and assessment.kind in (Kind.INVALID, Kind.UNSCORED)
        return here and row.stands == value_text(result, self.assessor.catalog.instrument(result.questionnaire))

    def _nothing(self, row: Row, response_id: str, assessment: Assessment) -> Row:
        """Nothing stands in the chart of the patient whom the response names."""
        if assessment.kind is Kind.SCORED:
            return replace(row, outcome=Outcome.WRONG, stands="nothing, though there is a result")
        if assessment.kind is not Kind.INVALID:
            return replace(row, stands=f"nothing: {_WHY[assessment.kind]}")
        known = any(one.kind == "invalid" and one.response == response_id for one in self.attention)
        first = errors(assessment.issues)[0].diagnostics
        outcome = Outcome.INVALID if known else Outcome.WRONG
        return replace(row, outcome=outcome, stands=f"nothing: the response is invalid. {first}")


def _read(client: str, found: Resource | None) -> Row:
    """What an Observation says, whoever reads it."""
    if found is None:
        return Row(client=client, outcome=Outcome.NOTHING, stands="nothing")
    status, where = found["status"], f"Observation/{found['id']}"
    if status == "entered-in-error":
        outcome = Outcome.WITHDRAWN
        return Row(client=client, outcome=outcome, stands="withdrawn", status=status, where=where)
    value = found.get("valueCodeableConcept", {})
    return Row(
        client=client,
        outcome=Outcome.STANDS,
        stands=value.get("text", NONE),
        answers=_answers(found),
        fit=value.get("coding", [{}])[0].get("code", NONE).replace("-", " "),
        status=status,
        where=where,
    )


def _answers(found: Resource) -> str:
    counts = {
        component["code"]["coding"][0]["code"]: component["valueQuantity"]["value"]
        for component in found.get("component", ())
        if "valueQuantity" in component
    }
    return "/".join(str(counts.get(code, NONE)) for code in _COUNTS)


def _name(patient: Resource) -> str:
    name = patient.get("name", [{}])[0]
    return name.get("text") or " ".join([*name.get("given", ()), name.get("family", "")]).strip()
