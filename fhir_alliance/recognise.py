"""Whether what stands in the chart is ours, and says what we said: compared by what was sent, without any I/O."""

from typing import Any, NamedTuple

from fhir_alliance.catalog import Catalog
from fhir_alliance.chart import Kept
from fhir_alliance.fhir.observation import added, is_ours, lost, misread, observation
from fhir_alliance.ledger.records import Entry
from fhir_alliance.scoring.result import Standing, Status, Withdrawn, result_of


class Difference(NamedTuple):
    """What the EHR kept, beside what was sent."""

    #: elements that are not there as they were sent
    lost: tuple[str, ...]
    #: those of them that a clinician would read wrongly
    misread: tuple[str, ...]
    #: whether someone put something beside what we say
    added: bool


class Recognition:
    """Knows our Observations again in the chart of one clinic."""

    def __init__(self, catalog: Catalog, ehr_url: str) -> None:
        self._catalog = catalog
        self._ehr_url = ehr_url

    def render(self, entry: Entry, standing: Standing) -> dict[str, Any]:
        """The Observation that says it, under our own id."""
        instrument = self._catalog.instrument(result_of(standing.statement).questionnaire)
        return observation(standing, entry.id, instrument)

    def difference(self, entry: Entry, standing: Standing, found: Kept) -> Difference:
        """How ``found`` differs from what says ``standing``."""
        sent, kept = self.render(entry, standing), found.resource
        return Difference(lost(sent, kept), misread(sent, kept, self._ehr_url), added(sent, kept))

    def known(self, entry: Entry, found: Kept) -> Standing | None:
        """What ``found`` says: as we left it, as we may have left it, or what should stand anyway."""
        if entry.stands and not entry.released and self._as_we_left_it(entry.stands, entry, found):
            return entry.stands
        sent = (one.standing for one in reversed(entry.sent))
        likely = (*sent, _with_status(entry, found.resource.get("status")))
        return next((one for one in likely if one and self._says(entry, one, found)), None)

    def _as_we_left_it(self, stands: Standing, entry: Entry, found: Kept) -> bool:
        if entry.etag is not None and found.etag is not None:
            return found.id == entry.ehr_id and not is_other(entry.etag, found.etag)
        return self._says(entry, stands, found)

    def _says(self, entry: Entry, standing: Standing, found: Kept) -> bool:
        """Whether ``found`` is ours and says all of it, but for what this EHR is known to leave out."""
        differs = self.difference(entry, standing, found)
        whole = set(differs.lost) <= set(entry.losses) and not differs.misread and not differs.added
        return whole and is_ours(found.resource, entry.id)


def is_other(etag: str | None, found: str | None) -> bool:
    """Whether two ETags, both known, name two versions; an EHR may call one weak and the other strong."""
    return None not in (etag, found) and str(etag).removeprefix("W/") != str(found).removeprefix("W/")


def _with_status(entry: Entry, status: object) -> Standing | None:
    """What should stand, with the status that is found; None where that is no status of it."""
    withdrawn = isinstance(entry.wanted, Withdrawn)
    fitting = (Status.ENTERED_IN_ERROR,) if withdrawn else (Status.FINAL, Status.AMENDED)
    return next((Standing(entry.wanted, one) for one in fitting if one == status), None)
