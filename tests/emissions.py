"""Checks every resource that leaves the program: all output goes through ``to_bytes``."""

import json
import sys
import threading
from typing import Any

from fhir_alliance.fhir import json_text
from tests.schema import faults


class Emissions:
    """Stands in for ``to_bytes``, and keeps what was wrong with its output, in whatever thread it was made."""

    def __init__(self) -> None:
        self._original = json_text.to_bytes
        self._lock = threading.Lock()
        self._faults: list[str] = []
        self.to_bytes = self._checked

    def install(self) -> None:
        """Replace the function wherever it was imported already; later imports find the replacement."""
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == "fhir_alliance":
                for attribute, value in list(vars(module).items()):
                    if value is self._original:
                        setattr(module, attribute, self.to_bytes)

    def take(self) -> list[str]:
        """What was found since the last call."""
        with self._lock:
            found, self._faults = self._faults, []
            return found

    def _checked(self, resource: dict[str, Any]) -> bytes:
        body = self._original(resource)
        found = faults(json.loads(body))
        with self._lock:
            self._faults += [f"an emission breaks R4: {fault}" for fault in found]
        return body
