"""Logs: JSON, one object a line, on stderr; each line has the ID of its request."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from pki_manager.domain.current_request import CURRENT_REQUEST


def configure_logs(level: str, process: str) -> None:
    """Configure logging for messages of `level` and above. `process` names this process in each line."""

    def add_context(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        request_id = CURRENT_REQUEST.get()
        if request_id is not None:
            event.setdefault("request_id", request_id)
        return event

    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        add_context,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # Without local variables: those hold keys and tokens.
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("uvicorn", "asyncio", "alembic", "httpx2", "httpcore2"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
