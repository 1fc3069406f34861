"""The chart as our delivery uses it, by whichever way a server offers."""

from typing import Any

import pytest

from fhir_alliance.chart import Gone, Kept
from fhir_alliance.ehr.capabilities import Capabilities
from fhir_alliance.ehr.chart import FhirChart
from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.errors import Conflict
from tests.contracts.speaking import Speaking, by_identifier, new_id, observation


@pytest.fixture
def chart(fhir: Speaking) -> FhirChart:
    """Our chart on the server."""
    client = FhirClient(fhir.base_url, None, 30)
    return FhirChart(client, Capabilities(client, lambda: 0.0))


def ours() -> dict[str, Any]:
    """An Observation of ours, by its id and identifier."""
    id_ = new_id()
    return observation(id_, id=id_)


def test_written_found_and_amended(fhir: Speaking, chart: FhirChart) -> None:
    """Absent, then created, then seen with its version, then changed where it stands."""
    resource = ours()
    before = chart.look(resource["id"], None, by_identifier=True)
    first = chart.write(resource, None)
    seen = chart.look(resource["id"], first.id, by_identifier=False)
    found = chart.look(resource["id"], None, by_identifier=True)
    second = chart.write({**resource, "id": first.id, "status": "amended"}, first.etag)

    assert before is None
    assert isinstance(seen, Kept)
    assert (seen.id, seen.etag, seen.resource["status"]) == (first.id, first.etag, "final")
    assert found == seen
    assert second.id == first.id
    assert fhir.kept({"resourceType": "Observation", "id": first.id})["status"] == "amended"
    assert fhir.found(f"Observation?{by_identifier(resource['id'])}") == [first.id]


def test_created_twice(fhir: Speaking, chart: FhirChart) -> None:
    """The second create of the same finds what is there, and changes nothing."""
    resource = ours()
    first = chart.write(resource, None)
    with pytest.raises(Conflict):
        chart.write({**resource, "status": "amended"}, None)

    assert fhir.kept({"resourceType": "Observation", "id": first.id})["status"] == "final"
    assert fhir.found(f"Observation?{by_identifier(resource['id'])}") == [first.id]


def test_written_late(fhir: Speaking, chart: FhirChart) -> None:
    """An update that names a version which somebody has changed since is a conflict, and changes nothing."""
    resource = ours()
    first = chart.write(resource, None)
    fhir.put({**resource, "id": first.id, "status": "cancelled"})
    with pytest.raises(Conflict):
        chart.write({**resource, "id": first.id, "status": "amended"}, first.etag)

    assert fhir.kept({"resourceType": "Observation", "id": first.id})["status"] == "cancelled"


def test_deleted(fhir: Speaking, chart: FhirChart) -> None:
    """What somebody has deleted is gone, not absent."""
    resource = ours()
    first = chart.write(resource, None)
    fhir.delete({**resource, "id": first.id})

    assert chart.look(resource["id"], first.id, by_identifier=False) == Gone()
