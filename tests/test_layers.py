"""The arrows between the layers and the invariants of purity hold in every module."""

from pathlib import Path

import pytest

from tests.artifacts.folder import ROOT
from tests.layers import ARROWS, breaches, layer

SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "fhir_alliance").rglob("*.py"))
}


@pytest.mark.parametrize(("module", "path"), SOURCES.items(), ids=SOURCES)
def test_no_arrow_runs_back(module: str, path: Path) -> None:
    """Every module imports only what lies below it, and names only what it may name."""
    assert breaches(module, path.read_text("utf-8")) == []


def test_every_layer_has_its_arrows() -> None:
    """A new module or package must be given its place."""
    assert {layer(module) for module in SOURCES} <= ARROWS.keys()


def test_the_arrows_make_no_circle() -> None:
    """Layers can be put in order."""
    below = {name: targets - {name} for name, targets in ARROWS.items()}
    while below:
        free = {name for name, targets in below.items() if not targets & below.keys()}
        assert free, below
        below = {name: targets for name, targets in below.items() if name not in free}


@pytest.mark.parametrize(
    ("module", "source", "breach"),
    [
        ("scoring.fit", "import sqlalchemy", "imports sqlalchemy"),
        ("scoring.fit", "from fhir_alliance.fhir.issues import Issue", "imports fhir"),
        ("scoring.fit", "from fhir_alliance import PROGRAM", "imports fhir_alliance"),
        ("scoring.fit", "from ..fhir import issues", "imports fhir"),
        ("scoring.fit", "open('x')", "does I/O with open()"),
        ("fhir.rules", "from fhir_alliance.catalog import Catalog", "imports catalog"),
        ("fhir.rules", "from fhir_alliance import ledger", "imports ledger"),
        ("fhir.rules", "def f():\n    import requests", "imports requests"),
        ("fhir.rules", "import pydantic", "imports pydantic"),
        ("fhir.rules", "from fhir.resources.R4B import get_fhir_model_class", "imports fhir.resources"),
        ("fhir.rules", "import pathlib", "does I/O with pathlib"),
        ("fhir.rules", "from os.path import join", "does I/O with os"),
        ("fhir.rules", "import socket", "does I/O with socket"),
        ("fhir.rules", "from urllib.request import urlopen", "does I/O with urllib"),
        ("fhir.wire", "import flask", "imports flask"),
        ("web.app", "import fhir.resources", "imports fhir.resources"),
        ("assess", "from pathlib import Path", "does I/O with pathlib"),
        ("assess", "from fhir_alliance.ledger.reads import Reads", "imports ledger"),
        ("assess", "from fhir_alliance.accept import Reception", "imports accept"),
        ("catalog", "from fhir_alliance.assess import Kind", "imports assess"),
        ("ledger.reads", "from fhir_alliance.fhir.issues import Issue", "imports fhir"),
        ("ledger.reads", "import requests", "imports requests"),
        ("ledger.reads", "from fhir_alliance.telemetry.logs import tell", "imports telemetry"),
        ("telemetry.watch", "from fhir_alliance.deliver import Delivery", "imports deliver"),
        ("telemetry.logs", "import flask", "imports flask"),
        ("consequence", "from fhir_alliance.accept import Arrival", "imports accept"),
        ("accept", "from fhir_alliance.web.app import create_app", "imports web"),
        ("accept", "from fhir_alliance.deliver import Delivery", "imports deliver"),
        ("deliver", "from fhir_alliance.ehr.client import FhirClient", "imports ehr"),
        ("deliver", "from fhir_alliance.accept import Reception", "imports accept"),
        ("ehr.client", "from fhir_alliance.accept import Reception", "imports accept"),
        ("ehr.client", "from fhir_alliance.web import app", "imports web"),
        ("web.app", "from fhir_alliance.ehr.client import FhirClient", "imports ehr"),
        ("web.app", "from fhir_alliance.cli.main import main", "imports cli"),
        ("web.app", "from fhir_alliance.wiring import now", "imports wiring"),
        ("settings", "from fhir_alliance.wiring import now", "imports wiring"),
        ("wiring", "from fhir_alliance.cli.main import main", "imports cli"),
        ("cli.serve", "from fhir_alliance.sandbox import Sandbox", "imports sandbox"),
        ("cli.serve", "from fhir_alliance.ehr.chart import FhirChart", "names the adapter ehr.chart"),
        ("sandbox.app", "from fhir_alliance.fhir import systems", "imports fhir"),
        ("sandbox.app", "import fhir_alliance", "imports fhir_alliance"),
        ("web.app", "import os\nos.environ['X']", "reads the environment"),
        ("web.app", "from os import getenv", "reads the environment"),
        ("web.app", "from datetime import datetime\ndatetime.now()", "names the clock"),
        ("web.app", "import datetime\ndatetime.datetime.utcnow()", "names the clock"),
        ("web.app", "from datetime import date\ndate.today()", "names the clock"),
        ("accept", "import time\ntime.monotonic()", "names the clock"),
        ("accept", "from time import time", "names the clock or chance by import"),
        ("accept", "import random", "names the clock or chance by import"),
        ("accept", "from secrets import token_hex", "names the clock or chance by import"),
        ("accept", "import uuid\nuuid.uuid4()", "draws an id at random"),
        ("accept", "from uuid import uuid4", "draws an id at random"),
        ("worker", "from datetime import datetime\ndatetime.now()", "names the clock"),
    ],
)
def test_a_turned_arrow_is_seen(module: str, source: str, breach: str) -> None:
    """The test can fail: each kind of breach is told."""
    assert breach in breaches(f"fhir_alliance.{module}", source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("scoring.fit", "from fhir_alliance.scoring.answers import Answer\nimport enum"),
        ("fhir.wire", "from fhir.resources.R4B import x\nfrom pydantic import ValidationError"),
        ("fhir.rules", "from urllib.parse import quote\nfrom . import issues\nfrom uuid import uuid5"),
        (
            "ledger.tables",
            "import sqlalchemy, alembic\nfrom datetime import datetime\ndatetime.fromisoformat('x')",
        ),
        ("catalog", "from pathlib import Path"),
        ("worker", "import uuid, time\nuuid.uuid4()\ntime.sleep(0)"),
        ("wiring", "import random, time\nfrom datetime import datetime\ndatetime.now()\ntime.monotonic()"),
        ("wiring", "from fhir_alliance.ehr.chart import FhirChart\nfrom fhir_alliance import PROGRAM"),
        ("cli.demo", "from fhir_alliance.sandbox import Sandbox"),
        ("sandbox.app", "from fhir_alliance.sandbox.store import Store\nimport flask, random, os\nos.environ"),
        ("settings", "import os\nos.environ"),
        ("deliver", "class T:\n    def now(self): return self.clock.now()"),
    ],
)
def test_a_right_arrow_passes(module: str, source: str) -> None:
    """What is allowed is not mistaken for a breach."""
    assert breaches(f"fhir_alliance.{module}", source) == []
