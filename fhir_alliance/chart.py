"""The chart of one clinic, as delivery needs it; ``ehr/`` makes it of a FHIR server."""

from dataclasses import dataclass
from typing import Any, Protocol

#: what is there has no version that could be named
ANY_VERSION = "*"


@dataclass(frozen=True, slots=True)
class Kept:
    """An Observation as the EHR has it."""

    id: str
    #: to name this version in If-Match; None where the EHR has no versions
    etag: str | None
    resource: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What the EHR said of a write."""

    #: None where it accepted a create, and told no id
    id: str | None
    etag: str | None


@dataclass(frozen=True, slots=True)
class Gone:
    """The EHR had it, and deleted it."""


class Chart(Protocol):
    """Where Observations stand. Every method may raise any ChartFault."""

    def look(self, observation_id: str, ehr_id: str | None, *, by_identifier: bool) -> Kept | Gone | None:
        """What the EHR has of our Observation, past its caches; None where it has nothing.

        ``ehr_id``: the id under which the EHR is known to have it. ``by_identifier``: where there is nothing
        by id, look for our identifier, too.
        """

    def write(self, resource: dict[str, Any], etag: str | None) -> Written:
        """Replace the version ``etag``, or whatever is there (ANY_VERSION); None creates, and replaces nothing."""
