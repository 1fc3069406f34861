"""The loop that delivers: one attempt after another, until it is told to stop."""

import logging
import threading
import traceback
import uuid

from sqlalchemy.exc import OperationalError

from fhir_alliance.deliver import Delivery
from fhir_alliance.errors import DatabaseBusy

#: how long to wait where nothing is due
PAUSE = 0.2
#: how long to wait where the database is gone
TROUBLE = 2.0

log = logging.getLogger(__name__)


class Worker:
    """Delivers what is due, in its own thread or in the caller's."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        # made here, not before: a fork takes the threads of its parent, also those not begun, for ended
        self._thread = threading.Thread(target=self.run, name="deliver", daemon=True)
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Let the attempt under way end, for at most ``patience`` seconds."""
        self._stopping.set()
        if self._thread:
            self._thread.join(patience)

    def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopping.is_set():
            self._stopping.wait(self._step())

    def _step(self) -> float:
        """One attempt; the seconds to wait before the next."""
        try:
            return 0.0 if self._delivery.deliver_one(str(uuid.uuid4())) else PAUSE
        except (OperationalError, DatabaseBusy):
            log.warning("the database does not answer; trying again")
            return TROUBLE
        except Exception as fault:  # one attempt must not end the rest; its lease will run out
            where = "".join(traceback.format_tb(fault.__traceback__))
            log.error("unexpected %s\n%s", type(fault).__name__, where)
            return TROUBLE
