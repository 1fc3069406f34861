"""The clinics that a command is about: all, or the one that ``--clinic`` names."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

T = TypeVar("T")


def clinic_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take ``--clinic``."""
    return click.option("--clinic", metavar="NAME", help="Only this clinic of the settings.")(command)


def of_clinic(clinics: Mapping[str, T], name: str | None) -> Mapping[str, T]:
    """All of them, or the one of this name; a mistake of usage where there is none."""
    if name is None:
        return clinics
    if name not in clinics:
        raise click.BadParameter(
            f"there is no clinic {name!r}; there are {', '.join(clinics)}", param_hint="--clinic"
        )
    return {name: clinics[name]}
