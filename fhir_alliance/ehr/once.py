"""How a FHIR server is made to keep a resource once: by our id, or by the search that would find it."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from fhir_alliance.ehr.client import Answer, FhirClient, objects
from fhir_alliance.errors import Conflict, NotNow, Refused, Unanswered
from fhir_alliance.fhir.r4 import is_id

#: the search that finds the resource is offered, with each of its parameters
SEARCHED = "search for it"


class Way(Enum):
    """How a server keeps a resource once, the best first; each with what its CapabilityStatement must say.

    A conditional create comes before a conditional update: carried out late, it replaces nothing.
    """

    #: https://hl7.org/fhir/R4/http.html#upsert
    UPDATE_AS_CREATE = frozenset({"updateCreate"})
    #: https://hl7.org/fhir/R4/http.html#ccreate
    CONDITIONAL_CREATE = frozenset({"create", "conditionalCreate", "search-type", SEARCHED})
    #: https://hl7.org/fhir/R4/http.html#cond-update; of several at once, some servers carry out two creates
    CONDITIONAL_UPDATE = frozenset({"conditionalUpdate", "search-type", SEARCHED})
    #: nothing keeps two creates apart but that one follows the other
    SEARCH_THEN_CREATE = frozenset({"create", "search-type", SEARCHED})


def create(client: FhirClient, resource: dict[str, Any], way: Way, query: Mapping[str, str]) -> Answer:
    """Create ``resource``, which ``query`` would find. Raises any ChartFault, Conflict where it is there."""
    kind = resource["resourceType"]
    if way is Way.UPDATE_AS_CREATE:
        return client.put(f"{kind}/{resource['id']}", resource, create=True)
    unnamed = {name: value for name, value in resource.items() if name != "id"}
    if way is Way.CONDITIONAL_UPDATE:
        return client.put(kind, unnamed, create=True, params=query)
    answer = client.post(kind, unnamed, query if way is Way.CONDITIONAL_CREATE else None)
    if way is Way.CONDITIONAL_CREATE and answer.status == 200:
        raise Conflict("there-already")
    return answer


def find(
    client: FhirClient, kind: str, query: Mapping[str, str], is_meant: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    """What ``query`` finds, all of it (https://hl7.org/fhir/R4/search.html).

    Raises any ChartFault: NotNow where something is found that is not meant, since a server may ignore a
    parameter; Unanswered where the answer does not surely say that there is nothing.
    """
    answer = client.get(kind, query)
    bundle = answer.resource or {}
    if answer.status >= 300 or bundle.get("resourceType") != "Bundle" or not _is_list(bundle.get("entry", [])):
        raise Unanswered("no-searchset")
    found = [one for one in _resources(bundle) if one.get("resourceType") == kind]
    if not all(is_meant(one) for one in found):
        raise NotNow("search-not-heeded")
    more = any(link.get("relation") == "next" for link in objects(bundle.get("link")))
    if not found and (more or bundle.get("total") not in (None, 0)):
        raise Unanswered("no-searchset")
    return found


def only_id(found: list[dict[str, Any]]) -> str | None:
    """The id of the one that was found, None without any; Refused where there are several."""
    ids = {as_id(one.get("id")) for one in found}
    if len(ids) > 1:
        raise Refused("several-there")
    return ids.pop() if ids else None


def _is_list(value: object) -> bool:
    """Whether it is a list of objects, and nothing else."""
    return isinstance(value, list) and len(objects(value)) == len(value)


def _resources(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    found = [entry.get("resource") for entry in objects(bundle.get("entry"))]
    if not _is_list(found):
        raise Unanswered("no-searchset")
    return objects(found)


def as_id(value: object) -> str:
    """A FHIR id; Unanswered where it is none."""
    if not is_id(value):
        raise Unanswered("no-id")
    return str(value)
