"""What the proxy saw: for each entry the writes that reached the EHR, and every fault that was played."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from tests.durability.fault_kinds import DRAWN, Kind, Step, told_as


@dataclass(frozen=True, slots=True)
class Reached:
    """A write that was forwarded, and what the EHR itself answered."""

    #: of all that it says, without id and meta: the same when it is sent again
    content: str
    method: str
    status: int

    @property
    def carried_out(self) -> bool:
        """Whether something was made or changed; a conditional create that finds something answers 200."""
        return self.status == 201 or (self.method == "PUT" and self.status == 200)


@dataclass(frozen=True, slots=True)
class Met:
    """A fault that was played."""

    #: of which request, counted from 0
    request: int
    kind: Kind
    step: Step
    method: str = "PUT"

    @property
    def is_told(self) -> bool:
        """A create that is answered with 201 and nothing more is looked for at once, and found."""
        return (self.kind, self.method) != (Kind.EMPTY, "POST")


@dataclass(slots=True)
class Story:
    """What one entry, or the metadata, went through."""

    requests: int = 0
    met: list[Met] = field(default_factory=list)
    reached: list[Reached] = field(default_factory=list)
    #: what the EHR itself refused, and the service heard, in the words of its history
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> Counter[Kind]:
        """How often each fault was met."""
        return Counter(one.kind for one in self.met)

    @property
    def drawn(self) -> int:
        """How many faults it met by chance."""
        return sum(one.kind in DRAWN for one in self.met)

    @property
    def told(self) -> Counter[frozenset[str]]:
        """How those that ended an attempt are told: a lie shows at the read-back, unless that meets another."""
        hit = {one.request for one in self.met}
        shown = [one for one in self.met if one.kind is not Kind.LIE or one.request + 1 not in hit]
        return Counter(told_as(one.kind, one.method) for one in shown if one.is_told)

    @property
    def contents(self) -> set[str]:
        """What the chart was given: distinct contents that reached it."""
        return {one.content for one in self.reached}


class Record:
    """The stories, written by many threads and read when all is at rest."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._stories: defaultdict[str, Story] = defaultdict(Story)
        #: ids that the EHR gave, or was said to have given → entry
        self._known: dict[str, str] = {}
        self._requests = 0
        self._underway = 0

    def ask(self, key: str) -> tuple[int, int, int]:
        """Note a request; how many came before it in all and of ``key``, and the faults that ``key`` has met."""
        with self._changed:
            story = self._stories[key]
            before = (self._requests, story.requests, story.drawn)
            self._requests += 1
            story.requests += 1
            return before

    def play(self, key: str, fault: Met) -> None:
        """Note a fault."""
        with self._changed:
            self._stories[key].met.append(fault)

    def reach(self, key: str, write: Reached) -> None:
        """Note a write that the EHR has answered."""
        with self._changed:
            self._stories[key].reached.append(write)

    def refuse(self, key: str, reason: str) -> None:
        """Note what the EHR itself refused."""
        with self._changed:
            self._stories[key].refused[reason] += 1

    def know(self, ehr_id: str, key: str) -> None:
        """Note under which id an entry is asked for from now on."""
        with self._changed:
            self._known[ehr_id] = key

    def key_of(self, ehr_id: str) -> str:
        """The entry that is asked for by this id."""
        with self._changed:
            return self._known.get(ehr_id, ehr_id)

    @contextmanager
    def held(self) -> Iterator[None]:
        """A request is held while the block runs."""
        with self._changed:
            self._underway += 1
        try:
            yield
        finally:
            with self._changed:
                self._underway -= 1
                self._changed.notify_all()

    def wait_for_all(self, seconds: float) -> None:
        """Return when nothing is held that could still reach the EHR."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._underway == 0, seconds), "a request is held for ever"

    @property
    def underway(self) -> int:
        """How many requests are held."""
        with self._changed:
            return self._underway

    @property
    def stories(self) -> dict[str, Story]:
        """All, by entry."""
        with self._changed:
            return dict(self._stories)

    @property
    def played(self) -> Counter[Kind]:
        """How often each fault was played."""
        return sum((story.faults for story in self.stories.values()), Counter[Kind]())


def content_of(resource: dict[str, Any]) -> str:
    """A short name for all that a resource says."""
    said = {name: value for name, value in resource.items() if name not in ("id", "meta")}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
