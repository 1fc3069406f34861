"""One JSON line an event: what is said, and what it belongs to.

What other libraries say comes out without what they fill in, and errors without their message: either may quote
a request, and so a patient.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

from fhir_alliance.telemetry.context import belongs

_OURS = "fhir_alliance"
#: whose words are known to hold nothing of a request: ours, and gunicorn's as ``web/server.py`` lets them through
_TRUSTED = (_OURS, "gunicorn.error")
#: all that a line may hold beside time, level and event, in this order
FIELDS = (
    "logger",
    "clinic",
    "request_id",
    "entry",
    "route",
    "method",
    "status",
    "outcome",
    "reason",
    "seconds",
    "fault",
    "where",
)
#: where a record keeps what is said of its event
_SAID = "said"


def tell(log: logging.Logger, level: int, event: str, **said: str | float | None) -> None:
    """Tell of an event, what it belongs to, and what is ``said`` of it: those of ``FIELDS`` that are not None."""
    log.log(level, event, extra={_SAID: {**belongs(), **said}})


def write_logs(stream: TextIO) -> None:
    """From now on every line goes to ``stream``: ours from INFO on, those of others from WARNING on.

    What no line tells is not looked up: where a record was made, and by which thread and process.
    https://docs.python.org/3/howto/logging.html#optimization
    """
    logging._srcfile = None
    for looked_up in ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks"):
        setattr(logging, looked_up, False)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(_OURS).setLevel(logging.INFO)


class Line(logging.Formatter):
    """Makes a line of a record, ours or another's."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object, with all that the record belongs to."""
        own = getattr(record, _SAID, None)
        plain = {**belongs(), "logger": record.name} if own is None else own
        said = {**plain, **_fault(record.exc_info)}
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": _words(record) if own is None else record.msg,
            **{name: said[name] for name in FIELDS if said.get(name) is not None},
        }
        return json.dumps(line, ensure_ascii=False)


def _words(record: logging.LogRecord) -> str:
    if record.name.startswith(_TRUSTED):
        return record.getMessage()
    return record.msg if isinstance(record.msg, str) else type(record.msg).__name__


def _fault(met: Any) -> dict[str, str]:
    if not met or met[0] is None:
        return {}
    kind, _, trace = met
    return {"fault": kind.__name__, "where": "".join(traceback.format_tb(trace))}
