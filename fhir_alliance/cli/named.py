"""The result that a command is about: by its own id, the one at the EHR, or its response's or submission's."""

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fhir_alliance.ledger.oversight import Oversight

_TYPES = ("Observation", "QuestionnaireResponse")
_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


def only_result(clinics: "Mapping[str, Oversight]", told: str, command: str) -> tuple[str, str]:
    """The clinic and the id of the only result that goes by what is ``told``; ClickException where there is none.

    ``command``: what to type for one, where it may be one of several.
    """
    for name in _names(told):
        found = [(where, entry_id) for where, one in clinics.items() for entry_id in one.known_as(name)]
        if len(found) == 1:
            return found[0]
        if found:
            listed = "\n".join(
                f"  fhir-alliance {command} {entry_id}  (clinic {where})" for where, entry_id in found
            )
            raise click.ClickException(f"{told}: several results go by it; say which:\n{listed}")
    raise click.ClickException(f"{told}: {_why_none(clinics, _names(told))}")


def _names(told: str) -> list[str]:
    """The ids that may be meant; what we write is a UUID in small letters, and often with its scheme."""
    above, _, name = told.rpartition("/")
    if above and above.rpartition("/")[2] not in _TYPES:
        takes = "takes the id of a result, here or at the EHR, of its response or of its submission"
        raise click.ClickException(f"{told}: {takes}.")
    uuid = _UUID.fullmatch(name)
    return [name, uuid[1].lower()] if uuid else [name]


def _why_none(clinics: "Mapping[str, Oversight]", names: list[str]) -> str:
    from fhir_alliance.cli.plain import plain

    for one in clinics.values():
        newest = next(filter(None, map(one.newest_version, names)), None)
        if newest:
            kind, issue = newest
            return plain(f"no result came of it; its newest version is {kind}{f' ({issue})' if issue else ''}.")
    return "there is no such result."
