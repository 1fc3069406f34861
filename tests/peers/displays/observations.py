"""Our Observations in every way that a clinician may meet one."""

from dataclasses import replace
from typing import Any

from fhir_alliance.assess import Assessor
from fhir_alliance.extract import extract
from fhir_alliance.fhir.observation import observation
from fhir_alliance.scoring.fit import Fit
from fhir_alliance.scoring.instrument import Instrument
from fhir_alliance.scoring.result import Reason, Result, Standing, Status, Withdrawn
from tests.building import CLINIC, ENTRY, NOW, PROGRAM, SUBMISSION, Resource, checklist, response, result, shipped

#: all that can be shared
FULL = "NYYYYYYOD"
THERAPIST = "Dr. Jürgen Größl"
#: what a client may type for a name
AWKWARD = 'Dr <b>O\'Neil</b> & "Groß"'
#: characters that the profile lets the value's text have
LONGEST = 90


def extracted(id: str, answers: str = "YYYYYYYNO", **named: Any) -> Resource:  # noqa: A002
    """The Observation that ``$extract`` gives for the response of that id."""
    made, _ = extract(Assessor(shipped(), CLINIC, PROGRAM), response(answers, id=id, **named), NOW)
    assert made is not None
    return made


def _full() -> Result:
    return result(FULL, sharing="topics", contact="first-session", therapist=THERAPIST)


def _amended() -> Resource:
    return observation(Standing(_full(), Status.AMENDED), ENTRY, checklist())


def _longest() -> Resource:
    """A value whose text is as long as it may be: another clinic's words for the same fit."""
    made = _full()
    words = "enough in common for the two to build on, session by session"
    room = LONGEST - len("Yes to 6 of 9 (no 1, open 2): ")
    instrument = _worded(checklist(), made.fit, words[:room].strip())
    return observation(Standing(made, Status.FINAL), SUBMISSION, instrument)


def _worded(instrument: Instrument, fit: Fit, words: str) -> Instrument:
    wording = instrument.wording
    fits = {**wording.fits, fit: replace(wording.fits[fit], display=words)}
    return replace(instrument, wording=replace(wording, fits=fits))


def withdrawn(reason: Reason) -> Resource:
    """The same, gone again."""
    return observation(Standing(Withdrawn(_full(), reason), Status.ENTERED_IN_ERROR), ENTRY, checklist())


#: name of a case → the Observation
STANDING: dict[str, Resource] = {
    "final": extracted("final"),
    "all-yes": extracted("all-yes", "YYYYYYYYY"),
    "all-no": extracted("all-no", "NNNNNNNNN"),
    "not-yet-clear": extracted("not-yet-clear", "YYYYNNOOD"),
    "topics": extracted("topics", FULL, sharing="topics", contact="first-session", therapist=THERAPIST),
    "amended": _amended(),
    "umlauts": extracted("umlauts", FULL, therapist="Prof. Łukasz Čapek-Größl"),
    "awkward-name": extracted("awkward-name", FULL, therapist=AWKWARD),
    "longest": _longest(),
}
