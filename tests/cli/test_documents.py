"""How files are read: documents, Bundles and lines."""

import io
import json
from typing import Any

import pytest

from fhir_alliance.cli import documents
from fhir_alliance.cli.documents import Found, read_documents
from fhir_alliance.fhir.issues import Code, Issue, error

A: dict[str, Any] = {"resourceType": "QuestionnaireResponse", "id": "a"}
B: dict[str, Any] = {"resourceType": "QuestionnaireResponse", "id": "b"}
BUNDLE = {"resourceType": "Bundle", "entry": [{"resource": A}, {"resource": B}]}


def read(text: str | bytes) -> list[Found]:
    """All that is found in a file of this text."""
    return list(read_documents(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


def words(found: Found) -> str:
    """The diagnostics of a file's fault."""
    assert isinstance(found.content, Issue)
    return found.content.diagnostics


@pytest.mark.parametrize("indent", [1, 4])
def test_document_over_many_lines(indent: int) -> None:
    """A file whose first line is no whole object is one document, without line numbers."""
    assert read(f"\n{json.dumps(A, indent=indent)}\n") == [Found(A)]


def test_lines() -> None:
    """One resource a line; blank lines are skipped, and counted."""
    text = f"\n{json.dumps(A)}\r\n\n  \n{json.dumps(B)}"

    assert read(text) == [Found(A, 2), Found(B, 5)]


@pytest.mark.parametrize("text", ["", "\n", " \r\n\n"])
def test_nothing(text: str) -> None:
    """There is nothing in an empty file."""
    assert read(text) == []


def test_byte_order_mark() -> None:
    """A byte order mark at the beginning is no fault."""
    assert read(b"\xef\xbb\xbf" + json.dumps(A).encode()) == [Found(A, 1)]


@pytest.mark.parametrize("indent", [None, 2])
def test_bundle(indent: int | None) -> None:
    """A Bundle's entries come one by one, in order, with their number."""
    line = 1 if indent is None else None

    assert read(json.dumps(BUNDLE, indent=indent)) == [Found(A, line, 0), Found(B, line, 1)]


def test_bundle_with_one_entry_a_line() -> None:
    """A document may hold whole objects on its lines."""
    text = f'{{"resourceType":"Bundle","entry":[\n{{"resource":{json.dumps(A)}}}\n]}}'

    assert read(text) == [Found(A, None, 0)]


def test_odd_entries() -> None:
    """An entry without resource is told; one that is no object is a fault."""
    empty, wrong = read(json.dumps({**BUNDLE, "entry": [{"fullUrl": "urn:x"}, 5]}))

    assert words(empty) == "This entry holds no resource."
    assert words(wrong) == "An entry and its resource are JSON objects."


def test_entry_that_is_no_array() -> None:
    """Where entry does not repeat, the Bundle itself is at fault."""
    (found,) = read(json.dumps({**BUNDLE, "entry": {}}))

    assert isinstance(found.content, Issue)
    assert found.content.expression == "Bundle.entry"


def test_broken_line() -> None:
    """A broken line is told with its column, and the rest goes on."""
    first, broken, last = read(f'{json.dumps(A)}\n{{"id": nil}}\n{json.dumps(B)}')

    assert (first, last) == (Found(A, 1), Found(B, 3))
    assert (broken.line, words(broken)) == (2, "Malformed JSON at column 8.")


def test_broken_first_line() -> None:
    """Where the second line is a whole resource, a broken first one does not make a document of the file."""
    broken, second = read(f'{{"resourceType": "Questionn\n{json.dumps(B)}')

    assert broken.line == 1
    assert second == Found(B, 2)


def test_fault_in_a_document() -> None:
    """A fault in a document is told with the file's own line, blank lines counted."""
    (found,) = read('\n{\n\n"id": "a",\n\n"status": nil}')

    assert words(found) == "Malformed JSON at line 6, column 11."


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is too long is skipped, and not held; the next ones are read."""
    monkeypatch.setattr(documents, "MOST_BYTES", 100)
    long = json.dumps({**A, "text": "x" * 200_000})
    before, told, after = read(f"{json.dumps(A)}\n{long}\n{json.dumps(B)}\n")

    assert (before, after) == (Found(A, 1), Found(B, 3))
    assert words(told) == "A resource may have 100 bytes."


def test_document_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a document that is too large no more is read than shows that it is."""
    monkeypatch.setattr(documents, "MOST_BYTES", 100)
    stream = io.BytesIO(b"{\n" + b"}\n" * 1000)
    (found,) = read_documents(stream)

    assert words(found) == "A resource may have 100 bytes."
    assert stream.tell() < 400


def test_response_larger_than_the_doors_take() -> None:
    """A response may not be larger than at the doors, though a Bundle may."""
    large = {**A, "text": "x" * 300_000}
    (alone,) = read(json.dumps(large))
    (in_bundle,) = read(json.dumps({"resourceType": "Bundle", "entry": [{"resource": large}]}))

    assert words(alone) == "A resource of this type may have 262,144 bytes."
    assert in_bundle.content == large


def test_place_in_a_bundle() -> None:
    """The expression of an issue begins at the Bundle."""
    found = Found(A, None, 3)

    assert found.placed(error(Code.VALUE, "", "QuestionnaireResponse.item[0].linkId")).expression == (
        "Bundle.entry[3].resource.item[0].linkId"
    )
    assert found.placed(error(Code.VALUE, "")).expression == "Bundle.entry[3].resource"
