"""Writes the snapshot into our profile: `python -m tests.peers.validator.snapshot`, after each change of it.

Medplum refuses what names a profile that has none.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.peers.validator.validator import HERE

PROFILE = Path(__file__).parents[3] / "questionnaires/StructureDefinition-alliance-fit-observation.json"
#: what only explains; the differential has our own words
_LEFT_OUT = frozenset({"alias", "comment", "example", "extension", "mapping", "requirements"})


def elements(profile: dict[str, Any]) -> list[dict[str, Any]]:
    """Every element of the Observation as ``profile`` has it, from R4's and its own differential."""
    differential = {name: value for name, value in profile.items() if name != "snapshot"}
    command = ["java", "-Xmx1g", "-cp", f"{HERE / 'target'}:{HERE / 'lib'}/*", "Snapshot"]
    done = subprocess.run(command, input=json.dumps(differential).encode(), capture_output=True, check=True)
    made = json.loads(done.stdout)["snapshot"]["element"]
    return [{name: value for name, value in one.items() if name not in _LEFT_OUT} for one in made]


def main() -> None:
    """Write it."""
    profile = json.loads(PROFILE.read_text(encoding="utf-8"))
    differential = profile.pop("differential")
    whole = {**profile, "snapshot": {"element": elements({**profile, "differential": differential})}}
    text = json.dumps({**whole, "differential": differential}, ensure_ascii=False, indent=2)
    PROFILE.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
