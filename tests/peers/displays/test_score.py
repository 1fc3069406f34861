"""The score can be read whole wherever the value is shown, and nothing beside it alarms."""

import pytest

pytest.importorskip("playwright")

from tests.peers.displays.charts import CODE, HAPI, MEDPLUM_TABLE, NARROW, SCORED, WIDE, Chart
from tests.peers.displays.observations import STANDING

#: words that a chart puts beside a value that someone judged
JUDGED = {"abnormal", "critical", "alert", "warning", "alarm", "high", "low"}

scored = pytest.mark.parametrize("chart", SCORED, indirect=True, ids=lambda display: display.name)
with_columns = pytest.mark.parametrize(
    "chart", [MEDPLUM_TABLE, HAPI], indirect=True, ids=lambda display: display.name
)


@scored
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("case", STANDING)
def test_score_code_and_day_are_legible(chart: Chart, case: str, width: int) -> None:
    """The value's text in full, what it is about, and the day, in a wide window and in a narrow one."""
    chart.show(STANDING[case], width=width)

    wanted = [STANDING[case]["valueCodeableConcept"]["text"], CODE, chart.display.day]
    assert {text: chart.faults(text) for text in wanted} == {text: [] for text in wanted}


@scored
@pytest.mark.parametrize("case", STANDING)
def test_nothing_alarms(chart: Chart, case: str) -> None:
    """No percentage, nothing red, no word of judgement, whatever the answers were."""
    chart.show(STANDING[case])

    assert "%" not in chart.text
    assert chart.reds() == []
    assert JUDGED & set(chart.text.lower().split()) == set()


@with_columns
@pytest.mark.parametrize("heading", ["Reference Range", "Interpretation"])
def test_the_columns_for_judgement_are_empty(chart: Chart, heading: str) -> None:
    """Where a table has a column for what is normal, or for who is not, ours leaves it empty."""
    chart.show(*STANDING.values())

    assert chart.under("Value")[0].startswith("Yes to 7 of 9")
    assert chart.under(heading) == [""] * len(STANDING)


@scored
def test_a_name_is_never_markup(chart: Chart) -> None:
    """What a client types for a name is text, without what a chart could take for markup."""
    chart.show(STANDING["awkward-name"])

    assert chart.page.locator("#chart b").count() == 0
    assert [mark for mark in ("<", "&amp;", "&quot;") if mark in chart.text] == []
    assert ("working with Dr b O'Neil /b & Groß," in chart.text) == chart.display.note


@scored
def test_an_amended_one_says_so(chart: Chart) -> None:
    """The status can be read beside the score."""
    chart.show(STANDING["amended"])

    assert "amended" in chart.text.lower().split()
