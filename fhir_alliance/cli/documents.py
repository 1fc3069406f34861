"""Files of FHIR resources, read as a stream: one JSON document, or one resource a line (NDJSON)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol

from fhir_alliance import catalog
from fhir_alliance.fhir import json_text
from fhir_alliance.fhir.issues import Code, Issue, Unreadable, information, r4_error
from fhir_alliance.fhir.json_text import parse_object

#: a document, or a line; anything but a Bundle must be smaller, as at the doors
MOST_BYTES = 50 * 1024 * 1024
_MOST = {"Bundle": MOST_BYTES, "Questionnaire": catalog.MOST_BYTES}
_PART = 64 * 1024

#: number of a line, from 1, and its bytes
Line = tuple[int, bytes]
Resource = dict[str, Any]


class Stream(Protocol):
    """As much of a binary file as is needed here."""

    def readline(self, size: int, /) -> bytes:
        """Up to the end of the line, at most ``size`` bytes."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes."""


@dataclass(frozen=True, slots=True)
class Found:
    """One resource of a file, or the issue that tells why there is none."""

    content: Resource | Issue
    #: from 1; None where the file is one document
    line: int | None = None
    #: from 0; None outside a Bundle
    entry: int | None = None

    def placed(self, issue: Issue) -> Issue:
        """``issue`` of the resource, with its expression from the Bundle on."""
        if self.entry is None:
            return issue
        within = (issue.expression or "").partition(".")[1:]
        return replace(issue, expression=f"Bundle.entry[{self.entry}].resource{''.join(within)}")


def read_documents(stream: Stream) -> Iterator[Found]:
    """Every resource in ``stream``, in order, those of a Bundle one by one; blank lines are skipped.

    Where neither of the first two lines is a whole resource, all is one document.
    """
    lines = _lines(stream)
    first = next(lines, None)
    if first is None:
        return
    second = None if _is_object(first) else next(lines, None)
    if not _is_object(first) and not (second and _is_resource(second)):
        yield from _expanded(Found(_parsed(_document(first, second, stream))))
        return
    for number, text in chain([first], [second] if second else (), lines):
        yield from _expanded(Found(_parsed_line(text), number))


def _lines(stream: Stream) -> Iterator[Line]:
    """Those that are not blank; of one that is too long only the beginning is held."""
    number = 0
    while line := stream.readline(MOST_BYTES + 1):
        number += 1
        rest = line
        while rest and len(line) > MOST_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(_PART)
        if line.strip():
            yield number, line.rstrip()


def _is_object(line: Line) -> bool:
    return not isinstance(_parsed(line[1]), Issue)


def _is_resource(line: Line) -> bool:
    """A line within one document may be an object, too, but hardly a resource."""
    content = _parsed(line[1])
    return not isinstance(content, Issue) and "resourceType" in content


def _document(first: Line, second: Line | None, stream: Stream) -> bytes:
    """All that is left, with every line at its number, so that a fault can be found."""
    text = b"\n" * (first[0] - 1) + first[1]
    if second:
        text += b"\n" * (second[0] - first[0]) + second[1]
    return text + b"\n" + stream.read(max(0, MOST_BYTES + 1 - len(text)))


def _parsed(text: bytes) -> Resource | Issue:
    try:
        resource = parse_object(text, MOST_BYTES)
    except Unreadable as fault:
        return fault.issue
    most = _MOST.get(str(resource.get("resourceType")), json_text.MOST_BYTES)
    if len(text) > most:
        return r4_error(Code.TOO_COSTLY, f"A resource of this type may have {most:,} bytes.")
    return resource


def _parsed_line(text: bytes) -> Resource | Issue:
    """A fault is told without "line 1": that would be the line within this line."""
    content = _parsed(text)
    if isinstance(content, Issue):
        return replace(content, diagnostics=content.diagnostics.replace("line 1, ", ""))
    return content


def _expanded(found: Found) -> Iterator[Found]:
    """A Bundle's entries, or what was found itself."""
    resource = found.content
    if isinstance(resource, Issue) or resource.get("resourceType") != "Bundle":
        yield found
        return
    entries = resource.get("entry", [])
    if not isinstance(entries, list):
        fault = r4_error(Code.STRUCTURE, "This element repeats: it must be an array.", "Bundle.entry")
        yield replace(found, content=fault)
        return
    for index, entry in enumerate(entries):
        yield replace(found, content=_resource(entry), entry=index)


def _resource(entry: Any) -> Resource | Issue:
    if isinstance(entry, dict) and "resource" not in entry:
        return information("This entry holds no resource.")
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        return r4_error(Code.STRUCTURE, "An entry and its resource are JSON objects.", "Resource")
    return resource
