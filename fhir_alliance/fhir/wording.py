"""Result → what the clinician reads: the value's text, the note and the narrative.

The sentences of an instrument come from its files; only what joins them stands here. Nothing is said that the
source of the rule would not say: no percentage, no rank, no forecast.
"""

import re
import unicodedata
from datetime import datetime
from html import escape

from fhir_alliance.fhir.datetimes import spoken
from fhir_alliance.fhir.systems import XHTML
from fhir_alliance.scoring.instrument import Instrument, Question
from fhir_alliance.scoring.result import Result, Sharing, Standing, Status

#: longer than any name; the rest of what a client wrote stays in the response
MOST_NAME = 80
_NAME_MARKS = " .,'’-/&"
#: Markdown's, since a note is Markdown; where a display drops line ends, blanks are left
LINE_BREAK = "  \n"


def value_text(result: Result, instrument: Instrument) -> str:
    """The score in one line: most charts show only this."""
    counts = result.counts
    fit = instrument.wording.fits[result.fit].display
    return f"Yes to {counts.yes} of {counts.questions} (no {counts.no}, open {counts.open}): {fit}"


def note(standing: Standing, result: Result, instrument: Instrument) -> str:
    """The plain words beside the value, one paragraph a line."""
    paragraphs = [
        f"{_occasion(standing, result)} {_count_sentence(result)} {_rule_sentence(result, instrument)}",
        _topics(result, instrument),
        f"Not asked: {'; '.join(instrument.wording.not_asked)}." if instrument.wording.not_asked else "",
        instrument.wording.limits,
    ]
    return LINE_BREAK.join(paragraph for paragraph in paragraphs if paragraph)


def narrative(text: str, plain_note: str) -> dict[str, str]:
    """Value and note as the resource's human-readable summary (https://hl7.org/fhir/R4/narrative.html)."""
    paragraphs = "".join(f"<p>{escape(line, quote=False)}</p>" for line in (text, *plain_note.split(LINE_BREAK)))
    return {"status": "generated", "div": f'<div xmlns="{XHTML}">{paragraphs}</div>'}


def topic_text(question: Question) -> str:
    """A topic as a component's value, since some displays leave out the component's code."""
    return f"To talk about: {question.code.display}"


def plain_name(text: str) -> str:
    """A name as typed by a client, without what a chart could take for markup, a link or a text direction."""
    kept = "".join(one if one in _NAME_MARKS or unicodedata.category(one)[0] in "LMN" else " " for one in text)
    apart = re.sub(r"\.(?=\w)|/{2,}", lambda found: f"{found[0][0]} ", kept)  # no host name, no scheme
    return " ".join(apart.split())[:MOST_NAME].strip()


def _occasion(standing: Standing, result: Result) -> str:
    name = plain_name(result.therapist or "") or "this therapist"
    contact = f", after {_lower_first(result.contact.display)}" if result.contact else ""
    amended = f", amended on {_amended_on(result)}" if standing.status is Status.AMENDED else ""
    date = spoken(result.effective)
    return f"Client's own early impression of working with {name}{contact}, {date}{amended}."


def _amended_on(result: Result) -> str:
    """The day of this version where the client was, not the day in UTC."""
    authored = result.authored
    zone = datetime.fromisoformat(authored).tzinfo if "T" in authored else None
    return spoken(result.issued.astimezone(zone or result.issued.tzinfo).isoformat())


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _count_sentence(result: Result) -> str:
    counts = result.counts
    most = f" to {counts.yes + counts.open}" if counts.open else ""
    return f"Yes {counts.yes}, no {counts.no}, open {counts.open} ({counts.yes}{most} of {counts.questions})."


def _rule_sentence(result: Result, instrument: Instrument) -> str:
    return instrument.wording.notes[result.fit].replace("{threshold}", str(instrument.rule.threshold))


def _topics(result: Result, instrument: Instrument) -> str:
    if result.sharing is not Sharing.TOPICS:
        return ""
    if result.counts.yes == result.counts.questions:
        return f"To talk about: “{instrument.wording.general_topic}”"
    questions = [instrument.question(code) for code in result.topics]
    told = "; ".join(f"{question.code.display}, “{question.opener}”" for question in questions)
    return f"To talk about: {told}" if told else ""
