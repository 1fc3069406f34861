"""What a server says of itself, which our delivery goes by."""

from fhir_alliance.ehr.capabilities import best_way, read_statement
from fhir_alliance.ehr.client import FhirClient
from tests.contracts.speaking import Resource, Speaking, told


def rest(fhir: Speaking) -> Resource:
    """What is served over REST."""
    statement = told(fhir.get("metadata"), 200)
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    (served,) = statement["rest"]
    return dict(served)


def test_the_abilities_that_are_told(fhir: Speaking) -> None:
    """Conditional writes are told by all; that ids are a client's to choose, not by all that let it."""
    observation = next(one for one in rest(fhir)["resource"] if one["type"] == "Observation")

    assert (observation["conditionalCreate"], observation["conditionalUpdate"]) == (True, True)
    assert observation.get("updateCreate", False) is fhir.does.tells_update_create
    assert {"read", "vread", "update", "create", "delete", "history-instance", "search-type"} <= {
        one["code"] for one in observation["interaction"]
    }
    assert {"_id", "identifier", "subject", "code", "derived-from"} <= {
        one["name"] for one in observation["searchParam"]
    }


def test_transactions_are_told(fhir: Speaking) -> None:
    """By those where they are atomic."""
    told_of = "transaction" in [one["code"] for one in rest(fhir)["interaction"]]

    assert told_of is fhir.does.transactions_are_atomic


def test_our_way(fhir: Speaking) -> None:
    """Our delivery takes the best way that is told."""
    statement = read_statement(FhirClient(fhir.base_url, None, 30))

    assert best_way(statement, "Observation", "identifier") is fhir.does.way
