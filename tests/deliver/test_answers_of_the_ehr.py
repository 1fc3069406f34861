"""What the EHR answers, beyond the faults of one request: where it leaves an entry, and when it is tried again."""

import json
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from fhir_alliance.ledger.breaker import MOST_FAILURES
from fhir_alliance.ledger.oversight import Condition, Oversight
from fhir_alliance.ledger.reads import Reads
from fhir_alliance.ledger.tables import State
from fhir_alliance.scoring.result import next_standing
from tests.deliver.answers import response
from tests.deliver.rehearsal import SHORT_LIMIT, Rehearsal

DAY = timedelta(hours=24)


def fhir(resource):
    """A fault that answers 200 with this resource, or with whatever else it is."""
    return {"kind": "status", "status": 200, "body": json.dumps(resource), "content_type": "application/fhir+json"}


NO_METADATA = {
    "http-404": {"kind": "status", "status": 404},
    "http-422": {"kind": "status", "status": 422},
    "http-500": {"kind": "status", "status": 500},
    "http-503": {"kind": "status", "status": 503},
    "reset": {"kind": "reset"},
    "hang": {"kind": "hang", "seconds": SHORT_LIMIT * 2},
    "empty": {"kind": "empty"},
    "html": {"kind": "html"},
    "redirect": {"kind": "redirect", "location": "http://127.0.0.1:1/fhir/metadata"},
    "other-resource": fhir({"resourceType": "Basic"}),
    "no-rest": fhir({"resourceType": "CapabilityStatement"}),
    "no-observation": fhir({"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": []}]}),
    "null-rest": fhir({"resourceType": "CapabilityStatement", "rest": None}),
    "text-rest": fhir({"resourceType": "CapabilityStatement", "rest": ["server"]}),
}


@pytest.mark.case("answer-metadata")
@pytest.mark.parametrize("fault", NO_METADATA)
def test_no_usable_metadata(rehearsal, fault):
    """Whatever is wrong with /metadata: due again, nothing asked or written; then delivered."""
    rehearsal.take(response())
    rehearsal.ehr.fault(type="metadata", **NO_METADATA[fault])
    entry = rehearsal.attempt()

    assert (entry.state, rehearsal.due_at) == (State.DUE, rehearsal.clock() + timedelta(seconds=0.5))
    assert (rehearsal.ehr.asked("GET", "Observation"), rehearsal.ehr.writes) == (0, 0)
    assert rehearsal.finish().state is State.SETTLED
    assert rehearsal.ehr.writes == 1


@pytest.mark.case("answer-refused-connection")
def test_connection_refused(ehr, catalog, tmp_path):
    """Nobody listens: due again, as often as it takes, each time after a longer wait."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, and not listening
        rehearsal = Rehearsal(ehr, catalog, tmp_path, f"http://127.0.0.1:{closed.getsockname()[1]}/fhir")
        rehearsal.take(response())
        waits = []
        for _ in range(12):
            entry = rehearsal.attempt()
            assert (entry.state, entry.reason) == (State.DUE, "no-connection")
            waits.append((rehearsal.due_at - rehearsal.clock()).total_seconds())
            rehearsal.clock.moment = rehearsal.due_at

    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 150, 150, 150]
    assert (rehearsal.entry.attempts, rehearsal.entry.sent) == (12, ())
    rehearsal.engine.dispose()


@pytest.mark.case("answer-later")
@pytest.mark.parametrize("status", [401, 403, 408, 429, 503])
@pytest.mark.parametrize("step", ["GET", "PUT"])
def test_not_before_retry_after(rehearsal, status, step):
    """The EHR's own word, in seconds, is kept where it is longer than our wait."""
    rehearsal.take(response())
    order = {"status": status, "headers": {"Retry-After": "120"}}
    rehearsal.ehr.fault("status", method=step, type="Observation", **order)
    entry = rehearsal.attempt()

    assert (entry.state, entry.reason) == (State.DUE, f"http-{status}")
    assert rehearsal.due_at == rehearsal.clock() + timedelta(seconds=120)
    assert not rehearsal.delivery.deliver_one("too early")
    assert rehearsal.finish().state is State.SETTLED


def http_date(wait):
    """A moment from now, as HTTP writes it."""
    return format_datetime(datetime.now(UTC) + wait, usegmt=True)


