"""What resources refer to: whether it stands here, and how a transaction's entries name each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fhir_alliance.sandbox.messages import Refusal
from fhir_alliance.sandbox.parameters import PARAMETERS, without_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from fhir_alliance.sandbox.store import Store


def check_references(store: Store, value: Any, planned: Set[str]) -> None:
    """Raises Refusal 400 on a literal reference to what neither stands here nor is planned; # is inside."""
    for reference in map(without_version, _references(value)):
        resource_type, _, id_ = reference.partition("/")
        known = reference.startswith("#") or reference in planned or store.living(resource_type, id_)
        if not known:
            raise Refusal(400, "processing", f"not found here, but referred to: {reference}")


def check_unreferenced(store: Store, reference: str) -> None:
    """Raises Refusal 409 where anything that stands here refers to it."""
    for resource_type in PARAMETERS:
        for version in store.find(resource_type):
            if reference in map(without_version, _references(version.resource)):
                raise Refusal(409, "conflict", f"{version.reference} refers to {reference}")


def with_references(value: Any, names: Mapping[str, str]) -> Any:
    """A copy of a JSON value in which each reference that `names` knows is replaced."""
    if isinstance(value, list):
        return [with_references(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    copied = {name: with_references(one, names) for name, one in value.items()}
    if isinstance(reference := copied.get("reference"), str):
        copied["reference"] = names.get(reference, reference)
    return copied


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and isinstance(reference := value.get("reference"), str):
        yield reference
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from _references(one)
