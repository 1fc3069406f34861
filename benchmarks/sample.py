"""One ordinary response: the whole checklist answered, as an EHR sends it."""

import json
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "questionnaires"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_FILE = Path(__file__).parent.parent / "fhir_alliance/cli/samples/01-yes-to-most-1.json"
_RESOURCE = json.loads(_FILE.read_bytes())


def body(response_id: str) -> bytes:
    """The response under another id."""
    return json.dumps({**_RESOURCE, "id": response_id}).encode()
