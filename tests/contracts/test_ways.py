"""Each way to write once on each server that can go it, whatever its statement prefers."""

from typing import Any

import pytest

from fhir_alliance.chart import Kept
from fhir_alliance.ehr.capabilities import Capabilities
from fhir_alliance.ehr.chart import FhirChart
from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.ehr.once import Way
from fhir_alliance.errors import Refused
from tests.contracts.speaking import Speaking, by_identifier, new_id, observation


class Going(Capabilities):
    """A server of which only one way is known."""

    def __init__(self, way: Way) -> None:
        self._only = way

    def way(self) -> Way:
        """That way."""
        return self._only


@pytest.fixture(params=Way, ids=lambda way: way.name.lower().replace("_", "-"))
def way(request: pytest.FixtureRequest) -> Way:
    """Each way."""
    found: Way = request.param
    return found


@pytest.fixture
def chart(fhir: Speaking, way: Way) -> FhirChart:
    """Our chart on the server, going that way."""
    return FhirChart(FhirClient(fhir.base_url, None, 30), Going(way))


def ours() -> dict[str, Any]:
    """An Observation of ours."""
    id_ = new_id()
    return observation(id_, id=id_)


def test_it_is_written_once(fhir: Speaking, chart: FhirChart, way: Way) -> None:
    """Created where the look finds nothing, found by the next look, changed in its place, and there once."""
    resource = ours()
    if way is Way.UPDATE_AS_CREATE and fhir.does.put_at_new_id != 201:
        with pytest.raises(Refused):
            chart.write(resource, None)
        return
    assert chart.look(resource["id"], None, by_identifier=False) is None
    created = chart.write(resource, None)
    found = chart.look(resource["id"], None, by_identifier=True)
    assert isinstance(found, Kept)
    assert (found.id, found.etag) == (created.id, created.etag)
    amended = chart.write({**resource, "id": found.id, "status": "amended"}, found.etag)
    assert amended.id == created.id
    assert fhir.kept({"resourceType": "Observation", "id": created.id})["status"] == "amended"
    assert fhir.found(f"Observation?{by_identifier(resource['id'])}") == [created.id]
