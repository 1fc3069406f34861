"""Which request meets which fault: drawn from a seed, so that the same campaign can be run again."""

from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from tests.durability.fault_kinds import DRAWN, Kind, Step, fits


@dataclass(frozen=True, slots=True)
class Plan:
    """The faults of a campaign.

    What an entry meets depends on the seed, its id and its own requests alone, once every kind was played, and
    while the EHR was not left alone for long.
    """

    seed: int = 0
    #: how many of the requests meet a fault, from 0 to 1
    rate: float = 0.3
    kinds: tuple[Kind, ...] = DRAWN
    steps: frozenset[Step] = frozenset(Step)
    #: as many faults meet one entry, then it is left alone; without a bound its waits would grow to minutes
    most: int = 4
    #: after so many seconds without a request it works again for a while; else chance alone would bound a campaign
    recovers_after: float = 10.0
    #: seconds: long enough for an attempt
    well_for: float = 1.0
    #: with this request, counted over all from 0, the token expires; None: never
    expires_at: int | None = None
    #: seconds until it is valid again
    expired_for: float = 2.0

    def draw(
        self, key: str, step: Step, asked_before: int, met_before: int, not_yet: Collection[Kind] = ()
    ) -> Kind | None:
        """The fault of one request of ``key``, an entry or the metadata; None lets it pass.

        ``not_yet``: what was never played comes first, so that a short campaign has all of it.
        """
        fitting = [kind for kind in self.kinds if step in self.steps and fits(kind, step)]
        fitting += [kind for kind in fitting if not fits(kind, Step.READ)]  # these have fewer chances
        chance = self.chance(key, asked_before)
        if not fitting or met_before >= self.most or chance.random() >= self.rate:
            return None
        return chance.choice([kind for kind in fitting if kind in not_yet] or fitting)

    def chance(self, key: str, asked_before: int) -> Random:
        """Where the choices for one request come from."""
        return Random(f"{self.seed}/{key}/{asked_before}")  # noqa: S311
