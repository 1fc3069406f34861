"""Our artifacts on Medplum, under ids of its own; and our Observations, checked there against our profile."""

import json
import shutil
from collections import Counter

import pytest

from tests.artifacts.folder import CHECKLIST
from tests.building import FOLDER, shipped
from tests.deliver.answers import response

ARTIFACTS = len(list(FOLDER.glob("*.json")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The artifacts, as the service of these tests has them."""
    return shutil.copytree(FOLDER, tmp_path_factory.mktemp("artifacts") / "questionnaires")


@pytest.fixture(scope="module")
def own(open_medplum, folder):
    """A clinic of these tests, with all our artifacts."""
    clinic = open_medplum(questionnaires=folder)
    assert Counter(publish(clinic).values()) == {"created": ARTIFACTS}
    return clinic


def publish(clinic):
    """What became of each artifact."""
    done = clinic.service.command("publish", clinic.medplum.base_url)
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ") for line in done.stdout.splitlines())


def test_each_is_there_once(own):
    """Found by its url, and whole but for the id."""
    for kind, artifact_id in shipped().artifacts:
        artifact = shipped().artifacts[kind, artifact_id]
        (found,) = own.search(f"{kind}?url={artifact['url']}")
        assert {**found, "id": artifact_id, "meta": None} == {**artifact, "meta": None}


def test_again_nothing_changes(own):
    """The second time all is found, and left alone."""
    assert Counter(publish(own).values()) == {"unchanged": ARTIFACTS}


def test_a_change_goes_out_alone(own, folder):
    """What we change is updated at the id that it has there."""
    (before,) = own.search(f"Questionnaire?url={CHECKLIST['url']}")
    changed = json.dumps({**CHECKLIST, "publisher": "Another"})
    (folder / "Questionnaire-alliance-checklist.json").write_text(changed)
    became = publish(own)
    (after,) = own.search(f"Questionnaire?url={CHECKLIST['url']}")

    assert [name for name, change in became.items() if change == "updated"] == ["Questionnaire/alliance-checklist"]
    assert Counter(became.values())["unchanged"] == ARTIFACTS - 1
    assert (after["id"], after["publisher"]) == (before["id"], "Another")


@pytest.mark.parametrize(
    "named", [{}, {"sharing": "summary"}, {"therapist": "Dr Rivera", "contact": "first-session"}]
)
def test_an_observation_agrees_with_its_profile(own, patient, named):
    """Medplum checks every Observation against our profile, and takes it, also withdrawn."""
    filed = own.file(response(patient=patient, **named))
    assert own.rows(patient) == [("final", "Yes to 7 of 9")]
    own.change(filed, status="entered-in-error")
    assert own.rows(patient) == [("entered-in-error", "")]
