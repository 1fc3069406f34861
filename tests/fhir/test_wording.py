"""What the clinician reads, in every case, and what nobody shall read."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fhir_alliance.fhir.json_text import to_bytes
from fhir_alliance.fhir.observation import observation
from fhir_alliance.fhir.wording import LINE_BREAK, MOST_NAME, narrative, note, plain_name, value_text
from fhir_alliance.scoring.fit import Counts, fit
from fhir_alliance.scoring.result import Standing, Status
from tests.building import ENTRY, checklist, result

TRIPLES = [(yes, no, 9 - yes - no) for yes in range(10) for no in range(10 - yes)]
FORBIDDEN = re.compile(
    r"%|\b(percent\w*|high\w*|low|lower|lowest|risk\w*|poor\w*|unlikely|indicated|score of|red)\b", re.IGNORECASE
)
LIMITS = (
    "A rule of thumb, not a tested measure; it rates neither client nor therapist and cannot tell how therapy "
    "will go. Not for triage, discharge or performance review."
)


def told(answers: Any = "YYYYYYYNO", status: Status = Status.FINAL, **named: Any) -> list[str]:
    """The paragraphs of the note."""
    made = result(answers, **named)
    return note(Standing(made, status), made, checklist()).split(LINE_BREAK)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((7, 1, 1), "Yes to 7 of 9 (no 1, open 1): yes to most – potential for a strong alliance"),
        ((4, 2, 3), "Yes to 4 of 9 (no 2, open 3): not yet clear"),
        ((2, 6, 1), "Yes to 2 of 9 (no 6, open 1): no to most – worth talking about"),
    ],
)
def test_value_text(counts: tuple[int, int, int], expected: str) -> None:
    """The score stands in the one line that most charts show."""
    assert value_text(result(counts), checklist()) == expected


@pytest.mark.parametrize("triple", TRIPLES)
def test_every_text_is_short_and_judges_nobody(triple: tuple[int, int, int]) -> None:
    """For all 55 counts, with all that can be shared."""
    counts = Counts(*triple)
    made = replace(
        result(sharing="topics", therapist="Dr Rivera", contact="first-session"),
        counts=counts,
        fit=fit(counts, 5),
        topics=("silences",) if counts.no else (),
    )
    text = value_text(made, checklist())
    assert len(text) <= 90
    for status in Status:
        assert FORBIDDEN.search(f"{text}\n{note(Standing(made, status), made, checklist())}") is None


def test_note_of_yes_to_most() -> None:
    """Who, how, when, the counts with their range, the rule; topics; what was not asked; the limits."""
    occasion, topics, missing, limits = told(
        sharing="topics", therapist="Dr Rivera", contact="first-session", authored="2026-11-12T18:30:00-05:00"
    )
    assert occasion == (
        "Client's own early impression of working with Dr Rivera, after a first session, 12 Nov 2026. "
        "Yes 7, no 1, open 1 (7 to 8 of 9). The rule 'yes to most', 5 or more, is met."
    )
    assert topics.startswith("To talk about: ")
    assert missing.startswith("Not asked: body language; how progress is measured; ")
    assert limits == LIMITS


def test_note_of_not_yet_clear() -> None:
    """Nothing is read into the open answers."""
    [occasion, *_] = told((4, 2, 3))
    assert occasion.endswith(
        "Yes 4, no 2, open 3 (4 to 7 of 9). Too many answers are open to say; that is common this early."
    )


def test_note_of_no_to_most() -> None:
    """The rule says nothing more, and the therapist is told what helps."""
    [occasion, *_] = told((2, 6, 1))
    assert "The rule 'yes to most' is not met; the rule says nothing more than that." in occasion
    assert occasion.endswith("Thank the client, ask what would help, do not ask for reasons.")


def test_nothing_open_has_no_range() -> None:
    """Where every answer is decided there is one number."""
    assert "Yes 6, no 3, open 0 (6 of 9)." in told((6, 3, 0))[0]


def test_who_and_how_may_be_unsaid() -> None:
    """Both questions may be skipped."""
    assert told()[0].startswith("Client's own early impression of working with this therapist, 12 Nov 2026. ")


@pytest.mark.parametrize("therapist", ["\u202e", "<>", "\u200b \u200b", "…!?"])
def test_a_name_of_no_letters_is_none(therapist: str) -> None:
    """What leaves nothing behind is like a skipped question."""
    assert "working with this therapist," in told(therapist=therapist)[0]


def test_topics_stand_before_the_limits_with_their_openers() -> None:
    """No first, then not sure, at most three, each as the therapist may say it."""
    topics = told("NYYYYYOON", sharing="topics")[1]
    first, second, third = (checklist().question(code) for code in ("sharing-more", "silences", "clear-responses"))
    joined = "; ".join(f"{one.code.display}, “{one.opener}”" for one in (first, second, third))
    assert topics == f"To talk about: {joined}"


def test_nine_of_nine_has_one_general_topic() -> None:
    """Where everything is fine there is still something to ask."""
    assert told("Y" * 9, sharing="topics")[1] == "To talk about: “Anything you would like more or less of?”"


@pytest.mark.parametrize("answers", ["Y" * 9, "NYYYYYOON"])
@pytest.mark.parametrize("sharing", ["summary", None])
def test_topics_only_where_shared(answers: str, sharing: str | None) -> None:
    """A client who shares the summary shares no word on any question."""
    text = "\n".join(told(answers, sharing=sharing))
    assert "To talk about" not in text
    assert not any(question.opener in text for question in checklist().questions)


def test_silence_is_no_topic() -> None:
    """Declined and skipped questions leave no trace but the count."""
    assert len(told("YYYYYYYD.", sharing="topics")) == 3


@pytest.mark.parametrize(
    ("authored", "amended"),
    [
        ("2026-11-23T20:00:00-05:00", "23 Nov 2026"),
        ("2026-11-24T12:00:00+14:00", "24 Nov 2026"),
        ("2026-11-24", "24 Nov 2026"),
    ],
)
def test_amended_tells_when(authored: str, amended: str) -> None:
    """In the client's zone; the first day stays."""
    made = replace(result(authored=authored), issued=datetime(2026, 11, 24, 2, tzinfo=UTC), effective="2026-11-12")
    text = note(Standing(made, Status.AMENDED), made, checklist())
    assert f", 12 Nov 2026, amended on {amended}. " in text
    assert "amended" not in note(Standing(made, Status.FINAL), made, checklist())


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Dr. Rivera", "Dr. Rivera"),
        ("  Dr   Rivera\t\n", "Dr Rivera"),
        ("José Núñez-O’Neil", "José Núñez-O’Neil"),
        ("田中 さくら", "田中 さくら"),
        ("<b>Dr</b>", "b Dr /b"),
        ("<script>alert(1)</script>", "script alert 1 /script"),
        ("A & B", "A & B"),
        ("[x](javascript:y)", "x javascript y"),
        ("Rivera\u202egnp", "Rivera gnp"),
        ("a\u2066b\u2069\u200fc", "a b c"),
        ("a\x07b\x1b[31m", "a b 31m"),
        ("=cmd|'/C calc'!A0", "cmd '/C calc' A0"),
    ],
)
def test_plain_name(typed: str, shown: str) -> None:
    """Letters, marks, digits and what names are written with; all else is a gap."""
    assert plain_name(typed) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "https://evil.example/pay",
        "www.evil.example/pay",
        "evil.example",
        "me@evil.example",
    ],
)
def test_no_name_reads_as_a_link(typed: str) -> None:
    """Charts make links of what looks like a host, with or without a scheme."""
    assert not re.search(r"://|\w\.\w|@", plain_name(typed))


