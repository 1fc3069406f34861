"""The snapshot that our profile ships."""

import json

from tests.peers.present import require
from tests.peers.validator.snapshot import PROFILE, elements
from tests.peers.validator.validator import MADE


def test_the_snapshot_is_that_of_the_differential() -> None:
    """A change of the profile is in both; else `python -m tests.peers.validator.snapshot` writes it anew."""
    require("validator", MADE, "java")
    profile = json.loads(PROFILE.read_text(encoding="utf-8"))

    assert profile["snapshot"]["element"] == elements(profile)
