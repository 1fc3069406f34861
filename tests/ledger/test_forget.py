"""All that is held of one patient goes, and nothing of another."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fhir_alliance.deliver import Delivery
from fhir_alliance.fhir.patient import patient_of
from fhir_alliance.ledger import forget as forgetting
from fhir_alliance.ledger.forget import Forget, Found, Sought, UnderWay
from fhir_alliance.ledger.tables import State, submission
from fhir_alliance.scoring.result import Status
from fhir_alliance.settings import DEFAULT_CLINIC
from fhir_alliance.wiring import now
from tests.building import EHR_URL, NOW, Resource, response
from tests.deliver.ehr_desk import EhrDesk
from tests.ledger.conftest import desk_on
from tests.ledger.test_purge import LEASE, purged
from tests.web.desk import Desk, updated

P1 = "Patient/p1"


def forget(desk: Desk, subject: str = P1, clinic: str = DEFAULT_CLINIC, *, own_chart: bool = False) -> Found:
    """Find and remove; what was there."""
    made = Forget(desk.service.database, clinic, own_chart=own_chart)
    sought = Sought(subject, partial(patient_of, sought=subject, ehr_url=EHR_URL))
    named = made.named(sought)
    found = made.look(sought, named)
    assert made.remove(sought, named) == found
    return found


def dump(desk: Desk) -> str:
    """Everything in the database that a patient could be seen in, as text."""
    return repr(desk.contents())


def another(desk: Desk) -> None:
    """Everything that can be there of another patient, whose id begins alike."""
    desk.tell("o1", response(id="o1", subject="Patient/p11"))
    desk.tell("o2", response(id="o2", subject="Patient/p11", status="in-progress"))
    desk.tell("o3", b'{"subject": "Patient/p11", ')
    desk.tell("o4", response(id="o4", subject="Patient/p11", questionnaire="https://example.org/q"))


def everything(desk: Desk) -> None:
    """Everything that can be there of the patient."""
    desk.tell("r1", response(id="r1", subject=P1, questionnaire="https://example.org/q"))
    desk.tell("r1", response(id="r1", subject=P1))
    desk.tell("r1", response("NNNNNNNNN", id="r1", subject=P1, identifier=("urn:example", "a")))
    desk.tell("r2", response(id="r2", subject=f"{EHR_URL}/{P1}", status="in-progress"))
    desk.tell("r3", response(id="r3", subject=f"{P1}/_history/2", authored=None))
    desk.tell("r4", b'{"subject": {"reference": "Patient/p1"}, ')
    desk.post(response("YYYYYYYYY", subject=P1))


def test_nothing_of_the_patient_is_left_and_all_of_others(ehr_desk: Desk) -> None:
    """Scored, unfinished, invalid and unreadable responses, and what was only noted."""
    another(ehr_desk)
    before = ehr_desk.contents()
    everything(ehr_desk)
    found = forget(ehr_desk)

    assert ehr_desk.contents() == before
    assert (found.submissions, found.versions, found.entries) == (5, 6, 2)
    assert not forget(ehr_desk)


def test_bodies_are_looked_through_page_by_page(ehr_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, none is passed over."""
    monkeypatch.setattr(forgetting, "PAGE", 2)
    monkeypatch.setattr(forgetting, "_BODIES", forgetting._BODIES.limit(2))
    another(ehr_desk)
    before = ehr_desk.contents()
    everything(ehr_desk)
    forget(ehr_desk)
    assert ehr_desk.contents() == before


def test_only_in_the_clinic(ehr_desk: Desk) -> None:
    """Another clinic's patient of the same id is another person."""
    everything(ehr_desk)
    before = ehr_desk.contents()
    assert not forget(ehr_desk, clinic="another")
    assert ehr_desk.contents() == before


def test_after_a_purge(ehr_desk: Desk) -> None:
    """What has no body any more is found by the patient of its result."""
    ehr_desk.tell("r1", response(id="r1", subject=P1))
    ehr_desk.tell("r1", response(id="r1", subject=P1, status="entered-in-error"))
    purged(ehr_desk)
    assert [row.body for row in ehr_desk.rows(forgetting.version)] == [None, None]
    forget(ehr_desk)
    assert ehr_desk.is_empty()


def test_refused_while_an_attempt_is_under_way(ehr_desk: Desk) -> None:
    """What is sent just now would stand unknown to everyone: nothing at all is removed."""
    everything(ehr_desk)
    assert ehr_desk.clinic.ledger.claim(NOW, "lease", LEASE)
    before = ehr_desk.contents()
    with pytest.raises(UnderWay, match="try again"):
        forget(ehr_desk)
    assert ehr_desk.contents() == before


