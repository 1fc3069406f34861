"""A limit on a whole request: those of requests are for each read alone, and a server could drip for ever."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from socket import SHUT_RDWR, socket
from typing import Any
from weakref import WeakSet

from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from fhir_alliance.errors import NotNow, Unanswered


class TimeLimit(HTTPAdapter):
    """Carries one request at a time, and cuts its connection when the time is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._sockets: WeakSet[socket] = WeakSet()
        self._over = threading.Event()
        super().__init__()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Unanswered where the block takes longer; an answer that was cut can look like a whole one."""
        over = self._over = threading.Event()
        alarm = threading.Timer(self._seconds, self._cut, (over,))
        alarm.daemon = True
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()
        if over.is_set():
            raise Unanswered("too-slow")

    def _cut(self, over: threading.Event) -> None:
        """Whoever reads from the connection finds its end."""
        over.set()
        for one in list(self._sockets):
            with suppress(OSError):
                one.shutdown(SHUT_RDWR)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool for a request, each of whose connections is noted."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if not isinstance(pool.ConnectionCls, partial):
            pool.ConnectionCls = partial(self._connection, pool.ConnectionCls)
        return pool

    def _connection(self, kind: Any, **arguments: Any) -> Any:
        connection = kind(**arguments)
        connect = connection.connect

        def noted() -> None:
            """Until this returns nothing is sent."""
            try:
                connect()
            except (HTTPError, OSError) as fault:
                raise NotNow("no-connection") from fault
            self._sockets.add(connection.sock)
            if self._over.is_set():
                raise NotNow("no-connection")

        connection.connect = noted
        return connection
