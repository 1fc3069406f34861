"""Counts what was shown with each peer."""

import re
from collections import Counter, defaultdict

import pytest

_SUITE = re.compile(r"tests/(peers/\w+|contracts|fuzz|vectors)/")
_SERVER = re.compile(r"tests/contracts/.*\[(sandbox|hapi|medplum)\b")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a suite: its name, what passed, failed and was skipped."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            counts[_suite(report.nodeid)][outcome] += 1
    counts.pop("", None)
    if counts:
        terminalreporter.section("with software that nobody here wrote")
    for suite, by_outcome in sorted(counts.items()):
        told = ", ".join(f"{count} {outcome}" for outcome, count in by_outcome.items())
        terminalreporter.write_line(f"{suite}: {told}")


def _suite(node_id: str) -> str:
    suite, server = _SUITE.search(node_id), _SERVER.search(node_id)
    return " ".join(found[1] for found in (suite, server) if found) if suite else ""
