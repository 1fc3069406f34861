"""Which of several versions counts."""

import pytest

from tests.building import Resource, response
from tests.web.desk import Desk, moment, resource, updated


def yes(desk: Desk) -> int | None:
    """How many answers were yes in what stands; None where it is withdrawn."""
    (observation,) = desk.search()
    return observation["component"][0]["valueQuantity"]["value"] if "component" in observation else None


@pytest.mark.case("order-notify")
def test_the_newest_version_counts(desk: Desk) -> None:
    """By notify a version that was updated later replaces an earlier one."""
    desk.tell("r1", response((5, 0, 0), meta=updated(0)))
    desk.tell("r1", response((6, 0, 0), meta=updated(1)))
    assert yes(desk) == 6


@pytest.mark.case("order-notify")
def test_an_older_version_is_kept_and_changes_nothing(desk: Desk) -> None:
    """A version overtaken on its way is in the ledger, and what stands is what stood."""
    desk.tell("r1", response((6, 0, 0), meta=updated(1)))
    stood = desk.search()
    assert desk.tell("r1", response((5, 0, 0), meta=updated(0))).status_code == 200
    assert desk.search() == stood
    assert desk.versions() == [("notify", "scored", False), ("notify", "scored", True)]


@pytest.mark.case("order-notify")
def test_an_older_invalid_or_unfinished_version_changes_nothing(desk: Desk) -> None:
    """What calls for nothing does not move the time of the newest version either."""
    desk.tell("r1", response((5, 0, 0), meta=updated(0)))
    desk.tell("r1", response((6, 0, 0), status="in-progress", meta=updated(9)))
    desk.tell("r1", response((6, 0, 0), subject=None, meta=updated(9)))
    desk.tell("r1", response((7, 0, 0), meta=updated(1)))
    assert yes(desk) == 7


@pytest.mark.case("order-notify")
def test_lastupdated_is_compared_as_a_time(desk: Desk) -> None:
    """Zones and fractions do not fool the order."""
    desk.tell("r1", response((5, 0, 0), meta={"lastUpdated": "2026-11-20T10:00:00.9Z"}))
    desk.tell("r1", response((6, 0, 0), meta={"lastUpdated": "2026-11-20T14:00:01+04:00"}))
    desk.tell("r1", response((7, 0, 0), meta={"lastUpdated": "2026-11-20T23:59:59+14:00"}))
    assert yes(desk) == 6


@pytest.mark.case("order-arrival")
@pytest.mark.parametrize("meta", [None, updated(0), {"versionId": "7"}])
def test_arrival_decides_where_time_does_not(desk: Desk, meta: Resource | None) -> None:
    """Without lastUpdated, or with an equal one, the version that came last counts."""
    desk.tell("r1", response((5, 0, 0), meta=meta))
    desk.tell("r1", response((6, 0, 0), meta=meta))
    assert yes(desk) == 6
    assert [late for *_, late in desk.versions()] == [False, False]


@pytest.mark.case("order-arrival")
def test_a_version_without_time_stands_at_its_arrival(desk: Desk) -> None:
    """It replaces a dated one, and a dated one that is newer than the last dated one replaces it."""
    desk.tell("r1", response((5, 0, 0), meta=updated(5)))
    desk.tell("r1", response((6, 0, 0)))
    assert yes(desk) == 6
    desk.tell("r1", response((7, 0, 0), meta=updated(6)))
    assert yes(desk) == 7


@pytest.mark.case("order-delete")
def test_a_version_older_than_the_deletion_does_not_return(desk: Desk) -> None:
    """A version updated before the deletion came, and told of after it, is late."""
    desk.tell("r1", response((5, 0, 0), meta=updated(0)))
    desk.send("DELETE", "/notify/QuestionnaireResponse/r1")
    assert yes(desk) is None
    desk.tell("r1", response((6, 0, 0), meta=updated(1)))
    assert yes(desk) is None


@pytest.mark.case("order-delete")
def test_a_version_newer_than_the_deletion_returns(desk: Desk) -> None:
    """A response restored in the EHR stands again, as amended."""
    desk.tell("r1", response((5, 0, 0), meta=updated(0)))
    desk.send("DELETE", "/notify/QuestionnaireResponse/r1")
    desk.tell("r1", response((6, 0, 0), meta={"lastUpdated": "2026-11-24T09:31:00Z"}))
    (observation,) = desk.search()
    assert (yes(desk), observation["status"]) == (6, "amended")


@pytest.mark.case("order-delete")
def test_a_deletion_counts_though_the_ehrs_clock_is_ahead(desk: Desk) -> None:
    """The EHR's clock may be ahead of ours: a deletion that comes after a version comes after it."""
    desk.tell("r1", response((5, 0, 0), meta={"lastUpdated": "2026-11-24T09:35:00Z"}))
    desk.send("DELETE", "/notify/QuestionnaireResponse/r1")
    assert yes(desk) is None


@pytest.mark.case("order-fhir")
def test_at_our_own_server_arrival_decides(desk: Desk) -> None:
    """A lastUpdated in the body is the sender's; ours is the time of arrival."""
    desk.put("r1", response((5, 0, 0), meta=updated(9)))
    desk.clock.go(60)
    answer = desk.put("r1", response((6, 0, 0), meta=updated(0, versionId="900")))
    meta = resource(answer)["meta"]
    assert yes(desk) == 6
    assert (meta["versionId"], meta["lastUpdated"]) == ("2", "2026-11-24T09:31:00.000Z")


@pytest.mark.case("order-fhir")
def test_our_own_versions_count_up(desk: Desk) -> None:
    """Each kept version gets the next number; a copy of the newest gets none."""
    tags = [desk.put("r1", response((n, 0, 0))).headers["ETag"] for n in (5, 5, 6, 7)]
    assert tags == ['W/"1"', 'W/"1"', 'W/"2"', 'W/"3"']


@pytest.mark.case("order-version-id")
def test_a_version_id_need_not_be_a_number(desk: Desk) -> None:
    """EHRs use hashes and dates as versionId, in no order."""
    desk.tell("r1", response((5, 0, 0), meta=updated(0, versionId="zz-9.f")))
    desk.tell("r1", response((6, 0, 0), meta=updated(1, versionId="aa-1.0")))
    assert yes(desk) == 6


@pytest.mark.case("order-version-id")
def test_a_lower_version_id_with_a_later_time_counts(desk: Desk) -> None:
    """It is never compared: a server restored from a backup may count again from 1."""
    desk.tell("r1", response((5, 0, 0), meta={"lastUpdated": moment(0), "versionId": "41"}))
    desk.tell("r1", response((6, 0, 0), meta={"lastUpdated": moment(1), "versionId": "2"}))
    assert yes(desk) == 6


@pytest.mark.case("order-arrival")
def test_a_time_far_ahead_blocks_nothing(desk: Desk) -> None:
    """A version dated years ahead by a fault does not keep a withdrawal out."""
    desk.tell("r1", response(meta={"lastUpdated": "2099-01-01T00:00:00Z"}))
    desk.tell("r1", response(status="entered-in-error", meta={"lastUpdated": "2026-11-12T11:00:00Z"}))
    (told,) = desk.search()
    assert told["status"] == "entered-in-error"
