"""The chart as those read it who know nothing of us: an EHR in a process of its own, asked over FHIR alone."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import requests

from tests.end_to_end.service import HOME, PATIENCE, end

Resource = dict[str, Any]
CODE = "https://fhir-alliance.org/fhir/CodeSystem/alliance-observation|predicted-alliance-fit"


class Chart(Protocol):
    """What is read of an EHR's charts."""

    def observations(self) -> list[Resource]:
        """Every Observation of ours that is not deleted."""

    def writes(self) -> int:
        """How many writes of Observations came, kept or not."""


class FhirChart:
    """Any FHIR server, read page after page, past the searches that it remembers.

    What is there at first is of others, and is left out.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._session = requests.Session()
        self._session.headers["Cache-Control"] = "no-cache"
        self._of_others = frozenset[str]()
        self._of_others = frozenset(one["id"] for one in self._found())

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def observations(self) -> list[Resource]:
        """Every Observation of ours that is not deleted."""
        return list(self._found())

    def writes(self) -> int:
        """How many were kept: this server counts no others."""
        return sum(int(one["meta"]["versionId"]) for one in self._found())

    def _found(self) -> Iterator[Resource]:
        page: str | None = (
            requests.Request("GET", f"{self._base_url}/Observation", params={"code": CODE, "_count": "500"})
            .prepare()
            .url
        )
        while page:
            bundle = self._get(page)
            found = (one["resource"] for one in bundle.get("entry", []))
            yield from (one for one in found if one["id"] not in self._of_others)
            links = bundle.get("link", [])
            page = next((link["url"] for link in links if link["relation"] == "next"), None)

    def _get(self, url: str) -> Resource:
        answer = self._session.get(url, timeout=PATIENCE)
        answer.raise_for_status()
        found: Resource = answer.json()
        return found


class SandboxChart(FhirChart):
    """The sandbox, which counts what comes in."""

    def __init__(self, url: str) -> None:
        self.base_url = f"{url}/fhir"
        self._requests = f"{url}/sandbox/requests"
        super().__init__(self.base_url)

    def writes(self) -> int:
        """How many came, kept or not."""
        counts = self._get(self._requests)["counts"]
        return sum(int(counts.get(f"{method} Observation", 0)) for method in ("PUT", "POST"))


@contextmanager
def sandbox(kind: str) -> Iterator[SandboxChart]:
    """The busy sandbox, one of its ``EHRS``, in a process of its own, which ends with the block."""
    command = [sys.executable, "-m", "tests.durability.busy_ehr", kind]
    process = subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        chart = SandboxChart(process.stdout.readline().strip())
        yield chart
        chart.close()
    finally:
        end(process, signal.SIGKILL)
