"""The resource that an operation is called with: alone, or in Parameters (https://hl7.org/fhir/R4/operations.html)."""

from typing import Any

from fhir_alliance.fhir.issues import Code, Unreadable, r4_error


def resource_in(resource: dict[str, Any], parameter: str) -> dict[str, Any]:
    """``resource`` itself, or the one named ``parameter``; others would be ignored, so they are refused.

    Raises Unreadable.
    """
    if resource.get("resourceType") != "Parameters":
        return resource
    parameters = resource.get("parameter")
    one = parameters[0] if isinstance(parameters, list) and len(parameters) == 1 else {}
    found = one.get("resource") if isinstance(one, dict) and one.get("name") == parameter else None
    if isinstance(found, dict):
        return found
    told = f"Parameters must hold one parameter named '{parameter}', with a resource."
    raise Unreadable(r4_error(Code.INVALID, told, "Parameters.parameter"))
