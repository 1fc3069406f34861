"""The artifacts on a FHIR server."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from fhir_alliance.catalog import Catalog
from fhir_alliance.ehr.client import FhirClient
from fhir_alliance.ehr.publish import Change, publish
from fhir_alliance.errors import ChartFault, NotNow, Refused, Unanswered
from fhir_alliance.sandbox import Sandbox

CHECKLIST = "Questionnaire/alliance-checklist"


@pytest.fixture
def ehr() -> Iterator[Sandbox]:
    """An empty EHR."""
    with Sandbox() as ehr:
        yield ehr


@pytest.fixture
def client(ehr: Sandbox) -> FhirClient:
    """A client of it."""
    return FhirClient(ehr.base_url, None, 10)


def changes(client: FhirClient, catalog: Catalog) -> Counter[Change]:
    """How many artifacts were changed how."""
    return Counter(change for _, change in publish(client, catalog))


def fault(ehr: Sandbox, **order: Any) -> None:
    """Order a fault of the EHR."""
    requests.post(f"{ehr.url}/sandbox/faults", json=order, timeout=10).raise_for_status()


def test_all_in_order(client: FhirClient, catalog: Catalog) -> None:
    """Every artifact is created, those that others need first."""
    published = list(publish(client, catalog))

    assert published == [(f"{kind}/{id_}", Change.CREATED) for kind, id_ in catalog.artifacts]
    assert published[-1][0] == CHECKLIST


def test_again_changes_nothing(client: FhirClient, catalog: Catalog) -> None:
    """What is there, and the same, is not written again: no version is added."""
    list(publish(client, catalog))

    assert changes(client, catalog) == {Change.UNCHANGED: len(catalog.artifacts)}
    assert client.get(CHECKLIST).etag == 'W/"1"'


def test_what_differs_is_replaced(client: FhirClient, catalog: Catalog) -> None:
    """Only the artifact that differs is written, over the version that was found."""
    list(publish(client, catalog))
    found = client.get(CHECKLIST)
    client.put(CHECKLIST, {**(found.resource or {}), "title": "Another"}, found.etag)

    assert changes(client, catalog) == {Change.UNCHANGED: len(catalog.artifacts) - 1, Change.UPDATED: 1}
    assert (client.get(CHECKLIST).resource or {})["title"] != "Another"


def test_what_a_server_adds_is_no_difference(client: FhirClient, catalog: Catalog) -> None:
    """A narrative and meta data that the server made do not count."""
    list(publish(client, catalog))
    found = client.get(CHECKLIST).resource or {}
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Made here</div>'}
    client.put(CHECKLIST, {**found, "text": text, "meta": {**found["meta"], "source": "urn:x"}}, None)

    assert changes(client, catalog) == {Change.UNCHANGED: len(catalog.artifacts)}


@pytest.mark.parametrize(
    "offers",
    [
        {"update_create": False},
        {"update_create": False, "conditional_create": False},
        {"update_create": False, "conditional_create": False, "conditional_update": False},
    ],
)
def test_where_ids_are_the_servers(offers: dict[str, bool], catalog: Catalog) -> None:
    """Each artifact is found again by url and version: created once, then left alone, or updated in its place."""
    with Sandbox(**offers) as ehr:
        client = FhirClient(ehr.base_url, None, 10)
        assert changes(client, catalog) == {Change.CREATED: len(catalog.artifacts)}
        assert changes(client, catalog) == {Change.UNCHANGED: len(catalog.artifacts)}
        artifacts = {**catalog.artifacts}
        artifacts["Questionnaire", "alliance-checklist"] = {
            **artifacts["Questionnaire", "alliance-checklist"],
            "title": "Another",
        }
        altered = changes(client, replace(catalog, artifacts=artifacts))
        assert altered == {Change.UNCHANGED: len(catalog.artifacts) - 1, Change.UPDATED: 1}
        (entry,) = (client.get("Questionnaire").resource or {})["entry"]
    assert (entry["resource"]["title"], entry["resource"]["meta"]["versionId"]) == ("Another", "2")


def test_what_was_deleted_is_created_again(ehr: Sandbox, client: FhirClient, catalog: Catalog) -> None:
    """A deleted artifact comes back."""
    list(publish(client, catalog))
    requests.delete(f"{ehr.base_url}/{CHECKLIST}", timeout=10).raise_for_status()

    assert changes(client, catalog)[Change.CREATED] == 1


@pytest.mark.parametrize(
    ("order", "kind", "code"),
    [
        ({"kind": "status", "status": 422}, Refused, "http-422"),
        ({"kind": "status", "status": 503}, NotNow, "http-503"),
        ({"kind": "status", "status": 404}, Refused, "http-404"),
    ],
)
def test_fault_names_the_artifact(
    ehr: Sandbox, client: FhirClient, catalog: Catalog, order: dict[str, Any], kind: type[ChartFault], code: str
) -> None:
    """A fault ends it, and tells at which artifact; those before stay."""
    fault(ehr, method="PUT", type="Questionnaire", **order)
    with pytest.raises(kind) as raised:
        list(publish(client, catalog))

    assert raised.value.code.split()[0] == code
    assert raised.value.__notes__ == [CHECKLIST]
    assert client.get("CodeSystem/alliance-fit").status == 200


def test_no_fhir_server(ehr: Sandbox, catalog: Catalog) -> None:
    """An address that answers with something else is no FHIR server."""
    pages = FhirClient(ehr.url, None, 10)
    odd = replace(catalog, artifacts={("chart", "p1"): catalog.artifacts["CodeSystem", "alliance-fit"]})
    FhirClient(ehr.base_url, None, 10).put("Patient/p1", {"resourceType": "Patient", "id": "p1"}, None)
    with pytest.raises(Unanswered, match="no-resource"):
        list(publish(pages, odd))
