"""Submissions with more versions than people make, told so that many of them meet an earlier one in flight."""

from collections.abc import Iterator
from random import Random

from tests.deliver.answers import response
from tests.durability.submissions import AUTHORED, Event, Resource, Submission, Telling

MOST_VERSIONS = 4
#: the share of the submissions that are withdrawn in the end, by a version or by a deletion
WITHDRAWN = 0.3
#: the share of the versions that are told once more in the round after, when they are old
TOLD_AGAIN = 0.1


def draw(count: int, seed: int) -> list[Submission]:
    """Submissions, each of a patient of its own; no two versions of one say the same."""
    return [_submission(number, Random(f"{seed}/{number}")) for number in range(count)]  # noqa: S311


def _submission(number: int, luck: Random) -> Submission:
    response_id, patient, count = f"faulty-{number}", f"f{number}", luck.randint(1, MOST_VERSIONS)
    withdrawn = luck.random() < WITHDRAWN
    deleted = withdrawn and luck.random() < 0.5
    versions = list(_versions(response_id, patient, luck.sample(range(1, 10), count)))
    if withdrawn and not deleted:
        versions.append({**versions[-1], "status": "entered-in-error", "meta": _meta(count)})
    return Submission(response_id, patient, tuple(versions), deleted)


def _versions(response_id: str, patient: str, yes: list[int]) -> Iterator[Resource]:
    for number, count in enumerate(yes):
        status = "amended" if number else "completed"
        yield response(
            response_id, (count, 0, 0), patient=patient, status=status, authored=AUTHORED, meta=_meta(number)
        )


def _meta(number: int) -> Resource:
    return {"lastUpdated": f"2025-06-13T08:{number:02}:00Z"}


def rounds(submissions: list[Submission], seed: int) -> list[Telling]:
    """One version of each submission a round, with some of the round before; in the last one the deletions."""
    luck, told = Random(f"{seed}/rounds"), list[list[Event]]()  # noqa: S311
    for number in range(MOST_VERSIONS + 1):
        new = [event for one in submissions for event in one.told if event.number == number]
        again = luck.sample(told[-1], int(len(told[-1]) * TOLD_AGAIN)) if told else []
        told.append(luck.sample(new + again, len(new + again)))
    return [*(Telling(tuple(events), {}) for events in told if events), _deletions(submissions)]


def _deletions(submissions: list[Submission]) -> Telling:
    """Each behind the newest version, told once more."""
    deleted = [one for one in submissions if one.deleted]
    return Telling(
        tuple(one.told[-1] for one in deleted), {one.response_id: tuple(one.deletion) for one in deleted}
    )