def test_a_name_has_an_end() -> None:
    """What is longer than any name is cut, and not in the middle of a gap."""
    assert plain_name("A" * 500) == "A" * MOST_NAME
    assert plain_name("A" * (MOST_NAME - 1) + " Rivera") == "A" * (MOST_NAME - 1)


@pytest.mark.parametrize(
    "typed", ["<img src=x onerror=alert(1)>", "a\u202eb\u2067", "&lt;b&gt;", "'\">", "]]>", "a\x0cb"]
)
def test_names_are_harmless_everywhere(typed: str) -> None:
    """In the note and in the narrative, which the check of every emission parses."""
    made = result(therapist=typed) if typed.isprintable() else replace(result(), therapist=typed)
    resource = observation(Standing(made, Status.FINAL), ENTRY, checklist())
    to_bytes(resource)
    inner = re.sub(r"</?(div|p)( xmlns=\"[^\"]+\")?>", "", resource["text"]["div"])
    assert not set(inner) & set("<>")
    text = resource["note"][0]["text"]
    assert not any(unicodedata.category(one) in ("Cc", "Cf") for one in text.replace("\n", ""))
    assert "<" not in text


def test_narrative_says_what_value_and_note_say() -> None:
    """One paragraph a line, escaped."""
    made = narrative("A < B", f"one{LINE_BREAK}two & three")
    assert made["status"] == "generated"
    assert made["div"] == (
        '<div xmlns="http://www.w3.org/1999/xhtml"><p>A &lt; B</p><p>one</p><p>two &amp; three</p></div>'
    )