RETRY_AFTER = {
    "0": timedelta(seconds=0.5),  # our own wait is longer
    "86399": timedelta(seconds=86399),
    "86401": DAY,
    "99999999999999999999": DAY,
    "9" * 400: DAY,
    "-5": timedelta(seconds=0.5),
    "soon": timedelta(seconds=0.5),
    "\xb2": timedelta(seconds=0.5),
    "Fri, 31 Dec 9999 23:59:59 GMT": DAY,
    "Wed, 21 Oct 2015 07:28:00 GMT": timedelta(seconds=0.5),
    "Wed, 21 Oct 2015 07:28:00 -0000": timedelta(seconds=0.5),
    "Wed, 99 Oct 2015 07:28:00 GMT": timedelta(seconds=0.5),
}


@pytest.mark.case("answer-later")
@pytest.mark.parametrize("given", RETRY_AFTER, ids=lambda given: given[:32].encode("unicode_escape").decode())
def test_retry_after_is_bounded(rehearsal, given):
    """Never longer than a day, never shorter than our own wait, and nonsense counts for nothing."""
    rehearsal.take(response())
    rehearsal.ehr.fault("status", method="PUT", status=503, headers={"Retry-After": given})

    assert rehearsal.attempt().state is State.DUE
    assert rehearsal.due_at == rehearsal.clock() + RETRY_AFTER[given]


@pytest.mark.case("answer-later")
def test_retry_after_as_a_date(rehearsal):
    """An HTTP date is as good as seconds."""
    rehearsal.take(response())
    headers = {"Retry-After": http_date(timedelta(seconds=100))}
    rehearsal.ehr.fault("status", method="PUT", status=429, headers=headers)
    rehearsal.attempt()

    assert 90 < (rehearsal.due_at - rehearsal.clock()).total_seconds() <= 100


@pytest.mark.case("answer-none")
@pytest.mark.parametrize("location", ["Location", "Content-Location"])
def test_an_id_in_a_header_is_enough(rehearsal, location):
    """A 2xx without body that names the Observation is read back at once."""
    rehearsal.take(response())
    where = f"{rehearsal.ehr.base_url}/Observation/{rehearsal.entry.id}/_history/1"
    rehearsal.ehr.fault("status", method="PUT", status=201, headers={location: where}, body="")
    entry = rehearsal.attempt()

    assert (entry.state, entry.reason) == (State.UNKNOWN, "not-kept")  # it was read, and nothing is there
    assert rehearsal.ehr.asked("GET", "Observation") == 2


@pytest.mark.case("answer-none")
def test_found_by_identifier(rehearsal):
    """No answer, and the EHR had put it under an id of its own: found, settled, and changed there."""
    rehearsal.take(response())
    rehearsal.ehr.fault("reset-after", method="PUT", type="Observation")
    rehearsal.attempt()
    moved = rehearsal.ehr.kept(f"Observation/{rehearsal.entry.id}")
    rehearsal.ehr.fault("status", method="GET", type="Observation", status=404)
    rehearsal.ehr.fault("status", method="GET", type="Observation", **searchset(moved))
    entry = rehearsal.finish()

    assert (entry.state, entry.ehr_id, entry.etag) == (State.SETTLED, moved["id"], 'W/"1"')
    assert rehearsal.ehr.writes == 1


def searchset(*resources):
    """The answer of a search."""
    entries = [{"resource": one} for one in resources]
    body = json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries})
    return {"status": 200, "body": body, "content_type": "application/fhir+json"}


@pytest.mark.case("answer-none")
def test_an_ehr_that_gives_its_own_ids(rehearsal):
    """Known under another id than ours: what changes is changed there, and never stands twice."""
    rehearsal.take(response())
    rehearsal.ehr.fault("reset", method="PUT", type="Observation")
    rehearsal.attempt()
    ours = _rendered(rehearsal)
    rehearsal.ehr.put({**ours, "id": "of-the-ehr"})
    entry = rehearsal.finish()
    assert (entry.state, entry.ehr_id) == (State.SETTLED, "of-the-ehr")

    rehearsal.take(response(counts=(4, 2, 3)))
    entry = rehearsal.finish(12)
    (kept,) = rehearsal.ehr.observations()
    assert (entry.state, kept["id"], kept["status"]) == (State.SETTLED, "of-the-ehr", "amended")


def _rendered(rehearsal):
    """What was sent, and did not arrive."""
    (sent,) = rehearsal.entry.sent
    return rehearsal.recognition.render(rehearsal.entry, sent.standing)