def test_a_response_that_was_anothers_too(ehr_desk: Desk) -> None:
    """What was first taken for the patient's: their part goes, the other's stays and is held as before."""
    ehr_desk.tell("r1", response(id="r1", subject=P1))
    ehr_desk.tell("r1", response("NNNNNNNNN", id="r1", subject="Patient/p2"))
    found = forget(ehr_desk)

    assert (found.versions, found.entries) == (1, 1)
    (left,) = ehr_desk.entries().values()
    assert (left.subject, left.state, left.hold) == ("Patient/p2", State.HELD, "subject-changed")
    assert P1 not in dump(ehr_desk)


def test_a_response_that_is_the_patients_now(ehr_desk: Desk) -> None:
    """Of the other's, who had it before, nothing goes; a third patient is still seen as a change."""
    ehr_desk.tell("r1", response(id="r1", subject="Patient/p2"))
    ehr_desk.tell("r1", response(id="r1", subject=P1))
    forget(ehr_desk)

    assert P1 not in dump(ehr_desk)
    assert [row.subject for row in ehr_desk.rows(submission)] == ["Patient/p2"]
    ehr_desk.tell("r1", response("NNNNNNNNN", id="r1", subject="Patient/p3"))
    assert ehr_desk.entries()["Patient/p3"].state is State.HELD


def unfinished(subject: Any = None, **elements: Any) -> Resource:
    """A response that is not scored yet, with this as its subject."""
    made = {**response(status="in-progress", subject=None), **elements}
    return {**made, "subject": subject} if subject else made


@pytest.mark.parametrize(
    "body",
    [
        unfinished(source={"reference": P1}),
        unfinished([{"reference": P1}]),
        unfinished({"reference": f"https://EHR.example:443/fhir/{P1}"}),
        unfinished({"reference": f"https://other.example/{P1}/_history/2"}),
        unfinished({"reference": P1, "type": "Group"}),
        unfinished({"extension": [{"url": "urn:x", "valueReference": {"reference": P1}}]}),
        response(subject=f"https://other.example/{P1}"),
        json.dumps(unfinished(source={"reference": P1})).replace("/", "\\/").encode(),
        b'{"subject": {"reference": "Patient\\/p1"}, ',
    ],
)
def test_where_no_subject_can_be_read_the_patient_is_looked_for(ehr_desk: Desk, body: Resource | bytes) -> None:
    """Anywhere in what came, however it is written."""
    another(ehr_desk)
    ehr_desk.tell("o5", unfinished(source={"reference": "Patient/p11"}))
    before = ehr_desk.contents()
    ehr_desk.tell("r1", body)
    assert ehr_desk.contents() != before
    assert forget(ehr_desk).versions == 1
    assert ehr_desk.contents() == before


def test_a_subject_that_is_read_is_all_that_counts(ehr_desk: Desk) -> None:
    """Who answered for another patient is not who the response is about."""
    ehr_desk.tell("o1", unfinished({"reference": "Patient/p2"}, source={"reference": P1}))
    before = ehr_desk.contents()
    assert not forget(ehr_desk)
    assert ehr_desk.contents() == before


@pytest.mark.parametrize("order", [(P1, "Patient/p2"), ("Patient/p2", P1)])
def test_an_unfinished_response_that_was_anothers_too(ehr_desk: Desk, order: Sequence[str]) -> None:
    """Each has a body, and no result: only the patient's goes, and the next version is one of the other's."""
    for subject in order:
        ehr_desk.tell("r1", unfinished({"reference": subject}, id="r1"))
    ehr_desk.tell("r1", unfinished(id="r1"))
    found = forget(ehr_desk)

    assert (found.submissions, found.versions) == (0, 1)
    assert P1 not in dump(ehr_desk)
    assert dump(ehr_desk).count("Patient/p2") == 1
    assert len(ehr_desk.rows(forgetting.version)) == 2
    ehr_desk.tell("r1", response(id="r1", subject="Patient/p2"))
    assert ehr_desk.entry().state is State.DUE


def test_a_result_and_an_unfinished_version_of_another(ehr_desk: Desk) -> None:
    """The result goes, with its body or without; what came of the other stays."""
    ehr_desk.tell("r1", response(id="r1"))
    purged(ehr_desk)
    ehr_desk.tell("r1", unfinished({"reference": "Patient/p2"}, id="r1"))
    found = forget(ehr_desk)

    assert (found.submissions, found.entries) == (0, 1)
    assert P1 not in dump(ehr_desk)
    assert "Patient/p2" in dump(ehr_desk)


