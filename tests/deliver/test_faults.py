"""One fault of each kind at each step: the chart ends right, once, or a person is asked."""

import pytest

from fhir_alliance.ledger.tables import State
from tests.deliver.answers import response
from tests.deliver.ehr_desk import until
from tests.deliver.rehearsal import SHORT_LIMIT

#: what is ordered of the sandbox, by a name for the test
ORDERS = {
    **{f"http-{status}": {"kind": "status", "status": status} for status in (400, 401, 403, 404, 408, 409)},
    **{f"http-{status}": {"kind": "status", "status": status} for status in (410, 412, 422, 429, 500, 503)},
    "reset": {"kind": "reset"},
    "reset-after": {"kind": "reset-after"},
    "hang": {"kind": "hang", "seconds": SHORT_LIMIT * 2},
    "hang-after": {"kind": "hang-after", "seconds": SHORT_LIMIT * 2},
    "empty": {"kind": "empty"},
    "html": {"kind": "html"},
    "lie": {"kind": "lie"},
    "drop-value": {"kind": "drop", "elements": ["valueCodeableConcept"]},
    "drop-subject": {"kind": "drop", "elements": ["subject"]},
    "drop-status": {"kind": "drop", "elements": ["status"]},
    "drop-note": {"kind": "drop", "elements": ["note", "component"]},
    "redirect": {"kind": "redirect", "location": "http://127.0.0.1:1/fhir/Observation"},
}
DUE, UNKNOWN, HELD, SETTLED = State.DUE, State.UNKNOWN, State.HELD, State.SETTLED
#: step → fault → (state after the attempt, its reason, writes sent in the end, state in the end)
LATER = ("http-401", "http-403", "http-408", "http-429", "http-503", "http-409", "http-412")
REFUSALS = ("http-400", "http-422")
SILENCES = ("reset", "reset-after", "hang", "hang-after")
EXPECTED = {
    "look": {
        **{name: (DUE, name, 1, SETTLED) for name in (*LATER, "http-500")},
        **{name: (HELD, name, 0, HELD) for name in REFUSALS},
        **dict.fromkeys(SILENCES, (DUE, "no-answer", 1, SETTLED)),
        "http-410": (HELD, "deleted-in-chart", 0, HELD),
        "html": (DUE, "no-resource", 1, SETTLED),
        "lie": (SETTLED, None, 1, SETTLED),
        "redirect": (HELD, "http-307", 0, HELD),
    },
    "write": {
        **{name: (DUE, name, 2, SETTLED) for name in LATER},
        "http-500": (UNKNOWN, "http-500", 2, SETTLED),
        **{name: (HELD, name, 1, HELD) for name in (*REFUSALS, "http-404", "http-410")},
        "reset": (UNKNOWN, "no-answer", 2, SETTLED),
        "reset-after": (UNKNOWN, "no-answer", 1, SETTLED),
        "hang": (UNKNOWN, "no-answer", 2, SETTLED),
        "hang-after": (UNKNOWN, "no-answer", 1, SETTLED),
        "empty": (UNKNOWN, "no-id", 1, SETTLED),
        "html": (UNKNOWN, "no-id", 2, SETTLED),
        "lie": (UNKNOWN, "not-kept", 2, SETTLED),
        "drop-value": (HELD, "not-kept: value", 1, HELD),
        "drop-subject": (HELD, "not-kept: subject", 1, HELD),
        "drop-status": (HELD, "not-kept: status", 1, HELD),
        "drop-note": (SETTLED, None, 1, SETTLED),
        "redirect": (HELD, "http-307", 1, HELD),
    },
    "read-back": {
        **{name: (UNKNOWN, name, 1, SETTLED) for name in (*LATER, *REFUSALS, "http-500")},
        **dict.fromkeys(("http-404", "http-410"), (UNKNOWN, "not-kept", 1, SETTLED)),
        **dict.fromkeys(SILENCES, (UNKNOWN, "no-answer", 1, SETTLED)),
        "empty": (UNKNOWN, "no-resource", 1, SETTLED),
        "html": (UNKNOWN, "no-resource", 1, SETTLED),
        "lie": (SETTLED, None, 1, SETTLED),
        "redirect": (UNKNOWN, "http-307", 1, SETTLED),
    },
}
#: where it matters whether the Observation stood before: absent is one thing, gone another
FIRST_ONLY = {("look", fault): (SETTLED, None, 1, SETTLED) for fault in ("http-404", "empty")}
LATER_ONLY = {
    ("look", "http-404"): (HELD, "deleted-in-chart", 0, HELD),
    ("look", "empty"): (DUE, "no-resource", 1, SETTLED),
}
CASES = {(step, fault): expected for step, faults in EXPECTED.items() for fault, expected in faults.items()}
#: faults of a write after which the EHR has kept something, though a person is asked
KEPT = ("drop-value", "drop-subject", "drop-status")


def order(ehr, step, fault):
    """Order a fault for one step of the next attempt."""
    if step == "read-back":
        ehr.fault("lie", method="GET", type="Observation")  # a read is answered as ever: lets the look pass
    ehr.fault(method="PUT" if step == "write" else "GET", type="Observation", **ORDERS[fault])


