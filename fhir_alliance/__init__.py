"""Puts a client's early impression of the therapeutic alliance into the patient chart, over FHIR R4."""

from importlib.metadata import version

__version__ = version("fhir-alliance")
PROGRAM = f"fhir-alliance/{__version__}"
