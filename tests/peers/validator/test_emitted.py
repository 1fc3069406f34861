"""What leaves the program, before a validator that nobody here wrote."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from fhir_alliance.assess import Assessor
from fhir_alliance.catalog import Catalog
from fhir_alliance.extract import extract
from fhir_alliance.fhir.systems import FIT_PROFILE
from fhir_alliance.sandbox import Sandbox
from tests.building import CLINIC, NOW, PROGRAM
from tests.deliver.ehr_desk import EhrDesk
from tests.deliver.rehearsal import Rehearsal
from tests.peers.validator import emitted, every_type
from tests.peers.validator.changes import Change, checklist
from tests.peers.validator.changes_of_r4 import having
from tests.peers.validator.corpus import SEED
from tests.peers.validator.emitted import BESIDE, Named
from tests.peers.validator.expected import beyond
from tests.peers.validator.liberties import of_liberty
from tests.peers.validator.validator import Resource, Validator
from tests.web.desk import Desk, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A clinic without an EHR: what should stand stands at once."""
    with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def rehearsal(catalog: Catalog, tmp_path: Path) -> Iterator[Rehearsal]:
    """Delivery to an empty sandbox."""
    with Sandbox() as sandbox:
        ehr = EhrDesk(sandbox)
        made = Rehearsal(ehr, catalog, tmp_path)
        yield made
        made.engine.dispose()
        ehr.close()


def faults(validator: Validator, made: Named) -> list[str]:
    """Every error and every warning, by the name of what was made."""
    return [
        f"{name}: {one}" for name, resource in made for one in beyond(validator.messages(resource, beside=BESIDE))
    ]


def test_every_observation_keeps_our_profile(validator: Validator) -> None:
    """Whatever the score, whatever parts are there, final, amended or withdrawn."""
    made = list(emitted.observations())
    assert len(made) > 60
    assert {tuple(one["meta"]["profile"]) for _, one in made} == {(FIT_PROFILE,)}
    assert faults(validator, iter(made)) == []


def test_every_answer_of_our_server_is_right(validator: Validator, desk: Desk) -> None:
    """Responses kept and read, pages, refusals, what is extracted, what is published."""
    made = list(emitted.served(desk))
    kinds = {one["resourceType"] for _, one in made}
    assert kinds == {"Bundle", "CapabilityStatement", "OperationOutcome", "QuestionnaireResponse"}
    assert faults(validator, iter(made)) == []


def test_what_the_ehr_keeps_is_right(validator: Validator, rehearsal: Rehearsal) -> None:
    """Final, amended and withdrawn, as it was delivered and stored."""
    made = list(emitted.delivered(rehearsal))
    assert [one["status"] for _, one in made] == ["entered-in-error", "amended", "final"]
    assert faults(validator, iter(made)) == []


def test_what_we_accept_has_a_right_result(validator: Validator, every_catalog: Catalog) -> None:
    """No response that we accept makes an Observation that breaks R4 or our profile."""
    made = list(_results(Assessor(every_catalog, CLINIC, PROGRAM)))
    assert len({name for name, _ in made}) > 20
    assert {name for name, one in made if validator.messages(one)} == set()


def _results(assessor: Assessor) -> Named:
    """The results of sound responses, and one of every liberty that can have one."""
    random = Random(SEED)  # noqa: S311
    sound = [Change("sound", None, base, having()) for base in (checklist, every_type.response) for _ in range(15)]
    for change in (*of_liberty(), *sound):
        found = (_result(assessor, change, random) for _ in range(20))
        yield from ((change.name, one) for one in islice(filter(None, found), 1))


def _result(assessor: Assessor, change: Change, random: Random) -> Resource | None:
    made = json.loads(json.dumps(change.base(random)))
    change.make(made, random)
    return extract(assessor, made, NOW)[0]
