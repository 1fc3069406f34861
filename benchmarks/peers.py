"""The whole path from a response's bytes to the Observation's, beside what others do with the same response.

LHC-Forms puts it into the form and takes it out again with what it extracts; HAPI's validator checks it against
the Questionnaire. Both run warm, each in its own process, as a clinic would use them.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from response_to_observation import make_way, microseconds
from sample import FOLDER, body

sys.path.append(str(Path(__file__).parent.parent))  # the peers are started as their tests start them

from tests.peers.present import require
from tests.peers.validator.validator import MADE, running

Pairs = list[tuple[float, float]]
#: of the slower side, in each pair and before the first
THEIR_LOOPS = 20
#: merges a response and extracts from it, so often; milliseconds in all
_EXTRACT = """([questionnaire, response, times]) => {
  const { Util } = window.LForms;
  const start = performance.now();
  for (let i = 0; i < times; i++) {
    const empty = Util.convertFHIRQuestionnaireToLForms(structuredClone(questionnaire), "R4");
    const form = Util.mergeFHIRDataIntoLForms("QuestionnaireResponse", structuredClone(response), empty, "R4");
    const made = Util.getFormFHIRData("QuestionnaireResponse", "R4", form, { extract: true });
    if (made[0].item.length !== response.item.length) throw new Error("an answer was lost");
  }
  return performance.now() - start;
}"""


def lforms_pairs(rounds: int) -> Pairs:
    """(ours, LHC-Forms' merge and extract) in microseconds a response."""
    pytest.importorskip("playwright", reason="needs the extra peers")
    from tests.peers.browser import PROGRAM, open_browser, open_page, serving

    folder = require("lforms", "node_modules/lforms", PROGRAM)
    questionnaire = json.loads((FOLDER / "Questionnaire-alliance-checklist.json").read_bytes())
    with serving(folder) as url, open_browser() as browser, open_page(browser) as page:
        page.goto(f"{url}/page/")

        def theirs() -> float:
            took: Any = page.evaluate(_EXTRACT, [questionnaire, json.loads(body("one")), THEIR_LOOPS])
            return float(took) / THEIR_LOOPS * 1000

        return _pairs(theirs, rounds)


def validator_pairs(rounds: int) -> Pairs:
    """(ours, the validator's check) in microseconds a response."""
    require("validator", MADE, "java")
    text = body("one").decode()
    with TemporaryDirectory() as folder, running(Path(folder) / "log", FOLDER) as validator:

        def theirs() -> float:
            start = time.perf_counter()
            for _ in range(THEIR_LOOPS):
                assert [one for one in validator.messages(text) if one.severity != "warning"] == []
            return (time.perf_counter() - start) / THEIR_LOOPS * 1e6

        for _ in range(5):  # until the Java compiler has come round
            theirs()
        return _pairs(theirs, rounds)


def _pairs(theirs: Callable[[], float], rounds: int) -> Pairs:
    ours = make_way()
    ours(), theirs()
    return [(microseconds(ours), theirs()) for _ in range(rounds)]
