"""One running validator: a resource in, its messages out."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any

Resource = dict[str, Any]

HERE = Path(__file__).parent
#: what `install` leaves last
MADE = "target/Validator.class"
#: folders beside those of a test: stand-ins for R5, HL7's guide to Structured Data Capture
ALWAYS = (HERE / "definitions", HERE / "node_modules" / "hl7.fhir.uv.sdc")
#: seconds for one answer; the first one takes five, more on a busy machine
LIMIT = 300


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that the validator says of a resource."""

    severity: str
    #: the validator's own name for it
    id: str
    #: FHIRPath, with the validator's remarks in it
    location: str
    text: str

    def __str__(self) -> str:
        return f"{self.severity} {self.id} at {self.location}: {self.text}"


class Validator:
    """Asks a Java process, one resource after the other."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def messages(
        self, resource: Resource | str, profile: str | None = None, beside: Sequence[Resource] = ()
    ) -> list[Message]:
        """What it says beyond mere information; ``beside``: the resources that references may lead to."""
        request = {
            "resource": resource if isinstance(resource, str) else json.dumps(resource),
            "profile": profile,
            "beside": {f"{one['resourceType']}/{one['id']}": json.dumps(one) for one in beside},
        }
        found = [Message(**told) for told in json.loads(self._answer(json.dumps(request)))]
        return [message for message in found if message.severity != "information"]

    def _answer(self, request: str) -> str:
        watch = Timer(LIMIT, self._process.kill)
        watch.start()
        try:
            _pipe(self._process.stdin).write(request + "\n")
            _pipe(self._process.stdin).flush()
            answer = _pipe(self._process.stdout).readline()
        except BrokenPipeError:
            answer = ""
        finally:
            watch.cancel()
        assert answer, f"the validator is gone:\n{self._log.read_text()[-4000:]}"
        return answer


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


@contextmanager
def running(log: Path, *folders: Path) -> Iterator[Validator]:
    """A validator that knows the definitions in ``folders``."""
    command = [
        "java",
        "-Xmx1g",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        f"{HERE / 'target'}:{HERE / 'lib'}/*",
        "Validator",
    ]
    command += [str(folder) for folder in (*ALWAYS, *folders)]
    pipe = subprocess.PIPE
    with (
        log.open("w") as told,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=told, text=True) as process,
    ):
        try:
            yield Validator(process, log)
        finally:
            process.kill()
