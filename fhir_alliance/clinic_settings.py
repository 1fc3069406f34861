"""What one clinic sets: its EHR, how to sign in, its policies."""

from ipaddress import ip_address
from typing import Literal, Self
from urllib.parse import quote, unquote, urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

#: what a path may hold beside letters, digits and ``-._~``
_UNENCODED = "/!$&'()*+,;=:"
#: what ``fits_a_header`` lets pass, in words
HEADER_TEXT = "printable ASCII (no line break)"


def fits_a_header(value: SecretStr | None) -> SecretStr | None:
    """The token; ValueError where no header can carry it."""
    if value is not None and not (value.get_secret_value().isascii() and value.get_secret_value().isprintable()):
        raise ValueError("not a token")
    return value


def base_of(url: str) -> str:
    """An EHR's base URL in one spelling, so that one EHR is seen to be one.

    ValueError where there is no host, or its path could be spelled otherwise: empty, ``.`` and ``..`` steps, and
    what is percent-encoded without need, or should be (https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2).
    """
    parts = urlsplit(url)
    host, path = (parts.hostname or "").removesuffix("."), parts.path.rstrip("/")
    if not host or not host.isascii() or parts.port == 0:  # a wrong port raises by itself
        raise ValueError("no host")
    if not {"", ".", ".."}.isdisjoint(path.split("/")[1:]) or quote(unquote(path), _UNENCODED) != path:
        raise ValueError("no plain path")
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}:{port}{path}"


class ClinicSettings(BaseModel):
    """The settings of one clinic; the description says what each takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ehr_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#@]+$",
        description="the EHR's FHIR base URL (https; http on loopback only, or with ALLOW_HTTP), without user, "
        "query and fragment, in its path no // or .. and nothing percent-encoded without need; without it the "
        "service is its own chart",
    )
    ehr_token: SecretStr | None = Field(None, min_length=1, description=f"bearer token for the EHR, {HEADER_TEXT}")
    ehr_ca: FilePath | None = Field(
        None,
        description="file with the certificates to trust, where the EHR's CA is the clinic's own",
    )
    ehr_timeout: float = Field(
        10, ge=0.1, le=120, description="seconds that one request to the EHR may take, 0.1 to 120"
    )
    ehr_rate: float | None = Field(
        None, gt=0, le=1000, description="attempts a second that all workers make at most; without it, no limit"
    )
    allow_http: bool = Field(
        False, description="true or false: true lets EHR_URL be http on a network the clinic trusts"
    )
    token: SecretStr | None = Field(
        None,
        min_length=16,
        description=f"bearer token that callers must send, at least 16 characters of {HEADER_TEXT}",
    )
    sharing: Literal["topics", "summary", "none"] = Field(
        "summary",
        description="what stands in the chart where the client did not say: topics, summary or none",
    )
    confidentiality: Literal["U", "L", "M", "N", "R", "V"] = Field(
        "R", description="least confidentiality of a result: U, L, M, N, R or V (HL7 v3-Confidentiality)"
    )
    keep_days: int | None = Field(
        None,
        ge=1,
        le=36500,
        description="days, a whole number from 1 to 36500, that a response is kept as received; "
        "without it, for ever",
    )

    _tokens_fit = field_validator("token", "ehr_token")(fits_a_header)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_number(cls, value: object, of: ValidationInfo) -> object:
        """TOML's true is no 1."""
        if isinstance(value, bool) and of.field_name != "allow_http":
            raise ValueError("true or false, where neither is meant")
        return value

    @field_validator("allow_http", mode="before")
    @classmethod
    def _is_plain(cls, value: object) -> object:
        """In the words that TOML has for it, and no others."""
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise ValueError("neither true nor false")
        return value

    @field_validator("ehr_url")
    @classmethod
    def _is_a_base(cls, value: str | None) -> str | None:
        if value is not None:
            base_of(value)
        return value

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        url = urlsplit(self.ehr_url or "")
        if url.scheme == "http" and not (self.allow_http or is_loopback(url.hostname or "")):
            raise ValueError("EHR_URL: takes https; http on loopback only, or with ALLOW_HTTP=true")
        return self

    @property
    def ehr_base(self) -> str | None:
        """The EHR's base URL in one spelling, so that two clinics with one EHR are seen."""
        return base_of(self.ehr_url) if self.ehr_url else None


def is_loopback(host: str) -> bool:
    """Whether nothing outside this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
