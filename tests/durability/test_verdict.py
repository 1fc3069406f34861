"""The verdict sees what must not happen: made here by hand, one fault at a time."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.durability.ledger import Entry
from tests.durability.submissions import draw, telling
from tests.durability.verdict import faults

SUBMISSIONS = draw(200, seed=1)
WAY = (("new", "due", None), ("due", "sending", None), ("sending", "settled", None))


class Told:
    """Charts and ledger as they should be, until a test spoils them."""

    def __init__(self):
        self.acknowledged = Counter(event for one in SUBMISSIONS for event in one.events)
        self.charts = {one.response_id: [observation(one)] for one in SUBMISSIONS}
        self.kept = {one.response_id: len(one.events) for one in SUBMISSIONS}
        self.told = [Entry(f"e{one.response_id}", one.response_id, "settled", WAY) for one in SUBMISSIONS]

    def observations(self):
        return [one for found in self.charts.values() for one in found]

    def versions(self):
        return self.kept

    def entries(self):
        return self.told

    def spoil_entry(self, **changes):
        self.told[0] = replace(self.told[0], **changes)

    def judged(self):
        return faults(SUBMISSIONS, self.acknowledged, self, self)


def observation(submission):
    """The least that is looked at."""
    standing = {"status": "final", "valueCodeableConcept": {"text": f"{submission.calls_for} (no 1, open 1)"}}
    return {
        "subject": {"reference": f"Patient/{submission.patient}"},
        "derivedFrom": [{"reference": f"QuestionnaireResponse/{submission.response_id}"}],
        "meta": {"versionId": "1"},
        **(standing if submission.calls_for else {"status": "entered-in-error"}),
    }


@pytest.fixture
def told():
    return Told()


def one_that(holds):
    """The id of a submission."""
    return next(one.response_id for one in SUBMISSIONS if holds(one))


STANDING = one_that(lambda one: one.calls_for)
WITHDRAWN = one_that(lambda one: not one.calls_for)
OTHER = one_that(lambda one: one.calls_for and one.response_id != STANDING)

SPOILS = {
    "lost": lambda told: told.charts[STANDING].clear(),
    "doubled": lambda told: told.charts[STANDING].append(told.charts[STANDING][0]),
    "another's": lambda told: told.charts[STANDING][0].update(derivedFrom=told.charts[OTHER][0]["derivedFrom"]),
    "stranger": lambda told: told.charts[STANDING][0].update(subject={"reference": "Patient/nobody"}),
    "older text": lambda told: told.charts[STANDING][0].update(valueCodeableConcept={"text": "Yes to 10"}),
    "not withdrawn": lambda told: told.charts[WITHDRAWN][0].update(status="final"),
    "still read": lambda told: told.charts[WITHDRAWN][0].update(valueCodeableConcept={"text": "Yes to 7 of 9"}),
    "amended at once": lambda told: told.charts[STANDING][0].update(status="amended"),
    "written too often": lambda told: told.charts[STANDING][0]["meta"].update(versionId="9"),
    "never acknowledged": lambda told: told.acknowledged.clear(),
    "version lost": lambda told: told.kept.pop(STANDING),
    "version kept twice": lambda told: told.kept.update({STANDING: told.kept[STANDING] + 1}),
    "two entries": lambda told: told.told.append(told.told[0]),
    "held": lambda told: told.spoil_entry(state="held", history=(*WAY, ("sending", "held", "not-kept"))),
    "no history": lambda told: told.spoil_entry(history=()),
    "gap": lambda told: told.spoil_entry(history=(WAY[0], WAY[2])),
    "ends elsewhere": lambda told: told.spoil_entry(history=WAY[:2]),
    "no arrow": lambda told: told.spoil_entry(history=(("new", "settled", None),)),
}


def test_nothing_is_wrong_where_all_is_well(told):
    """The claim can hold; of a submission that was withdrawn before it was delivered, nothing may be there."""
    assert told.judged() == []
    told.charts[WITHDRAWN].clear()
    assert told.judged() == []


@pytest.mark.parametrize("spoil", SPOILS)
def test_every_fault_is_seen(told, spoil):
    """Whatever is wrong, the verdict says so."""
    SPOILS[spoil](told)
    assert told.judged()


def test_the_same_seed_tells_the_same():
    """A campaign can be run again; and the shares are what the campaign promises."""
    again = draw(200, seed=1)
    assert (again, telling(again, 1)) == (SUBMISSIONS, telling(SUBMISSIONS, 1))
    many = draw(2000, seed=2)
    assert 0.04 < sum(not one.calls_for for one in many) / 2000 < 0.06
    assert 0.27 < sum("amended" in (v["status"] for v in one.versions) for one in many) / 2000 < 0.33
    assert 1.17 < len(telling(many, 2)) / sum(len(one.events) for one in many) < 1.23
