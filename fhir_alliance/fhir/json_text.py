"""Bytes ↔ JSON; on the way in within bounds: what RFC 8259 leaves open or breaks a parser is refused.

https://hl7.org/fhir/R4/json.html
"""

import json
import math
from typing import Any

from fhir_alliance.fhir.issues import Code, Unreadable, r4_error

FHIR_JSON = "application/fhir+json"
#: a checklist's response is about 4 KB; a long one of another instrument stays well below this
MOST_BYTES = 256 * 1024
MOST_DEPTH = 32
#: of the most bytes each value may claim as many: a response of nine answers has about 120 values in 4 KB
BYTES_A_VALUE = 16


def parse_object(body: bytes, most_bytes: int = MOST_BYTES) -> dict[str, Any]:
    """The JSON object in ``body``; Unreadable where it is none, or is too large or too deep."""
    if len(body) > most_bytes:
        raise _unreadable(Code.TOO_COSTLY, f"A resource may have {most_bytes:,} bytes.")
    text = _text(body)
    parsed = _parse(text)
    _check_extent(parsed, most_bytes // BYTES_A_VALUE)
    _check_surrogates(text, parsed)
    if not isinstance(parsed, dict):
        raise _unreadable(Code.STRUCTURE, "A FHIR resource is a JSON object.")
    return parsed


def _unreadable(code: Code, diagnostics: str) -> Unreadable:
    return Unreadable(r4_error(code, diagnostics, "Resource"))


def to_bytes(resource: dict[str, Any]) -> bytes:
    """The bytes of a resource: every one that leaves the program goes through here."""
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()


def canonical(value: Any) -> str:
    """Equal for values that say the same, in whatever order their keys came."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def restored(part: dict[str, Any]) -> bytes:
    """The bytes of a resource that came inside another one; its numbers are equal, not digit for digit."""
    return json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode()


def _check_extent(parsed: Any, most: int) -> None:
    """Level by level: all that reads a resource goes as deep, and every value may break a rule."""
    values, count = [parsed], 0
    for _ in range(MOST_DEPTH + 1):
        holders = [value for value in values if isinstance(value, (dict, list))]
        if not holders:
            return
        values = [value for one in holders for value in (one.values() if isinstance(one, dict) else one)]
        count += len(values)
        if count > most:
            raise _unreadable(Code.TOO_COSTLY, f"A resource of this size may have {most:,} values.")
    raise _too_deep()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _unreadable(Code.STRUCTURE, f"Not UTF-8 at byte {fault.start}.") from fault


def _too_deep() -> Unreadable:
    return _unreadable(Code.TOO_COSTLY, f"More than {MOST_DEPTH} levels deep.")


def _check_surrogates(text: str, parsed: Any) -> None:
    """Half of a surrogate pair is no character: it can come in as an escape, and never leave as UTF-8."""
    if "\\ud" not in text and "\\uD" not in text:
        return
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError as fault:
        raise _unreadable(Code.VALUE, "Half of a surrogate pair is no character.") from fault


def _parse(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise _unreadable(Code.STRUCTURE, f"Malformed JSON at {where}.") from fault
    except RecursionError as fault:
        raise _too_deep() from fault
    except ValueError as fault:  # more digits than Python takes for one number
        raise _unreadable(Code.VALUE, "A number is too long.") from fault


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _unreadable(Code.STRUCTURE, "A JSON object has the same key twice.")
    return made


def _no_constant(_: str) -> None:
    raise _unreadable(Code.VALUE, "NaN and Infinity are not JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _unreadable(Code.VALUE, "A number is too large.")
    return number
