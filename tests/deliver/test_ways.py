"""Every way to write an Observation once: it stands once, changes where it stands, and is never doubled."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fhir_alliance.catalog import Catalog
from fhir_alliance.deliver import SAME_VERSION_ATTEMPTS
from fhir_alliance.ledger.tables import State
from fhir_alliance.sandbox import Sandbox
from tests.deliver.answers import response
from tests.deliver.ehr_desk import EhrDesk
from tests.deliver.rehearsal import SHORT_LIMIT, Rehearsal

#: way → what is switched off in an EHR that has nothing better, and the request by which it creates
CONDITIONAL_CREATE = {"update_create": False}
CONDITIONAL_UPDATE = {"update_create": False, "conditional_create": False}
SEARCH_THEN_CREATE = {"update_create": False, "conditional_create": False, "conditional_update": False}
WAYS = {
    "conditional-create": (CONDITIONAL_CREATE, "POST"),
    "conditional-update": (CONDITIONAL_UPDATE, "PUT"),
    "search-then-create": (SEARCH_THEN_CREATE, "POST"),
}


EMPTY = {"resourceType": "Bundle", "type": "searchset"}
#: answers to a search that do not say that there is nothing
ODD_SEARCHES = {
    "outcome": {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]},
    "more-pages": {**EMPTY, "link": [{"relation": "next", "url": "http://127.0.0.1/more"}]},
    "total": {**EMPTY, "total": 1},
    "not-found": {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]},
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """One of the ways."""
    return str(request.param)


@pytest.fixture
def ehr(way: str) -> Iterator[EhrDesk]:
    """An empty EHR that offers nothing better."""
    with Sandbox(**WAYS[way][0]) as sandbox:
        desk = EhrDesk(sandbox)
        yield desk
        desk.close()


@pytest.fixture
def again(ehr: EhrDesk, catalog: Catalog, tmp_path: Path) -> Iterator[Callable[[], Rehearsal]]:
    """The same clinic with an empty ledger, as after a lost disk."""
    made: list[Rehearsal] = []

    def anew() -> Rehearsal:
        folder = tmp_path / f"ledger-{len(made)}"
        folder.mkdir()
        made.append(Rehearsal(ehr, catalog, folder))
        return made[-1]

    yield anew
    for one in made:
        one.engine.dispose()


def standing(ehr: EhrDesk) -> tuple[str, str]:
    """Id and status of the only Observation."""
    (found,) = ehr.observations()
    return found["id"], found["status"]


def test_it_lives_at_an_id_of_the_ehr(rehearsal: Rehearsal, ehr: EhrDesk) -> None:
    """Created once with our identifier; amended, withdrawn and brought back at the id that the EHR gave it."""
    created = rehearsal.settle(response())
    kept_at, status = standing(ehr)
    assert (kept_at, status) == (created.ehr_id, "final")
    assert kept_at != created.id
    for counts, response_status, expected in (
        ((4, 2, 3), "amended", "amended"),
        ((4, 2, 3), "entered-in-error", "entered-in-error"),
        ((5, 2, 2), "amended", "amended"),
    ):
        rehearsal.settle(response(counts=counts, status=response_status))
        assert standing(ehr) == (kept_at, expected)
    assert ehr.versions(kept_at) == 4


def test_it_is_created_by_its_way(rehearsal: Rehearsal, ehr: EhrDesk, way: str) -> None:
    """The way is that of the statement, and the condition our identifier."""
    rehearsal.take(response())
    entry = rehearsal.finish()
    write = next(line for line in ehr.log() if line["method"] in ("POST", "PUT"))
    identifier = "identifier=urn%3Aietf%3Arfc%3A3986%7Curn%3Auuid%3A" + entry.id
    assert (write["method"], write["path"]) == (WAYS[way][1], "/fhir/Observation")
    assert write["query"] == (identifier if way == "conditional-update" else "")


@pytest.mark.parametrize("fault", ["reset", "reset-after", "hang", "hang-after", "empty"])
def test_an_unanswered_create_is_not_doubled(rehearsal: Rehearsal, ehr: EhrDesk, way: str, fault: str) -> None:
    """Whether it was carried out or not, one Observation stands in the end."""
    seconds = {"seconds": SHORT_LIMIT * 2} if fault.startswith("hang") else {}
    ehr.fault(fault, method=WAYS[way][1], type="Observation", **seconds)
    rehearsal.take(response())
    rehearsal.finish()
    assert ehr.met()
    assert standing(ehr) == (rehearsal.entry.ehr_id, "final")


def test_what_changed_after_an_unanswered_create(rehearsal: Rehearsal, ehr: EhrDesk, way: str) -> None:
    """It was carried out, and the client has answered anew since: the newer version stands, once."""
    ehr.fault("reset-after", method=WAYS[way][1], type="Observation")
    rehearsal.take(response())
    rehearsal.attempt()
    rehearsal.take(response(counts=(4, 2, 3), status="amended"))
    assert rehearsal.finish().state is State.SETTLED
    (found,) = ehr.observations()
    assert (found["status"], found["valueCodeableConcept"]["text"][:13]) == ("amended", "Yes to 4 of 9")


def test_a_lost_ledger_finds_it_again(rehearsal: Rehearsal, ehr: EhrDesk, again: Callable[[], Rehearsal]) -> None:
    """The Observation is adopted by its identifier, and no second one is made."""
    before = rehearsal.settle(response())
    other = again()
    other.take(response(counts=(4, 2, 3), status="amended"))
    assert other.finish().state is State.SETTLED
    assert standing(ehr) == (before.ehr_id, "amended")


@pytest.mark.case("look-deleted")
def test_what_was_deleted_is_not_made_again(rehearsal: Rehearsal, ehr: EhrDesk) -> None:
    """A person is asked, and once they let it go on, one is made anew."""
    before = rehearsal.settle(response())
    ehr.delete(f"Observation/{before.ehr_id}")
    rehearsal.take(response(counts=(4, 2, 3), status="amended"))
    held = rehearsal.finish()
    assert (held.state, held.reason, ehr.observations()) == (State.HELD, "deleted-in-chart", [])
    rehearsal.decisions.release(held.id, rehearsal.clock())
    assert rehearsal.finish().state is State.SETTLED
    assert standing(ehr) == (rehearsal.entry.ehr_id, "amended")


@pytest.mark.parametrize("fault", ["reset-after", "empty", "read-back"])
@pytest.mark.parametrize("then", ["nothing", "amended", "entered-in-error"])
def test_what_is_made_again_is_found_again(
    rehearsal: Rehearsal, ehr: EhrDesk, way: str, fault: str, then: str
) -> None:
    """Released after a deletion and then not confirmed: it stands once, at its new id, or is withdrawn there."""
    before = rehearsal.settle(response())
    ehr.delete(f"Observation/{before.ehr_id}")
    rehearsal.take(response(counts=(4, 2, 3), status="amended"))
    rehearsal.decisions.release(rehearsal.finish().id, rehearsal.clock())
    if fault == "read-back":
        ehr.fault("lie", method="GET", type="Observation")  # the look is answered as ever
        ehr.fault("status", method="GET", type="Observation", status=503)
    else:
        ehr.fault(fault, method=WAYS[way][1], type="Observation")
    rehearsal.attempt()
    if then != "nothing":
        rehearsal.take(response(counts=(3, 3, 3), status=then))
    assert rehearsal.finish().state is State.SETTLED
    kept_at, status = standing(ehr)
    assert kept_at == rehearsal.entry.ehr_id
    assert kept_at != before.ehr_id
    assert status == ("amended" if then == "nothing" else then)


@pytest.mark.parametrize("told", ["outcome", "more-pages", "total", "not-found"])
@pytest.mark.parametrize("then", ["nothing", "entered-in-error"])
def test_a_search_that_does_not_answer(rehearsal: Rehearsal, ehr: EhrDesk, way: str, told: str, then: str) -> None:
    """After an unanswered create it is asked again, until it says what there is: none is doubled, none is left."""
    ehr.fault("reset-after", method=WAYS[way][1], type="Observation")
    rehearsal.take(response())
    rehearsal.attempt()
    if then != "nothing":
        rehearsal.take(response(status=then))
    body = json.dumps(ODD_SEARCHES[told])
    status = 404 if told == "not-found" else 200
    ehr.fault("status", method="GET", type="Observation", status=status, body=body)
    rehearsal.clock.moment = rehearsal.due_at or rehearsal.clock.moment
    assert rehearsal.attempt().reason == "no-searchset"
    assert rehearsal.finish().state is State.SETTLED
    assert standing(ehr)[1] == ("final" if then == "nothing" else "entered-in-error")


def test_a_told_id_is_not_forgotten(rehearsal: Rehearsal, ehr: EhrDesk, way: str) -> None:
    """The EHR says that it created, and does not show it: a person is asked before there could be two."""
    ehr.fault("lie", method=WAYS[way][1], type="Observation", times=20)
    rehearsal.take(response())
    held = rehearsal.finish(10)
    assert (held.state, held.reason, ehr.writes) == (State.HELD, "not-kept", 1)
    ehr.calm()
    rehearsal.decisions.release(held.id, rehearsal.clock())
    assert rehearsal.finish().state is State.SETTLED
    assert standing(ehr) == (rehearsal.entry.ehr_id, "final")


def test_an_outage_takes_none_of_the_time_to_show_it(rehearsal: Rehearsal, ehr: EhrDesk, way: str) -> None:
    """An EHR that lags behind its own answers is looked at as often after many failures as after none."""
    ehr.fault("status", method="GET", type="Observation", status=503, times=SAME_VERSION_ATTEMPTS + 1)
    ehr.fault("lie", method=WAYS[way][1], type="Observation", times=20)
    rehearsal.take(response())
    assert rehearsal.finish(20).state is State.HELD
    assert rehearsal.history.count(("sending", "unknown", "not-kept")) == SAME_VERSION_ATTEMPTS


@pytest.mark.parametrize("then", ["nothing", "amended", "entered-in-error"])
def test_a_create_that_tells_no_id_is_not_repeated(
    rehearsal: Rehearsal, ehr: EhrDesk, way: str, then: str
) -> None:
    """201 without body and Location, and a search that never finds it: a person is asked, nothing is doubled."""
    ehr.fault("status", method=WAYS[way][1], type="Observation", status=201, body="", times=20)
    rehearsal.take(response())
    rehearsal.attempt()
    if then != "nothing":
        rehearsal.take(response(counts=(4, 2, 3), status=then))
    held = rehearsal.finish(10)
    assert (held.state, held.reason, ehr.writes) == (State.HELD, "not-kept", 1)


def test_two_in_the_chart_are_held(rehearsal: Rehearsal, ehr: EhrDesk, again: Callable[[], Rehearsal]) -> None:
    """Someone has copied it: which one is ours is for a person to say."""
    rehearsal.settle(response())
    (found,) = ehr.observations()
    ehr.post({name: value for name, value in found.items() if name != "id"})
    other = again()
    other.take(response(counts=(4, 2, 3), status="amended"))
    held = other.finish()
    assert (held.state, held.reason, len(ehr.observations())) == (State.HELD, "several-there", 2)


def test_a_search_that_is_not_understood(rehearsal: Rehearsal, ehr: EhrDesk) -> None:
    """An EHR that ignores the parameter shows what is another's: nothing is written until it is heeded."""
    foreign = {"resourceType": "Observation", "id": "o9", "status": "final", "identifier": [{"value": "x"}]}
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": foreign}]}
    ehr.fault("status", method="GET", type="Observation", status=200, body=json.dumps(bundle))
    rehearsal.take(response())
    waiting = rehearsal.attempt()
    assert (waiting.state, waiting.reason, ehr.writes) == (State.DUE, "search-not-heeded", 0)
    assert rehearsal.finish().state is State.SETTLED
    assert len(ehr.observations()) == 1
