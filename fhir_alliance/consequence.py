"""What a version of a response means for the charts: which entries begin, change or are withdrawn."""

from dataclasses import dataclass, replace
from typing import Any

from fhir_alliance.assess import Assessment, Kind
from fhir_alliance.catalog import Catalog
from fhir_alliance.fhir.datetimes import span
from fhir_alliance.fhir.identity import observation_id
from fhir_alliance.ledger.intake import Intake
from fhir_alliance.ledger.reasons import SUBJECT_CHANGED
from fhir_alliance.ledger.records import Entry, Submission
from fhir_alliance.scoring.result import Reason, Result, Withdrawn, result_of


@dataclass(frozen=True, slots=True)
class Consequence:
    """Applies one effective version of one submission within the transaction that takes it in."""

    intake: Intake
    clinic: str
    catalog: Catalog
    #: as it was known before this version
    submission: Submission
    #: why a person must look before anything of it is written
    hold: str | None

    def apply(self, assessment: Assessment) -> None:
        """Change what should stand."""
        entries = self.intake.entries(self.submission.id) if self.submission.versions else []
        result = assessment.result
        if result is None:
            reason = Reason.MASKED if assessment.kind is Kind.UNSHARED else Reason.ERROR
            self._withdraw(entries, reason)
            return
        self._withdraw([one for one in entries if one.subject != result.subject], Reason.ERROR)
        own = [one for one in entries if one.subject == result.subject]
        hold = SUBJECT_CHANGED if is_moved(self.submission, assessment) else self.hold
        self._call_for(result, own[0] if own else None, hold)

    def _withdraw(self, entries: list[Entry], reason: Reason) -> None:
        for entry in entries:
            if not isinstance(entry.wanted, Withdrawn) or entry.wanted.reason is not reason:
                self.intake.call_for(entry, Withdrawn(result_of(entry.wanted), reason), self.hold, {})

    def _call_for(self, result: Result, entry: Entry | None, hold: str | None) -> None:
        if entry is None:
            entry_id = observation_id(self.clinic, self.submission.id, result.subject)
            self.intake.open_entry(entry_id, self.submission.id, result, hold, self._search(result))
        else:
            again = replace(result, effective=result_of(entry.wanted).effective)
            self.intake.call_for(entry, again, hold, self._search(again))

    def _search(self, result: Result) -> dict[str, Any]:
        """The columns that searches look at."""
        code = self.catalog.instrument(result.questionnaire).wording.observation
        start, end = span(result.effective)
        return {
            "subject": result.subject,
            "code": f"{code.system}|{code.code}",
            "questionnaire": result.questionnaire,
            "effective_from": start,
            "effective_until": end,
            "issued": result.issued,
        }


def is_moved(submission: Submission, assessment: Assessment) -> bool:
    """Whether a result is about another patient than the submission's last one."""
    result = assessment.result
    return result is not None and submission.subject not in (None, result.subject)
