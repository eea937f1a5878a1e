"""Randomness that is fit for secrets. Drawn in `configure`, it is the same for each request."""

from . import host


def token(count: int) -> bytes:
    """So many random bytes."""
    drawn = b"".join(host.random.next().to_bytes(8, "little") for _ in range(-(-count // 8)))
    return drawn[:count]
