"""Responses, right and wrong, the same at every run."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.peers.validator import every_type
from tests.peers.validator.changes import checklist, of_items
from tests.peers.validator.changes_of_r4 import TEXTS, of_r4
from tests.peers.validator.liberties import of_liberty

SEED = 20261124
#: how often each rule of ours is broken, at the least
BREACHES = 5
SOUND = "sound"


@dataclass(frozen=True, slots=True)
class Case:
    """One response as it would come in."""

    #: name of the change that was made
    change: str
    #: the beginning of what we say of it; None where we accept it
    told: str | None
    body: str


def corpus() -> list[Case]:
    """Every change, often enough for its rule, and as many sound responses as there are broken ones."""
    random = Random(SEED)  # noqa: S311
    changed = [*_changed(random), *_changed_texts(random)]
    broken = sum(case.told is not None for case in changed)
    return [*changed, *_sound(random, broken)]


def _changed(random: Random) -> Iterator[Case]:
    changes = [*of_items(), *of_r4(), *of_liberty()]
    alike = Counter(change.told for change in changes)
    for change in changes:
        for _ in range(-(-BREACHES // alike[change.told])):
            made = json.loads(json.dumps(change.base(random)))
            change.make(made, random)
            yield Case(change.name, change.told, json.dumps(made))


def _changed_texts(random: Random) -> Iterator[Case]:
    for name, told, make in TEXTS:
        for _ in range(BREACHES):
            yield Case(name, told, make(json.dumps(checklist(random))))


def _sound(random: Random, count: int) -> Iterator[Case]:
    for number in range(count):
        made = checklist(random) if number % 2 else every_type.response(random)
        yield Case(SOUND, None, json.dumps(made))
