"""Who may call: a bearer token, or on loopback without one, programs of this machine only."""

import hmac
from urllib.parse import urlsplit

from flask import Response, request

from fhir_alliance.fhir.capability import ARTIFACT_TYPES
from fhir_alliance.fhir.issues import Code, error
from fhir_alliance.settings import Settings, is_loopback
from fhir_alliance.web.negotiation import outcome

_HEALTH = frozenset({"/healthz", "/readyz"})


def refuse_stranger(settings: Settings) -> Response | None:
    """401 or 403; None where the caller may go on."""
    if _is_public():
        return None
    if settings.token is not None:
        return _check_token(settings.token.get_secret_value())
    return _check_local()


def _is_public() -> bool:
    """Health, and what is published anyway."""
    parts = request.path.strip("/").split("/")
    published = parts[0] == "fhir" and len(parts) > 1 and parts[1] in ("metadata", *ARTIFACT_TYPES)
    return request.path in _HEALTH or (published and request.method in ("GET", "HEAD"))


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
