"""One JSON line an event: what is said, and what it belongs to.

What other libraries say comes out without what they fill in, and errors without their message: either may quote
a request, and so a patient.
"""

import logging
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from structlog.contextvars import merge_contextvars
from structlog.stdlib import BoundLogger, ProcessorFormatter, filter_by_level
from structlog.typing import EventDict

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


def get_logger(name: str) -> BoundLogger:
    """A logger of events with fields; ``name`` is the module's."""
    return structlog.wrap_logger(  # type: ignore[no-any-return]
        logging.getLogger(name),
        processors=[filter_by_level, merge_contextvars, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=BoundLogger,
    )


def write_logs(stream: TextIO) -> None:
    """From now on every line goes to ``stream``: ours from INFO on, those of others from WARNING on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(_OURS).setLevel(logging.INFO)


def formatter() -> ProcessorFormatter:
    """What makes a line of a record, ours or another's."""
    return ProcessorFormatter(
        processors=[_line, structlog.processors.JSONRenderer(ensure_ascii=False)],
        foreign_pre_chain=[merge_contextvars],
    )


def _line(_: Any, __: str, told: EventDict) -> EventDict:
    record: logging.LogRecord = told["_record"]
    foreign = {} if told["_from_structlog"] else {"logger": record.name, "event": _words(record, told["event"])}
    said = {**told, **foreign, **_fault(told.get("exc_info"))}
    return {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": said["event"],
        **{name: said[name] for name in FIELDS if said.get(name) is not None},
    }


def _words(record: logging.LogRecord, filled_in: str) -> str:
    if record.name.startswith(_TRUSTED):
        return filled_in
    return record.msg if isinstance(record.msg, str) else type(record.msg).__name__


def _fault(met: Any) -> dict[str, str]:
    if not met or met[0] is None:
        return {}
    kind, _, trace = met
    return {"fault": kind.__name__, "where": "".join(traceback.format_tb(trace))}
