"""Medplum falls silent, goes away, or loses all it had: what stands is right, and stands once."""

import pytest
import requests

from tests.deliver.answers import response
from tests.deliver.ehr_desk import until


@pytest.fixture(scope="module")
def own(open_medplum):
    """A clinic for these tests alone, whose service waits a second for an answer."""
    return open_medplum(ehr_timeout=1)


def creates(own):
    """The statuses of every create of an Observation since Medplum's last start."""
    return statuses(own, "POST")


def statuses(own, method):
    """The statuses of every write of an Observation by this method."""
    begin = f"{method} /fhir/Observation"
    return [line.split()[-1] for line in own.medplum.log.splitlines() if line.startswith(begin)]


def tell(own, patient, **named):
    """A response comes in by our own door."""
    where = f"{own.service.url}/fhir/QuestionnaireResponse/{patient}"
    assert requests.put(where, json=response(patient, patient=patient, **named), timeout=20).ok


def test_a_create_is_not_answered(own, patient):
    """Carried out, but not answered: it is found by its identifier, and not created again."""
    before = creates(own)
    own.medplum.cut_next_answer()
    tell(own, patient)
    own.at_rest()

    assert own.rows(patient) == [("final", "Yes to 7 of 9")]
    assert own.entry(patient)[1:] == ("settled", None)
    assert creates(own) == [*before, "201"]


def test_a_create_is_carried_out_late(own, patient):
    """The first comes after the second, and finds it there: Medplum heeds the condition that it carries."""
    before = creates(own)
    own.medplum.delay_next_write()
    tell(own, patient)
    own.at_rest()
    until(lambda: len(creates(own)) == len(before) + 2)

    assert own.rows(patient) == [("final", "Yes to 7 of 9")]
    assert creates(own) == [*before, "201", "200"]


def test_an_update_is_carried_out_late(own, patient):
    """The first comes after the second, and names a version that is no longer there."""
    tell(own, patient)
    own.at_rest()
    own.medplum.delay_next_write()
    tell(own, patient, counts=(4, 2, 3))
    own.at_rest()
    until(lambda: statuses(own, "PUT")[-2:] == ["200", "412"])

    assert own.rows(patient) == [("amended", "Yes to 4 of 9")]
    assert own.entry(patient)[1:] == ("settled", None)


def test_an_update_is_not_answered(own, patient):
    """Carried out, but not answered: it is found as it was sent, and not sent again."""
    tell(own, patient)
    own.at_rest()
    own.medplum.cut_next_answer()
    tell(own, patient, counts=(4, 2, 3))
    own.at_rest()

    assert own.rows(patient) == [("amended", "Yes to 4 of 9")]
    assert own.entry(patient)[1:] == ("settled", None)
    (observation,) = own.observations(patient)
    url = f"{own.medplum.base_url}/Observation/{observation['id']}/_history"
    assert len(requests.get(url, timeout=20).json()["entry"]) == 2


def test_away_for_a_while(own, patient):
    """What came in while Medplum was away is delivered when it is back, once."""
    own.medplum.kill()
    tell(own, patient)
    own.medplum.start()
    own.at_rest()

    assert own.rows(patient) == [("final", "Yes to 7 of 9")]
    assert creates(own) == ["201"]


def test_all_is_lost(own, patient):
    """An Observation that stood and is gone is held, and not made again; what is new is delivered as ever."""
    tell(own, patient)
    own.at_rest()
    own.medplum.kill()
    own.medplum.start()
    tell(own, patient, counts=(4, 2, 3))
    tell(own, f"{patient}-new")
    own.at_rest()

    assert own.observations(patient) == []
    assert own.entry(patient)[1:] == ("held", "deleted-in-chart")
    assert own.rows(f"{patient}-new") == [("final", "Yes to 7 of 9")]
