"""What harsh conditions have in common: a sender that notes what is acknowledged, and what stands in the end."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import create_engine, make_url, text

from tests.deliver.answers import response
from tests.deliver.ehr_desk import EhrDesk, until
from tests.durability.fleet import Fleet
from tests.durability.ledger import LedgerRows
from tests.durability.verdict import wrong_in_history
from tests.end_to_end.service import PATIENCE

#: responses that may be told until one is refused
MOST = 2000
#: seconds until all is delivered
REST = 30
#: its input ends when the tests do, however they end
_GUARD = 'cat; umount --lazy "$0"; rmdir "$0"'


class Sender:
    """An EHR that tells of responses, one after another."""

    def __init__(self, url: str) -> None:
        """``url``: the service's."""
        self._url = url
        self.acknowledged: list[str] = []
        self.refused: list[str] = []

    def tell(self, count: int = 1) -> None:
        """Tell of so many more, all of which must be taken."""
        for _ in range(count):
            answer = self._tell(f"r{self._told}")
            assert answer.ok, answer.text

    def tell_until_refused(self) -> requests.Response:
        """Tell until one is not taken; how that was answered."""
        for _ in range(MOST):
            answer = self._tell(f"r{self._told}")
            if not answer.ok:
                return answer
        raise AssertionError("everything was taken")

    def tell_again(self) -> None:
        """Tell again of what was refused, until it is taken."""
        for one in list(self.refused):
            until(lambda one=one: self._tell(one).ok, PATIENCE)

    def reads(self) -> bool:
        """Whether the results can be read."""
        return requests.get(f"{self._url}/fhir/Observation", timeout=PATIENCE).ok

    @property
    def is_ready(self) -> bool:
        """Whether the service says so."""
        return requests.get(f"{self._url}/readyz", timeout=PATIENCE).ok

    @property
    def _told(self) -> int:
        return len(self.acknowledged) + len(self.refused)

    def _tell(self, response_id: str) -> requests.Response:
        body = response(response_id, patient=f"p-{response_id}")
        where = f"{self._url}/notify/QuestionnaireResponse/{response_id}"
        answer = requests.put(where, json=body, timeout=PATIENCE)
        self.refused = [one for one in self.refused if one != response_id]
        (self.acknowledged if answer.ok else self.refused).append(response_id)
        return answer


def assert_try_again(answer: requests.Response) -> None:
    """The sender is told to try again: 503, when, and an OperationOutcome without anybody's data."""
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    (issue,) = answer.json()["issue"]
    assert (issue["severity"], issue["code"]) == ("error", "transient")


def recovered(sender: Sender, fleet: Fleet, ehr: EhrDesk, database: str, ledger: LedgerRows) -> None:
    """All processes work again, by themselves; what was acknowledged stands, once, and what is told again."""
    until(lambda: sender.is_ready, PATIENCE)
    sender.tell_again()
    sender.tell(3)
    assert fleet.fallen == []
    _rest(database, ledger)
    stands = [one["subject"]["reference"] for one in ehr.observations()]
    assert sorted(stands) == sorted(f"Patient/p-{one}" for one in sender.acknowledged)
    assert {one["meta"]["versionId"] for one in ehr.observations()} == {"1"}
    assert list(wrong_in_history(ledger.entries())) == []
    assert fleet.errors == []


def _rest(database: str, ledger: LedgerRows) -> None:
    """Return when all is delivered; leases that the trouble left behind are not waited for."""
    deadline, leased = time.monotonic() + REST, set[str]()
    while moving := ledger.moving():
        assert time.monotonic() < deadline, f"{moving} left"
        time.sleep(0.5)
        before, leased = leased, set(_leases(database))
        _end(database, before & leased)


def _leases(database: str) -> list[str]:
    return [row[0] for row in _sql(database, "SELECT lease FROM entry WHERE lease IS NOT NULL")]


def _end(database: str, leases: set[str]) -> None:
    """No attempt at an EHR that answers at once lasts so long."""
    for one in leases:
        _sql(database, f"UPDATE entry SET lease_until = '2026-01-01 00:00:00' WHERE lease = '{one}'")  # noqa: S608


def _sql(database: str, statement: str) -> list[Any]:
    """Rows, where there are any; asked beside the service."""
    url = make_url(database)
    driver = "postgresql+psycopg" if url.drivername == "postgresql" else url.drivername
    engine = create_engine(url.set(drivername=driver))
    try:
        with engine.begin() as connection:
            found = connection.execute(text(statement))
            return list(found) if found.returns_rows else []
    finally:
        engine.dispose()


# --- a disk that can be filled


class Disk:
    """A small file system in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no byte free."""
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def free(self) -> None:
        """Let there be room again."""
        self._ballast.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Nobody can write; nobody may have a file open to write to."""
        subprocess.run(["mount", "-o", "remount,ro", str(self.folder)], check=True)
        yield
        subprocess.run(["mount", "-o", "remount,rw", str(self.folder)], check=True)


@contextmanager
def disk(megabytes: int) -> Iterator[Disk]:
    """A disk of that size, which ends with the block; skips where nothing can be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        folder.rmdir()
        pytest.skip("a disk is mounted by root only, where it may mount")
    guard = ["sh", "-c", _GUARD, str(folder)]
    with subprocess.Popen(guard, stdin=subprocess.PIPE, cwd="/", start_new_session=True):
        yield Disk(folder)
