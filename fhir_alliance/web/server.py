"""gunicorn around the application, with the delivery worker inside."""

from pathlib import Path
from typing import Any, Protocol

from flask import Flask
from gunicorn.app.base import BaseApplication

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
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options = {
            "bind": f"{host}:{settings.port}",
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": GRACE,
            "loglevel": "warning",
            "worker_tmp_dir": _MEMORY if Path(_MEMORY).is_dir() else None,
            "control_socket_disable": True,
            "when_ready": _tell_ready,
            "post_worker_init": self._begin,
            "worker_exit": self._end,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def _begin(self, _: Any) -> None:
        if self._background:
            self._background.start()

    def _end(self, _: Any, __: Any) -> None:
        if self._background:
            self._background.stop(GRACE)

    def load(self) -> Any:
        """The application, made before the fork so that a wrong start ends at once."""
        return self._app


def _tell_ready(server: Any) -> None:
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"fhir-alliance is ready: http://{shown}:{port}", flush=True)  # noqa: T201
