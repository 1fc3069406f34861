"""What comes in and what goes out: a request, a reply, and the refusal that becomes an OperationOutcome."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

FHIR_JSON = "application/fhir+json"
Resource = dict[str, Any]


def dump(value: object) -> bytes:
    """Any JSON value as compact UTF-8. Raises ValueError where it cannot be written."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def parse(body: bytes) -> Any:
    """Strict JSON: NaN, duplicate keys and absurd depth raise ValueError."""
    try:
        return json.loads(body, parse_constant=_refuse_constant, object_pairs_hook=_without_duplicates)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Resource:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a property stands twice")
    return values


@dataclass(frozen=True, slots=True)
class FhirRequest:
    """One request below the FHIR base."""

    method: str
    base: str  # absolute, without a slash at the end
    path: tuple[str, ...]  # segments below the base
    query: tuple[tuple[str, str], ...]  # decoded, in the order sent
    headers: Headers
    body: bytes

    @property
    def resource_type(self) -> str:
        """The first segment: a resource type, or "metadata", or "" for the base itself."""
        return self.path[0] if self.path else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One full answer. Where none is given, None stands in its place: the connection is dropped."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def resource_reply(status: int, resource: Resource, headers: dict[str, str] | None = None) -> Reply:
    """An answer that carries a resource."""
    return Reply(status, dump(resource), {"Content-Type": FHIR_JSON, **(headers or {})})


class Refusal(Exception):
    """A request is refused, with an HTTP status and a FHIR issue code (valueset-issue-type)."""

    def __init__(self, status: int, code: str, diagnostics: str) -> None:
        super().__init__(diagnostics)
        self.status = status
        self.code = code

    def reply(self) -> Reply:
        """The refusal as an OperationOutcome."""
        issue = {"severity": "error", "code": self.code, "diagnostics": str(self)}
        return resource_reply(self.status, {"resourceType": "OperationOutcome", "issue": [issue]})
