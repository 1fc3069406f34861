"""Any bytes at the doors, steered by what they reach in the program (libFuzzer, through atheris).

``python tests/fuzz/bytes_at_the_door.py CORPUS -runs=20000 -max_len=8192`` with the options of libFuzzer; a body
that breaks something is written to ``crash-…`` in this folder.
"""

import sys
from pathlib import Path
from tempfile import mkdtemp

sys.path.insert(0, str(Path(__file__).parents[2]))

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["fhir_alliance", "json"]):
    from tests.fuzz.doors import DOORS, Doors
    from tests.fuzz.quick import quick_desk

#: so that the ledger stays small
EMPTIED_EVERY = 500


class Visitor:
    """Goes to one door after another."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._visits = 0

    def __call__(self, body: bytes) -> None:
        """One body at one door, which its first byte chooses, so that a find can be found again."""
        self._visits += 1
        if self._visits % EMPTIED_EVERY == 0:
            self._doors.empty()
        names = list(DOORS)
        door = names[body[0] % len(names)] if body else names[0]
        self._doors.send(door, body[1:])


def main() -> None:
    """Fuzz until libFuzzer ends the program."""
    with quick_desk(Path(mkdtemp(prefix="bytes-"))) as desk:
        atheris.Setup(sys.argv, Visitor(Doors(desk, lambda: "")))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