def test_what_tells_of_nobody_goes_with_the_rest(ehr_desk: Desk) -> None:
    """A version without a subject, of a response of the patient."""
    ehr_desk.tell("r1", unfinished({"reference": P1}, id="r1"))
    ehr_desk.tell("r1", unfinished(id="r1"))
    assert forget(ehr_desk).versions == 2
    assert ehr_desk.is_empty()


def test_without_an_ehr_nothing_is_left_anywhere(desk: Desk) -> None:
    """The service was the chart."""
    everything(desk)
    found = forget(desk, own_chart=True)
    assert (found.entries, found.left) == (2, ())
    assert desk.is_empty()


@pytest.fixture
def live(database: str, tmp_path: Path, ehr: EhrDesk) -> Iterator[Desk]:
    """A clinic with that EHR, in our own time, since deliveries look at the clock."""
    with desk_on(database, tmp_path, EHR_URL=ehr.base_url) as made:
        made.clock.at = now()
        yield made


def deliver(desk: Desk) -> None:
    """Deliver what is due now."""
    delivery = desk.clinic.delivery
    assert isinstance(delivery, Delivery)
    while delivery.deliver_one("lease"):
        pass


def test_what_the_ehr_has_is_told_and_stays(live: Desk, ehr: EhrDesk) -> None:
    """By its id there: what stands, and what was withdrawn."""
    live.tell("r1", response(id="r1"))
    live.tell("r2", response(id="r2", authored="2026-11-13"))
    deliver(live)
    live.tell("r2", response(id="r2", authored="2026-11-13", status="entered-in-error"))
    deliver(live)
    standing = {one["id"]: one["status"] for one in ehr.observations("p1")}
    found = forget(live)

    assert {one.ehr_id: one.status for one in found.left} == standing
    assert set(standing.values()) == {Status.FINAL, Status.ENTERED_IN_ERROR}
    assert not any(one.perhaps for one in found.left)
    assert {one["id"]: one["status"] for one in ehr.observations("p1")} == standing


def test_what_the_ehr_may_have_is_told(live: Desk, ehr: EhrDesk) -> None:
    """Sent, and no answer came: it may stand there, and the clinic must look for it."""
    live.tell("r1", response(id="r1"))
    ehr.fault("reset-after", method="PUT", type="Observation")
    deliver(live)
    assert live.entry().state is State.UNKNOWN
    entry_id = live.entry().id
    (left,) = forget(live).left
    assert (left.id, left.status, left.perhaps, left.state) == (entry_id, None, True, State.UNKNOWN)


@pytest.mark.parametrize("amended", [False, True], ids=["same", "amended"])
def test_an_event_that_comes_again_doubles_nothing(live: Desk, ehr: EhrDesk, amended: bool) -> None:
    """It is a new submission, and finds our Observation in the chart by its id."""
    live.tell("r1", response(id="r1"))
    deliver(live)
    (before,) = ehr.observations("p1")
    forget(live)
    live.tell("r1", response("YYYYYYYYY" if amended else "YYYYYYYNO", id="r1", meta=updated(1)))
    deliver(live)

    (after,) = ehr.observations("p1")
    assert live.entry().state is State.SETTLED
    assert after["id"] == before["id"]
    assert ehr.versions(after["id"]) == (2 if amended else 1)
    assert ("9 of 9" in after["valueCodeableConcept"]["text"]) is amended


def test_forgotten_while_responses_come(database: str, tmp_path: Path) -> None:
    """Nobody fails or is half forgotten: what comes again meanwhile is whole, and another's is untouched."""
    with desk_on(database, tmp_path, EHR_URL=EHR_URL) as one, desk_on(database, tmp_path, EHR_URL=EHR_URL) as two:

        def arrive(subject: str) -> set[int]:
            names = [f"{subject[-2:]}-{number % 4}" for number in range(40)]
            bodies = [response((9 - number % 9, number % 9, 0), subject=subject) for number in range(40)]
            told = [one.tell(name, {**body, "id": name}) for name, body in zip(names, bodies, strict=True)]
            return {answer.status_code for answer in told}

        with ThreadPoolExecutor(3) as pool:
            sent = [pool.submit(arrive, subject) for subject in (P1, "Patient/p2")]
            while not all(work.done() for work in sent):
                made = Forget(two.service.database, DEFAULT_CLINIC, own_chart=False)
                sought = Sought(P1, partial(patient_of, sought=P1, ehr_url=None))
                made.remove(sought, made.named(sought))
            assert [work.result() for work in sent] == [{200}, {200}]
        forget(two)
        assert P1 not in dump(two)
        assert len(two.rows(submission)) == len(two.rows(forgetting.alias)) == 4
        assert len(two.rows(forgetting.version)) == 40
