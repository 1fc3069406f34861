"""The doors: our own FHIR server, and where an EHR's events arrive."""
