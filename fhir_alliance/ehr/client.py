"""One HTTP request to the EHR: within time and size, to the clinic's own host, its answer sorted.

https://hl7.org/fhir/R4/http.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests

from fhir_alliance.ehr.time_limit import TimeLimit
from fhir_alliance.errors import Conflict, NotNow, Refused, Unanswered
from fhir_alliance.fhir.issues import Unreadable
from fhir_alliance.fhir.json_text import FHIR_JSON, parse_object, to_bytes
from fhir_alliance.fhir.r4 import is_id
from fhir_alliance.telemetry.context import HEADER, request_id
from fhir_alliance.telemetry.watch import WatchRequest, unwatched

#: an answer of an EHR: one resource, or a page of a search
MOST_BYTES = 5 * 1024 * 1024
#: statuses that say: nothing was done, later perhaps
_NOT_NOW = frozenset({401, 403, 408, 429, 503})
_CONFLICTS = frozenset({409, 412})
#: an issue's code, and a plain path to an element: no free text that could name the patient
_CODE = re.compile(r"[a-z]+(-[a-z]+)*")
_PATH = re.compile(r"[A-Z][A-Za-z]+(\.[a-z][A-Za-z]*(\[\d{1,3}\])?)+")
_LONGEST = 100
#: as long as the ledger keeps one
_LONGEST_ETAG = 200
#: as many issues of a refusal as a person will read
_MOST_ISSUES = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """A full answer: 2xx, 404 or 410."""

    status: int
    headers: Mapping[str, str]
    #: the resource in it; None where there is none
    resource: dict[str, Any] | None

    @property
    def etag(self) -> str | None:
        """The version, as If-Match takes it: the ETag, else made from meta.versionId.

        One that is too long to keep, or could not be sent again, counts as none.
        """
        told = self.headers.get("ETag", "")
        if told.isprintable() and 0 < len(told) <= _LONGEST_ETAG:
            return told
        meta = (self.resource or {}).get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else None
        return f'W/"{version}"' if is_id(version) else None


class FhirClient:
    """Speaks to one FHIR server, and to no other host."""

    def __init__(
        self,
        base_url: str,
        token: str | None,
        timeout: float,
        ca: Path | None = None,
        watch: WatchRequest = unwatched,
    ) -> None:
        """``timeout``: seconds that one request may take in all; ``ca``: the certificates to trust."""
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._watch = watch
        self._session = requests.Session()
        self._limit = TimeLimit(timeout)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._limit)
        self._session.verify = str(ca) if ca else True
        self._session.trust_env = False  # no proxy and no .netrc that the settings do not name
        self._session.headers.update({"Accept": FHIR_JSON})
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, params: Mapping[str, str] | None = None, *, past_caches: bool = True) -> Answer:
        """Read or search. Raises NotNow, Unanswered, Refused."""
        headers = {"Cache-Control": "no-cache"} if past_caches else None
        return self._request("GET", path, params=params, headers=headers)

    def put(
        self,
        path: str,
        resource: dict[str, Any],
        etag: str | None = None,
        *,
        create: bool = False,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Update, or create at this id or for these search parameters. Raises any ChartFault.

        ``etag``: only the version of that name; ``create``: only where there is none yet. That keeps a create
        which is carried out late from replacing what came after it, on EHRs that heed ``If-None-Match: *``
        (RFC 9110, 13.1.2); R4 does not ask them to.
        """
        conditions = {"If-Match": etag, "If-None-Match": "*" if create else None}
        return self._send("PUT", path, resource, conditions, params)

    def post(self, path: str, resource: dict[str, Any], if_none_exist: Mapping[str, str] | None = None) -> Answer:
        """Create; ``if_none_exist``: only where this search finds none. Raises any ChartFault."""
        return self._send("POST", path, resource, {"If-None-Exist": urlencode(if_none_exist or {}) or None})

    def _send(
        self,
        method: str,
        path: str,
        resource: dict[str, Any],
        conditions: Mapping[str, str | None],
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = {"Content-Type": FHIR_JSON, "Prefer": "return=representation"}
        headers |= {name: value for name, value in conditions.items() if value}
        return self._request(method, path, data=to_bytes(resource), headers=headers, params=params)

    def _request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **arguments: Any
    ) -> Answer:
        try:
            with (
                self._watch(method) as told,
                self._limit.watched(),
                self._session.request(
                    method,
                    f"{self.base_url}/{path}",
                    headers={HEADER: request_id(), **(headers or {})},  # None is left out
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                    **arguments,
                ) as response,
            ):
                body = self._body(response)
                told(response.status_code)
            return _sorted(response, body)
        except requests.RequestException as fault:
            raise Unanswered("no-answer") from fault

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        for part in response.iter_content(64 * 1024):
            body += part
            if len(body) > MOST_BYTES:
                raise Unanswered("answer-too-large")
        return bytes(body)


def _sorted(response: requests.Response, body: bytes) -> Answer:
    status = response.status_code
    resource = _resource(body)
    if status in _NOT_NOW:
        raise NotNow(f"http-{status}", _retry_after(response.headers))
    if status in _CONFLICTS:
        raise Conflict(f"http-{status}")
    if 200 <= status < 300 or status in (404, 410):
        return Answer(status, response.headers, resource)
    if status >= 500 or status < 200:
        raise Unanswered(f"http-{status}")
    raise Refused(" ".join([f"http-{status}", *_issues(resource)])[:200])


def _resource(body: bytes) -> dict[str, Any] | None:
    try:
        resource = parse_object(body, MOST_BYTES)
    except Unreadable:
        return None
    return resource if "resourceType" in resource else None


def _issues(resource: dict[str, Any] | None) -> list[str]:
    """Codes and expressions of an OperationOutcome; its free text may quote the patient, so it is left."""
    issues = objects((resource or {}).get("issue"))[:_MOST_ISSUES]
    return [
        " ".join((*_matching(_CODE, [one.get("code")]), *_matching(_PATH, one.get("expression"))))
        for one in issues
    ]


def _matching(pattern: re.Pattern[str], values: Any) -> list[str]:
    return [text for text in texts(values) if len(text) <= _LONGEST and pattern.fullmatch(text)]


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of what should be a list of them: nobody has checked an EHR's answer."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """The strings of what should be a list of them."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from now, from seconds or a date, which is taken by the server's own clock (RFC 9110, 10.2.3)."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, wait.total_seconds())
