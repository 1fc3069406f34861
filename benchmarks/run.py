"""The table of ratios: each line compares two ways of doing the same within one run, in turn.

Usage: python benchmarks/run.py [--rounds N]
"""

import argparse
import math
import platform
import statistics
import sys
from collections.abc import Callable
from functools import partial

import drain
import intake
import peers
import plugin
import pytest
import response_to_observation

Pairs = list[tuple[float, float]]

#: seconds in which the EHR of a benchmark answers a request
ANSWERS_IN = 0.02
#: what is compared, the unit, what it should come to, and how it is measured
LINES: tuple[tuple[str, str, str, Callable[[int], Pairs]], ...] = (
    ("time: bytes → Observation / fhir.resources' parse", "µs", "≤ 2", response_to_observation.pairs),
    ("time: bytes → Observation / LHC-Forms' merge and extract", "µs", "", peers.lforms_pairs),
    ("time: bytes → Observation / HAPI validator's check", "µs", "", peers.validator_pairs),
    ("rate: intake, SQLite / Flask + fhir.resources + insert", "req/s", "≥ 0.5", intake.sqlite_pairs),
    ("rate: intake, PostgreSQL / the same + insert by psycopg", "req/s", "≥ 0.5", intake.postgresql_pairs),
    (
        "rate: intake, EHR answers in 20 ms / plugin of forty lines",
        "req/s",
        "≥ 1",
        partial(plugin.rate_pairs, latency=ANSWERS_IN),
    ),
    (f"count: stand, of {plugin.SENT} sent while the EHR is down / the same", "", "all", plugin.standing),
    (
        "rate: backlog, EHR answers in 20 ms / requests.Session alone",
        "res/s",
        "≥ 0.8",
        partial(drain.pairs, latency=ANSWERS_IN, backlog=100),
    ),
    (
        "rate: backlog, EHR answers at once / requests.Session alone",
        "res/s",
        "none: the worst case",
        partial(drain.pairs, latency=0, backlog=300),
    ),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="pairs of each comparison (9)")
    rounds = parser.parse_args().rounds
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {rounds} pairs each\n")
    print(f"{'ours / theirs':60} {'ours':>13} {'theirs':>13} {'ratio':>8} {'min–max':>13}  aim")
    for title, unit, aim, pairs in LINES:
        report(title, unit, aim, pairs, rounds)


def report(title: str, unit: str, aim: str, pairs: Callable[[int], Pairs], rounds: int) -> None:
    """Print one line: medians of both sides, and the median of the pairs' ratios."""
    try:
        measured = pairs(rounds)
    except pytest.skip.Exception as skipped:
        print(f"{title:60} {skipped.msg}")
        return
    ours, theirs = (statistics.median(side) for side in zip(*measured, strict=True))
    ratios = sorted(mine / other if other else math.inf for mine, other in measured)
    middle, span = f"{statistics.median(ratios):.3f}", f"{ratios[0]:.2f}–{ratios[-1]:.2f}"
    if math.inf in ratios:
        middle = span = "–"
    print(f"{title:60} {ours:7.0f} {unit:5} {theirs:7.0f} {unit:5} {middle:>8} {span:>13}  {aim}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
