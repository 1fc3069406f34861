"""What is ours is recognised, whatever the EHR answered or the ledger forgot; and an EHR that stands still."""

import sqlite3
from contextlib import closing

import pytest

from fhir_alliance.chart import Kept, Written
from fhir_alliance.ledger.reads import Reads
from fhir_alliance.ledger.tables import State
from tests.deliver.answers import response

#: what differs between two results that say the same but for the therapist's name
OF_THE_NAME = ["note", "text", "issued"]


def store(rehearsal):
    """The EHR keeps what was sent to it, though it said otherwise."""
    entry = rehearsal.entry
    rehearsal.ehr.put(rehearsal.recognition.render(entry, entry.sent[-1].standing))
    rehearsal.ehr.forget()


def copy(source, target):
    """A backup of the ledger's file, or its return."""
    with closing(sqlite3.connect(source)) as whole, closing(sqlite3.connect(target)) as other:
        whole.backup(other)


@pytest.mark.case("answer-later")
@pytest.mark.parametrize("status", [401, 408, 429, 503, 409, 412])
@pytest.mark.parametrize("stood_before", [False, True])
def test_stored_though_the_answer_denied_it(rehearsal, status, stood_before):
    """A gateway says 503 of what the EHR behind it kept: the next look knows it, and nothing is sent again."""
    if stood_before:
        rehearsal.settle(response())
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.ehr.fault("status", method="PUT", type="Observation", status=status)
    assert rehearsal.attempt().state is State.DUE
    store(rehearsal)
    entry = rehearsal.finish()

    assert (entry.state, rehearsal.ehr.writes) == (State.SETTLED, 0)
    assert rehearsal.ehr.versions(entry.id) == 1 + stood_before


@pytest.mark.case("answer-none")
def test_stored_unanswered_and_without_what_the_ehr_never_keeps(rehearsal):
    """Its losses are known since the last version: they are no sign of somebody's change."""
    rehearsal.ehr.fault("drop", method="PUT", type="Observation", elements=["derivedFrom"], times=20)
    rehearsal.settle(response())
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.ehr.gate("answer", "after", "PUT")
    assert rehearsal.attempt().state is State.UNKNOWN
    rehearsal.ehr.open("answer")
    entry = rehearsal.finish()

    assert (entry.state, entry.reason, entry.losses) == (State.SETTLED, None, ("derivedFrom",))
    assert rehearsal.ehr.versions(entry.id) == 2


@pytest.mark.case("look-adopt")
def test_a_restored_backup_finds_its_own_amendment(rehearsal, tmp_path):
    """The ledger is older than the chart; the amendment comes again: settled, and nothing is written."""
    file, backup = rehearsal.engine.url.database, tmp_path / "backup.sqlite"
    rehearsal.settle(response(last_updated="2026-11-12T10:00:00Z"))
    copy(file, backup)
    amended = response(counts=(4, 2, 3), last_updated="2026-11-12T11:00:00Z")
    rehearsal.settle(amended)
    rehearsal.engine.dispose()
    copy(backup, file)
    assert rehearsal.entry.etag == 'W/"1"'
    rehearsal.take(amended)
    entry = rehearsal.finish()

    assert (entry.state, entry.etag, rehearsal.ehr.writes) == (State.SETTLED, 'W/"2"', 0)


@pytest.mark.case("look-adopt")
def test_a_restored_backup_finds_its_own_withdrawal(rehearsal, tmp_path):
    """The same where the chart was withdrawn since."""
    file, backup = rehearsal.engine.url.database, tmp_path / "backup.sqlite"
    rehearsal.settle(response())
    copy(file, backup)
    rehearsal.take_deletion("r1")
    rehearsal.finish()
    rehearsal.engine.dispose()
    copy(backup, file)
    rehearsal.ehr.forget()
    rehearsal.take_deletion("r1")
    entry = rehearsal.finish()

    assert (entry.state, entry.etag, rehearsal.ehr.writes) == (State.SETTLED, 'W/"2"', 0)


