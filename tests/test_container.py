"""The Dockerfile's own steps, run without a container engine: built, started, asked for its health."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parent.parent
PREFIX = "/opt/fhir-alliance"
READ_ONLY = shutil.which("unshare") is not None and os.geteuid() == 0


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile, its lines joined."""

    stage: int
    name: str
    words: str


def instructions() -> list[Instruction]:
    """The Dockerfile's instructions, in order."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    read, stage = [], 0
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, words = line.strip().partition(" ")
        if name:
            stage += name == "FROM"
            read.append(Instruction(stage, name, " ".join(words.split())))
    return read


def of(name: str, stage: int) -> list[str]:
    """The words of all instructions of one name in one stage."""
    return [one.words for one in instructions() if (one.name, one.stage) == (name, stage)]


def environment() -> dict[str, str]:
    """What the final stage sets."""
    return dict(part.split("=", 1) for words in of("ENV", 2) for part in shlex.split(words))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that stands for the image's root: the build stage's steps were run in it."""
    root = tmp_path_factory.mktemp("image")
    source = root / "src"
    source.mkdir()
    for one in instructions():
        if one.stage == 1 and one.name == "COPY":
            *files, target = one.words.split()
            _copy(files, source / target)
        elif one.stage == 1 and one.name == "RUN":
            step = one.words.replace(PREFIX, f"{root}{PREFIX}").replace("python -m", f"{sys.executable} -m")
            subprocess.run(step, shell=True, check=True, cwd=source, capture_output=True)  # noqa: S602
    return root


def _copy(files: list[str], target: Path) -> None:
    for name in files:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)


def test_two_stages_and_nobody() -> None:
    """The final stage starts afresh, takes only what was built, and runs as a user without rights."""
    assert [one.name for one in instructions()].count("FROM") == 2
    assert of("COPY", 2) == [f"--from=build {PREFIX} {PREFIX}"]
    assert int(of("USER", 2)[0]) > 0
    assert "pip uninstall" in of("RUN", 2)[0]


def test_no_build_tools_in_what_is_taken_over(image: Path) -> None:
    """The environment that the final stage copies has the program, and neither pip nor a builder."""
    packages = next((image / PREFIX[1:] / "lib").glob("python3.*")) / "site-packages"
    names = {path.name.split("-")[0].lower() for path in packages.iterdir()}

    assert {"fhir_alliance", "flask", "gunicorn"} <= names
    assert names.isdisjoint({"pip", "setuptools", "wheel", "hatchling", "pytest", "mypy"})
    assert (packages / "fhir_alliance/questionnaires/Questionnaire-alliance-checklist.json").is_file()


@pytest.mark.skipif(not READ_ONLY, reason="a read-only root can be tried by root only, where unshare is installed")
def test_it_serves_on_a_read_only_root(image: Path, tmp_path: Path) -> None:
    """What the image starts answers, and its health check passes, with /data as the only place to write."""
    with _started(image, tmp_path) as (url, path):
        assert requests.get(f"{url}/readyz", timeout=10).status_code == 200
        assert requests.get(f"{url}/fhir/Observation", timeout=10).status_code == 401
        check = re.search(r"CMD (\[.*\])", of("HEALTHCHECK", 2)[0])
        assert check is not None
        command = [part.replace("http://127.0.0.1:8080", url) for part in json.loads(check[1])]
        checked = subprocess.run(command, env={"PATH": path}, check=False, capture_output=True)
        assert checked.returncode == 0, checked.stderr
    assert (tmp_path / "ledger.sqlite").is_file()


@contextmanager
def _started(image: Path, data: Path) -> Iterator[tuple[str, str]]:
    """The final stage's command in a mount namespace of its own: all read-only but ``data`` and /dev/shm."""
    settings = environment()
    path = settings.pop("PATH").replace(PREFIX, f"{image}{PREFIX}").replace("$PATH", os.environ["PATH"])
    settings = {name: value.replace("/data", str(data)) for name, value in settings.items()}
    settings |= {"PATH": path, "FHIR_ALLIANCE_PORT": "0", "FHIR_ALLIANCE_TOKEN": "a token of the test"}
    command = shlex.join(json.loads(of("CMD", 2)[0]))
    mounts = f"mount --bind / / && mount --bind {data} {data} && mount -o remount,ro,bind /"
    script = f"{mounts} && cd {data} && exec {command}"
    process = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", script], env=settings, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "ready: " in line, line
        yield line.split("ready: ")[1].strip().replace("0.0.0.0", "127.0.0.1"), path  # noqa: S104
    finally:
        process.terminate()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()
