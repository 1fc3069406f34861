"""An event that was invalid only because of our folder: once that is mended, the same event is scored."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.artifacts.folder import CHECKLIST
from tests.building import EHR_URL, FOLDER, Resource, response
from tests.web.desk import Desk, open_desk, updated

INVALID, SCORED = ("notify", "invalid", False), ("notify", "scored", False)
#: with and without a time of the EHR's
TIMES = pytest.mark.parametrize("minutes", [5.0, None])


def event(minutes: float | None) -> Resource:
    """A response made with version 2 of the checklist."""
    meta = None if minutes is None else updated(minutes)
    return response("YYYYYYYNO", questionnaire=f"{CHECKLIST['url']}|2.0.0", meta=meta)


@contextmanager
def opened(home: Path, version_2: str | None) -> Iterator[Desk]:
    """The service on the one ledger of ``home``, with version 2 in its folder in this status, or without it."""
    folder = home / f"folder-{version_2}"
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    if version_2:
        made = {**CHECKLIST, "id": "alliance-2", "version": "2.0.0", "status": version_2}
        (folder / "Questionnaire-2.json").write_text(json.dumps(made))
    with open_desk(home, EHR_URL=EHR_URL, QUESTIONNAIRES=str(folder)) as desk:
        yield desk


def told(desk: Desk) -> list[str]:
    """What a person is asked to look at."""
    return [one.kind for one in desk.clinic.reads.attention()]


@TIMES
@pytest.mark.parametrize("before", [None, "draft"])
def test_the_same_event_again_is_scored(tmp_path: Path, minutes: float | None, before: str | None) -> None:
    """It was kept as invalid; sent again after the mending it counts, and nobody is asked any more."""
    with opened(tmp_path, before) as desk:
        desk.tell("r1", event(minutes))
        assert (desk.versions(), desk.entries(), told(desk)) == ([INVALID], {}, ["invalid"])
    with opened(tmp_path, "active") as desk:
        assert desk.tell("r1", event(minutes)).status_code == 200
        assert (desk.versions(), told(desk)) == ([INVALID, SCORED], [])
        assert desk.entry().state == "due"


@TIMES
def test_once_scored_it_changes_nothing_more(tmp_path: Path, minutes: float | None) -> None:
    """The third copy is the same version as the second."""
    with opened(tmp_path, None) as desk:
        desk.tell("r1", event(minutes))
    with opened(tmp_path, "active") as desk:
        desk.tell("r1", event(minutes))
        before = desk.contents()
        desk.tell("r1", event(minutes))
        assert desk.contents() == before


@TIMES
def test_still_invalid_it_changes_nothing(tmp_path: Path, minutes: float | None) -> None:
    """A sender that retries fills no ledger."""
    with opened(tmp_path, None) as desk:
        desk.tell("r1", event(minutes))
        before = desk.contents()
        desk.tell("r1", event(minutes))
        assert desk.contents() == before


@TIMES
def test_a_folder_that_lost_a_version_takes_nothing_back(tmp_path: Path, minutes: float | None) -> None:
    """What was scored stays so, though the same event could not be scored now."""
    with opened(tmp_path, "active") as desk:
        desk.tell("r1", event(minutes))
        assert desk.versions() == [SCORED]
        before = desk.contents()
    with opened(tmp_path, "draft") as desk:
        desk.tell("r1", event(minutes))
        assert desk.contents() == before


def test_a_mended_event_that_is_older_changes_nothing(tmp_path: Path) -> None:
    """A newer version was scored meanwhile: the older one is kept as late."""
    with opened(tmp_path, None) as desk:
        desk.tell("r1", event(5))
        desk.tell("r1", response("NNNNNNNNN", meta=updated(6)))
        before = desk.entries()
    with opened(tmp_path, "active") as desk:
        desk.tell("r1", event(5))
        assert desk.versions() == [INVALID, SCORED, ("notify", "scored", True)]
        assert desk.entries() == before
