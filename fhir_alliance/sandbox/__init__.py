"""A small FHIR R4 EHR in memory, for the demonstration and the tests. It imports nothing else of ours."""

from fhir_alliance.sandbox.server import Sandbox

__all__ = ["Sandbox"]