@pytest.mark.case("answer-misread")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "preliminary"}, "not-kept: status"),
        ({"subject": {"reference": "Patient/someone-else"}}, "not-kept: subject"),
        ({"valueCodeableConcept": {"text": "Yes to 9 of 9"}}, "not-kept: value"),
        ({"valueCodeableConcept": None, "valueString": "7"}, "not-kept: value"),
        ({"status": "final", "subject": {"display": "P"}, "valueCodeableConcept": {}}, "not-kept: subject, value"),
    ],
)
def test_a_read_back_that_misleads(rehearsal, changes, reason):
    """Kept with another status, subject or value text: held, and not written again."""
    rehearsal.take(response())
    rehearsal.ehr.fault("lie", method="GET", type="Observation")  # lets the look pass
    kept = {"resourceType": "Observation", "id": rehearsal.entry.id, **_first_rendered(rehearsal), **changes}
    body = json.dumps({name: part for name, part in kept.items() if part is not None})
    order = {"status": 200, "body": body, "content_type": "application/fhir+json"}
    rehearsal.ehr.fault("status", method="GET", type="Observation", **order)
    entry = rehearsal.finish()

    assert (entry.state, entry.reason, rehearsal.ehr.writes) == (State.HELD, reason, 1)


def _first_rendered(rehearsal):
    return rehearsal.recognition.render(rehearsal.entry, next_standing(rehearsal.entry.wanted, None))


@pytest.mark.case("answer-losses")
@pytest.mark.parametrize("element", ["note", "component", "device", "derivedFrom", "method", "category", "meta"])
def test_smaller_losses_are_told(rehearsal, element):
    """Settled without it, and told in the entry and in what status shows."""
    rehearsal.take(response())
    rehearsal.ehr.fault("drop", method="PUT", type="Observation", elements=[element])
    entry = rehearsal.finish()
    (told,) = Reads(rehearsal.database, "default").attention()

    assert (entry.state, entry.losses, rehearsal.ehr.writes) == (State.SETTLED, (element,), 1)
    assert (told.kind, told.id, told.reason) == ("not-whole", entry.id, f"not kept: {element}")


@pytest.mark.case("answer-losses")
def test_a_loss_does_not_stop_the_next_change(rehearsal):
    """What the EHR does not keep it did not keep before: the next version is written all the same."""
    for counts in ((7, 1, 1), (4, 2, 3)):
        rehearsal.take(response(counts=counts))
        rehearsal.ehr.fault("drop", method="PUT", type="Observation", elements=["device", "identifier", "note"])
        assert rehearsal.finish().state is State.SETTLED

    (kept,) = rehearsal.ehr.observations()
    assert (kept["status"], kept["valueCodeableConcept"]["text"][:13]) == ("amended", "Yes to 4 of 9")


@pytest.mark.case("answer-later")
def test_one_patient_alone_is_forbidden(rehearsal):
    """It is tried again and again, and keeps no other waiting: the EHR is not left alone for it."""
    began = rehearsal.clock().astimezone(UTC)
    rehearsal.take(response())
    rehearsal.ehr.fault("status", method="GET", type="Observation", status=403, times=MOST_FAILURES * 2)
    for _ in range(MOST_FAILURES * 2):
        entry = rehearsal.attempt()
        assert (entry.state, entry.reason) == (State.DUE, "http-403")
        rehearsal.clock.moment = rehearsal.due_at

    assert Oversight(rehearsal.database, "default").condition(rehearsal.clock()) == Condition(
        failures=1, failing_since=began, reason="http-403", asked=True
    )


@pytest.mark.case("answer-later")
def test_one_patient_alone_is_forbidden_for_hours(rehearsal):
    """Of one result again the EHR may ask for five minutes; what waits longer is taken for a clock set back."""
    rehearsal.take(response())
    order = {"status": 403, "headers": {"Retry-After": "7200"}}
    rehearsal.ehr.fault("status", method="GET", type="Observation", times=2, **order)
    waits = []
    for _ in range(2):
        rehearsal.attempt()
        waits.append(rehearsal.due_at - rehearsal.clock())
        rehearsal.clock.moment = rehearsal.due_at

    assert waits == [timedelta(hours=2), timedelta(minutes=5)]
    assert rehearsal.finish().state is State.SETTLED
