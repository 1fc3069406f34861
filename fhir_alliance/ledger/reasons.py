"""Why an entry waits, or is held; others are what the EHR answered (``http-422 …``)."""

from typing import Final

#: the response names another patient than before
SUBJECT_CHANGED: Final = "subject-changed"
#: the response's id and its identifier belong to two submissions
TWO_SUBMISSIONS: Final = "two-submissions"
#: someone else changed the Observation
CHANGED_IN_CHART: Final = "changed-in-chart"
#: the Observation was there, and is not any more
DELETED_IN_CHART: Final = "deleted-in-chart"
#: the EHR took it, and shows something else
NOT_KEPT: Final = "not-kept"
#: the program ended in the middle of an attempt
LEASE_RAN_OUT: Final = "lease-ran-out"
#: the response changed while the attempt was under way
CHANGED_MEANWHILE: Final = "changed-meanwhile"
#: an attempt ended in an error that should not be
UNEXPECTED: Final = "unexpected"
#: a person let it go on
RELEASED: Final = "released"
#: a person had it tried again
RETRIED: Final = "retried"
#: a person gave it up
DROPPED: Final = "dropped"

#: the chart is not as we left it: nothing goes on before a person has looked
GUARDED: Final = frozenset({CHANGED_IN_CHART, DELETED_IN_CHART})


def overrides(reason: str) -> bool:
    """Whether to release an entry held for ``reason`` is to write over what is in the chart."""
    return reason in GUARDED or reason.startswith(NOT_KEPT)


def needs_release(reason: str) -> bool:
    """Whether a person must judge before an entry held for ``reason`` goes on."""
    return reason in (SUBJECT_CHANGED, TWO_SUBMISSIONS) or overrides(reason)
