"""The time of day."""

from . import host


def now() -> int:
    """Milliseconds since 1970."""
    return host.clock.now()
