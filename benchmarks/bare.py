"""The least a clinic would write: Flask, a parse with fhir.resources, and one durable insert.

Served by the same gunicorn, with the same threads and the same SQLite settings as the service.
"""

import sqlite3
import sys
import threading
from contextlib import closing
from typing import Any

from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from flask import Flask, Response, request
from gunicorn.app.base import BaseApplication

from fhir_alliance.web.server import THREADS

_local = threading.local()


def make_app(database: str) -> Flask:
    """PUT a response: parsed, inserted, flushed, 200."""
    app = Flask(__name__)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS response (id TEXT PRIMARY KEY, body BLOB)")

    @app.put("/notify/QuestionnaireResponse/<response_id>")
    def put(response_id: str) -> Response:
        body = request.get_data()
        QuestionnaireResponse.model_validate_json(body)
        connection = _connection(database)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT OR REPLACE INTO response VALUES (?, ?)", (response_id, body))
        connection.execute("COMMIT")
        return Response(status=200)

    return app


def _connection(database: str) -> sqlite3.Connection:
    if not hasattr(_local, "connection"):
        connection = sqlite3.connect(database, timeout=10, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        _local.connection = connection
    return _local.connection


class Server(BaseApplication):
    """The same server as the service's."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        super().__init__()

    def load_config(self) -> None:
        """Set the same options."""
        self.cfg.set("bind", "127.0.0.1:0")
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("threads", THREADS)
        self.cfg.set("loglevel", "warning")
        self.cfg.set("when_ready", _tell_ready)

    def load(self) -> Flask:
        """The application."""
        return self._app


def _tell_ready(server: Any) -> None:
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    print(f"ready: http://{host}:{port}", flush=True)


if __name__ == "__main__":
    Server(make_app(sys.argv[1])).run()
