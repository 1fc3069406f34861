"""What each display leaves out of ours, and what it shows in another way than one would think."""

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser

from fhir_alliance.scoring.result import Reason
from tests.peers.displays.charts import (
    DISPLAYS,
    FHIR_REACT,
    FHIR_UI,
    HAPI,
    MEDPLUM_LIST,
    MEDPLUM_TABLE,
    Chart,
    Display,
    opened,
)
from tests.peers.displays.narrator import Narrator
from tests.peers.displays.observations import STANDING, withdrawn

LIMITS = "Not for triage, discharge or performance review."


def only(display: Display) -> pytest.MarkDecorator:
    """The tests of one display."""
    return pytest.mark.parametrize("chart", [display], indirect=True, ids=[display.name])


@pytest.mark.parametrize("chart", DISPLAYS, indirect=True, ids=lambda display: display.name)
def test_note_and_components(chart: Chart) -> None:
    """Three displays show the note unasked; two show the contact and the topics among the components."""
    chart.show(STANDING["topics"])

    assert (LIMITS in chart.text) == chart.display.note
    assert ("A first session" in chart.text) == chart.display.components


@only(MEDPLUM_TABLE)
def test_components_follow_the_value(chart: Chart) -> None:
    """Medplum's table puts the components behind the value without their codes: a topic says what it is."""
    chart.show(STANDING["topics"])

    [value] = chart.under("Value")
    assert value == (
        "Yes to 6 of 9 (no 1, open 2): yes to most – potential for a strong alliance"
        " / 6 of 9 yes / 1 of 9 no / 2 of 9 open / A first session"
        " / To talk about: sharing more / To talk about: how much guidance"
    )


@only(FHIR_REACT)
def test_a_card_opens_on_the_note(chart: Chart) -> None:
    """1upHealth's card keeps the note behind a click, and then shows it whole."""
    chart.show(STANDING["topics"])
    assert chart.faults(LIMITS) == ["hidden"]

    chart.page.locator("button[aria-controls]").click()
    chart.page.locator(".collapse.show").wait_for()

    assert chart.faults(LIMITS) == []


@only(FHIR_UI)
@pytest.mark.parametrize(
    ("case", "shown"), [("final", "7 of 9 yes"), ("all-no", "0 of 9 yes"), ("all-yes", "9 of 9 yes")]
)
def test_the_first_component_for_the_value(chart: Chart, case: str, shown: str) -> None:
    """fhir-ui knows no coded value: it shows the first component, and our components have units for that."""
    chart.show(STANDING[case])

    assert chart.under("Value") == [shown]
    assert "alliance fit" in chart.under("Code")[0]


@only(FHIR_UI)
def test_the_day_it_was_scored(chart: Chart) -> None:
    """fhir-ui shows when it was scored, not when the client answered."""
    chart.show(STANDING["final"])

    assert chart.under("Date") == [f"{chart.display.day} 04:30 am"]


@only(FHIR_UI)
def test_nothing_at_all_for_a_value(chart: Chart) -> None:
    """fhir-ui has a word of its own for what was withdrawn."""
    chart.show(withdrawn(Reason.MASKED))

    assert chart.under("Value") == ["undefined undefined"]


def test_a_day_is_the_readers(browser: Browser, narrator: Narrator) -> None:
    """Medplum shows the moment where the reader is, which may be another day than the client's."""
    with opened(browser, MEDPLUM_LIST, narrator, timezone_id="Europe/Berlin") as chart:
        chart.show(STANDING["final"])

        assert chart.under("Effective") == ["11/13/2026, 12:30:00 AM"]


@only(HAPI)
def test_the_note_without_its_line_breaks(chart: Chart) -> None:
    """HAPI's narrative takes the breaks out of the note: the blanks before them still part the sentences."""
    chart.show(STANDING["final"])

    assert "is met. Not asked:" in " ".join(chart.text.split())


@only(HAPI)
def test_our_own_narrative_stays(chart: Chart) -> None:
    """HAPI reads our narrative and hands it on as it is."""
    ours = STANDING["topics"]

    assert chart.narrator.told(ours)["text"] == ours["text"]
