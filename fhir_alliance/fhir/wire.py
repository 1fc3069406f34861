"""JSON → checked resource: fhir.resources stands here, and nowhere else.

https://hl7.org/fhir/R4/validation.html
"""

import re
from functools import cache
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from fhir_alliance.fhir.issues import Code, Issue, bounded, r4_error
from fhir_alliance.fhir.r4 import path

#: errors of the models whose own words quote nothing of the input
_MISSING = "model_field_validation.missing"
_CODES = {_MISSING: Code.REQUIRED, "extra_forbidden": Code.STRUCTURE, "list_type": Code.STRUCTURE}
_WORDS = {
    _MISSING: "This element is required.",
    "extra_forbidden": "R4 knows no such element here.",
    "list_type": "This element repeats: it must be an array.",
}


def structure(resource: dict[str, Any], resource_type: str) -> tuple[Issue, ...]:
    """What the R4 model of ``resource_type`` finds wrong with ``resource``."""
    if resource.get("resourceType") != resource_type:
        return (r4_error(Code.INVALID, f"The resource must be a {resource_type}.", "Resource"),)
    try:
        _model(resource_type).model_validate(resource)
    except ValidationError as fault:
        found = fault.errors(include_url=False, include_context=False)
        return bounded(
            _issue(resource_type, one["loc"], one["type"]) for one in found if not _is_extended_value(one)
        )
    except (AttributeError, KeyError, LookupError, RecursionError, TypeError, ValueError):
        # the models answer some malformed resources with whatever they stumble over
        return (r4_error(Code.STRUCTURE, f"Not a valid R4 {resource_type}.", resource_type),)
    return ()


def _is_extended_value(found: Any) -> bool:
    """The models lack what R4 has: an extension on the value of an extension, such as its translation.

    https://hl7.org/fhir/R4/extensibility.html#Extension, https://hl7.org/fhir/R4/json.html#primitive
    """
    *above, name = found["loc"]
    in_extension = len(above) > 1 and above[-2] in ("extension", "modifierExtension")
    named = isinstance(name, str) and re.fullmatch(r"_value[A-Z]\w+", name)
    return bool(in_extension and named and found["type"] == "extra_forbidden" and isinstance(found["input"], dict))


@cache
def _model(resource_type: str) -> Any:
    return get_fhir_model_class(resource_type)


def _issue(resource_type: str, location: tuple[int | str, ...], kind: str) -> Issue:
    code = _CODES.get(kind, Code.VALUE)
    words = _WORDS.get(kind, "Not a valid value for this element in R4.")
    return r4_error(code, words, path(resource_type, location))
