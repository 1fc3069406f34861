"""The table of ratios: each line compares two ways of doing the same within one run, in turn.

Usage: python benchmarks/run.py [--rounds N]
"""

import argparse
import platform
import statistics
import sys
from collections.abc import Callable

import intake
import peers
import pytest
import response_to_observation


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="pairs of each comparison (9)")
    rounds = parser.parse_args().rounds
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {rounds} pairs each\n")
    print(f"{'ours / theirs':60} {'ours':>13} {'theirs':>13} {'ratio':>8} {'min–max':>13}  aim")
    for title, unit, aim, pairs in (
        ("time: bytes → Observation / fhir.resources' parse", "µs", "≤ 2", response_to_observation.pairs),
        ("time: bytes → Observation / LHC-Forms' merge and extract", "µs", "", peers.lforms_pairs),
        ("time: bytes → Observation / HAPI validator's check", "µs", "", peers.validator_pairs),
        ("rate: intake / Flask + fhir.resources + insert", "req/s", "≥ 0.5", intake.pairs),
    ):
        report(title, unit, aim, pairs, rounds)


def report(
    title: str, unit: str, aim: str, pairs: Callable[[int], list[tuple[float, float]]], rounds: int
) -> None:
    """Print one line: medians of both sides, and the median of the pairs' ratios."""
    try:
        measured = pairs(rounds)
    except pytest.skip.Exception as skipped:
        print(f"{title:60} {skipped.msg}")
        return
    ours, theirs = (statistics.median(side) for side in zip(*measured, strict=True))
    ratios = sorted(mine / other for mine, other in measured)
    middle, span = statistics.median(ratios), f"{ratios[0]:.2f}–{ratios[-1]:.2f}"
    print(f"{title:60} {ours:7.0f} {unit:5} {theirs:7.0f} {unit:5} {middle:8.3f} {span:>13}  {aim}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