def after_one_attempt(rehearsal, expected):
    """State and reason after the attempt that met the fault; and when the next is due."""
    state, reason, _, _ = expected
    before = rehearsal.clock.moment
    entry = rehearsal.attempt()
    assert entry.state is state, rehearsal.history
    assert (entry.reason or "").split(" ")[0] == (reason or "").split(" ")[0]
    assert (entry.reason or "").startswith(reason or "")
    waits = {DUE: 0.5, UNKNOWN: rehearsal.limit + 0.5}  # half of the first backoff, and the request's own time
    if state in waits:
        assert (rehearsal.due_at - before).total_seconds() == pytest.approx(waits[state])
    return entry


def at_rest(rehearsal, expected, versions_before, fault):
    """The writes that were sent, the versions that were kept, the state."""
    _, _, writes, state = expected
    rehearsal.ehr.calm()
    entry = rehearsal.finish()
    assert entry.state is state, rehearsal.history
    until(lambda: rehearsal.ehr.writes >= writes)  # one that hangs is counted when it ends
    assert rehearsal.ehr.writes == writes
    kept = state is SETTLED or fault in KEPT
    assert rehearsal.ehr.versions(entry.id) == versions_before + kept
    assert len(rehearsal.ehr.observations()) == (1 if versions_before or kept else 0)


@pytest.mark.case("answer-none")
@pytest.mark.case("answer-later")
@pytest.mark.case("answer-4xx")
@pytest.mark.case("answer-conflict-ours")
@pytest.mark.parametrize(("step", "fault"), [*CASES, *FIRST_ONLY])
def test_a_fault_at_the_first_write(rehearsal, step, fault):
    """The Observation is created once, or a person is asked; nothing is written that need not be."""
    expected = {**CASES, **FIRST_ONLY}[step, fault]
    rehearsal.take(response())
    order(rehearsal.ehr, step, fault)
    after_one_attempt(rehearsal, expected)
    at_rest(rehearsal, expected, 0, fault)
    if expected[3] is SETTLED:
        (kept,) = rehearsal.ehr.observations()
        assert (kept["status"], kept["valueCodeableConcept"]["text"][:13]) == ("final", "Yes to 7 of 9")


@pytest.mark.case("answer-none")
@pytest.mark.case("answer-later")
@pytest.mark.case("answer-4xx")
@pytest.mark.case("answer-conflict-ours")
@pytest.mark.parametrize(("step", "fault"), [*CASES, *LATER_ONLY])
def test_a_fault_at_a_later_write(rehearsal, step, fault):
    """The Observation is changed once, or a person is asked and it stands as it did."""
    expected = {**CASES, **LATER_ONLY}[step, fault]
    entry_id = rehearsal.settle(response()).id
    rehearsal.take(response(counts=(4, 2, 3), status="amended"))
    order(rehearsal.ehr, step, fault)
    after_one_attempt(rehearsal, expected)
    at_rest(rehearsal, expected, 1, fault)
    kept = rehearsal.ehr.kept(f"Observation/{entry_id}")
    if expected[3] is SETTLED:
        assert (kept["status"], kept["valueCodeableConcept"]["text"][:13]) == ("amended", "Yes to 4 of 9")
    elif fault not in KEPT:
        assert (kept["status"], kept["valueCodeableConcept"]["text"][:13]) == ("final", "Yes to 7 of 9")


@pytest.mark.parametrize("fault", [name for name in CASES if name[0] == "write"], ids=lambda case: case[1])
def test_a_fault_at_a_withdrawal(rehearsal, fault):
    """The result is withdrawn once, or a person is asked."""
    expected = CASES[fault]
    if fault[1] == "drop-value":
        expected = (SETTLED, None, 1, SETTLED)  # there is no value to drop
    entry_id = rehearsal.settle(response()).id
    rehearsal.take_deletion("r1")
    order(rehearsal.ehr, *fault)
    after_one_attempt(rehearsal, expected)
    at_rest(rehearsal, expected, 1, fault[1])
    if expected[3] is SETTLED:
        kept = rehearsal.ehr.kept(f"Observation/{entry_id}")
        assert (kept["status"], "valueCodeableConcept" in kept) == ("entered-in-error", False)


@pytest.mark.parametrize(
    ("step", "fault"),
    [case for case in CASES if CASES[case][3] is SETTLED and not case[1].startswith("http-4")],
)
def test_a_fault_that_comes_twice(rehearsal, step, fault):
    """The same fault at the same step of the next attempt, too: still once."""
    rehearsal.take(response())
    for _ in range(2):
        if rehearsal.due_at:
            rehearsal.clock.moment = rehearsal.due_at
            order(rehearsal.ehr, step, fault)
            rehearsal.attempt()
            rehearsal.ehr.calm()
    entry = rehearsal.finish()

    assert entry.state is SETTLED, rehearsal.history
    assert len(rehearsal.ehr.observations()) == 1
    assert rehearsal.ehr.versions(entry.id) == 1
