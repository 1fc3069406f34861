"""What is claimed of a campaign with faults, checked from what the proxy saw and what the history tells."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fhir_alliance.ledger.reasons import CHANGED_MEANWHILE, SUBJECT_CHANGED, TWO_SUBMISSIONS
from tests.durability.fault_kinds import LATE_KINDS, Kind, Step, told_as
from tests.durability.fault_record import Story
from tests.durability.fault_wire import METADATA

#: a newer version came during the attempt, so that the line tells of it, and not of the fault
_INSTEAD = {CHANGED_MEANWHILE, SUBJECT_CHANGED, TWO_SUBMISSIONS}


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger tells of an entry."""

    #: versions of its submission, and releases: each calls for one content at most
    called_for: int
    #: why an attempt did not settle it, one a failed attempt
    reasons: tuple[str, ...]


def faults_of(stories: Mapping[str, Story], told: Mapping[str, Told]) -> list[str]:
    """Every way in which the claims do not hold; empty where they do."""
    entries = {key: story for key, story in stories.items() if key != METADATA}
    found = [line for key, story in entries.items() for line in _writes(key, story, told.get(key))]
    return found + _history(entries, told, stories.get(METADATA, Story()))


def beyond_need(story: Story) -> int:
    """Writes that reached the EHR, less the distinct contents that did: each content needs one."""
    return len(story.reached) - len(story.contents)


def allowed_beyond_need(story: Story) -> int:
    """One for each write that was late: it reaches the EHR a second time, or meets the one that was sent after it.

    No other fault is granted any. What did not reach the EHR costs nothing when it is sent again; what was
    carried out and not confirmed is found by the look, and not sent again.
    """
    return sum(one.kind in LATE_KINDS and one.step is Step.WRITE for one in story.met)


def _writes(key: str, story: Story, told: Told | None) -> Iterable[str]:
    if told is None:
        yield f"{key}: asked for, and unknown to the ledger"
        return
    if beyond_need(story) > allowed_beyond_need(story):
        yield f"{key}: {beyond_need(story)} writes beyond need, {_told(story)}"
    for content, count in Counter(one.content for one in story.reached if one.carried_out).items():
        if count > 1:
            yield f"{key}: {content} was carried out {count} times: {_told(story)}"
    if len(story.contents) > told.called_for:
        yield f"{key}: {len(story.contents)} contents, and {told.called_for} were called for"


def _history(entries: Mapping[str, Story], told: Mapping[str, Told], metadata: Story) -> list[str]:
    """Each fault has its line, and each line its fault, or another cause that was seen.

    A fault of the metadata belongs to no entry: its line stands with whichever was tried.
    """
    found, left = [], Counter[frozenset[str]]()
    for key, told_of in told.items():
        story = entries.get(key, Story())
        lines, causes = _lines(told_of.reasons), _causes(story)
        instead = sum(reason in _INSTEAD for reason in told_of.reasons)
        untold = causes - lines
        if untold.total() > instead:
            found.append(f"{key}: no line tells of {_shown(untold)}; it tells {told_of.reasons}")
        left += lines - causes - _looks(story, lines)
    surplus = left - metadata.told
    return [*found, *(f"lines without a cause: {_shown(Counter({one: n}))}" for one, n in surplus.items())]


def _lines(reasons: Iterable[str]) -> Counter[frozenset[str]]:
    groups = [_group(reason.split(":")[0].split(" ")[0]) for reason in reasons if reason not in _INSTEAD]
    return Counter(groups)


def _causes(story: Story) -> Counter[frozenset[str]]:
    refused = Counter({_group(reason): count for reason, count in story.refused.items()})
    return story.told + refused


def _looks(story: Story, lines: Counter[frozenset[str]]) -> Counter[frozenset[str]]:
    """A create that was lied about is looked for in vain until a person is asked, and after each newer version."""
    was_lied = any((one.kind, one.method) == (Kind.LIE, "POST") for one in story.met)
    return Counter({told_as(Kind.LIE): lines[told_as(Kind.LIE)]}) if was_lied else Counter()


def _told(story: Story) -> str:
    """What it met at which request, and what reached the EHR."""
    met = [f"{one.request}: {one.kind} at {one.step}" for one in story.met]
    return "; ".join([*met, *(f"{one.content} → {one.status}" for one in story.reached)])


def _group(reason: str) -> frozenset[str]:
    return next((told_as(kind) for kind in Kind if reason in told_as(kind)), frozenset({reason}))


def _shown(groups: Counter[frozenset[str]]) -> str:
    return ", ".join(f"{count} × {'/'.join(sorted(group))}" for group, count in groups.items())
