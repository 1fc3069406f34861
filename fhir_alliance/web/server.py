"""gunicorn around the application, with the delivery worker inside."""

import socket
from pathlib import Path
from typing import Any, Protocol

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from fhir_alliance.settings import Settings

THREADS = 8
#: seconds for requests under way when the service is told to stop
GRACE = 30
#: gunicorn's heartbeat is a file: here it needs no disk, and no writable root
_MEMORY = "/dev/shm"  # noqa: S108


class Background(Protocol):
    """What runs beside the requests."""

    def start(self) -> None:
        """Begin, in a thread of its own."""

    def stop(self, patience: float) -> None:
        """End, for at most ``patience`` seconds."""


class Server(BaseApplication):
    """One process that answers and delivers."""

    def __init__(self, app: Flask, settings: Settings, background: Background | None) -> None:
        self._app = app
        self._settings = settings
        self._background = background
        super().__init__()

    def load_config(self) -> None:
        """Set what gunicorn would otherwise read from its own files."""
        options = {
            "worker_class": "gthread",
            "threads": THREADS,
            "workers": 1,  # whatever WEB_CONCURRENCY says: what is counted is counted in one process
            "graceful_timeout": GRACE,
            "loglevel": "warning",
            "logger_class": Words,
            "worker_tmp_dir": _MEMORY if Path(_MEMORY).is_dir() else None,
            "control_socket_disable": True,
            "when_ready": _tell_ready,
            "post_worker_init": self._begin,
            "worker_exit": self._end,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def listen(self) -> None:
        """Take the address, before ``run``; OSError where it cannot be had: gunicorn would try on for a while."""
        address = (self._settings.host, self._settings.port)
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
            taken.listen(self.cfg.backlog)
            self.cfg.set("bind", f"fd://{taken.detach()}")

    def _begin(self, _: Any) -> None:
        if self._background:
            self._background.start()

    def _end(self, _: Any, __: Any) -> None:
        if self._background:
            self._background.stop(GRACE)

    def load(self) -> Any:
        """The application, made before the fork so that a wrong start ends at once."""
        return self._app


class Words(Logger):
    """What gunicorn says, among our own lines, but for what it quotes of a request; it keeps no access log."""

    def setup(self, cfg: Any) -> None:
        """Hand on to where all lines go."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Of an invalid request only that it came."""
        super().warning(str(msg).partition(" from ip=")[0], *args, **kwargs)

    def exception(self, msg: Any, *_: Any, **kwargs: Any) -> None:
        """Without what it would fill in: method and address."""
        super().exception(str(msg).partition(" %s")[0] if isinstance(msg, str) else "unexpected", **kwargs)


def _tell_ready(server: Any) -> None:
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"fhir-alliance is ready: http://{shown}:{port}", flush=True)  # noqa: T201
