"""The gateway's log. Python's `logging` writes it: `logging.getLogger(__name__).warning("…")`."""

from __future__ import annotations

import logging

from . import host

_LEVELS = {"trace": 5, "debug": 10, "info": 20, "warn": 30, "error": 40}


class Handler(logging.Handler):
    """Writes records as lines of the gateway's log."""

    def emit(self, record: logging.LogRecord) -> None:
        write(_level(record.levelno), self.format(record))


def write(level: str, message: str) -> None:
    """Writes a line; `level` is `trace`, `debug`, `info`, `warn` or `error`."""
    host.log.write(host.log.Level[level.upper()], message)


def install() -> None:
    """Makes `logging` write the gateway's log, and nothing else."""
    logging.basicConfig(handlers=[Handler()], format="%(message)s", level=1, force=True)
    logging.addLevelName(5, "TRACE")


def begin() -> None:
    """Has `logging` leave out what nobody reads. Asked once: `configure` runs again where the level changes."""
    logging.getLogger().setLevel(_LEVELS[host.log.threshold().name.lower()])


def _level(number: int) -> str:
    return next((level for level, least in reversed(_LEVELS.items()) if number >= least), "trace")
