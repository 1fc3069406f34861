"""Kills at random moments of the work, not of the clock, so that there is always work that is cut off."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random

#: the shares of the work between which it is struck
FROM, UNTIL = 0.02, 0.90
PAUSE = 0.03
#: seconds without any progress; longer than the lease of the dead
STILL = 90


@dataclass(frozen=True, slots=True)
class Blow:
    """What is struck, and once which share of the work is done."""

    share: float
    #: a process of the fleet, or DATABASE
    target: str


#: the database's server
DATABASE = "database"


def draw(seed: int, members: Iterable[str], kills: int, restarts: int) -> list[Blow]:
    """So many blows, in order: to each member as often as to the others, and to the database."""
    luck = Random(seed)  # noqa: S311
    targets = [*islice(cycle(members), kills), *[DATABASE] * restarts]
    luck.shuffle(targets)
    shares = sorted(luck.uniform(FROM, UNTIL) for _ in targets)
    return [Blow(share, target) for share, target in zip(shares, targets, strict=True)]


class Saboteur:
    """Strikes, blow after blow; ``share`` tells how much of the work is done."""

    def __init__(self, share: Callable[[], float], strike: Callable[[str], None]) -> None:
        self._share = share
        self._strike = strike
        #: what was struck, with the share of the work that was done by then
        self.struck: list[Blow] = []

    def work(self, blows: Iterable[Blow]) -> None:
        """Strike each when its share is done; none any more where the work stands still."""
        for blow in blows:
            done = self._wait(blow.share)
            if done < blow.share:
                return
            self._strike(blow.target)
            self.struck.append(Blow(done, blow.target))

    def _wait(self, share: float) -> float:
        """What is done, once it is ``share`` or does not change any more."""
        done, since = self._share(), time.monotonic()
        while done < share and time.monotonic() < since + STILL:
            time.sleep(PAUSE)
            before, done = done, self._share()
            since = time.monotonic() if done != before else since
        return done
