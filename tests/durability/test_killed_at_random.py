"""Killed with SIGKILL at random, again and again: nothing acknowledged is lost, and nothing is done twice."""

import pytest

from tests.durability.campaign import Order, campaign

SEED = 20261125


@pytest.mark.slow
def test_what_is_acknowledged_stands_once_whatever_is_killed(database, tmp_path, request):
    """500 submissions, ten kills and a crash of the database: each chart as its newest version says, once."""
    server = request.getfixturevalue("postgresql") if database.startswith("postgresql") else None
    order = Order(submissions=500, kills=10, restarts=1, seed=SEED)
    summary = campaign(order, tmp_path, database, server.restart if server else None)
    print(summary)  # noqa: T201  # shown with pytest -rP

    assert summary.faults == [], f"\n{summary}"
