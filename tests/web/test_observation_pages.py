"""Pages of a search: newest first, each result once, however many come meanwhile."""

import base64
import json
from itertools import chain

import pytest

from tests.building import response
from tests.web.desk import OBSERVATIONS, Desk, issue, resource


def fill(desk: Desk, names: range, *, apart: float = 1) -> None:
    """A result for each of these patients; ``apart`` 0: all in the same instant."""
    for number in names:
        desk.put(f"r{number}", response(subject=f"Patient/p{number}"))
        desk.clock.go(apart)


def page(desk: Desk, url: str) -> tuple[list[str], str | None, int]:
    """Patients on a page, the next page, and the total."""
    bundle = resource(desk.get(url.removeprefix("http://localhost")))
    links = {link["relation"]: link["url"] for link in bundle["link"]}
    found = [entry["resource"]["subject"]["reference"] for entry in bundle.get("entry", ())]
    return found, links.get("next"), bundle["total"]


def pages(desk: Desk, query: str, meanwhile: range = range(0)) -> list[list[str]]:
    """Every page of a search; one more result comes after each of the first."""
    coming, found, url = list(meanwhile), [], f"{OBSERVATIONS}?{query}"
    while url:
        shown, following, _ = page(desk, url)
        found.append(shown)
        url = following or ""
        if coming:
            fill(desk, range(coming[0], coming[0] + 1))
            coming.pop(0)
    return found


@pytest.mark.parametrize("apart", [0, 1])
def test_every_result_stands_on_one_page(desk: Desk, apart: float) -> None:
    """Also where many were scored in the same instant."""
    fill(desk, range(11), apart=apart)
    found = pages(desk, "_count=3")
    assert [len(shown) for shown in found] == [3, 3, 3, 2]
    flat = list(chain(*found))
    assert sorted(flat) == sorted(f"Patient/p{number}" for number in range(11))
    if apart:
        assert flat == [f"Patient/p{number}" for number in reversed(range(11))]


def test_new_results_neither_hide_nor_repeat_any(desk: Desk) -> None:
    """What comes while a client turns pages is in front of them all."""
    fill(desk, range(10))
    found = pages(desk, "_count=3", meanwhile=range(10, 14))
    assert list(chain(*found)) == [f"Patient/p{number}" for number in reversed(range(10))]


def test_a_page_keeps_the_search(desk: Desk) -> None:
    """The next link holds all parameters, and the total is that of the search."""
    fill(desk, range(4))
    desk.put("other", response(subject="Patient/p0", authored="2026-11-13"))
    shown, following, total = page(desk, f"{OBSERVATIONS}?patient=p0&_count=1&date=2026")
    assert (shown, total) == (["Patient/p0"], 2)
    assert following is not None
    assert "patient=p0" in following
    assert page(desk, following) == (["Patient/p0"], None, 2)


def test_a_page_has_at_most_a_hundred(desk: Desk) -> None:
    """Twenty where nothing is said."""
    fill(desk, range(102))
    assert [len(shown) for shown in pages(desk, "_count=1000")] == [100, 2]
    assert len(page(desk, OBSERVATIONS)[0]) == 20


def test_no_result_is_no_entry(desk: Desk) -> None:
    """An empty page has a total of 0, and no empty array."""
    bundle = resource(desk.get(OBSERVATIONS))
    assert bundle["total"] == 0
    assert "entry" not in bundle


def test_a_count_of_nothing_is_the_total(desk: Desk) -> None:
    """R4: _count=0 asks how many there are."""
    fill(desk, range(3))
    assert page(desk, f"{OBSERVATIONS}?_count=0") == ([], None, 3)


@pytest.mark.parametrize("count", ["-1", "x", "1.5", "", "99999999999999999999", "%D9%A1"])
def test_a_count_is_a_whole_number(desk: Desk, count: str) -> None:
    """Anything else is refused."""
    assert desk.get(f"{OBSERVATIONS}?_count={count}").status_code == 400


def token(text: str) -> str:
    """A place as a next link holds it."""
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "====",
        "%ED%A0%80",
        "é",
        token(""),
        token("2026-11-24T09:30:00 x"),
        token("yesterday x"),
        token("' OR 1=1 -- x"),
        token(json.dumps({"$gt": ""})),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_place_that_was_never_given_is_refused(desk: Desk, after: str) -> None:
    """400, and no row is told."""
    fill(desk, range(2))
    answer = desk.get(f"{OBSERVATIONS}?_after={after}")
    assert (answer.status_code, issue(answer)["code"]) == (400, "invalid")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_place_at_the_end_of_time_is_no_error_of_ours(desk: Desk, moment: str) -> None:
    """It was never given, but it is a moment."""
    assert desk.get(f"{OBSERVATIONS}?_after={token(f'{moment} x')}").status_code in (200, 400)


def test_a_place_is_compared_and_never_run(desk: Desk) -> None:
    """A statement in the id's place finds what stands behind that moment, and no more."""
    fill(desk, range(2))
    place = token("2026-11-24T09:30:00.500000+00:00 ' OR '1'='1")
    assert page(desk, f"{OBSERVATIONS}?_after={place}")[0] == ["Patient/p0"]
    assert len(desk.entries()) == 2
