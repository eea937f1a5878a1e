"""Signatures and hashes, done by the host. Keys are made in `configure`."""

from __future__ import annotations

from . import host
from .host import call, to_bytes


class VerifyingKey:
    """A key that checks signatures. `format` is `jwk`, `pem` or `raw`, `algorithm` a name of JOSE such as `RS256`."""

    def __init__(self, algorithm: str, format: str, key: str | bytes) -> None:
        self._number = call(host.crypto.verifying_key, algorithm, format, to_bytes(key))

    def verify(self, message: str | bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the message."""
        return call(host.crypto.verify, self._number, to_bytes(message), signature)


class SigningKey:
    """A key that makes signatures."""

    def __init__(self, algorithm: str, format: str, key: str | bytes) -> None:
        self._number = call(host.crypto.signing_key, algorithm, format, to_bytes(key))

    def sign(self, message: str | bytes) -> bytes:
        """Signs a message."""
        return bytes(call(host.crypto.sign, self._number, to_bytes(message)))


def digest(algorithm: str, message: str | bytes) -> bytes:
    """A hash: `SHA-1` (for protocols that need it), `SHA-256`, `SHA-384` or `SHA-512`."""
    return bytes(call(host.crypto.digest, algorithm, to_bytes(message)))


def equal(a: str | bytes, b: str | bytes) -> bool:
    """Whether two texts are equal, in time that depends on their lengths only."""
    return host.crypto.equal(to_bytes(a), to_bytes(b))
