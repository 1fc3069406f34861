"""Who may call: a bearer token, or on loopback without one, programs of this machine only."""

import hmac
from urllib.parse import urlsplit

from flask import Response, request
from pydantic import SecretStr

from fhir_alliance.clinic_settings import is_loopback
from fhir_alliance.fhir.capability import ARTIFACT_TYPES
from fhir_alliance.fhir.issues import Code, error
from fhir_alliance.web.clinic import clinic
from fhir_alliance.web.negotiation import outcome

#: health is open, and metrics ask for a token of their own
_BESIDE = frozenset({"/healthz", "/readyz", "/metrics"})


def refuse_stranger() -> Response | None:
    """401 or 403, 404 without a clinic; None where the caller may go on."""
    if request.path in _BESIDE:
        return None
    token = clinic().settings.token
    if _is_published():
        return None
    return refuse_without(token)


def refuse_without(token: SecretStr | None) -> Response | None:
    """401 without the token; where there is none, 403 to all but this machine."""
    return _check_token(token.get_secret_value()) if token else _check_local()


def _is_published() -> bool:
    """What is published anyway."""
    parts = request.path.strip("/").split("/")
    published = parts[0] == "fhir" and len(parts) > 1 and parts[1] in ("metadata", *ARTIFACT_TYPES)
    return published and request.method in ("GET", "HEAD")


def _check_token(token: str) -> Response | None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return None
    refusal = outcome(401, error(Code.LOGIN, "A bearer token is needed."))
    refusal.headers["WWW-Authenticate"] = "Bearer"
    return refusal


def _check_local() -> Response | None:
    """A web page in a browser on this machine must not reach us, by another name or across sites."""
    origin = request.headers.get("Origin")
    across = origin is not None and not is_loopback(_host_of(origin))
    if is_loopback(_host_of(f"//{request.host}")) and not across:
        return None
    return outcome(403, error(Code.FORBIDDEN, "Without TOKEN set, only this machine may call."))


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
