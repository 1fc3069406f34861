"""The people and responses that the demo enters, from files named ``NN-name-VERSION.json``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import groupby
from pathlib import Path
from typing import Any

from click import ClickException

from fhir_alliance.fhir.issues import Unreadable
from fhir_alliance.fhir.json_text import parse_object
from fhir_alliance.fhir.r4 import is_id

Resource = dict[str, Any]
PEOPLE = "people.json"
_RESPONSE = re.compile(r".+-(\d+)\.json")


@dataclass(frozen=True, slots=True)
class Samples:
    """What to enter, in order."""

    people: tuple[Resource, ...]
    #: the first versions of all responses, then the second ones, and so on
    waves: tuple[tuple[Resource, ...], ...]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(id of a response, ``Patient/{id}``), each once: a response may come to name another patient."""
        responses = [response for wave in self.waves for response in wave]
        order = list(dict.fromkeys(response["id"] for response in responses))
        found = dict.fromkeys((one["id"], one.get("subject", {}).get("reference", "")) for one in responses)
        return tuple(sorted(found, key=lambda pair: order.index(pair[0])))


def read_samples(folder: Path | None) -> Samples:
    """The shipped samples, or those in ``folder``; ClickException where one cannot be entered."""
    place: Traversable = folder or files("fhir_alliance.cli") / "samples"
    names = sorted(one.name for one in place.iterdir())
    if PEOPLE not in names:
        raise ClickException(f"{PEOPLE} is missing among the samples.")
    people = _read(place / PEOPLE, "Bundle")
    numbered = [(int(named[1]), name) for name in names if (named := _RESPONSE.fullmatch(name))]
    return Samples(
        people=tuple(entry["resource"] for entry in people.get("entry", ())),
        waves=tuple(
            tuple(_read(place / name, "QuestionnaireResponse") for _, name in wave)
            for _, wave in _by_version(numbered)
        ),
    )


def _by_version(numbered: Iterable[tuple[int, str]]) -> "groupby[int, tuple[int, str]]":
    return groupby(sorted(numbered), key=lambda pair: pair[0])


def _read(file: Traversable, resource_type: str) -> Resource:
    try:
        resource = parse_object(file.read_bytes())
    except Unreadable as fault:
        raise ClickException(f"{file.name}: {fault}") from fault
    if resource.get("resourceType") != resource_type or not is_id(resource.get("id")):
        raise ClickException(f"{file.name}: the demo needs a {resource_type} with an id.")
    return resource
