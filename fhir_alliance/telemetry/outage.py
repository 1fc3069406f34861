"""A database that fails is told when that begins, when its cause changes, and when it is over."""

import logging
from threading import Lock

log = logging.getLogger(__name__)


class Outage:
    """What of the work on one database fails now, and why."""

    def __init__(self) -> None:
        #: work that failed when it was last tried → why
        self._causes: dict[str, str] = {}
        self._lock = Lock()

    def begins(self, work: str, cause: str) -> None:
        """``work`` failed, and will be tried again."""
        with self._lock:
            if cause not in self._causes.values():
                log.warning("the database does not answer: %s; trying again", cause)
            self._causes[work] = cause

    def ends(self, work: str) -> None:
        """``work`` was done. Other work may still fail: where a disk is full one can read."""
        with self._lock:
            if self._causes.pop(work, None) is not None and not self._causes:
                log.info("the database answers again")
