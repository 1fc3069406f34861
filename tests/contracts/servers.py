"""The three servers, and the one table of what each does where they differ.

A trait is a documented limit, and tests hold each server to its own: one that changes goes red. Not in the
table, since it does not show each time: of conditional updates sent at once, HAPI may carry out two creates.
What Medplum's server does around the repository, its events among it, is as tests/peers/medplum has it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

import pytest

from fhir_alliance.ehr.once import Way
from fhir_alliance.sandbox import Sandbox
from tests.peers.medplum import server as medplum


class Running(Protocol):
    """A server that has started."""

    base_url: str


@dataclass(frozen=True, slots=True)
class Traits:
    """What a server does; a number is the HTTP status of its answer."""

    #: how our delivery creates there: the best way that /metadata tells of
    way: Way
    #: /metadata tells `updateCreate`
    tells_update_create: bool
    #: PUT at an id that was never used
    put_at_new_id: int
    #: the answer to that names the place in Location
    locates_puts: bool
    #: Location ends with /_history/ and the version
    locates_versions: bool
    #: versions are 1, 2, 3
    counts_versions: bool
    #: the same content again makes no new version
    knows_the_same: bool
    #: `Prefer: return=minimal` leaves the body out
    heeds_prefer: bool
    #: PUT with If-Match of an older version
    put_with_stale_version: int
    #: PUT with If-Match where nothing is
    put_with_version_of_nothing: int
    #: PUT with `If-None-Match: *` where something is
    put_over_something: int
    #: conditional update with If-Match of an older version
    conditional_update_with_stale_version: int
    #: POST with If-None-Exist on an unknown parameter
    create_on_unknown_parameter: int
    #: what some of many conditional creates at once are answered, that then have to be sent again
    put_off: frozenset[int]
    #: in its answer where work of its own was in a write's way: nothing was written, and sent again it is
    collided: str | None
    #: DELETE, and once more
    delete: int
    delete_again: int
    #: PUT at an id that was deleted; the same with If-Match of the version before
    put_at_deleted_id: int
    put_with_deleted_version: int
    #: a read of that version
    read_deleted_version: int
    #: the history of what was deleted
    history_of_deleted: int
    #: search by an unknown parameter; where it is no error, nothing is found
    search_by_unknown_parameter: int
    #: `subject=p1` finds what refers to Patient/p1
    finds_by_bare_id: bool
    #: without `Cache-Control: no-cache` a search may be answered as a moment ago
    remembers_searches: bool
    #: a reference to what is not there
    refer_to_absent: int
    #: a reference by the server's own address
    refer_by_own_address: int
    #: `Patient/p1/_history/1` stays so
    keeps_versions_in_references: bool
    #: DELETE of what something refers to
    delete_referred_to: int
    #: one bad entry undoes the others, and /metadata tells of transactions
    transactions_are_atomic: bool
    #: events are sent as R4 has it, from a Subscription that is asked for and becomes active
    sends_puts: bool
    #: events are sent in Medplum's dialect, from a Subscription that is active from the start
    sends_posts: bool


SANDBOX = Traits(
    way=Way.UPDATE_AS_CREATE,
    tells_update_create=True,
    put_at_new_id=201,
    locates_puts=True,
    locates_versions=True,
    counts_versions=True,
    knows_the_same=True,
    heeds_prefer=True,
    put_with_stale_version=412,
    put_with_version_of_nothing=412,
    put_over_something=412,
    conditional_update_with_stale_version=412,
    create_on_unknown_parameter=400,
    put_off=frozenset(),
    collided=None,
    delete=204,
    delete_again=204,
    put_at_deleted_id=201,
    put_with_deleted_version=412,
    read_deleted_version=200,
    history_of_deleted=200,
    search_by_unknown_parameter=400,
    finds_by_bare_id=True,
    remembers_searches=False,
    refer_to_absent=400,
    refer_by_own_address=400,
    keeps_versions_in_references=True,
    delete_referred_to=409,
    transactions_are_atomic=True,
    sends_puts=True,
    sends_posts=True,
)

HAPI = Traits(
    way=Way.CONDITIONAL_CREATE,
    tells_update_create=False,
    put_at_new_id=201,
    locates_puts=False,
    locates_versions=True,
    counts_versions=True,
    knows_the_same=True,
    heeds_prefer=True,
    put_with_stale_version=409,
    put_with_version_of_nothing=201,
    put_over_something=200,
    conditional_update_with_stale_version=200,
    create_on_unknown_parameter=400,
    put_off=frozenset({409}),
    collided="HAPI-0826",
    delete=200,
    delete_again=200,
    put_at_deleted_id=201,
    put_with_deleted_version=409,
    read_deleted_version=200,
    history_of_deleted=200,
    search_by_unknown_parameter=400,
    finds_by_bare_id=True,
    remembers_searches=True,
    refer_to_absent=400,
    refer_by_own_address=400,
    keeps_versions_in_references=False,
    delete_referred_to=409,
    transactions_are_atomic=True,
    sends_puts=True,
    sends_posts=False,
)

MEDPLUM = Traits(
    way=Way.CONDITIONAL_CREATE,
    tells_update_create=False,
    put_at_new_id=404,
    locates_puts=False,
    locates_versions=False,
    counts_versions=False,
    knows_the_same=False,
    heeds_prefer=False,
    put_with_stale_version=412,
    put_with_version_of_nothing=404,
    put_over_something=200,
    conditional_update_with_stale_version=200,
    create_on_unknown_parameter=201,
    put_off=frozenset(),
    collided=None,
    delete=200,
    delete_again=410,
    put_at_deleted_id=200,
    put_with_deleted_version=404,
    read_deleted_version=410,
    history_of_deleted=410,
    search_by_unknown_parameter=200,
    finds_by_bare_id=False,
    remembers_searches=False,
    refer_to_absent=201,
    refer_by_own_address=201,
    keeps_versions_in_references=True,
    delete_referred_to=200,
    transactions_are_atomic=False,
    sends_puts=False,
    sends_posts=True,
)


def _sandbox(_: pytest.FixtureRequest) -> AbstractContextManager[Running]:
    return Sandbox(checks_references=True)


def _hapi(request: pytest.FixtureRequest) -> AbstractContextManager[Running]:
    return nullcontext(request.getfixturevalue("shared_hapi"))


def _medplum(request: pytest.FixtureRequest) -> AbstractContextManager[Running]:
    return medplum.running(request.getfixturevalue("tmp_path_factory").mktemp("medplum"))


#: name → its traits, and what starts it where it does not run
SERVERS: dict[str, tuple[Traits, Callable[[pytest.FixtureRequest], AbstractContextManager[Running]]]] = {
    "sandbox": (SANDBOX, _sandbox),
    "hapi": (HAPI, _hapi),
    "medplum": (MEDPLUM, _medplum),
}
PUTTING = [name for name, (traits, _) in SERVERS.items() if traits.sends_puts]
POSTING = [name for name, (traits, _) in SERVERS.items() if traits.sends_posts]
NOT_PUTTING = [name for name in SERVERS if name not in PUTTING]
NOT_POSTING = [name for name in SERVERS if name not in POSTING]
