"""The clinic's settings: ``FHIR_ALLIANCE_*`` variables over an optional TOML file."""

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from fhir_alliance.errors import WrongSetting

PREFIX = "FHIR_ALLIANCE_"
CONFIG = f"{PREFIX}CONFIG"
#: the shipped artifacts: inside the wheel, or beside the package in a checkout
_SHIPPED = Path(__file__).parent / "questionnaires"
_CHECKOUT = Path(__file__).parent.parent / "questionnaires"


class Settings(BaseModel):
    """Every setting; the description says what it takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = Field(
        "sqlite:///fhir-alliance.sqlite",
        pattern=r"^sqlite:///.+",
        description="where the ledger is kept: sqlite:///PATH",
    )
    ehr_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#@]+$",
        description="the EHR's FHIR base URL (https; http on loopback only, or with ALLOW_HTTP); "
        "without it the service is its own chart",
    )
    ehr_token: SecretStr | None = Field(None, min_length=1, description="bearer token for the EHR")
    ehr_ca: FilePath | None = Field(
        None,
        description="file with the certificates to trust, where the EHR's CA is the clinic's own",
    )
    ehr_timeout: float = Field(
        10, ge=0.1, le=120, description="seconds that one request to the EHR may take, 0.1 to 120"
    )
    allow_http: bool = Field(False, description="true lets EHR_URL be http on a network the clinic trusts")
    token: SecretStr | None = Field(
        None, min_length=16, description="bearer token that callers must send, at least 16 characters"
    )
    host: str = Field(
        "127.0.0.1", min_length=1, description="address to listen on; outside loopback TOKEN is needed"
    )
    port: int = Field(8080, ge=0, le=65535, description="port to listen on, 0 for any free one")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s?#@]+$",
        description="scheme and host under which callers reach the service through a proxy, such as "
        "https://alliance.example; needs TOKEN",
    )
    questionnaires: Path = Field(
        default_factory=lambda: _SHIPPED if _SHIPPED.is_dir() else _CHECKOUT,
        description="folder of the FHIR artifacts to publish and score",
    )
    sharing: Literal["topics", "summary", "none"] = Field(
        "summary",
        description="what stands in the chart where the client did not say: topics, summary or none",
    )
    confidentiality: Literal["U", "L", "M", "N", "R", "V"] = Field(
        "R", description="least confidentiality of a result: U, L, M, N, R or V (HL7 v3-Confidentiality)"
    )

    @field_validator("token", "ehr_token")
    @classmethod
    def _fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not (
            value.get_secret_value().isascii() and value.get_secret_value().isprintable()
        ):
            raise ValueError("not a token")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_a_file(cls, value: str) -> str:
        if ":memory:" in value:  # each connection would have a ledger of its own
            raise ValueError("no file")
        return value

    @field_validator("ehr_url")
    @classmethod
    def _has_host(cls, value: str | None) -> str | None:
        if value is not None:
            url = urlsplit(value)
            if not url.hostname or url.port == 0:  # a wrong port raises by itself
                raise ValueError("no host")
        return value

    @model_validator(mode="after")
    def _hosts(self) -> Self:
        if not self.questionnaires.is_dir():
            raise ValueError("QUESTIONNAIRES: there is no such folder")
        if self.token is None and not is_loopback(self.host):
            raise ValueError("HOST: outside loopback the service starts only with TOKEN set")
        if self.public_url and self.token is None:
            raise ValueError("PUBLIC_URL: behind a proxy the service starts only with TOKEN set")
        url = urlsplit(self.ehr_url or "")
        if url.scheme == "http" and not (self.allow_http or is_loopback(url.hostname or "")):
            raise ValueError("EHR_URL: takes https; http on loopback only, or with ALLOW_HTTP=true")
        return self


def is_loopback(host: str) -> bool:
    """Whether nothing outside this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings; WrongSetting names the first wrong or unknown one, and what it takes."""
    given = os.environ if environment is None else environment
    values = _from_file(given.get(CONFIG))
    for name, value in given.items():
        if name.startswith(PREFIX) and name != CONFIG:
            values[name.removeprefix(PREFIX).lower()] = value
    try:
        return Settings.model_validate(values)
    except ValidationError as fault:
        raise WrongSetting("\n".join(_told(dict(found)) for found in fault.errors())) from None


def _from_file(path: str | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise WrongSetting(f"{CONFIG}: {path}: {fault}") from None


def _told(found: dict[str, Any]) -> str:
    """One wrong setting, without the value: it may be a secret."""
    if not found["loc"]:
        return f"{PREFIX}{found['ctx']['error']}"
    name = str(found["loc"][0])
    field = Settings.model_fields.get(name)
    if field is None:
        known = ", ".join(one.upper() for one in Settings.model_fields)
        return f"{PREFIX}{name.upper()}: there is no such setting; there are {known}"
    return f"{PREFIX}{name.upper()}: takes {field.description}"
