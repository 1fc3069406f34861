"""The artifacts on HAPI, put there by ``fhir-alliance publish``."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter

import pytest
import requests

from tests.artifacts.folder import CHECKLIST
from tests.building import FOLDER
from tests.end_to_end.service import HOME

ARTIFACTS = len(list(FOLDER.glob("*.json")))
CHANGED = "Questionnaire/alliance-checklist"


def publish(url, folder):
    """What became of each artifact of a folder."""
    words = [sys.executable, "-m", "fhir_alliance", "publish", url]
    environment = {**os.environ, "FHIR_ALLIANCE_QUESTIONNAIRES": str(folder)}
    told = subprocess.run(
        words, env=environment, cwd=HOME, capture_output=True, text=True, timeout=60, check=False
    )
    assert told.returncode == 0, told.stderr
    return dict(line.split(": ") for line in told.stdout.splitlines())


@pytest.fixture(scope="module")
def published(hapi):
    """HAPI's base URL, when the artifacts are there."""
    assert Counter(publish(hapi.base_url, FOLDER).values()) == {"created": ARTIFACTS}
    return hapi.base_url


def test_again_nothing_changes(published):
    """HAPI gives back what was put, so that the second time all is unchanged."""
    assert Counter(publish(published, FOLDER).values()) == {"unchanged": ARTIFACTS}


def test_a_change_goes_out_alone(published, tmp_path):
    """What we change is updated, the rest is left alone; and back again."""
    folder = shutil.copytree(FOLDER, tmp_path / "questionnaires")
    changed = json.dumps({**CHECKLIST, "publisher": "Another"})
    (folder / "Questionnaire-alliance-checklist.json").write_text(changed)

    for put, publisher in ((folder, "Another"), (FOLDER, CHECKLIST["publisher"])):
        became = publish(published, put)
        assert [name for name, change in became.items() if change == "updated"] == [CHANGED]
        assert Counter(became.values())["unchanged"] == ARTIFACTS - 1
        (kept,) = found(published, {"url": CHECKLIST["url"]})
        assert kept["publisher"] == publisher


@pytest.mark.parametrize(
    ("version", "count"), [({}, 1), ({"version": CHECKLIST["version"]}, 1), ({"version": "9"}, 0)]
)
def test_found_by_its_canonical(published, version, count):
    """By url, alone or with its version; HAPI takes ``url|version`` in one for another url, and finds nothing."""
    assert len(found(published, {"url": CHECKLIST["url"], **version})) == count
    assert found(published, {"url": f"{CHECKLIST['url']}|{CHECKLIST['version']}"}) == []


def found(base_url, asked):
    """The Questionnaires that a search finds, past the searches that HAPI remembers."""
    headers = {"Cache-Control": "no-cache"}
    bundle = requests.get(f"{base_url}/Questionnaire", params=asked, headers=headers, timeout=30).json()
    return [one["resource"] for one in bundle.get("entry", [])]
