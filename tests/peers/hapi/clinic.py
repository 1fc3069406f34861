"""A clinic whose EHR is HAPI, with our service beside it, joined as the operators' page says."""

import contextlib
import json
import os
import re
import subprocess
from typing import Any

import requests

from tests.deliver.ehr_desk import until
from tests.end_to_end.service import HOME, Service
from tests.peers.hapi.server import Hapi

TOKEN = "the-token-of-the-clinic"
#: seconds until a change of a response shows in the chart
PATIENCE = 120

_PAGE = (HOME / "docs/operators.md").read_text().split("## HAPI, and servers like it\n")[1].split("\n## ")[0]
(_SUBSCRIPTION,) = re.findall(r"```json\n(.*?)```", _PAGE, re.DOTALL)
TRIGGER, HAND_ON = re.findall(r"```sh\n(.*?)```", _PAGE, re.DOTALL)

Resource = dict[str, Any]


class HapiClinic:
    """People who write in HAPI, and know nothing of us; the chart they read; the one who runs the service."""

    def __init__(self, hapi: Hapi, service: Service) -> None:
        self.hapi = hapi
        self.service = service
        self._session = requests.Session()

    def close(self) -> None:
        """Hang up, and end the service."""
        self._session.close()
        if self.service.process.poll() is None:
            self.service.kill()

    # --- people and programs of the clinic

    def ask(self, method: str, path: str, resource: Resource | None = None) -> requests.Response:
        """One request to HAPI, past the searches that it remembers."""
        headers = {"Content-Type": "application/fhir+json", "Cache-Control": "no-cache"}
        url = f"{self.hapi.base_url}/{path}"
        return self._session.request(method, url, json=resource, headers=headers, timeout=PATIENCE)

    def put(self, resource: Resource) -> Resource:
        """Write a resource at its id; what is kept."""
        answer = self.ask("PUT", f"{resource['resourceType']}/{resource['id']}", resource)
        assert answer.ok, answer.text
        kept: Resource = answer.json()
        return kept

    def observations(self, patient: str) -> list[Resource]:
        """Every Observation of a patient."""
        found = self.ask("GET", f"Observation?subject=Patient/{patient}&_count=50").json()
        return [one["resource"] for one in found.get("entry", [])]

    def rows(self, patient: str) -> list[tuple[str, str]]:
        """Status and the beginning of the value of each."""
        found = self.observations(patient)
        return [(one["status"], one.get("valueCodeableConcept", {}).get("text", "")[:13]) for one in found]

    def shows(self, patient: str, *rows: tuple[str, str]) -> None:
        """Return when these stand in the chart, and nothing is left to do."""
        with contextlib.suppress(AssertionError):
            until(lambda: self.rows(patient) == list(rows), PATIENCE)
        assert self.rows(patient) == list(rows), self.service.command("status").stdout
        self.at_rest()

    # --- who runs it

    def subscribe(self) -> None:
        """The Subscription of the operators' page; return when it is active."""
        subscription = json.loads(self._here(_SUBSCRIPTION))
        self.put(subscription)
        until(lambda: self.ask("GET", "Subscription/alliance").json()["status"] == "active", PATIENCE)

    def run(self, command: str) -> None:
        """A command of the operators' page."""
        secrets = {"FHIR_ALLIANCE_EHR_URL": self.hapi.base_url, "FHIR_ALLIANCE_TOKEN": TOKEN}
        environment = {**os.environ, **secrets, "FHIR_ALLIANCE_EHR_TOKEN": "any"}
        words = ["bash", "-euo", "pipefail", "-c", self._here(command)]
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stderr

    def _here(self, text: str) -> str:
        return text.replace("https://this-service", self.service.url).replace("THE-TOKEN", TOKEN)

    def at_rest(self) -> None:
        """Return when nothing that came in is left to deliver."""
        moving = "SELECT 1 FROM entry WHERE state IN ('due', 'sending', 'unknown') LIMIT 1"
        until(lambda: not self.service.ask(moving), PATIENCE)

    def versions(self, response_id: str) -> int:
        """How many versions of a response came in."""
        joined = "version JOIN alias USING (submission_id) WHERE alias.kind = 'notify'"
        ((count,),) = self.service.ask(f"SELECT count(*) FROM {joined} AND value = '{response_id}'")  # noqa: S608
        return int(count)
