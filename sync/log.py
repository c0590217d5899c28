"""Logs: one JSON object a line on standard error, in UTC, without secrets and addresses.

Libraries that log through the standard library are heard from warnings upward, through the same mask.
structlog and what reads the environment are imported when logging is configured, not before.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Literal

from sync import clock
from sync.masking import masked

if TYPE_CHECKING:
    from structlog.typing import Processor

Level = Literal["debug", "info", "warning", "error"]


def configure(level: Level = "info") -> None:
    """This sends all logs of the process from `level` upward to standard error. It may be called again."""
    import structlog  # noqa: PLC0415 (start-up time)

    from config import secrets  # noqa: PLC0415 (start-up time)

    secrets.look()
    number = logging.getLevelNamesMapping()[level.upper()]
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _stamp,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    last: list[Processor] = [_mask(secrets.known), structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(
        processors=[*before, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    drop_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
            processors=[drop_meta, *last],
        )
    )
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(max(number, logging.WARNING))


def _stamp(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["timestamp"] = clock.to_datetime(clock.now()).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return event


def _mask(known: Callable[[], frozenset[str]]) -> Processor:
    """Secrets are asked for at each line, since a rotated one is known only once it was read."""

    def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        hidden = masked(dict(event), known())
        return hidden if isinstance(hidden, dict) else {}

    return mask
