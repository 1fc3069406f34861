"""The pages for people."""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

import pytest
import requests


@pytest.fixture
def page(client):
    """Gets a page."""

    def page(path):
        return requests.get(client.ehr.url + path)

    return page


def cells(html, name):
    return [
        unescape(re.sub(r"<[^>]+>", "", cell))
        for cell in re.findall(rf'<td class="{name}">(.*?)</td>', html, re.DOTALL)
    ]


def test_patients_are_listed_with_links(client, page):
    """By name, or by id where there is none; each leads to a chart."""
    assert "No patients yet" in page("/").text
    client.put({"resourceType": "Patient", "id": "p1", "name": [{"given": ["Ana", "M"], "family": "Ruiz"}]})
    client.put({"resourceType": "Patient", "id": "p2", "name": [{"text": "<b>Bo</b>"}]})
    client.put({"resourceType": "Patient", "id": "p3"})

    found = re.findall(r'<a href="(/chart/[^"]+)">(.*?)</a>', page("/").text)
    assert found == [
        ("/chart/p2", "&lt;b&gt;Bo&lt;/b&gt;"),
        ("/chart/p1", "Ana M Ruiz"),
        ("/chart/p3", "p3"),
    ]
    assert [page(link).status_code for link, _ in found] == [200] * 3


def test_the_chart_shows_what_the_observations_hold(client, page, observation):
    """A row each, newest effective date first, with code, value, date, status and notes."""
    client.put(
        observation(
            "new",
            valueCodeableConcept={"text": "Yes to 7 of 9", "coding": [{"code": "x"}]},
            effectiveDateTime="2026-11-12T14:05:00+04:00",
            note=[{"text": "First <note>"}, {"text": "Second"}],
        )
    )
    client.put(observation("old", valueString="earlier", effectiveDateTime="2026-10", status="amended"))
    html = page("/chart/p1").text

    assert cells(html, "code") == ["Fit", "Fit"]
    assert cells(html, "value") == ["Yes to 7 of 9", "earlier"]
    assert cells(html, "date") == ["12 Nov 2026, 14:05", "2026-10"]
    assert cells(html, "status") == ["final", "amended"]
    assert cells(html, "note") == ["First <note>Second", ""]
    assert "First &lt;note&gt;" in html


def test_a_withdrawn_observation_stays_with_an_empty_value(client, page, observation):
    """The page hides nothing; what has no value has an empty cell."""
    client.put(observation(status="entered-in-error", dataAbsentReason={"coding": [{"code": "error"}]}))
    html = page("/chart/p1").text

    assert (cells(html, "value"), cells(html, "status")) == ([""], ["entered-in-error"])


@pytest.mark.parametrize(
    ("element", "value", "shown"),
    [
        ("valueString", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("valueQuantity", {"value": 7, "unit": "yes", "code": "1"}, "7 yes"),
        ("valueQuantity", {"value": 7.5}, "7.5"),
        ("valueInteger", 3, "3"),
        ("valueBoolean", False, "false"),
        ("valueDateTime", "2026-11-12", "2026-11-12"),
        ("valuePeriod", {"start": "2026", "end": "2027"}, "2026 – 2027"),
        ("valueCodeableConcept", {"coding": [{"code": "a", "display": "A"}, {"code": "b"}]}, "A, b"),
        ("valueRatio", {"numerator": {"value": 1}}, ""),
    ],
)
def test_values_of_every_kind(client, page, observation, element, value, shown):
    """Each type of value has a plain text; markup is shown, never run."""
    client.put(observation(**{element: value}))
    html = page("/chart/p1").text

    assert [shown] == [unescape(one) for one in re.findall(r'<td class="value">(.*?)</td>', html, re.DOTALL)]
    assert "<script" not in html


def test_responses_stand_below_the_table(client, page, response):
    """Date and status, newest first."""
    client.put(response())
    client.put(response("r2", authored="2026-11-13", status="in-progress"))
    html = page("/chart/p1").text
    below = re.findall(r'<li>(.*?) <span class="status">(.*?)</span></li>', html)

    assert below == [("13 Nov 2026", "in-progress"), ("12 Nov 2026, 14:05", "completed")]


def test_an_unknown_patient_has_no_chart(page):
    """404."""
    assert page("/chart/nobody").status_code == 404


def test_the_content_policy_allows_the_style_sheet_and_nothing_else(client, page, observation):
    """No scripts; the one style element is allowed by its hash."""
    client.put(observation())
    answer = page("/chart/p1")
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]

    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "style=" not in answer.text
    assert "<script" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
