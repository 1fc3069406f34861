"""What goes wrong between the service and an EHR, and the words by which the history tells of it."""

from enum import StrEnum


class Kind(StrEnum):
    """One fault of one request; each says whether the EHR hears of the request."""

    #: 429 with Retry-After; not forwarded
    TOO_MANY = "429"
    #: not forwarded
    ERROR = "500"
    #: 503, some with Retry-After; not forwarded
    UNAVAILABLE = "503"
    #: 412 out of nothing; not forwarded
    CONFLICT = "412"
    #: the connection is reset; not forwarded
    RESET_BEFORE = "reset before"
    #: carried out, then the connection is reset
    RESET_AFTER = "reset after"
    #: no answer within the time limit; not forwarded
    HANG_BEFORE = "hang before"
    #: carried out, and answered after the time limit
    HANG_AFTER = "hang after"
    #: forwarded when the time limit is over and the client has gone
    LATE = "late"
    #: carried out; the answer has no body, and names neither id nor version
    EMPTY = "empty"
    #: 200 and a web page; not forwarded
    HTML = "html"
    #: the answer of a write; not forwarded
    LIE = "lie"
    #: 401 while the token is not valid; not forwarded
    EXPIRED = "401"
    #: none of ours: the EHR itself took longer than the time limit
    SLOW = "slow"


class Step(StrEnum):
    """What a request is there for."""

    METADATA = "metadata"
    READ = "read"
    WRITE = "write"


_WRITES_ONLY = {Kind.CONFLICT, Kind.LATE, Kind.LIE}
#: not by chance: a stretch of the campaign, or the machine
_NOT_DRAWN = {Kind.EXPIRED, Kind.SLOW}
DRAWN = tuple(kind for kind in Kind if kind not in _NOT_DRAWN)
#: after these, what was sent can reach the EHR once more, or out of turn
LATE_KINDS = frozenset({Kind.LATE, Kind.SLOW})

_NO_ANSWER = frozenset({"no-answer", "too-slow"})
_NOTHING_IN_IT = frozenset({"no-id", "no-resource", "no-searchset", "no-usable-metadata"})
_THERE = frozenset({"there-already"})
_TOLD = {
    Kind.EMPTY: _NOTHING_IN_IT,
    Kind.HTML: _NOTHING_IN_IT,
    Kind.LIE: frozenset({"not-kept"}),
    **{kind: frozenset({f"http-{kind}"}) for kind in Kind if kind.isdecimal()},
}


def fits(kind: Kind, step: Step) -> bool:
    """Whether the fault makes sense there: only a write can be late, refused for its condition, or lied about."""
    return step is Step.WRITE or kind not in _WRITES_ONLY


def told_as(kind: Kind, method: str = "PUT") -> frozenset[str]:
    """The reasons one of which the history must give for the attempt that met the fault.

    A conditional create that is answered with 200 has found something, whatever the page says.
    """
    return _THERE if (kind, method) == (Kind.HTML, "POST") else _TOLD.get(kind, _NO_ANSWER)
