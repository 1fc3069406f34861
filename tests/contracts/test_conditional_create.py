"""POST with If-None-Exist: https://hl7.org/fhir/R4/http.html#ccreate."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import monotonic

from tests.contracts.speaking import SYSTEM, Speaking, by_identifier, new_id, observation, told

SENDERS = 20


def test_created_once(fhir: Speaking) -> None:
    """The second time what is there is told, and nothing is made or changed."""
    ours = new_id()
    first = told(fhir.post(observation(ours), If_None_Exist=by_identifier(ours)), 201)
    changed = observation(ours, status="amended")
    answer = fhir.unchanged(first, lambda: fhir.post(changed, If_None_Exist=by_identifier(ours)))

    assert told(answer, 200)["id"] == first["id"]
    assert fhir.found(f"Observation?{by_identifier(ours)}") == [first["id"]]


def test_a_percent_encoded_condition(fhir: Speaking) -> None:
    """As our client and HAPI's send it."""
    ours = new_id()
    condition = f"identifier=urn%3Aietf%3Arfc%3A3986%7Curn%3Auuid%3A{ours}"
    first, second = (fhir.post(observation(ours), If_None_Exist=condition) for _ in range(2))

    assert told(first, 201)["id"] == told(second, 200)["id"]


def test_after_a_delete(fhir: Speaking) -> None:
    """What was deleted is not found, so that it is made anew."""
    ours = new_id()
    first = told(fhir.post(observation(ours), If_None_Exist=by_identifier(ours)), 201)
    fhir.delete(first)

    assert told(fhir.post(observation(ours), If_None_Exist=by_identifier(ours)), 201)["id"] != first["id"]


def test_another_system(fhir: Speaking) -> None:
    """The same value in another system is another identifier."""
    ours = new_id()
    fhir.made(
        observation(identifier=None) | {"identifier": [{"system": "urn:other", "value": f"urn:uuid:{ours}"}]}
    )

    assert fhir.post(observation(ours), If_None_Exist=by_identifier(ours)).status_code == 201


def test_two_are_there(fhir: Speaking) -> None:
    """It is refused, and no third is made."""
    ours = new_id()
    two = sorted(fhir.made(observation(ours))["id"] for _ in range(2))

    assert fhir.post(observation(ours), If_None_Exist=by_identifier(ours)).status_code == 412
    assert fhir.found(f"Observation?{by_identifier(ours)}") == two


def test_an_unknown_parameter(fhir: Speaking) -> None:
    """It is refused, or finds nothing: a misspelt condition keeps nothing apart there."""
    answer = fhir.post(observation(), If_None_Exist=f"identifyer={SYSTEM}|x")

    assert answer.status_code == fhir.does.create_on_unknown_parameter


def test_many_at_once(fhir: Speaking) -> None:
    """There is one in the end, and every sender is told its id, some after they were put off."""
    ours, together = new_id(), Barrier(SENDERS)

    def create(_: int) -> tuple[int, str]:
        with fhir.another() as one:
            together.wait()
            answer = one.post(observation(ours), If_None_Exist=by_identifier(ours))
            deadline = monotonic() + 30
            while answer.status_code in fhir.does.put_off and monotonic() < deadline:
                answer = one.post(observation(ours), If_None_Exist=by_identifier(ours))
            return answer.status_code, answer.json().get("id")

    with ThreadPoolExecutor(SENDERS) as pool:
        answers = sorted(pool.map(create, range(SENDERS)))
    (id_,) = fhir.found(f"Observation?{by_identifier(ours)}")

    assert answers == [(200, id_)] * (SENDERS - 1) + [(201, id_)]
