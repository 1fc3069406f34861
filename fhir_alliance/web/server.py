"""gunicorn around the application, with the delivery worker inside."""

from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from fhir_alliance.settings import Settings
from fhir_alliance.web.app import create_app
from fhir_alliance.wiring import Service, make_service
from fhir_alliance.worker import Worker

THREADS = 8
#: seconds for requests under way when the service is told to stop
GRACE = 30
#: gunicorn's heartbeat is a file: here it needs no disk, and no writable root
_MEMORY = "/dev/shm"  # noqa: S108


class Server(BaseApplication):
    """One process that answers and delivers."""

    def __init__(self, service: Service, app: Flask) -> None:
        self._service = service
        self._app = app
        self._worker = Worker(service.delivery) if service.delivery else None
        super().__init__()

    def load_config(self) -> None:
        """Set what gunicorn would otherwise read from its own files."""
        settings = self._service.settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options = {
            "bind": f"{host}:{settings.port}",
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": GRACE,
            "loglevel": "warning",
            "worker_tmp_dir": _MEMORY if Path(_MEMORY).is_dir() else None,
            "when_ready": _tell_ready,
            "post_worker_init": self._begin,
            "worker_exit": self._end,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def _begin(self, _: Any) -> None:
        if self._worker:
            self._worker.start()

    def _end(self, _: Any, __: Any) -> None:
        if self._worker:
            self._worker.stop(GRACE)

    def load(self) -> Any:
        """The application, made before the fork so that a wrong start ends at once."""
        return self._app


def _tell_ready(server: Any) -> None:
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"fhir-alliance is ready: http://{shown}:{port}", flush=True)  # noqa: T201


def run(settings: Settings) -> None:
    """Serve until told to stop."""
    service = make_service(settings)
    app = create_app(service)
    service.engine.dispose()  # no connection may cross the fork
    Server(service, app).run()
