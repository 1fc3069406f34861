"""The clinic's settings: ``FHIR_ALLIANCE_*`` variables over an optional TOML file."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from fhir_alliance.clinic_settings import HEADER_TEXT, ClinicSettings, fits_a_header, is_loopback
from fhir_alliance.errors import WrongSetting

#: the clinic that the plain settings describe
DEFAULT_CLINIC = "default"
PREFIX = "FHIR_ALLIANCE_"
CONFIG = f"{PREFIX}CONFIG"
#: the shipped artifacts: inside the wheel, or beside the package in a checkout
_SHIPPED = Path(__file__).parent / "questionnaires"
_CHECKOUT = Path(__file__).parent.parent / "questionnaires"


class Settings(ClinicSettings):
    """Every setting: the service's own, and those of the one clinic that has no name, or of each that has."""

    database_url: str = Field(
        "sqlite:///fhir-alliance.sqlite",
        pattern=r"^(sqlite:///.+|postgresql://[^\s]+)",
        repr=False,  # it may hold a password
        description="where the ledger is kept: sqlite:///PATH without parameters, or "
        "postgresql://USER@HOST/DATABASE; in a password @ is written as %40, and % as %25",
    )
    host: str = Field(
        "127.0.0.1", min_length=1, description="address to listen on; outside loopback TOKEN is needed"
    )
    port: int = Field(8080, ge=0, le=65535, description="port to listen on, 0 for any free one")
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="bearer token that /metrics asks for in place of TOKEN, at least 16 characters of "
        f"{HEADER_TEXT}",
    )
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="port on HOST where work serves /metrics, 0 for any free one"
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s?#@]+$",
        description="scheme and host under which callers reach the service through a proxy, such as "
        "https://alliance.example; needs TOKEN",
    )
    clinics: dict[Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")], ClinicSettings] = Field(
        default_factory=dict,
        description="a section [clinics.NAME] for each clinic; a name is 1 to 63 small letters, digits and -",
    )
    questionnaires: Path = Field(
        default_factory=lambda: _SHIPPED if _SHIPPED.is_dir() else _CHECKOUT,
        description="folder of the FHIR artifacts to publish and score",
    )

    _metrics_token_fits = field_validator("metrics_token")(fits_a_header)

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, value: str) -> str:
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            raise ValueError("no URL") from None  # what it met is a part of the value
        path = url.database or ""
        if url.get_backend_name() == "sqlite" and ("?" in value or ":memory:" in path or not path.isprintable()):
            raise ValueError("no file")  # in memory, each connection would have a ledger of its own
        return value

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database; None where a server has it."""
        url = make_url(self.database_url)
        return Path(url.database or "") if url.get_backend_name() == "sqlite" else None

    @model_validator(mode="after")
    def _hosts(self) -> Self:
        if not self.questionnaires.is_dir():
            raise ValueError("QUESTIONNAIRES: there is no such folder")
        secured = all(one.token is not None for one in self.by_name.values())
        if not secured and not is_loopback(self.host):
            raise ValueError("HOST: outside loopback the service starts only with TOKEN set")
        if self.public_url and not secured:
            raise ValueError("PUBLIC_URL: behind a proxy the service starts only with TOKEN set")
        return self

    @model_validator(mode="after")
    def _clinics_apart(self) -> Self:
        """Two clinics that cannot be told apart would write into each other's charts."""
        stray = self.model_fields_set & ClinicSettings.model_fields.keys()
        if self.clinics and stray:
            name = min(stray).upper()
            raise ValueError(f"{name}: with clinics it stands in the section of each, [clinics.NAME]")
        for told, value in (("EHR_URL", _ehr), ("TOKEN", _token)):
            if twins := _twins({name: value(one) for name, one in self.clinics.items()}):
                raise ValueError(f"CLINICS: {' and '.join(twins)} have one {told}: each needs its own")
        return self

    @model_validator(mode="after")
    def _metrics_apart(self) -> Self:
        if self.metrics_token in [one.token for one in self.by_name.values() if one.token]:
            raise ValueError("METRICS_TOKEN: takes another value than TOKEN: who may read metrics opens no door")
        return self

    @model_validator(mode="after")
    def _all_secured(self) -> Self:
        """A token that was forgotten for one clinic would leave its door open."""
        open_doors = [name for name, one in self.clinics.items() if one.token is None]
        if open_doors and len(open_doors) < len(self.clinics):
            raise ValueError(f"CLINICS: {' and '.join(open_doors)} without TOKEN: all have one, or none has")
        return self

    @property
    def by_name(self) -> Mapping[str, ClinicSettings]:
        """Each clinic's settings; the one without a name is ``default``."""
        return self.clinics or {DEFAULT_CLINIC: self}


def _ehr(clinic: ClinicSettings) -> str | None:
    return clinic.ehr_base


def _token(clinic: ClinicSettings) -> str | None:
    return clinic.token.get_secret_value() if clinic.token else None


def _twins(values: Mapping[str, str | None]) -> list[str]:
    """Names with one value, where it is one at all."""
    seen: dict[str, str] = {}
    for name, value in values.items():
        if value is None:
            continue
        if value in seen:
            return [seen[value], name]
        seen[value] = name
    return []


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
    except OSError as fault:
        raise WrongSetting(f"{CONFIG}: {path}: {fault.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise WrongSetting(f"{CONFIG}: {path}: {fault}") from None


def _told(found: dict[str, Any]) -> str:
    """One wrong setting, without the value: it may be a secret."""
    if not found["loc"]:
        return f"{PREFIX}{found['ctx']['error']}"
    name, *below = (str(part) for part in found["loc"])
    missing = "there is no such file" if found["type"] == "path_not_file" else None
    if name != "clinics" or not below or below[-1] == "[key]":
        return _told_of(Settings, name, PREFIX, missing)
    where = f"[clinics.{below[0]}] "
    if len(below) == 1 and found["type"] == "value_error":
        return f"{where}{found['ctx']['error']}"
    return _told_of(ClinicSettings, below[-1], where, missing)


def _told_of(model: type[ClinicSettings], name: str, where: str, why: str | None) -> str:
    """``why``: what is wrong with the value, where that is more than what the setting takes."""
    field = model.model_fields.get(name)
    key = name.lower().removeprefix(PREFIX.lower())
    if name != name.lower() and key in model.model_fields:
        return f"{where}{key.upper()}: in the file its key is {key}"
    if field is None:
        known = ", ".join(one.upper() for one in model.model_fields)
        return f"{where}{name.upper()}: there is no such setting; there are {known}"
    return f"{where}{name.upper()}: {why or f'takes {field.description}'}"
