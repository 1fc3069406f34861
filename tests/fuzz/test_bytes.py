"""Any bytes at the doors, by a fuzzer that sees what they reach: no crash, no 5xx, no hang, level memory."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.artifacts.folder import CHECKLIST
from tests.fuzz.changes import BASES
from tests.fuzz.doors import DOORS
from tests.fuzz.oddities import CODES, NAMES
from tests.web.bad_input import BAD

SCRIPT = Path(__file__).with_name("bytes_at_the_door.py")
RUNS = 20_000
#: bytes of one body; what is larger is for test_costly.py
LARGEST = 8192
#: megabytes that the process may have, and may gain
MOST_MEMORY, MOST_GAIN = 512, 64


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Good responses for every door, everything bad that we know, and the checklist itself."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    bodies = [json.dumps(one).encode() for one in (*BASES, CHECKLIST)] + [bad.body for bad in BAD.values()]
    for place, body in enumerate(body for body in bodies if len(body) < LARGEST):
        for door in range(len(DOORS)) if place < len(BASES) else (place % len(DOORS),):
            (folder / f"{place}-{door}").write_bytes(bytes([door]) + body)
    return folder


def words(folder: Path) -> Path:
    """A dictionary for the fuzzer: what stands in quotes in a response."""
    plain = [word for word in (*NAMES, *CODES) if re.fullmatch(r"[\w-]+", word, re.ASCII)]
    path = folder / "words"
    path.write_text("".join(f'"\\"{word}\\""\n' for word in plain))
    return path


def fuzz(corpus: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run libFuzzer on a corpus; what it finds is left beside it."""
    given = (f"-max_len={LARGEST}", f"-rss_limit_mb={MOST_MEMORY}", "-timeout=20", f"-dict={words(corpus.parent)}")
    artifacts = f"-artifact_prefix={corpus.parent}/"
    command = [sys.executable, str(SCRIPT), str(corpus), *given, artifacts, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=corpus.parent, check=False)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed here")
def test_any_bytes(corpus: Path) -> None:
    """Twenty thousand bodies: every door answers each as it should, in time, with memory that stays level."""
    done = fuzz(corpus, f"-runs={RUNS}", "-seed=1")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    assert f"Done {RUNS} runs" in done.stderr
    memory = [int(found) for found in re.findall(r"rss: (\d+)Mb", done.stderr)]
    assert memory[-1] - memory[0] < MOST_GAIN, memory