@pytest.mark.case("answer-losses")
def test_an_ehr_that_keeps_nothing_of_a_change(rehearsal):
    """It makes no new version for that: written four times in all, then settled, and the loss is told."""
    rehearsal.ehr.fault("drop", method="PUT", type="Observation", elements=OF_THE_NAME, times=20)
    for therapist in ("Dr. A", "Dr. B"):
        rehearsal.settle(response(therapist=therapist))
    rehearsal.take(response(therapist="Dr. C"))
    entry = rehearsal.finish()
    (told,) = Reads(rehearsal.database, "default").attention()

    assert (entry.state, entry.losses, rehearsal.ehr.writes) == (State.SETTLED, ("note",), 4)
    assert rehearsal.ehr.versions(entry.id) == 2
    assert (told.kind, told.id, told.reason) == ("not-whole", entry.id, "not kept: note")
    rehearsal.take(response(therapist="Dr. D", counts=(4, 2, 3)))
    assert rehearsal.finish().state is State.SETTLED


@pytest.mark.case("answer-misread")
def test_an_ehr_that_keeps_nothing_of_another_value(rehearsal):
    """Settled would mislead: it goes on as unknown, each time later, until the EHR keeps it."""
    rehearsal.settle(response())
    rehearsal.take(response(counts=(4, 2, 3)))
    rehearsal.ehr.fault("lie", method="PUT", type="Observation", times=8)
    for _ in range(8):
        entry = rehearsal.attempt()
        assert (entry.state, entry.reason) == (State.UNKNOWN, "not-kept")
        rehearsal.clock.moment = rehearsal.due_at

    assert Reads(rehearsal.database, "default").waiting() == {"not-kept": 1}
    assert rehearsal.finish().state is State.SETTLED
    assert (rehearsal.ehr.writes, rehearsal.ehr.versions(entry.id)) == (9, 2)


class Unversioned:
    """The chart of an EHR that tells no versions, neither in a header nor in a resource."""

    def __init__(self, chart):
        self._chart = chart

    def look(self, observation_id, ehr_id, *, by_identifier):
        """What is there, without its version."""
        found = self._chart.look(observation_id, ehr_id, by_identifier=by_identifier)
        return Kept(found.id, None, found.resource) if isinstance(found, Kept) else found

    def write(self, *arguments, **named):
        """As ever."""
        return self._chart.write(*arguments, **named)


def test_an_ehr_without_versions(rehearsal):
    """There is none to name: what is changed is changed all the same, though the EHR heeds If-None-Match."""
    rehearsal.delivery._chart = Unversioned(rehearsal.chart)
    rehearsal.settle(response())
    rehearsal.take(response(counts=(4, 2, 3)))
    entry = rehearsal.finish()

    assert (entry.state, rehearsal.ehr.versions(entry.id)) == (State.SETTLED, 2)


class Answers:
    """The chart of an EHR that answers a write in its own way."""

    def __init__(self, chart, etag_of, then):
        self._chart = chart
        self._etag_of = etag_of
        self._then = then
        self.look = chart.look

    def write(self, resource, etag):
        """Kept as ever; the version is told otherwise, and something may happen before we look."""
        written = self._chart.write(resource, etag)
        self._then(written.id)
        return Written(written.id, self._etag_of(written.etag))


def test_weak_and_strong_are_one_version(rehearsal):
    """An EHR that calls its ETag strong at a write and weak at a read has changed nothing."""
    rehearsal.delivery._chart = Answers(rehearsal.chart, lambda etag: etag.removeprefix("W/"), lambda _: None)
    rehearsal.settle(response())
    rehearsal.settle(response(counts=(4, 2, 3)))

    assert rehearsal.ehr.versions(rehearsal.entry.id) == 2


@pytest.mark.case("look-changed")
def test_a_note_before_we_look_where_a_write_names_no_version(rehearsal):
    """What stands beside ours is not ours, though there is no version to tell by."""

    def annotate(observation_id):
        found = rehearsal.ehr.kept(f"Observation/{observation_id}")
        rehearsal.ehr.change(found, note=[*found["note"], {"text": "Spoke with the client."}])

    rehearsal.delivery._chart = Answers(rehearsal.chart, lambda _: None, annotate)
    rehearsal.take(response())
    entry = rehearsal.attempt()

    assert (entry.state, entry.reason) == (State.HELD, "changed-in-chart")
