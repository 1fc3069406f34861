"""The sandbox EHR with the hands of those who work in it: clinicians, administrators, and bad luck."""

import re
import time
from collections.abc import Callable
from html import unescape
from typing import Any

import requests

from fhir_alliance.sandbox import Sandbox

Resource = dict[str, Any]


def until(holds: Callable[[], Any], seconds: float = 20) -> None:
    """Polls until something is true."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


class EhrDesk:
    """Speaks FHIR to a sandbox, and orders its faults and gates."""

    def __init__(self, sandbox: Sandbox, token: str | None = None) -> None:
        self.base_url = sandbox.base_url
        self._url = sandbox.url
        self._session = requests.Session()
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    # --- the control surface

    def fault(self, kind: str, **order: Any) -> None:
        """Order a fault for the next matching request."""
        self._control("POST", "faults", {"kind": kind, **order})

    def met(self) -> bool:
        """Whether every fault has met its request."""
        return not self._control("GET", "faults")

    def calm(self) -> None:
        """Forget the faults that met no request."""
        self._control("DELETE", "faults")

    def gate(self, name: str, point: str, method: str, resource_type: str = "Observation") -> None:
        """Close a gate."""
        self._control("POST", "gates", {"name": name, "point": point, "method": method, "type": resource_type})

    def wait_at(self, name: str, count: int = 1) -> None:
        """Return once so many requests have come to a gate."""
        until(lambda: self._control("GET", f"gates/{name}")["waiting"] >= count)

    def open(self, name: str) -> None:
        """Open a gate."""
        self._control("DELETE", f"gates/{name}")

    def hooks(self) -> dict[str, int]:
        """How many rest-hooks are pending, delivered, failed."""
        counts: dict[str, int] = self._control("GET", "hooks")
        return counts

    def log(self) -> list[dict[str, Any]]:
        """The FHIR requests, oldest first."""
        lines: list[dict[str, Any]] = self._control("GET", "requests")["requests"]
        return lines

    def asked(self, method: str, resource_type: str) -> int:
        """How many such requests came."""
        return int(self._control("GET", "requests")["counts"].get(f"{method} {resource_type}", 0))

    @property
    def writes(self) -> int:
        """How many writes of Observations came, kept or not."""
        return self.asked("PUT", "Observation") + self.asked("POST", "Observation")

    def forget(self) -> None:
        """Begin to count anew."""
        self._control("DELETE", "requests")

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, f"{self._url}/sandbox/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    # --- FHIR

    def put(self, resource: Resource) -> Resource:
        """Write a resource at its id, as a clinician's program would; what is kept."""
        answer = self._fhir("PUT", f"{resource['resourceType']}/{resource['id']}", resource)
        assert answer.ok, answer.text
        kept: Resource = answer.json()
        return kept

    def post(self, resource: Resource) -> Resource:
        """Create a resource; what is kept, with its id."""
        answer = self._fhir("POST", resource["resourceType"], resource)
        assert answer.status_code == 201, answer.text
        kept: Resource = answer.json()
        return kept

    def delete(self, reference: str) -> None:
        """Delete a resource."""
        assert self._fhir("DELETE", reference).status_code == 204

    def get(self, path: str) -> Resource | None:
        """What the EHR has there; None where it has nothing, or nothing any more."""
        answer = self._fhir("GET", path)
        return answer.json() if answer.ok else None

    def kept(self, path: str) -> Resource:
        """What the EHR has there."""
        found = self.get(path)
        assert found is not None, f"nothing at {path}"
        return found

    def observations(self, patient: str | None = None) -> list[Resource]:
        """Every living Observation, of all patients or of one."""
        query = f"?patient=Patient/{patient}&_count=1000" if patient else "?_count=1000"
        return [one["resource"] for one in self.kept(f"Observation{query}").get("entry", [])]

    def versions(self, observation_id: str) -> int:
        """How many versions of an Observation the EHR has had, deletions included."""
        found = self.get(f"Observation/{observation_id}/_history")
        return len(found["entry"]) if found else 0

    def change(self, observation: Resource, **elements: Any) -> Resource:
        """Someone else changes an Observation."""
        return self.put({**observation, **elements})

    def _fhir(self, method: str, path: str, resource: Resource | None = None) -> requests.Response:
        headers = {"Content-Type": "application/fhir+json"}
        return self._session.request(method, f"{self.base_url}/{path}", json=resource, headers=headers, timeout=10)

    # --- what a clinician sees

    def chart(self, patient: str) -> list[dict[str, str]]:
        """The rows of the chart's page, each with code, value, date, status and note as plain text."""
        page = self._session.get(f"{self._url}/chart/{patient}", timeout=10).text
        rows = [dict(_CELL.findall(row)) for row in page.split("<tr")[1:]]
        return [{name: _plain(cell) for name, cell in row.items()} for row in rows if row]


_CELL = re.compile(r'<td class="(\w+)">(.*?)</td>', re.DOTALL)


def _plain(cell: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", cell)).strip()
