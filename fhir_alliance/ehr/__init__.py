"""The clinic's EHR, over FHIR R4."""
