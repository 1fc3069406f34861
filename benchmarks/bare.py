"""The least a clinic would write: Flask, a parse with fhir.resources, and one durable insert.

Served by the same gunicorn, with the same threads, and on SQLite with the same settings as the service;
PostgreSQL's are the server's own.
"""

import sqlite3
import sys
import threading
from collections.abc import Callable
from typing import Any

from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from flask import Flask, Response, request
from gunicorn.app.base import BaseApplication

from fhir_alliance.web.server import THREADS

TABLE = "CREATE TABLE IF NOT EXISTS response (id TEXT PRIMARY KEY, body {bytes})"
KEEP = "INSERT INTO response VALUES ({mark}, {mark}) ON CONFLICT (id) DO UPDATE SET body = excluded.body"

_local = threading.local()


def make_app(database: str) -> Flask:
    """PUT a response: parsed, inserted, flushed, 200."""
    app = Flask(__name__)
    connect, begin, keep = _on_postgresql(database) if "postgresql" in database else _on_sqlite(database)

    @app.put("/notify/QuestionnaireResponse/<response_id>")
    def put(response_id: str) -> Response:
        body = request.get_data()
        QuestionnaireResponse.model_validate_json(body)
        if not hasattr(_local, "connection"):
            _local.connection = connect()
        _local.connection.execute(begin)
        _local.connection.execute(keep, (response_id, body))
        _local.connection.execute("COMMIT")
        return Response(status=200)

    return app


def _on_sqlite(url: str) -> tuple[Callable[[], Any], str, str]:
    """How to connect, begin and keep."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    first = connect()
    first.execute("PRAGMA journal_mode=WAL")
    first.execute(TABLE.format(bytes="BLOB"))
    first.close()
    return connect, "BEGIN IMMEDIATE", KEEP.format(mark="?")


def _on_postgresql(url: str) -> tuple[Callable[[], Any], str, str]:
    import psycopg  # an extra

    with psycopg.connect(url) as first:
        first.execute(TABLE.format(bytes="BYTEA"))
    return lambda: psycopg.connect(url, autocommit=True), "BEGIN", KEEP.format(mark="%s")


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

    def load(self) -> Any:
        """The application."""
        return self._app


def _tell_ready(server: Any) -> None:
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    print(f"ready: http://{host}:{port}", flush=True)


if __name__ == "__main__":
    Server(make_app(sys.argv[1])).run()
