"""What was withdrawn: that it is gone can be read, and nothing else."""

import re

import pytest

pytest.importorskip("playwright")

from fhir_alliance.scoring.result import Reason
from tests.peers.displays.charts import DISPLAYS, MEDPLUM_DETAIL, MEDPLUM_TABLE, NARROW, Chart
from tests.peers.displays.observations import STANDING, withdrawn

#: what only a score says, and what only a note or a component does
SCORE = re.compile(r"yes to \d|\b\d+ (yes|no|open)\b|potential|worth talking|not yet clear", re.IGNORECASE)
TOLD = ("Größl", "sharing more", "first session", "Not for triage")

displays = pytest.mark.parametrize("chart", DISPLAYS, indirect=True, ids=lambda display: display.name)


@displays
@pytest.mark.parametrize("reason", Reason)
def test_status_is_legible_and_no_score_is_there(chart: Chart, reason: Reason) -> None:
    """No score, no therapist, no topic, no note; the status in full."""
    chart.show(withdrawn(reason))

    assert SCORE.search(chart.text) is None
    assert [words for words in TOLD if words in chart.text] == []
    assert chart.faults(chart.display.gone) == []


@displays
def test_only_the_status_may_be_red(chart: Chart) -> None:
    """Two displays show this status in red, and nothing else."""
    chart.show(withdrawn(Reason.MASKED))

    assert set(chart.reds()) <= {chart.display.gone}


@displays
def test_the_score_is_seen_where_it_stands(chart: Chart) -> None:
    """What is looked for above is found in what was not withdrawn."""
    chart.show(STANDING["final"])

    assert SCORE.search(chart.text)


@displays
@pytest.mark.parametrize(("reason", "told"), [(Reason.MASKED, "Masked"), (Reason.ERROR, "Error")])
def test_why_it_is_gone(chart: Chart, reason: Reason, told: str) -> None:
    """Only one display says whether the client took it back or it was an error."""
    chart.show(withdrawn(reason))

    assert (told in chart.text.split()) == (chart.display is MEDPLUM_DETAIL)


@pytest.mark.parametrize("chart", [MEDPLUM_TABLE], indirect=True, ids=["medplum-table"])
def test_in_a_narrow_window(chart: Chart) -> None:
    """In a narrow window Medplum's table runs out of it, badge and all; the value is empty all the same."""
    chart.show(withdrawn(Reason.MASKED), width=NARROW)

    assert chart.faults(chart.display.gone)
    assert chart.under("Value") == [""]
