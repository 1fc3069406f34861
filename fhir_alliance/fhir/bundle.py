"""Bundles: what a search found, and what ``$extract`` proposes.

https://hl7.org/fhir/R4/bundle.html
"""

from collections.abc import Sequence
from typing import Any


def searchset(
    found: Sequence[tuple[str, dict[str, Any]]], total: int, self_url: str, next_url: str | None
) -> dict[str, Any]:
    """A page of a search; ``found`` holds (full URL, resource)."""
    links = [{"relation": "self", "url": self_url}]
    if next_url:
        links.append({"relation": "next", "url": next_url})
    entries = [{"fullUrl": url, "resource": resource, "search": {"mode": "match"}} for url, resource in found]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links}
    return {**bundle, "entry": entries} if entries else bundle


def transaction(observation: dict[str, Any]) -> dict[str, Any]:
    """The Observation as an update-as-create, for the caller to send.

    http://hl7.org/fhir/uv/sdc/OperationDefinition/QuestionnaireResponse-extract
    """
    entry = {
        "fullUrl": f"urn:uuid:{observation['id']}",
        "resource": observation,
        "request": {"method": "PUT", "url": f"Observation/{observation['id']}"},
    }
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
