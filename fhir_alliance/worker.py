"""The loop that delivers: every clinic that has something due, each in its turn of its own."""

import logging
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from fhir_alliance.deliver import Delivery
from fhir_alliance.errors import DatabaseFault
from fhir_alliance.telemetry.context import belonging
from fhir_alliance.telemetry.outage import Outage

#: how long to wait before looking again for what is due
PAUSE = 0.2
#: how long to wait where the database is gone
TROUBLE = 2.0
#: clinics served at once; one whose EHR hangs keeps one turn
MOST_AT_ONCE = 64
#: attempts in one turn, so that one clinic's backlog lets others in
TURN = 50

log = logging.getLogger(__name__)


class Worker:
    """Delivers what is due, in its own thread or in the caller's."""

    def __init__(
        self,
        deliveries: Mapping[str, Delivery],
        ready: Callable[[], Sequence[str]],
        purge: Callable[[], float] | None = None,
    ) -> None:
        """``ready``: the clinics for which an attempt may begin now.

        ``purge``: a short piece of the purging, beside the attempts; the seconds to wait before the next.
        """
        self._deliveries = deliveries
        self._ready = ready
        self._purge = purge
        self._outage = Outage()
        self._stopping = threading.Event()
        #: a turn has ended, or all is to end: no reason to wait on
        self._news = threading.Event()
        self._under_way: set[str] = set()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        # made here, not before: a fork takes the threads of its parent, also those not begun, for ended
        self._thread = threading.Thread(target=self.run, name="deliver", daemon=True)
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Let the attempts under way end, for at most ``patience`` seconds."""
        self._stopping.set()
        self._news.set()
        if self._thread:
            self._thread.join(patience)

    def run(self) -> None:
        """Deliver until stopped."""
        with ThreadPoolExecutor(min(MOST_AT_ONCE, len(self._deliveries)) + 1) as turns:
            if self._purge:
                turns.submit(self._purge_on, self._purge)
            while not self._stopping.is_set():
                self._news.wait(self._guarded("look", lambda: self._give_turns(turns)))
                self._news.clear()

    def _purge_on(self, purge: Callable[[], float]) -> None:
        """Purge until stopped; it has a thread to itself."""
        while not self._stopping.is_set():
            self._stopping.wait(self._guarded("purge", purge))

    def _give_turns(self, turns: ThreadPoolExecutor) -> float:
        """A turn for each clinic that is ready and has none; the seconds to wait before the next look."""
        for clinic in self._ready():
            if clinic in self._deliveries and clinic not in self._under_way:
                self._under_way.add(clinic)
                turns.submit(self._turn, clinic)
        return PAUSE

    def _turn(self, clinic: str) -> None:
        """Attempts for one clinic, until nothing is due or others may want to go on."""
        with belonging(clinic=clinic):
            attempts = partial(self._attempts, self._deliveries[clinic])
            self._stopping.wait(self._guarded("turn", attempts))
        self._under_way.discard(clinic)
        self._news.set()

    def _attempts(self, delivery: Delivery) -> float:
        for _ in range(TURN):
            if self._stopping.is_set() or not delivery.deliver_one(str(uuid.uuid4())):
                break
        return 0.0

    def _guarded(self, name: str, work: Callable[[], float]) -> float:
        """The seconds to wait after ``work``; nothing that goes wrong in it ends the loop."""
        try:
            pause = work()
        except DatabaseFault as fault:
            self._outage.begins(name, fault.cause)
        except Exception as fault:  # one attempt must not end the rest; its lease will run out
            where = "".join(traceback.format_tb(fault.__traceback__))
            log.error("unexpected %s\n%s", type(fault).__name__, where)
        else:
            self._outage.ends(name)
            return pause
        return TROUBLE
