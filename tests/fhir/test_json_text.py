"""Bytes that are no JSON object, or one out of bounds, are refused; all others are read whole."""

import json
import time

import pytest

from fhir_alliance.fhir.issues import Code, Unreadable, http_status
from fhir_alliance.fhir.json_text import MOST_BYTES, MOST_DEPTH, parse_object, to_bytes


def nested(levels: int) -> bytes:
    """An object of so many levels."""
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{}", {}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "é\\u00e9😀\\ud83d\\ude00"}'.encode(), {"a": "éé😀😀"}),
        (b'{"a": [true, null, 1.50, -2]}', {"a": [True, None, 1.5, -2]}),
        (b'{"a": {"b": 1}, "c": {"b": 2}}', {"a": {"b": 1}, "c": {"b": 2}}),
        (b'{"a": 1e308}', {"a": 1e308}),
    ],
)
def test_json_is_read(body: bytes, expected: object) -> None:
    """Any JSON object in UTF-8, with or without a byte order mark."""
    assert parse_object(body) == expected


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", Code.STRUCTURE),
        (b"{", Code.STRUCTURE),
        (b'{"a": 1,}', Code.STRUCTURE),
        (b"{} {}", Code.STRUCTURE),
        (b"{'a': 1}", Code.STRUCTURE),
        (b"\x00", Code.STRUCTURE),
        (b'{"a": "\x00"}', Code.STRUCTURE),
        (b'{"a": "\n"}', Code.STRUCTURE),
        (b"[]", Code.STRUCTURE),
        (b"null", Code.STRUCTURE),
        (b'"a"', Code.STRUCTURE),
        (b"\xff\xfe{\x00}\x00", Code.STRUCTURE),
        (b'{"a": "\xed\xa0\x80"}', Code.STRUCTURE),
        (b'{"a": 1, "a": 1}', Code.STRUCTURE),
        (b'{"a": {"b": 1, "\\u0062": 2}}', Code.STRUCTURE),
        (b'{"a": "\\ud83d"}', Code.VALUE),
        (b'{"a": "\\uDE00\\uD83D"}', Code.VALUE),
        (b'{"\\ud800": 1}', Code.VALUE),
        (b'{"a": NaN}', Code.VALUE),
        (b'{"a": Infinity}', Code.VALUE),
        (b'{"a": -Infinity}', Code.VALUE),
        (b'{"a": 1e999}', Code.VALUE),
        (b'{"a": -1E+400}', Code.VALUE),
        (b'{"a": ' + b"9" * 5000 + b"}", Code.VALUE),
        (nested(MOST_DEPTH + 1), Code.TOO_COSTLY),
        (b'{"a":' * 50_000, Code.TOO_COSTLY),
        (b"[" * 50_000, Code.TOO_COSTLY),
        (b" " * (MOST_BYTES + 1), Code.TOO_COSTLY),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else value,
)
def test_what_is_no_json_object_is_refused(body: bytes, code: Code) -> None:
    """The sender is told what is wrong, as an issue of R4."""
    with pytest.raises(Unreadable) as refusal:
        parse_object(body)
    assert (refusal.value.issue.code, refusal.value.issue.expression) == (code, "Resource")
    assert http_status([refusal.value.issue]) == 400


def test_bounds_are_inclusive() -> None:
    """As many bytes and levels as allowed are allowed."""
    assert parse_object(nested(MOST_DEPTH))
    assert parse_object(b"{}".ljust(MOST_BYTES)) == {}
    assert parse_object(b"{}".ljust(99), 99) == {}
    with pytest.raises(Unreadable):
        parse_object(b"{}".ljust(100), 99)


def test_brackets_in_strings_are_no_levels() -> None:
    """A text may hold what it likes, escaped quotes included."""
    text = '"' + "[{" * 100 + "\\"
    assert parse_object(json.dumps({"a": text}).encode()) == {"a": text}


@pytest.mark.parametrize("body", [b'["' + b'\\"' * 16_000, b'"' * 32_001, b'["' + b"\\" * 32_000])
def test_refusing_takes_no_time(body: bytes) -> None:
    """No body makes the reader work more than in proportion to its length."""
    began = time.perf_counter()
    with pytest.raises(Unreadable):
        parse_object(body)
    assert time.perf_counter() - began < 0.5


def test_a_refusal_quotes_nothing() -> None:
    """What the client wrote does not come back in an error."""
    with pytest.raises(Unreadable) as refusal:
        parse_object(b'{"valueString": "Rivera" "x"}')
    assert "Rivera" not in str(refusal.value)


def test_bytes_are_compact_utf_8() -> None:
    """What leaves is read as UTF-8 by every EHR, and holds no padding."""
    resource = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}
    resource["issue"][0]["diagnostics"] = "naïve – 😀"  # type: ignore[index]
    body = to_bytes(resource)
    assert b": " not in body
    assert "naïve – 😀".encode() in body
    assert parse_object(body) == resource
