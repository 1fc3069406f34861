"""HAPI's generator of narratives, as a process that is asked resource by resource."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from tests.building import Resource

HERE = Path(__file__).parent
#: seconds for one narrative; the first one takes several
LIMIT = 60


class Narrator:
    """Takes a resource, and gives it back as HAPI tells it."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def told(self, resource: Resource) -> Resource:
        """The resource as HAPI hands it on: with a narrative, where HAPI has words for its type."""
        timer = Timer(LIMIT, self._process.kill)
        timer.start()
        try:
            line = self._asked(json.dumps(resource))
        finally:
            timer.cancel()
        assert line, f"HAPI told nothing:\n{self._log.read_text()[-4000:]}"
        told: Resource = json.loads(line)
        return told

    def _asked(self, line: str) -> str:
        source, sink = self._process.stdin, self._process.stdout
        assert source is not None
        assert sink is not None
        source.write(f"{line}\n")
        source.flush()
        return sink.readline()


@contextmanager
def narrating(log: Path) -> Iterator[Narrator]:
    """A narrator that ends with the block; what Java has to say beside goes to ``log``."""
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", "target:lib/*", "Narrative"]
    pipe = subprocess.PIPE
    with (
        log.open("w") as errors,
        subprocess.Popen(command, cwd=HERE, stdin=pipe, stdout=pipe, stderr=errors, encoding="utf-8") as process,
    ):
        try:
            yield Narrator(process, log)
        finally:
            process.kill()


def report(observations: Sequence[Resource]) -> Resource:
    """A report of Observations: HAPI has no words for one that stands alone."""
    contained = [{**one, "id": f"o{number}"} for number, one in enumerate(observations)]
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "Assessments"},
        "contained": contained,
        "result": [{"reference": f"#{one['id']}"} for one in contained],
    }
