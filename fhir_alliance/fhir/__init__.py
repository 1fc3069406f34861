"""FHIR R4 JSON ↔ values. No I/O."""
