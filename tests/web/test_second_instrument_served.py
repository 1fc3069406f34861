"""A second instrument, dropped into the folder that a setting names, is published and scored over HTTP."""

import shutil
from pathlib import Path

from tests import second
from tests.building import FOLDER
from tests.web.desk import open_desk, resource


def test_it_is_published_and_scored(tmp_path: Path) -> None:
    """Its Questionnaire can be searched; a response to it becomes a result in its own words."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "folder"))
    second.write(folder)
    with open_desk(tmp_path, QUESTIONNAIRES=str(folder)) as desk:
        found = resource(desk.get(f"/fhir/Questionnaire?url={second.CANONICAL}"))
        assert [entry["resource"]["url"] for entry in found["entry"]] == [second.URL]

        assert desk.post(second.response("4455.")).status_code == 201
        (told,) = desk.search()
        assert told["valueCodeableConcept"]["text"] == "Yes to 4 of 5 (no 0, open 1): mostly there"
